//! What is refused, with which exit code, and what is never overwritten.

use crate::binary::{answer, files_below, patchbench};

const SCENARIO: &str = "scenarios/front-end-servers.toml";

#[test]
fn wrong_command_lines_exit_with_2() {
    for words in [
        &["run"][..],
        &["fly"],
        &["run", SCENARIO, "--reps", "0"],
        &["run", SCENARIO, "--set", "nonsense"],
    ] {
        let done = answer(words);
        assert_eq!(done.code, 2, "{words:?}: {}", done.err);
    }
}

#[test]
fn invalid_scenarios_exit_with_3_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let words = [
        "run",
        SCENARIO,
        "--out",
        out.to_str().unwrap(),
        "--set",
        "nodes.web.cuont=3",
        "--set",
    ];
    let done = answer(
        words
            .into_iter()
            .chain(["window.Patch_Front-End-Servers.cutoff=9"]),
    );
    assert_eq!(done.code, 3);
    assert!(done.err.contains("error[PB001]"), "{}", done.err);
    assert!(
        done.err.contains("error[PB012]"),
        "all problems come in one go: {}",
        done.err
    );
    assert!(!out.exists());
    let absent = answer(["run", "no-such-file.toml"]);
    assert_eq!(absent.code, 3, "{}", absent.err);
}

#[test]
fn a_run_of_nothing_is_not_green() {
    let nobody = answer(["check", SCENARIO, "--set", "nodes.web.tags={}"]);
    assert_eq!(nobody.code, 3, "{}", nobody.err);
    assert!(nobody.err.contains("error[PB033]"), "{}", nobody.err);
    let nothing = answer(["check", SCENARIO, "--set", "horizon=\"5d\""]);
    assert_eq!(nothing.code, 3, "{}", nothing.err);
}

#[test]
fn sizes_beyond_the_machine_are_refused_at_once() {
    for (change, code) in [
        ("nodes.web.count=1000000000", "PB060"),
        ("study.replications=1000000000000", "PB060"),
    ] {
        let done = answer(["run", SCENARIO, "--set", change]);
        assert_eq!(done.code, 3, "{change}: {}", done.err);
        assert!(
            done.err.contains(code) || done.err.contains("PB010"),
            "{change}: {}",
            done.err
        );
    }
    let done = answer(["run", SCENARIO, "--reps", "1000000000000"]);
    assert_eq!(done.code, 3, "--reps obeys the same limit: {}", done.err);
}

#[test]
fn a_finished_result_is_not_replaced_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let words = ["run", SCENARIO, "--reps", "3", "--out", out.to_str().unwrap()];
    assert_eq!(answer(words).code, 0);
    let before = files_below(&out);
    let refused = answer(words.into_iter().chain(["--seed", "7"]));
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(files_below(&out) == before);
    assert_eq!(
        answer(words.into_iter().chain(["--seed", "7", "--force"])).code,
        0
    );
    assert!(files_below(&out) != before);

    let other = folder.path().join("mine");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("thesis.txt"), "years of work").unwrap();
    let words = [
        "run",
        SCENARIO,
        "--reps",
        "3",
        "--force",
        "--out",
        other.to_str().unwrap(),
    ];
    assert_eq!(
        answer(words).code,
        1,
        "a folder with other files is never replaced"
    );
    assert_eq!(
        std::fs::read_to_string(other.join("thesis.txt")).unwrap(),
        "years of work"
    );
}

#[test]
fn assertions_decide_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let exit = |limit: &str, name: &str| {
        let out = folder.path().join(name);
        let assertion = format!("assert=[{{ name = \"n\", metric = \"stop\", at_most = {limit} }}]");
        answer([
            "run",
            SCENARIO,
            "--reps",
            "50",
            "--set",
            &assertion,
            "--out",
            out.to_str().unwrap(),
        ])
        .code
    };
    assert_eq!(exit("1.0", "pass"), 0);
    assert_eq!(exit("0.01", "fail"), 4);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = std::process::Command::new(patchbench().get_program())
        .args([
            "windows",
            "--schedule",
            "rate(5 minutes)",
            "--from",
            "2024-01-01T00:00:00Z",
            "--count",
            "1000000",
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn codes_are_explained() {
    let done = answer(["explain", "pb012"]);
    assert!(done.out.starts_with("PB012: "), "{}", done.out);
    assert_eq!(answer(["explain", "PB999"]).code, 2);
}

#[test]
fn help_pages_are_as_documented() {
    for command in [
        "run",
        "report",
        "check",
        "windows",
        "approvals",
        "releases",
        "explain",
        "init",
        "import",
        "launch",
        "merge",
        "missing",
        "status",
    ] {
        insta::assert_snapshot!(format!("help-{command}"), answer([command, "--help"]).out);
    }
    insta::assert_snapshot!("help", answer(["--help"]).out);
}
