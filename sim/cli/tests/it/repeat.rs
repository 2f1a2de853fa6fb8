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
    let told: Vec<&str> = changed.out.lines().take(2).collect();
    assert_eq!(
        told,
        [
            "differs: the scenario or one of its inputs has changed",
            "  ~ behavior.windows-server-2016.failure  0.02 -> 0.03"
        ]
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
    assert!(
        differs
            .out
            .starts_with("differs: summary.json is not what its manifest says: one of them was edited"),
        "{}",
        differs.out
    );
}

/// A result as another engine might have made it: some text of a file replaced, and the manifest with it.
fn forge(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    let forged = text.replacen(from, to, 1);
    std::fs::write(&path, &forged).unwrap();
    let manifest = folder.join("manifest.json");
    let [old, new] = [text, forged].map(|text| patchbench_report::sha256(text.as_bytes()));
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace(&old, &new)).unwrap();
}

#[test]
fn the_first_event_replication_and_figure_that_differ_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    run("scenarios/front-end-servers.toml", &out, &["--trace"]);
    let again = || answer(["run", "--again", out.to_str().unwrap()]);
    forge(&out, "metrics.csv", "exposure", "exposures");
    let cell = again();
    forge(&out, "replications.csv", "\n3,", "\n33,");
    let replication = again();
    forge(&out, "trace.jsonl", "\"node\":\"web-17\"", "\"node\":\"web-71\"");
    let event = again();
    let told = [cell, replication, event].map(|answer| format!("exit {}\n{}", answer.code, answer.out));
    insta::assert_snapshot!("again-differences", told.join("\n"));
}

#[test]
fn results_of_another_version_are_told_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    run("scenarios/front-end-servers.toml", &out, &[]);
    forge(&out, "windows.csv", "Patch_Front", "Patch_Back");
    let manifest = out.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace(env!("CARGO_PKG_VERSION"), "0.0.7")).unwrap();
    let done = answer(["run", "--again", out.to_str().unwrap()]);
    assert_eq!(done.code, 4);
    assert!(done.out.contains("version 0.0.7 there"), "{}", done.out);
    assert!(done.out.contains("different: windows.csv\n"), "{}", done.out);
    assert!(
        done.out.contains("equal: summary.json, summary.md, metrics.csv"),
        "{}",
        done.out
    );
}

#[test]
fn comparisons_sweeps_and_searches_are_repeated_from_their_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = crate::binary::root().join("scenarios/front-end-servers-install.toml");
    let scenario = scenario.to_str().unwrap();
    let task = "window.Patch_Front-End-Servers.task.AWS-RunPatchBaseline";
    let concurrency = |levels: &str| format!("{task}.max_concurrency={levels}");
    let (set, vary, least) = (concurrency("4"), concurrency("2,4"), concurrency("1..8"));
    let commands: [&[&str]; 3] = [
        &[
            "compare",
            scenario,
            "--variant",
            "four",
            "--set",
            &set,
            "--precision",
            "exposure=5%",
        ],
        &["sweep", scenario, "--vary", &vary, "--reps", "20"],
        &[
            "fit",
            scenario,
            "--least",
            &least,
            "--set",
            "assert=[{metric=\"exposure\",at_most=2900,in=0.5}]",
            "--reps",
            "20",
        ],
    ];
    for command in commands {
        let out = folder.path().join(command[0]);
        let done = answer(command.iter().chain(&["--quiet", "--out", out.to_str().unwrap()]));
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let again = answer(["run", "--again", out.to_str().unwrap()]);
        assert!(
            again.out.starts_with("same: all "),
            "{}: {}{}",
            command[0],
            again.out,
            again.err
        );
    }
}

#[test]
fn a_manifest_does_not_choose_where_files_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    run("scenarios/front-end-servers.toml", &out, &[]);
    let manifest = out.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let victim = folder.path().join("victim");
    let evil = format!(
        "\"--seed\",\n    \"42\",\n    \"--junit\",\n    {:?}",
        victim.to_str().unwrap()
    );
    let forged = text.replacen("\"--seed\",\n    \"42\"", &evil, 1);
    assert_ne!(forged, text);
    std::fs::write(&manifest, forged).unwrap();
    let done = answer(["run", "--again", manifest.to_str().unwrap()]);
    assert_eq!(done.code, 3, "{}", done.out);
    assert!(!victim.exists());
}
