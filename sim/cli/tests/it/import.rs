//! `patchbench import`

use crate::binary::{answer, scenario};

const RUNBOOK: &str = "../runbooks/front-end-servers.txt";

#[test]
fn a_runbook_becomes_a_scenario_that_check_accepts_and_run_plays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scenario.toml");
    let out = out.to_str().unwrap();
    let runbook = scenario(RUNBOOK);
    let done = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--out", out]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, "");
    assert!(done.err.contains("left out:"), "{}", done.err);
    assert!(done.err.contains("--service-role-arn"), "{}", done.err);
    let check = answer(["check", out]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let result = folder.path().join("result");
    let run = answer(["run", out, "--reps", "5", "--out", result.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);

    let printed = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--quiet"]);
    assert_eq!(printed.out, std::fs::read_to_string(out).unwrap());
    assert_eq!(printed.err, "");
    let again = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--out", out]);
    assert_eq!(
        again.code, 1,
        "an existing file is never overwritten: {}",
        again.err
    );
}

#[test]
fn what_cannot_be_imported_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let runbook = folder.path().join("runbook.sh");
    for text in [
        "aws ssm create-patch-baseline --name 'Prod\n",
        "echo nothing\n",
        "",
    ] {
        std::fs::write(&runbook, text).unwrap();
        let done = answer(["import", "aws-commands", runbook.to_str().unwrap()]);
        assert_eq!(done.code, 3, "{text}: {}", done.err);
        assert_eq!(done.out, "");
        assert!(done.err.contains("error[PB0"), "{}", done.err);
    }
    assert_eq!(answer(["import", "aws-commands", "no-such-file.sh"]).code, 3);
    assert_eq!(answer(["import"]).code, 2);
}
