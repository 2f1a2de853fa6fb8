//! `--parquet` in a build without it. What a build with it writes is held to the CSV by `.ci/run`.

use crate::binary::answer;

#[test]
fn a_build_without_parquet_says_how_to_have_it() {
    let file = "scenarios/front-end-servers-install.toml";
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let out = out.to_str().unwrap();
    let vary = "nodes.web.count=1,2";
    for words in [
        &["run", file][..],
        &["run", file, "--vary", vary],
        &["compare", file, file],
        &["sweep", file, "--vary", vary],
        &["fit", file, "--least", vary],
    ] {
        let words = words.iter().copied().chain(["--parquet", "--out", out]);
        let done = answer(words);
        assert_eq!(done.code, 2, "{}", done.err);
        assert_eq!(
            done.err,
            "error: this build of patchbench writes no Parquet\n   \
             = help: build it with `cargo install --path sim/cli --features parquet`\n"
        );
        assert!(!std::path::Path::new(out).exists());
    }
}
