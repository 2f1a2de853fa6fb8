//! `run --precision`: replications until the intervals are narrow enough.

use crate::binary::answer;

#[test]
fn replications_are_added_until_the_interval_is_narrow_and_a_manifest_repeats_that() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let run = [
        "run",
        "scenarios/front-end-servers-install.toml",
        "--precision",
        "exposure=1%",
        "--out",
        out.to_str().unwrap(),
    ];
    let done = answer(run);
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
    let told = done
        .out
        .lines()
        .find(|line| line.starts_with("as precise as wanted"));
    assert!(told.unwrap().contains("mean of exposure"), "{}", done.out);
    let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let reached = &summary["precision"][0];
    assert_eq!(reached["met"], true);
    assert!(reached["half_width"].as_f64() <= reached["wanted"].as_f64());
    let again = answer(["run", "--again", out.to_str().unwrap(), "--threads", "1"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
}

#[test]
fn what_is_not_reached_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let run = [
        "run",
        "scenarios/front-end-servers-install.toml",
        "--precision",
        "stop=0.0001",
        "--max-reps",
        "100",
        "--quiet",
        "--out",
        out.to_str().unwrap(),
    ];
    let done = answer(run);
    assert!(done.out.contains("100 replications"), "{}", done.out);
    assert!(
        done.out.contains("not as precise as wanted (± <0.1 %)"),
        "{}",
        done.out
    );
}

#[test]
fn a_time_for_all_is_meant_for_times() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let run = [
        "run",
        "scenarios/front-end-servers-install.toml",
        "--precision",
        "1d",
        "--quiet",
        "--out",
        out.to_str().unwrap(),
    ];
    let done = answer(run);
    assert_eq!(done.err, "");
    let told = done
        .out
        .lines()
        .find(|line| line.contains("as precise as wanted"));
    assert!(told.unwrap().contains("time_to_coverage_95"), "{}", done.out);
}
