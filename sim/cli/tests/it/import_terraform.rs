//! `patchbench import terraform`

use crate::binary::{answer, scenario};

const UPDATE: &str = "../../../scenario/tests/terraform/update.json";
const CREATE: &str = "../../../scenario/tests/terraform/create.json";
const STATE: &str = "../../../scenario/tests/terraform/state.json";

#[test]
fn a_plan_becomes_two_scenarios_that_compare_tells_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (before, after, result) = (path("before.toml"), path("after.toml"), path("result"));
    let plan = scenario(UPDATE);
    let plan = plan.to_str().unwrap();
    let both = [
        "import",
        "terraform",
        plan,
        "--before",
        &before,
        "--after",
        &after,
    ];
    let done = answer(both);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, "");
    assert!(done.err.contains("left out:"), "{}", done.err);
    assert!(done.err.contains("next: patchbench compare"), "{}", done.err);
    for side in [&before, &after] {
        let check = answer(["check", side]);
        assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    }
    let compared = answer(["compare", &before, &after, "--reps", "20", "--out", &result]);
    assert_eq!(compared.code, 0, "{}", compared.err);
    for changed in ["approve_after_days", "max_concurrency"] {
        assert!(compared.out.contains(changed), "{changed}: {}", compared.out);
    }

    // Neither is overwritten, and none is written alone.
    assert_eq!(answer(both).code, 1);
    std::fs::remove_file(&before).unwrap();
    assert_eq!(answer(both).code, 1);
    assert!(!std::path::Path::new(&before).exists());
}

#[test]
fn a_state_or_what_a_plan_leads_to_becomes_a_scenario() {
    for file in [CREATE, STATE] {
        let file = scenario(file);
        let done = answer(["import", "terraform", file.to_str().unwrap(), "--quiet"]);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        assert!(done.out.contains("[window.ring-canary]"), "{}", done.out);
    }
}

#[test]
fn what_is_no_plan_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (before, after, plan) = (path("before.toml"), path("after.toml"), path("plan.out"));
    for (bytes, hint) in [
        (
            &b"PK\x03\x04\xff\xfe\x00tfplan"[..],
            "terraform show -json plan.out > plan.json",
        ),
        (b"\xff\xfe{\x00", "Out-File -Encoding utf8"),
        (
            b"resource \"aws_ssm_maintenance_window\" \"w\" {\n}\n",
            "terraform show -json plan.out > plan.json",
        ),
        (
            b"{\"version\": 4, \"serial\": 1, \"resources\": []}",
            "terraform show -json > state.json",
        ),
    ] {
        std::fs::write(&plan, bytes).unwrap();
        let done = answer(["import", "terraform", &plan]);
        assert_eq!((done.code, done.out.as_str()), (3, ""), "{}", done.err);
        assert!(done.err.contains(hint), "{hint}: {}", done.err);
    }
    // All is new: before the plan there is nothing to compare.
    let create = scenario(CREATE);
    let create = create.to_str().unwrap();
    let done = answer([
        "import",
        "terraform",
        create,
        "--before",
        &before,
        "--after",
        &after,
    ]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("nothing to compare"), "{}", done.err);
    assert!(!std::path::Path::new(&after).exists());
    assert_eq!(
        answer(["import", "terraform", create, "--before", &before]).code,
        2
    );
    let same = answer(["import", "terraform", create, "--rule-both", "both"]);
    assert_eq!(same.code, 2, "{}", same.err);
}
