//! Saved answers of the AWS CLI that do not say all.

use std::fmt::Write as _;

use patchbench_model::config::TaskTarget;
use patchbench_scenario::{Severity, codes};
use serde_json::json;

use crate::aws_answers::{answers, codes_of, import};
use crate::aws_commands::{config, rendered};

/// What is missing, and what is assumed then, each with its place.
#[test]
fn missing_nodes_tags_and_targets_are_told() {
    let mut told = String::new();
    for missing in [
        &["targets.json"][..],
        &["nodes.json"],
        &["nodes.json", "targets.json", "tasks.json", "task.json"],
        &["tags.json", "list-tags-for-resource-mi-0000000000000000d.json"],
        &["tasks.json", "task.json"],
    ] {
        let mut left = answers();
        left.retain(|(name, _)| !missing.contains(name));
        assert!(import(&left, false).scenario.is_none(), "{missing:?}");
        let partial = import(&left, true);
        let _ = writeln!(told, "without {}:\n{}", missing.join(" and "), rendered(&partial));
        let refused = codes_of(&import(&left, false), Severity::Error);
        assert!(
            refused.iter().all(|code| *code == codes::INCOMPLETE),
            "{refused:?}"
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_empty_list_is_an_answer() {
    let window = |id: &str| {
        json!({ "WindowId": id, "Name": "Idle", "Schedule": "cron(0 2 ? * TUE *)", "Duration": 4, "Cutoff": 1,
            "AllowUnassociatedTargets": false, "Enabled": true })
    };
    let mut all = answers();
    all.push(("idle.json", window("mw-3")));
    assert_eq!(
        codes_of(&import(&all, false), Severity::Error),
        [codes::INCOMPLETE]
    );
    // Of whichever window it is, there is one window without tasks, and one list of none.
    all.push(("no-tasks.json", json!({ "Tasks": [] })));
    assert!(import(&all, false).scenario.is_some());
    // The name of a file says of which window it is.
    all.last_mut().unwrap().0 = "describe-maintenance-window-tasks-mw-3.json";
    assert!(import(&all, false).scenario.is_some());
    all.push(("idle-2.json", window("mw-4")));
    assert_eq!(
        codes_of(&import(&all, false), Severity::Error),
        [codes::INCOMPLETE]
    );
    // So does that of a file of tags.
    let mut all = answers();
    all.last_mut().unwrap().1 = json!({ "TagList": [] });
    assert!(import(&all, false).scenario.is_some());
}

#[test]
fn where_all_nodes_are_known_none_are_made_up() {
    for (key, values) in [
        ("tag:Env", json!(["test"])),
        ("tag-key", json!(["Env", "Owner"])),
        (
            "InstanceIds",
            json!(["i-0000000000000000a", "i-0000000000000000f"]),
        ),
    ] {
        let mut all = answers();
        // A second target, so that a task reaches somebody.
        let list = all[4].1["Targets"].as_array_mut().unwrap();
        let mut other = list[0].clone();
        other["WindowTargetId"] = json!("t-2");
        other["Targets"] = json!([{ "Key": key, "Values": values }]);
        list.push(other);
        let imported = import(&all, false);
        let nodes: u32 = config(&imported).pools.iter().map(|pool| pool.count).sum();
        assert_eq!(nodes, 3, "{key}");
        assert_eq!(codes_of(&imported, Severity::Warning), [codes::MATCHES_NOBODY]);
        assert!(
            rendered(&imported).contains("targets.json:"),
            "{}",
            rendered(&imported)
        );
    }
    // Without anybody there would be nothing to simulate.
    let mut all = answers();
    all[4].1["Targets"][0]["Targets"][0]["Values"] = json!(["test"]);
    assert_eq!(
        codes_of(&import(&all, false), Severity::Error),
        [codes::INCOMPLETE]
    );
    let partial = import(&all, true);
    assert!(
        rendered(&partial).contains("others are made up"),
        "{}",
        rendered(&partial)
    );
    assert_eq!(config(&partial).pools.len(), 4);
    // Nor is a node put into a group because no other is in it.
    let mut all = answers();
    all[8].1["Tags"].as_array_mut().unwrap().remove(1);
    all.last_mut().unwrap().1 = json!({ "TagList": [{ "Key": "Env", "Value": "prod" }] });
    let text = import(&all, false).scenario.unwrap();
    assert!(!text.contains("\"Patch Group\""), "{text}");
}

#[test]
fn a_task_whose_target_is_gone_is_told_and_left_out() {
    let mut all = answers();
    for index in [5, 6] {
        let task = &mut all[index].1;
        let task = if index == 5 { &mut task["Tasks"][0] } else { task };
        task["Targets"][0]["Values"] = json!(["t-1", "t-9"]);
    }
    let imported = import(&all, false);
    assert_eq!(codes_of(&imported, Severity::Warning), [codes::INCOMPLETE]);
    let told = rendered(&imported);
    assert!(
        told.contains("goes to t-9") && told.contains("its other targets"),
        "{told}"
    );
    assert_eq!(
        config(&imported).windows[0].tasks[0].targets,
        [TaskTarget::Window(0)]
    );
}

/// What is refused is told once: nothing that refers to it is taken for something else.
#[test]
fn a_refused_window_is_told_alone() {
    let mut all = answers();
    all[2].1["Duration"] = json!("four");
    let refused = import(&all, false);
    assert_eq!(codes_of(&refused, Severity::Error), [codes::REQUEST]);
    assert_eq!(codes_of(&refused, Severity::Warning), [""; 0]);
}
