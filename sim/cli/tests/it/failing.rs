//! What fails as a planner meets it: nodes out of reach, sick or unlucky, and bad patches, explained with
//! their dates.

use serde_json::Value;

use crate::binary::{answer, root, scenario};

/// The answer on the screen, which must come and fit.
fn told(words: &[&str]) -> String {
    let file = scenario("failing.toml");
    let done = answer(["explain", "--quiet", file.to_str().unwrap()].iter().chain(words));
    assert_eq!(done.code, 0, "{}", done.err);
    let fits = |line: &str| line.chars().count() <= 100;
    assert!(done.out.lines().all(fits), "{}", done.out);
    done.out
}

/// The answer as JSON.
fn json(words: &[&str]) -> Value {
    let file = scenario("failing.toml");
    let words = ["explain", "--quiet", "--format", "json", file.to_str().unwrap()]
        .into_iter()
        .chain(words.iter().copied());
    let done = answer(words);
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

/// The verdict alone.
fn verdict(words: &[&str]) -> String {
    let text = told(words);
    let end = text
        .find("One history:")
        .or_else(|| text.find("Chance plays"))
        .unwrap();
    text[..end].to_owned()
}

#[test]
fn every_reason_comes_with_its_dates() {
    let questions = [
        ("branch-3", "KB1", "2026-01-11T01:30:00Z"),
        ("branch-3", "KB1", "2026-01-20"),
        ("old-2", "KB1", "2026-01-20"),
        ("flaky-1", "KB1", "2026-01-12"),
        ("dc-1", "KB1", "2026-01-12"),
        ("dc-1", "KB1", "2026-03-01"),
        ("dc-1", "KB2", "2026-03-01"),
        ("dc-1", "KB3", "2026-01-27"),
        ("dc-1", "KB3", "2026-03-01"),
        ("web-1", "KB4", "2026-01-28"),
        ("web-1", "KB4", "2026-03-01"),
    ];
    let told: Vec<String> = questions
        .iter()
        .map(|(node, patch, at)| verdict(&["--node", node, "--patch", patch, "--at", at]))
        .collect();
    insta::assert_snapshot!("failing-verdicts", told.join("\n"));
}

#[test]
fn a_node_that_two_bad_patches_hurt() {
    insta::assert_snapshot!("failing-node", told(&["--node", "dc-2", "--patch", "KB3"]));
}

#[test]
fn nodes_that_are_out_of_reach_and_come_back() {
    let words = ["--node", "branch-3", "--patch", "KB2"];
    insta::assert_snapshot!("failing-offline", told(&words));
}

#[test]
fn a_fleet_with_failures_and_a_withdrawn_patch() {
    let fleet = |patch| told(&["--patch", patch, "--at", "2026-01-24"]);
    insta::assert_snapshot!(
        "failing-funnel",
        [fleet("KB1"), fleet("KB2"), told(&["--patch", "KB4"])].join("\n\n")
    );
}

#[test]
fn an_opening_says_why_nodes_failed() {
    let opening = |date| told(&["--window", "weekly", "--on", date]);
    insta::assert_snapshot!(
        "failing-openings",
        [opening("2026-01-11"), opening("2026-01-25")].join("\n\n")
    );
}

#[test]
fn an_alarm_cancels_what_is_under_way() {
    let alarm = |words: &[&str]| {
        let set = [
            "--set",
            "monitoring={ delay = \"10m\", action = \"reject_and_cancel\" }",
            "--set",
            "window.weekly.task.0.max_concurrency=2",
        ];
        told(&[words, &set].concat())
    };
    let told = [
        alarm(&["--window", "weekly", "--on", "2026-01-11"]),
        alarm(&["--patch", "KB1", "--at", "2026-01-15"]),
        alarm(&["--node", "branch-2", "--patch", "KB1", "--at", "2026-01-15"]),
        alarm(&["--node", "old-1", "--patch", "KB1", "--at", "2026-01-15"]),
    ];
    insta::assert_snapshot!("failing-alarm", told.join("\n\n"));
}

#[test]
fn approvals_say_what_the_vendor_withdraws() {
    let file = scenario("failing.toml");
    let done = answer(["approvals", "--quiet", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    insta::assert_snapshot!("failing-approvals", done.out);
}

#[test]
fn json_holds_the_dates_of_what_failed() {
    let sick = json(&["--node", "old-2", "--patch", "KB1", "--at", "2026-01-20"]);
    assert_eq!(sick["verdict"]["reason"], "sick_node");
    let invocation = &sick["verdict"]["last_opportunity"]["invocation"];
    assert_eq!(invocation["ended_by"], "sick_node");
    assert_eq!(invocation["sick"]["until"], "2026-01-19T13:45:35.657Z");
    let away = json(&["--node", "branch-3", "--patch", "KB1", "--at", "2026-01-20"]);
    assert_eq!(away["verdict"]["reason"], "delivery_timed_out");
    let invocation = &away["verdict"]["last_opportunity"]["invocation"];
    assert_eq!(invocation["out_of_reach"]["bad_patch"], Value::Null);
    assert_eq!(invocation["delivered"], Value::Null);
    let lost = json(&["--node", "dc-1", "--patch", "KB3"]);
    let how = &lost["verdict"]["how"];
    assert_eq!(how["lost_at_reboot"]["bad_patch"]["kb"], "KB2");
    assert_eq!(how["lost_at_reboot"]["down_until"], "2026-01-27T04:00:00Z");
    let chain = lost["chain"].as_array().unwrap();
    let latent = chain.iter().find(|step| step["step"] == "latent_fault").unwrap();
    assert_eq!(latent["at"], "2026-01-28T04:00:00Z");
    assert_eq!(latent["down_until"], "2026-01-30T04:00:00Z");
    let gone = json(&["--patch", "KB4"]);
    assert_eq!(gone["withdrawn"][0]["by"], "vendor");
    assert_eq!(gone["groups"][0]["left"][0]["reason"], "withdrawn");
}

#[test]
fn the_failures_in_the_readme_can_be_put_into_a_scenario() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let shown = blocks
        .into_iter()
        .find(|block| block.contains("[bad_patches."))
        .unwrap();
    let file = root().join("scenarios/front-end-servers-install.toml");
    let plain = std::fs::read_to_string(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("failures.toml");
    std::fs::write(&file, format!("{plain}\n{shown}")).unwrap();
    let done = answer(["check", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
}
