//! The same scenario gives the same bytes: twice, on one thread and on two, and when asked again.

use std::path::Path;

use crate::binary::{answer, files_below};

/// Replications in a quick run: more than two chunks of work.
const REPLICATIONS: &str = "40";

fn run(scenario: &str, folder: &Path, more: &[&str]) {
    let words = [
        "run",
        scenario,
        "--reps",
        REPLICATIONS,
        "--out",
        folder.to_str().unwrap(),
    ];
    let done = answer(words.iter().chain(more));
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
}

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    for scenario in [
        "scenarios/front-end-servers-install.toml",
        "scenarios/recorded-2024-rings.toml",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, twice] = ["one", "two", "twice"].map(|name| folder.path().join(name));
        run(scenario, &one, &["--threads", "1", "--trace"]);
        run(scenario, &two, &["--threads", "2", "--trace"]);
        run(scenario, &twice, &["--threads", "2", "--trace"]);
        let first = files_below(&one);
        assert!(first.iter().any(|(name, _)| name == "manifest.json"));
        assert!(first.iter().any(|(name, _)| name == "trace.jsonl"));
        for other in [two, twice] {
            let other = files_below(&other);
            assert_eq!(first.len(), other.len());
            for ((name, bytes), (same_name, same_bytes)) in first.iter().zip(&other) {
                assert_eq!(name, same_name);
                assert!(bytes == same_bytes, "{name} differs");
            }
        }
    }
}

#[test]
fn another_seed_gives_other_results() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    run("scenarios/front-end-servers-install.toml", &one, &[]);
    run(
        "scenarios/front-end-servers-install.toml",
        &two,
        &["--seed", "43"],
    );
    let rows = |folder: &Path| std::fs::read(folder.join("replications.csv")).unwrap();
    assert_ne!(rows(&one), rows(&two));
}

#[test]
fn a_manifest_repeats_its_result_and_names_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("scenario.toml");
    let text =
        std::fs::read_to_string(crate::binary::root().join("scenarios/front-end-servers.toml")).unwrap();
    std::fs::write(&scenario, &text).unwrap();
    let out = folder.path().join("result");
    run(scenario.to_str().unwrap(), &out, &["--set", "nodes.web.count=30"]);
    let manifest = out.join("manifest.json");
    let words = ["run", "--again", manifest.to_str().unwrap(), "--threads", "1"];
    let same = answer(words);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.starts_with("same: "), "{}", same.out);
    let by_folder = answer(["run", "--again", out.to_str().unwrap()]);
    assert_eq!(by_folder.out, same.out);

    std::fs::write(&scenario, text.replace("failure = 0.02", "failure = 0.03")).unwrap();
    let changed = answer(words);
    assert_eq!(changed.code, 4, "{}", changed.err);
    assert_eq!(
        changed.out,
        "differs: the scenario or one of its inputs has changed\n"
    );

    std::fs::write(&scenario, &text).unwrap();
    let altered = std::fs::read_to_string(&manifest).unwrap();
    let hash = altered
        .split("\"sha256\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    std::fs::write(
        &manifest,
        altered.replace(&hash, &hash.chars().rev().collect::<String>()),
    )
    .unwrap();
    let differs = answer(words);
    assert_eq!(differs.code, 4, "{}", differs.err);
    assert_eq!(differs.out, "differs: summary.json differs\n");
}
