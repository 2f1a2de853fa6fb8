//! What engines are given: whole launches, launches that go on, and those that cannot be.

use std::path::Path;

use serde_json::Value;

use crate::binary::{Answer, answer, patchbench};

const SCENARIO: &str = "scenarios/front-end-servers-install.toml";

fn launch(parts: &Path, more: &[&str]) -> Answer {
    let parts = parts.to_str().unwrap();
    answer(["launch", more[0], parts].iter().chain(&more[1..]))
}

fn run(more: &[&str]) -> Answer {
    answer(["run", SCENARIO, "--reps", "160"].iter().chain(more))
}

/// The array that a script for Slurm asks for.
fn array(script: &str) -> &str {
    let (_, rest) = script.split_once("--array=").unwrap();
    rest.split_whitespace().next().unwrap()
}

#[test]
fn a_launch_plans_the_folder_and_one_that_goes_on_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("my parts");
    let words = ["slurm", "--shards", "8", "--", "run", SCENARIO, "--reps", "160"];
    let first = launch(&parts, &words);
    assert_eq!((first.code, array(&first.out)), (0, "0-7"), "{}", first.err);
    assert!(parts.join("plan.json").is_file());
    for shard in ["0/8", "1/8", "4/8"] {
        assert_eq!(run(&["--shard", shard, "--out", parts.to_str().unwrap()]).code, 0);
    }
    let next = launch(&parts, &["slurm"]);
    assert_eq!((next.code, array(&next.out)), (0, "2-3,5-7"), "{}", next.err);
    // Other shards, since their number may change: none is named that has nothing to play.
    let other = launch(&parts, &["slurm", "--shards", "3"]);
    assert_eq!(array(&other.out), "0-2");
    assert!(other.out.contains("PATCHBENCH_SHARDS=3 "));
    let text = parts.to_str().unwrap();
    for shard in ["0/3", "1/3", "2/3"] {
        assert_eq!(run(&["--shard", shard, "--out", text]).code, 0);
    }
    let done = launch(&parts, &["slurm"]);
    assert_eq!((done.code, done.out.as_str()), (0, ""));
    assert!(done.err.contains("nothing is missing"), "{}", done.err);
}

#[test]
fn what_the_script_of_slurm_runs_is_what_the_engine_starts() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("my parts");
    let words = [
        "slurm",
        "--shards",
        "5",
        "--",
        "run",
        SCENARIO,
        "--reps",
        "160",
        "--threads",
        "1",
    ];
    let script = launch(&parts, &words).out;
    let command = script.lines().find(|line| line.starts_with("exec ")).unwrap();
    for task in 0..5 {
        let mut shell = std::process::Command::new("sh");
        let own = shell.args(["-c", command]).current_dir(crate::binary::root());
        let own = own
            .env("PATCHBENCH_SHARDS", "5")
            .env("SLURM_ARRAY_TASK_ID", task.to_string());
        let done = own.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(answer(["missing", parts.to_str().unwrap()]).code, 0);
}

#[test]
fn documents_are_json_and_agree_with_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--shards", "4", "--format", "json", "--", "run", SCENARIO, "--reps", "160",
    ];
    let own = |engine: &[&'static str]| -> Value {
        let parts = folder.path().join(engine[0]);
        let done = launch(&parts, &[engine, &words[..]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    };
    let pods = own(&["kubernetes", "--image", "i", "--claim", "c"]);
    assert_eq!(pods["items"][0]["spec"]["completions"], 4);
    assert_eq!(pods["items"].as_array().unwrap().len(), 2);
    let jobs = own(&["batch", "--image", "i", "--queue", "q", "--file-system", "fs-1"]);
    assert_eq!(jobs["SubmitJob"]["arrayProperties"]["size"], 4);
    assert!(answer(["launch", "dask"]).out.contains("def main():"));
}

#[test]
fn what_cannot_be_launched_is_told_before_anything_is_planned() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    for (words, code, said) in [
        (&["slurm"][..], 2, "holds no plan.json"),
        (&["slurm", "--", "run", SCENARIO], 2, "how many shards"),
        (
            &["slurm", "--shards", "4", "--", "check", SCENARIO],
            2,
            "cannot be cut into shards",
        ),
        (
            &["slurm", "--shards", "4", "--", "run", SCENARIO, "--shard", "0/4"],
            2,
            "without it",
        ),
        (
            &["slurm", "--shards", "4", "--", "run", SCENARIO, "--repps", "4"],
            2,
            "--repps",
        ),
        (&["slurm", "--shards", "4", "--", "run", "no.toml"], 3, "no.toml"),
        (&["slurm", "--shards", "0", "--", "run", SCENARIO], 2, "--shards"),
    ] {
        let done = launch(&parts, words);
        assert_eq!(done.code, code, "{words:?}: {}", done.err);
        assert!(done.err.contains(said), "{words:?}: {}", done.err);
        assert!(!parts.exists(), "{words:?}");
    }
}

#[test]
fn a_folder_of_another_plan_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    let text = parts.to_str().unwrap();
    assert_eq!(run(&["--shard", "0/2", "--out", text]).code, 0);
    let other = run(&["--seed", "1", "--shard", "1/2", "--out", text]);
    assert_eq!(other.code, 2);
    assert!(
        other
            .err
            .contains("holds parts of another plan: they are of `patchbench run"),
        "{}",
        other.err
    );
    // A scenario that has changed since.
    let file = folder.path().join("fleet.toml");
    let scenario = std::fs::read_to_string(crate::binary::root().join(SCENARIO)).unwrap();
    std::fs::write(&file, &scenario).unwrap();
    let words = |shard: &str| {
        let mut command = patchbench();
        command.args([
            "run",
            "fleet.toml",
            "--reps",
            "16",
            "--shard",
            shard,
            "--out",
            "own",
        ]);
        command.current_dir(folder.path()).output().unwrap()
    };
    assert!(words("0/1").status.success());
    std::fs::write(&file, scenario.replace("count = 60", "count = 61")).unwrap();
    let merged = patchbench()
        .args(["merge", "own"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(merged.stderr).unwrap();
    assert_eq!(merged.status.code(), Some(2));
    assert!(said.contains("has changed since"), "{said}");
}
