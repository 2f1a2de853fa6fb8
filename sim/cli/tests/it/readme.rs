//! What the README shows is what the command says.

use crate::binary::{answer, root};

#[test]
fn the_screen_in_the_readme_is_real() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let scenario = "scenarios/front-end-servers-install.toml";
    let done = answer(["run", scenario, "--quiet", "--out", folder.to_str().unwrap()]);
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        let current = readme.replace(shown, &format!("{}\n", done.out.trim_end()));
        std::fs::write(root().join("README.md"), current).unwrap();
        return;
    }
    assert_eq!(shown.trim_end(), done.out.trim_end());
}

#[test]
fn its_first_two_commands_run_the_main_job_and_the_tests() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .take(2)
        .collect();
    assert_eq!(
        commands,
        [
            "cargo run --release -- run scenarios/front-end-servers.toml",
            "cargo test --workspace"
        ]
    );
}

#[test]
fn the_files_it_names_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for part in readme.split("](").skip(1) {
        let path = part.split(')').next().unwrap();
        assert!(root().join(path).exists(), "README.md names {path}");
    }
}
