//! Sweeps through the command: screens, files, and sweeps that are killed and go on.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::binary::{answer, files_below, patchbench};

const SCENARIO: &str = "scenarios/front-end-servers-install.toml";
const TASK: &str = "window.Patch_Front-End-Servers.task.0";

/// The words of a sweep of the shipped scenario.
fn words<'w>(factors: &'w [String], reps: &'w str, out: &'w Path) -> Vec<&'w str> {
    let mut words = vec!["sweep", SCENARIO, "--reps", reps, "--out", out.to_str().unwrap()];
    words.extend(factors.iter().flat_map(|factor| ["--vary", factor.as_str()]));
    words
}

fn factors() -> Vec<String> {
    vec![
        format!("{TASK}.max_errors=0,1,10%"),
        "behavior.windows-server-2016.failure=0.01,0.02,0.05,0.1".to_owned(),
    ]
}

/// Sweeps, and gives what was said.
fn sweep(factors: &[String], reps: &str, out: &Path, more: &[&str]) -> crate::binary::Answer {
    let done = answer(words(factors, reps, out).iter().chain(more));
    assert_eq!(done.code, 0, "{}", done.err);
    done
}

#[test]
fn one_factor_two_factors_many_and_one_at_a_time_have_screens_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (one, two) = (vec![format!("{TASK}.max_concurrency=2,4,10,20,30")], factors());
    let mut many = factors();
    many.push(format!("{TASK}.max_concurrency=2,10"));
    for (name, factors, more) in [
        ("one", &one, &["--metric", "fit", "--metric", "exposure"][..]),
        ("two", &two, &["--metric", "stop"]),
        ("many", &many, &["--metric", "stop", "--metric", "exposure"]),
        ("tornado", &many, &["--one-at-a-time"]),
        ("markdown", &two, &["--metric", "stop", "--format", "markdown"]),
        ("csv", &one, &["--metric", "fit", "--format", "csv"]),
    ] {
        let done = sweep(factors, "40", &out, more);
        assert!(done.out.lines().count() <= 40, "{}", done.out);
        assert!(
            done.out
                .lines()
                .all(|line| name == "csv" || line.chars().count() <= 100),
            "{}",
            done.out
        );
        insta::assert_snapshot!(format!("sweep-{name}"), done.out);
    }
}

#[test]
fn run_with_factors_is_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let swept = sweep(&factors(), "20", &one, &["--metric", "stop"]);
    let mut words = words(&factors(), "20", &two)
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    "run".clone_into(&mut words[0]);
    let run = answer(words.iter().map(String::as_str).chain(["--metric", "stop"]));
    assert_eq!((run.code, run.out), (0, swept.out), "{}", run.err);
    assert!(files_below(&one) == files_below(&two));
}

#[test]
fn threads_change_no_byte_and_designs_are_played_once() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let first = sweep(&factors()[1..], "20", &one, &["--threads", "1"]);
    assert!(first.err.contains("4 designs played"), "{}", first.err);
    // A factor more: the designs that are as before are not played again.
    let more = sweep(&factors(), "20", &one, &["--threads", "1"]);
    assert!(
        more.err.contains("4 of 12 designs were played before"),
        "{}",
        more.err
    );
    assert!(more.err.contains("8 designs played"), "{}", more.err);
    sweep(&factors(), "20", &two, &["--threads", "2"]);
    assert!(files_below(&one) == files_below(&two));
    let again = sweep(&factors(), "20", &one, &[]);
    assert!(again.err.contains("0 designs played"), "{}", again.err);
    assert!(files_below(&one) == files_below(&two));
    let seed = sweep(&factors(), "20", &one, &["--seed", "7"]);
    assert!(seed.err.contains("12 designs played"), "{}", seed.err);
}

#[test]
fn a_sweep_that_is_killed_ends_with_the_bytes_of_one_that_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let mut factors = factors();
    factors.push(format!("{TASK}.max_concurrency=2,4,6,8"));
    sweep(&factors, "60", &whole, &[]);
    let expected = files_below(&whole);
    for kill in 0..20u64 {
        // The same place for all, so that kills come before, within and after the playing.
        let out = folder.path().join(format!("killed-{kill}"));
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("patchbench"));
        let command = command
            .current_dir(crate::binary::root())
            .args(words(&factors, "60", &out));
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(kill * kill * 7 % 400));
        let _ = child.kill();
        child.wait().unwrap();
        sweep(&factors, "60", &out, &[]);
        assert!(files_below(&out) == expected, "killed in round {kill}");
        let left: Vec<PathBuf> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains(".partial"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn what_cannot_be_swept_is_said_before_anything_is_played() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut told = String::new();
    for (factors, more, code) in [
        (
            vec![
                format!("{TASK}.max_errors=0,many,200%"),
                "window.Patch_Front-End-Servers.cutoff=1,9".to_owned(),
            ],
            &[][..],
            3,
        ),
        (
            vec![
                format!("{TASK}.max_errors=0..999"),
                format!("{TASK}.max_concurrency=1..1000"),
            ],
            &[],
            3,
        ),
        (
            vec![format!("{TASK}.max_errors=0..9")],
            &["--where", "max_errors > 9"],
            3,
        ),
        (
            vec![format!("{TASK}.max_errors=0..9")],
            &["--where", "max_errors > 2h"],
            3,
        ),
        (vec![format!("{TASK}.max_errors=0..9")], &["--metric", "stopp"], 2),
        (vec![], &[], 3),
    ] {
        let done = answer(words(&factors, "20", &out).iter().chain(more));
        assert_eq!(done.code, code, "{}", done.err);
        told.push_str(&done.err);
        told.push_str("--\n");
        assert!(!out.exists());
    }
    insta::assert_snapshot!("sweep-refusals", told);
}

#[test]
fn a_list_plays_nothing_and_a_hypercube_covers_every_level() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let listed = sweep(&factors(), "20", &out, &["--list", "--lhs", "8"]);
    let (head, points) = listed.out.split_once('\n').unwrap();
    assert!(
        head.starts_with("8 designs x 20 replications = 160 runs; about "),
        "{head}"
    );
    for failure in ["0.01", "0.02", "0.05", "0.1"] {
        assert_eq!(
            points.matches(&format!("failure = {failure}\n")).count(),
            2,
            "{points}"
        );
    }
    assert!(!out.exists());
    let kept = sweep(
        &factors(),
        "20",
        &out,
        &["--where", "failure >= 0.05 and max_errors != 10%"],
    );
    assert!(
        kept.out.contains("4 designs") && kept.out.contains("8 combinations left out"),
        "{}",
        kept.out
    );
}

#[test]
fn another_result_is_replaced_only_with_force() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let done = answer(["run", SCENARIO, "--reps", "2", "--out", out.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    let refused = patchbench().args(words(&factors(), "2", &out)).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    sweep(&factors(), "2", &out, &["--force"]);
    assert!(out.join("designs.csv").is_file());
}
