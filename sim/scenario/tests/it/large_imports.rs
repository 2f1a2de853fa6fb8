//! Large texts for the importers: the time they take grows with their size, not with its square.

use std::time::{Duration, Instant};

use patchbench_scenario::{
    Imported, NoFiles, RuleBoth, import_answers_texts, import_commands_text, import_terraform_change_text,
    import_terraform_text,
};
use serde_json::{Value, json};

/// Far more than is needed, and far less than it would take with the square of the size.
const ENOUGH: Duration = Duration::from_secs(15);

fn in_time(import: impl FnOnce() -> Imported) -> Imported {
    let start = Instant::now();
    let imported = import();
    assert!(start.elapsed() < ENOUGH, "{:?}", start.elapsed());
    imported
}

#[test]
fn what_is_left_out_has_its_line_however_much_it_is() {
    let many = 200_000;
    let text = "{\"Unknown\": []}\n".repeat(many);
    let imported =
        in_time(|| import_answers_texts(&[("a.json", &text), ("b.json", "\n{\"Unknown\": []}")], true));
    assert_eq!(imported.dropped.len(), many + 1);
    assert!(imported.dropped[many - 1].starts_with(&format!("a.json:{many}: ")));
    assert!(imported.dropped[many].starts_with("b.json:2: "));
}

#[test]
fn what_many_windows_lack_is_told_of_each() {
    let many = 20_000;
    let list = |one: &dyn Fn(usize) -> Value| (0..many).map(one).collect::<Value>();
    let windows = list(&|number| {
        json!({ "WindowId": format!("mw-{number}"), "Name": "Same", "Schedule": "rate(7 days)", "Duration": 2,
            "Cutoff": 0, "NextExecutionTime": "2026-12-02T23:22:00Z" })
    });
    let tasks = list(&|number| {
        json!({ "WindowId": format!("mw-{number}"), "WindowTaskId": format!("k-{number}"), "Type": "RUN_COMMAND",
            "TaskArn": "AWS-RunPatchBaseline", "MaxConcurrency": "1", "MaxErrors": "1",
            "Targets": [{ "Key": "WindowTargetIds", "Values": [format!("t-{number}")] }] })
    });
    let windows = json!({ "WindowIdentities": windows }).to_string();
    let tasks = json!({ "Tasks": tasks }).to_string();
    let files = [("windows.json", windows.as_str()), ("tasks.json", tasks.as_str())];
    let refused = in_time(|| import_answers_texts(&files, false));
    assert!(refused.scenario.is_none());
    let told =
        |problem: &&patchbench_scenario::Problem| problem.message.contains("about the targets of window");
    assert_eq!(refused.problems.iter().filter(told).count(), many);
}

#[test]
fn curly_quotes_without_end_on_one_line() {
    let many = 400_000;
    let text = format!("aws ssm create-maintenance-window --name {}\n", "“”".repeat(many));
    let imported = in_time(|| import_commands_text("runbook.txt", &text, &NoFiles));
    assert!(imported.scenario.is_none() && imported.problems.len() > 100_000);
}

#[test]
fn a_mistake_every_few_bytes_fills_no_memory() {
    let text = format!("aws ssm create-maintenance-window {}\n", "--a ".repeat(500_000));
    let imported = in_time(|| import_commands_text("runbook.txt", &text, &NoFiles));
    assert!(imported.scenario.is_none());
    assert_eq!(imported.problems.len(), 200_000);
}

/// A plan that creates one window, and targets each of which refers to it by the same expression.
fn plan(targets: usize, references: &Value, module: &Value) -> String {
    let change = |address: &str, kind: &str, name: &str, key: Value, unknown: Value| {
        let values = json!({ "name": "w", "schedule": "rate(7 days)", "duration": 2, "cutoff": 0 });
        let after = if kind.ends_with("window") {
            values
        } else {
            json!({ "resource_type": "INSTANCE" })
        };
        let planned = json!({ "address": address, "mode": "managed", "type": kind, "name": name,
            "index": key, "values": after });
        let change = json!({ "address": address, "mode": "managed", "type": kind, "name": name,
            "change": { "actions": ["create"], "before": null, "after": after, "after_unknown": unknown } });
        (planned, change)
    };
    let (window, target) = ("aws_ssm_maintenance_window", "aws_ssm_maintenance_window_target");
    let mut all = vec![change(
        "aws_ssm_maintenance_window.w",
        window,
        "w",
        Value::Null,
        json!({ "id": true }),
    )];
    for index in 0..targets {
        let address = format!("aws_ssm_maintenance_window_target.t[{index}]");
        all.push(change(
            &address,
            target,
            "t",
            json!(index),
            json!({ "window_id": true }),
        ));
    }
    let (planned, changes): (Vec<Value>, Vec<Value>) = all.into_iter().unzip();
    let block = |kind: &str, name: &str, expressions: Value| {
        json!({ "mode": "managed", "type": kind,
        "name": name, "expressions": expressions })
    };
    let blocks = [
        block(window, "w", json!({})),
        block(target, "t", json!({ "window_id": { "references": references } })),
    ];
    let root = json!({ "resources": blocks, "module_calls": { "m": { "module": module } } });
    json!({ "format_version": "1.2", "planned_values": { "root_module": { "resources": planned } },
        "resource_changes": changes, "prior_state": { "format_version": "1.0" },
        "configuration": { "root_module": root } })
    .to_string()
}

#[test]
fn thousands_of_resources_that_refer_to_each_other() {
    let text = plan(
        5_000,
        &json!(["aws_ssm_maintenance_window.w.id", "aws_ssm_maintenance_window.w"]),
        &json!({}),
    );
    let imported = in_time(|| import_terraform_text("plan.json", &text, RuleBoth::default()));
    let linked = |message: &str| message.starts_with("5,000 ids known only after apply");
    assert!(imported.problems.iter().any(|problem| linked(&problem.message)),);
}

#[test]
fn expressions_that_lead_to_more_and_more_are_given_up() {
    let many: Vec<String> = (0..1_500)
        .map(|index| format!("aws_instance.other{index}.id"))
        .collect();
    let outputs = json!({ "outputs": { "a": { "expression": { "references": many } } } });
    let text = plan(5_000, &json!(["module.m.a"]), &outputs);
    let imported = in_time(|| import_terraform_text("plan.json", &text, RuleBoth::default()));
    assert!(imported.scenario.is_none());

    let many: Vec<String> = (0..100_000)
        .map(|index| format!("aws_instance.other.id{index}"))
        .collect();
    let text = plan(50, &json!(many), &json!({}));
    let imported = in_time(|| import_terraform_text("plan.json", &text, RuleBoth::default()));
    let given_up = |notes: &[String]| notes.iter().any(|note| note.contains("more than is followed"));
    assert!(imported.problems.iter().any(|problem| given_up(&problem.notes)),);
}

#[test]
fn what_both_sides_of_a_plan_tell_is_told_once_however_much_it_is() {
    let resource = |index: usize| {
        json!({ "address": format!("aws_ssm_maintenance_window_target.t[{index}]"), "mode": "managed",
            "type": "aws_ssm_maintenance_window_target", "name": "t", "index": index,
            "values": { "window_id": format!("mw-{index}") } })
    };
    let all: Vec<Value> = (0..40_000).map(resource).collect();
    let module = json!({ "root_module": { "resources": all } });
    let text = json!({ "format_version": "1.2", "planned_values": module,
        "prior_state": { "format_version": "1.0", "values": module } });
    let text = text.to_string();
    let start = Instant::now();
    let change = import_terraform_change_text("plan.json", &text, RuleBoth::default());
    assert!(start.elapsed() < ENOUGH, "{:?}", start.elapsed());
    assert!(change.after.problems.len() > 40_000 && change.before.problems.len() < 40_000);
}
