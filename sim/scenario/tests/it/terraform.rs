//! Importing plans and states of Terraform. The files in `tests/terraform` are what `terraform show -json`
//! (1.11) prints of one configuration: two rings by `for_each` of modules within modules, and databases.

use std::path::Path;

use patchbench_model::config::ModelConfig;
use patchbench_model::ssm::Approval;
use patchbench_scenario::{
    Imported, LeafChange, RuleBoth, Severity, TerraformChange, codes, differences, import_terraform,
    import_terraform_change_text, import_terraform_text, text_leaves,
};
use serde_json::{Value, json};

use crate::aws_commands::{config, rendered};
use crate::mutations::{mutated, mutation};

const CREATE: &str = include_str!("../terraform/create.json");
const UPDATE: &str = include_str!("../terraform/update.json");
const REPLACE: &str = include_str!("../terraform/replace.json");
const TARGET: &str = include_str!("../terraform/target.json");
const STATE: &str = include_str!("../terraform/state.json");

fn import(text: &str) -> Imported {
    import_terraform_text("plan.json", text, RuleBoth::DateWins)
}

fn change(text: &str) -> TerraformChange {
    import_terraform_change_text("plan.json", text, RuleBoth::DateWins)
}

fn scenario(imported: &Imported) -> &str {
    let told = rendered(imported);
    imported.scenario.as_deref().unwrap_or_else(|| panic!("{told}"))
}

/// Everything that is said.
fn told(imported: &Imported) -> String {
    format!(
        "read: {}\n{}left out:\n{}\n",
        imported.read.join(", "),
        rendered(imported),
        imported.dropped.join("\n")
    )
}

/// The places that two scenarios differ in.
fn changes(one: &str, other: &str) -> Vec<String> {
    let leaves = |text: &str| text_leaves(text, &[]);
    let shown = |change: LeafChange| format!("{change:?}");
    differences(&leaves(one), &leaves(other))
        .into_iter()
        .map(shown)
        .collect()
}

fn pretty(text: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
}

fn one_line(text: &str) -> String {
    serde_json::from_str::<Value>(text).unwrap().to_string()
}

#[test]
fn a_plan_of_everything_is_read_whole() {
    let imported = import(CREATE);
    insta::assert_snapshot!("plan", format!("{}\n{}", told(&imported), scenario(&imported)));
    let config = config(&imported);
    let patching: Vec<(&str, usize)> = config
        .windows
        .iter()
        .map(|window| (window.name.as_str(), window.tasks.len()))
        .collect();
    assert_eq!(patching, [("prod-db", 1), ("ring-canary", 1), ("ring-rest", 1)]);
}

#[test]
fn a_state_has_what_the_plan_to_it_led_to() {
    let (plan, state) = (import(CREATE), import(STATE));
    // Instances have ids in a state, and are called by their addresses before.
    let named = scenario(&plan).to_owned();
    let ids: Value = serde_json::from_str(STATE).unwrap();
    let resources = ids["values"]["root_module"]["resources"].as_array().unwrap();
    let instances = resources.iter().filter(|known| known["type"] == "aws_instance");
    let named = instances.fold(named, |text, known| {
        text.replace(
            known["address"].as_str().unwrap(),
            known["values"]["id"].as_str().unwrap(),
        )
    });
    // What the provider fills in is the name apart the only difference.
    let found = changes(&named, scenario(&state));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("rejected_patches_action"), "{found:?}");
}

#[test]
fn before_and_after_differ_in_what_the_plan_changes() {
    let change = change(UPDATE);
    let found = changes(scenario(&change.before), scenario(&change.after));
    insta::assert_snapshot!("changes", found.join("\n"));
    assert_eq!(
        found.len(),
        3,
        "the name, the delay and the concurrency: {found:?}"
    );
    // All that is told of before is told of after.
    assert_eq!(change.before.dropped, [] as [&str; 0]);
    assert_eq!(rendered(&change.before), "");
    let days = |imported: &Imported| config(imported).baselines[0].rules[0].approval;
    assert_eq!(days(&change.before), Approval::AfterDays(5));
    assert_eq!(days(&change.after), Approval::AfterDays(2));
    // The state that the plan begins with says the same.
    assert_eq!(
        changes(scenario(&change.before), scenario(&import(STATE))).len(),
        1
    );
}

#[test]
fn what_is_replaced_or_destroyed_keeps_the_rest_comparable() {
    let change = change(REPLACE);
    let found = changes(scenario(&change.before), scenario(&change.after));
    // The window of the databases and the instances are new, and the same; the group goes.
    insta::assert_snapshot!(
        "replaced",
        format!("{}\n{}", told(&change.after), found.join("\n"))
    );
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn without_a_prior_state_the_changes_say_what_was_before() {
    let mut plan: Value = serde_json::from_str(UPDATE).unwrap();
    plan.as_object_mut().unwrap().remove("prior_state");
    let (with, without) = (change(UPDATE), change(&plan.to_string()));
    assert_eq!(
        changes(scenario(&with.before), scenario(&without.before)),
        [] as [&str; 0]
    );
}

#[test]
fn a_plan_of_one_target_leaves_the_others_as_they_are() {
    let change = change(TARGET);
    let found = changes(scenario(&change.before), scenario(&change.after));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(config(&change.after).windows.len(), 3);
}

#[test]
fn lines_make_no_difference() {
    for text in [CREATE, STATE] {
        let (one, many) = (import(&one_line(text)), import(&pretty(text)));
        assert_eq!(changes(scenario(&one), scenario(&many)), [] as [&str; 0]);
        let bom = import(&format!("\u{feff}{text}"));
        assert_eq!(changes(scenario(&one), scenario(&bom)), [] as [&str; 0]);
    }
}

#[test]
fn nothing_to_compare_is_said() {
    let created = change(CREATE);
    assert!(created.before.scenario.is_none());
    let message = rendered(&created.before);
    assert!(message.contains("before this plan nothing patches"), "{message}");
    assert!(created.after.scenario.is_some());
    let state = change(STATE);
    assert!(
        rendered(&state.before).contains("this is a state"),
        "{}",
        rendered(&state.before)
    );
}

#[test]
fn other_files_are_refused_with_what_to_do() {
    let without = |member: &str| {
        let mut plan: Value = serde_json::from_str(CREATE).unwrap();
        plan.as_object_mut().unwrap().remove(member);
        plan.to_string()
    };
    let mut all = String::new();
    for text in [
        "",
        "[]",
        "{\"format_version\": \"1.0\"}",
        "{\"version\": 4, \"terraform_version\": \"1.11.4\", \"serial\": 3, \"lineage\": \"x\", \"resources\": []}",
        "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\"}\n{\"@level\":\"info\"}\n",
        "# windows\nresource \"aws_ssm_maintenance_window\" \"w\" {\n  name = \"w\"\n}\n",
        "Terraform will perform the following actions:\n",
        "{\"Resources\": {}}",
        &without("format_version"),
        "{\"format_version\": \"2.0\", \"values\": {}}",
        "{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": [}}}",
        "{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": [{\"address\": \"a.b\", \"mode\": \"managed\", \"type\": \"a\", \"name\": \"b\", \"values\": {}}]}}}",
    ] {
        let imported = import(text);
        assert!(imported.scenario.is_none(), "{text}");
        all.push_str(&rendered(&imported));
        all.push('\n');
    }
    insta::assert_snapshot!("refused", all);
    assert!(
        rendered(&import_terraform(Path::new("no-such-file"), RuleBoth::DateWins)).contains("no such file")
    );
}

#[test]
fn an_older_format_is_read_with_a_note() {
    let imported = import(&CREATE.replacen("\"format_version\": \"1.2\"", "\"format_version\": \"0.2\"", 1));
    assert!(imported.scenario.is_some());
    assert!(
        rendered(&imported).contains("before 1.0"),
        "{}",
        rendered(&imported)
    );
}

/// The create plan with other values where one stands.
fn with(from: &str, to: &str) -> Imported {
    assert!(CREATE.contains(from), "{from}");
    import(&CREATE.replacen(from, to, 1))
}

#[test]
fn values_that_aws_refuses_are_told_with_their_places() {
    let mut all = String::new();
    for (from, to) in [
        ("\"duration\": 5", "\"duration\": 25"),
        ("\"cron(0 22 ? * SAT#2 *)\"", "\"cron(0 22 * * SAT#2 *)\""),
        ("\"Europe/Berlin\"", "\"Europe/Berlint\""),
        ("\"max_concurrency\": \"2\"", "\"max_concurrency\": \"02\""),
        ("\"max_errors\": \"1\",\n", "\"max_errors\": null,\n"),
        ("\"CRITICAL\"", "\"URGENT\""),
        ("\"Install\"", "\"Instal\""),
        ("\"approve_after_days\": 5", "\"approve_after_days\": 361"),
        ("\"schedule\": \"cron(0 22 ? * SAT#2 *)\",\n", ""),
    ] {
        let imported = with(from, to);
        assert!(imported.scenario.is_none(), "{from}");
        all.push_str(&rendered(&imported));
        all.push('\n');
    }
    insta::assert_snapshot!("values", all);
}

#[test]
fn what_is_not_set_and_what_is_new_is_passed_over() {
    let zero = with(
        "\"schedule_offset\": null",
        "\"schedule_offset\": 0, \"alarm_policy\": \"strict\"",
    );
    assert_eq!(
        changes(scenario(&import(CREATE)), scenario(&zero)),
        [] as [&str; 0]
    );
    let message = rendered(&zero);
    assert!(
        message.contains("`alarm_policy` of aws_ssm_maintenance_window is not known"),
        "{message}"
    );
    let disabled = config(&with("\"enabled\": true", "\"enabled\": false"));
    assert!(!disabled.windows[0].enabled && disabled.windows[1].enabled);
}

#[test]
fn a_rule_with_a_date_and_a_delay_is_a_matter_of_the_setting() {
    let text = CREATE.replacen(
        "\"approve_until_date\": null",
        "\"approve_until_date\": \"2023-07-07\"",
        1,
    );
    let wins = import(&text);
    assert!(matches!(
        config(&wins).baselines[0].rules[0].approval,
        Approval::UntilDate(_)
    ));
    let refused = import_terraform_text("plan.json", &text, RuleBoth::Error);
    let errors = refused
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    assert_eq!(
        errors.map(|problem| problem.code).collect::<Vec<_>>(),
        [codes::RULE_BOTH]
    );
}

fn address(module: &str, of: &str, key: Option<&str>) -> String {
    let key = key.map_or(String::new(), |key| format!("[{key}]"));
    format!("{module}{of}{key}")
}

fn resource(address: &str, kind: &str, name: &str, values: &Value) -> Value {
    json!({"address": address, "mode": "managed", "type": kind, "name": name, "values": values})
}

/// A plan that creates windows, as `(module, key)`, and a task whose `window_id` has these references.
fn referring(
    windows: &[(&str, Option<&str>)],
    key: Option<&str>,
    references: &[&str],
    each: &[&str],
) -> String {
    const WINDOW: &str = "aws_ssm_maintenance_window";
    const TASK: &str = "aws_ssm_maintenance_window_task";
    let (mut root, mut modules, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (module, key)) in windows.iter().enumerate() {
        let prefix = if module.is_empty() {
            String::new()
        } else {
            format!("{module}.")
        };
        let address = address(&prefix, "aws_ssm_maintenance_window.w", *key);
        let values = json!({"name": format!("window-{number}"), "schedule": "rate(7 days)", "duration": 4, "cutoff": 1,
            "allow_unassociated_targets": true});
        changes.push(
            json!({"address": address, "change": {"actions": ["create"], "after_unknown": {"id": true}}}),
        );
        let window = resource(&address, WINDOW, "w", &values);
        if module.is_empty() {
            root.push(window);
        } else {
            modules.push(json!({"address": module, "resources": [window]}));
        }
    }
    let task = address("", "aws_ssm_maintenance_window_task.t", key);
    let unknown = json!({"id": true, "window_id": true});
    changes.push(json!({"address": task, "change": {"actions": ["create"], "after_unknown": unknown}}));
    root.push(resource(&task, TASK, "t", &json!({
        "task_type": "RUN_COMMAND", "task_arn": "AWS-RunPatchBaseline", "max_concurrency": "1", "max_errors": "1",
        "targets": [{"key": "InstanceIds", "values": ["i-0123456789abcdef0"]}],
        "task_invocation_parameters":
            [{"run_command_parameters": [{"parameter": [{"name": "Operation", "values": ["Install"]}]}]}],
    })));
    let window = json!({"mode": "managed", "type": WINDOW, "name": "w", "expressions": {}});
    let output = json!({"expression": {"references": ["aws_ssm_maintenance_window.w.id", "aws_ssm_maintenance_window.w"]}});
    json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": root, "child_modules": modules}},
        "resource_changes": changes,
        "configuration": {"root_module": {
            "resources": [
                window,
                {"mode": "managed", "type": TASK, "name": "t",
                 "for_each_expression": {"references": each},
                 "expressions": {"window_id": {"references": references}}},
            ],
            "module_calls": {"m": {"module": {"resources": [window], "outputs": {"id": output}}}},
        }},
    })
    .to_string()
}

/// The window that has the task.
fn patching(config: &ModelConfig) -> &str {
    let mut windows = config.windows.iter();
    &windows.find(|window| !window.tasks.is_empty()).unwrap().name
}

#[test]
fn ids_that_are_not_known_yet_are_found_by_their_expressions() {
    const W: &str = "aws_ssm_maintenance_window.w";
    let two = [("", Some("\"a\"")), ("", Some("\"b\""))];
    let counted = [("", Some("0")), ("", Some("1"))];
    let modules = [("module.m[\"a\"]", None), ("module.m[\"b\"]", None)];
    let b = Some("\"b\"");
    for (windows, key, references, each, meant) in [
        (&two, b, vec![W, "each.key"], vec![], 1),
        (
            &two,
            None,
            vec![
                "aws_ssm_maintenance_window.w[\"a\"].id",
                "aws_ssm_maintenance_window.w[\"a\"]",
                W,
            ],
            vec![],
            0,
        ),
        (&two, b, vec!["each.value.id", "each.value"], vec![W], 1),
        (&counted, Some("1"), vec![W, "count.index"], vec![], 1),
        (
            &modules,
            None,
            vec!["module.m[\"b\"].id", "module.m[\"b\"]"],
            vec![],
            1,
        ),
        (&modules, b, vec!["module.m", "each.key"], vec![], 1),
    ] {
        let imported = import(&referring(windows, key, &references, &each));
        assert_eq!(
            patching(&config(&imported)),
            format!("window-{meant}"),
            "{references:?}"
        );
        assert!(rendered(&imported).contains("1 id known only after apply: linked"));
    }
}

#[test]
fn ids_that_cannot_be_found_are_those_of_the_only_candidate_or_an_error() {
    let one = import(&referring(&[("", None)], None, &["local.window"], &[]));
    assert_eq!(patching(&config(&one)), "window-0");
    let several = [("", Some("0")), ("", Some("1"))];
    let error = import(&referring(&several, None, &["local.window"], &[]));
    let unsure = import(&referring(&several, None, &["aws_ssm_maintenance_window.w"], &[]));
    let none = import(&referring(&[], None, &["var.window"], &[]));
    for imported in [&error, &unsure] {
        assert!(imported.scenario.is_none());
    }
    let all = [&one, &error, &unsure, &none].map(rendered).join("\n");
    insta::assert_snapshot!("candidates", all);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 150, ..Default::default() })]

    /// Whatever befalls a plan: an answer, and problems within its text.
    #[test]
    fn damaged_plans_are_refused_or_read(
        state in proptest::prelude::any::<bool>(),
        mutations in proptest::collection::vec(mutation(), 1..4),
    ) {
        // Mutations know values behind `=`; those of JSON stand behind colons.
        let whole = if state { pretty(STATE) } else { REPLACE.to_owned() };
        let text = mutated(&whole.replace(": ", ":= "), &mutations).replace(":= ", ": ");
        let change = change(&text);
        for imported in [&change.before, &change.after] {
            proptest::prop_assert!(rendered(imported).len() < 1_000_000);
            if imported.scenario.is_some() {
                config(imported);
            }
        }
    }
}
