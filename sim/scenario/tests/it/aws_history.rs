//! Behaviours fitted to saved answers of AWS.

use std::fmt::Write as _;
use std::path::PathBuf;

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::fleet::Behavior;
use patchbench_scenario::{
    ImportedHistory, Limits, NoFiles, Severity, codes, import_history, import_history_texts, load_text,
    template,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::aws_commands::rendered;
use crate::mutations::{mutated, mutation};

/// An invocation as `list-command-invocations --details` prints it, in epoch seconds.
pub(crate) fn invocation(command: &str, node: &str, status: (&str, &str), start: f64, seconds: f64) -> Value {
    json!({
        "CommandId": command, "InstanceId": node, "DocumentName": "AWS-RunPatchBaseline",
        "RequestedDateTime": start - 1.0, "Status": status.0, "StatusDetails": status.1,
        "CommandPlugins": [
            { "Name": "PatchWindows", "Status": "Success", "ResponseCode": 0,
              "ResponseStartDateTime": start, "ResponseFinishDateTime": start },
            { "Name": "PatchLinux", "Status": status.0, "ResponseCode": 0,
              "ResponseStartDateTime": start, "ResponseFinishDateTime": start + seconds },
        ],
        "Surprise": { "Later": [1, 2] },
    })
}

pub(crate) const SUCCESS: (&str, &str) = ("Success", "Success");

pub(crate) fn commands(operations: &[(&str, &str)]) -> String {
    let commands: Vec<Value> = operations
        .iter()
        .map(|(id, operation)| {
            json!({ "CommandId": id, "DocumentName": "AWS-RunPatchBaseline",
                    "Parameters": { "Operation": [operation], "RebootOption": ["RebootIfNeeded"] } })
        })
        .collect();
    json!({ "Commands": commands }).to_string()
}

pub(crate) fn tags(nodes: impl Iterator<Item = (String, &'static str)>) -> String {
    let tags: Vec<Value> = nodes
        .map(|(node, group)| {
            json!({ "Key": "Patch Group", "ResourceId": node, "ResourceType": "instance", "Value": group })
        })
        .collect();
    json!({ "Tags": tags }).to_string()
}

pub(crate) fn invocations(list: &[Value]) -> String {
    json!({ "CommandInvocations": list }).to_string()
}

fn import(files: &[(&str, &str)]) -> ImportedHistory {
    import_history_texts(files, None, false)
}

/// What a scenario with the tables in it takes for its behaviours.
fn behaviors(history: &ImportedHistory) -> Vec<Behavior> {
    let told = rendered(&history.imported);
    let tables = history
        .imported
        .scenario
        .as_ref()
        .unwrap_or_else(|| panic!("{told}"));
    let text = format!("{}\n{tables}", template());
    let loaded = load_text("scenario.toml", &text, &NoFiles, &[], &Limits::default());
    let all = loaded.scenario.unwrap().config.behaviors;
    all.into_iter()
        .filter(|behavior| behavior.name.starts_with("measured"))
        .collect()
}

fn figures(history: &ImportedHistory) -> Value {
    let all: Value = serde_json::from_str(history.json.as_ref().unwrap()).unwrap();
    all["groups"].clone()
}

pub(crate) fn node(number: usize) -> String {
    format!("i-{number:017x}")
}

/// Values with their weights, in milliseconds.
fn points(time: &Distribution) -> Vec<(i64, f64)> {
    let Distribution::Empirical {
        values, cumulated, ..
    } = time
    else {
        panic!("{time:?}");
    };
    let before = std::iter::once(0.0).chain(cumulated.iter().copied());
    let weights = cumulated.iter().zip(before).map(|(sum, before)| sum - before);
    values.iter().map(|value| value.millis()).zip(weights).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn every_sample_of_these_answers_is_read() {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/aws/examples"
    ));
    if !folder.exists() {
        eprintln!("skipped: ../shared/aws/examples is not here");
        return;
    }
    let history = import_history(&folder, None, false);
    let left = &history.imported.dropped;
    let told = |file: &str| left.iter().filter(|line| line.contains(file)).collect::<Vec<_>>();
    for file in std::fs::read_dir(&folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let plain = name.trim_start_matches("userguide-");
        let of_ours = [
            "describe-instance-patch-states",
            "describe-instance-information",
            "get-command-invocation",
            "list-command",
            "list-tags-for-resource",
        ];
        let ours = of_ours.iter().any(|begin| plain.starts_with(begin)) || plain.contains("-execution");
        let passed_over = told(&format!("/{name}:"))
            .iter()
            .any(|line| line.contains("passed over"));
        assert_eq!(passed_over, !ours && name != "README.md", "{name}: {left:?}");
    }
    // The six Scans that differ; one record has a day that no month has, which is told with its place.
    let warnings = rendered(&history.imported);
    assert!(
        warnings.contains("OperationStartTime is no instant"),
        "{warnings}"
    );
    assert!(
        warnings.contains("describe-instance-patch-states-for-patch-group-3.json:17:29"),
        "{warnings}"
    );
    assert!(warnings.contains("2021-08-046T11"), "{warnings}");
    let all = behaviors(&history);
    assert_eq!(all.len(), 4);
    let scans = [(3_000, 2.0), (13_000, 2.0), (30_965, 1.0), (50_880, 1.0)];
    assert!(all.iter().all(|behavior| points(&behavior.scan_time) == scans));
}

/// Scans of one length, Installs of which some failed, commands that did not arrive, and what does not
/// count.
fn mixed_invocations() -> Vec<Value> {
    let scans = (0..40).map(|n| invocation("scan", &node(n), SUCCESS, 1.7e9, 20.0));
    let installs = (0..100).map(|n| {
        let status = match n {
            0..=3 => ("Failed", "Failed"),
            4 => ("TimedOut", "ExecutionTimedOut"),
            _ => SUCCESS,
        };
        invocation(
            "install",
            &node(n),
            status,
            1.7e9 + 5_000.0,
            600.0 + (n / 2) as f64 + 0.125,
        )
    });
    let unreached =
        (100..110).map(|n| invocation("install", &node(n), ("TimedOut", "DeliveryTimedOut"), 1.7e9, 0.0));
    let odd = [
        invocation("install", &node(200), ("InProgress", "InProgress"), 1.7e9, 0.0),
        invocation("install", &node(201), ("Cancelled", "Terminated"), 1.7e9, 0.0),
        invocation("install", &node(202), SUCCESS, 1.7e9, -5.0),
        invocation("install", &node(203), SUCCESS, 1.7e9, 49.0 * 3_600.0),
        invocation("untold", &node(204), SUCCESS, 1.7e9, 5.0),
    ];
    scans.chain(installs).chain(unreached).chain(odd).collect()
}

#[test]
fn observed_times_and_shares_come_out_exactly() {
    let list = mixed_invocations();
    let all = invocations(&list);
    let said = commands(&[("scan", "Scan"), ("install", "Install")]);
    let tags = tags((0..110).map(|n| (node(n), "Web Servers")));
    // The same again, and one page of it a third time: nothing counts twice.
    let pages = format!(
        "[{all}, {}]\n{}",
        invocations(&list[..20]),
        invocations(&list[10..30])
    );
    let history = import(&[
        ("a.json", &pages),
        ("b.json", &all),
        ("c.json", &said),
        ("d.json", &tags),
    ]);
    let fitted = behaviors(&history);
    let [behavior] = fitted.as_slice() else {
        panic!("{fitted:?}")
    };
    assert_eq!(behavior.name, "measured-web-servers");
    // One constant scan: install and scan together are what was observed, twice each.
    assert_eq!(points(&behavior.scan_time), [(20_000, 1.0)]);
    let wholes: Vec<i64> = points(&behavior.install_time)
        .iter()
        .map(|(rest, weight)| {
            assert_eq!(*weight, 1.0);
            rest + 20_000
        })
        .collect();
    assert_eq!(wholes, (0..50).map(|n| 600_125 + n * 1_000).collect::<Vec<i64>>());
    assert_eq!(behavior.reboot_time, Distribution::Constant(SimDuration::ZERO));
    assert_eq!((behavior.failure, behavior.scan_failure), (0.05, 0.0));
    // 40 + 100 were delivered, 10 not.
    let figures = &figures(&history)[0];
    assert_eq!(figures["unreached"]["count"], 10);
    assert_eq!(figures["unreached"]["n"], 150);
    assert!(behavior.outages.is_some());
    assert_eq!(figures["install_operation_time"]["distance"], 0.0);
    // Wilson's interval for 5 of 100, as published tables have it.
    let interval = &figures["failure"]["interval_95"];
    assert!(
        (interval[0].as_f64().unwrap() - 0.02154).abs() < 1e-5,
        "{interval}"
    );
    assert!(
        (interval[1].as_f64().unwrap() - 0.11175).abs() < 1e-5,
        "{interval}"
    );
    let left = history.imported.dropped.join("\n");
    for reason in [
        "had not ended when they were saved",
        "cancelled, terminated or refused",
        "end before they start",
        "longer than 48 h",
        "no answer tells: save `list-commands`",
    ] {
        assert!(left.contains(reason), "{reason}: {left}");
    }
}

#[test]
fn window_tasks_tell_operations_and_patch_states_tell_groups() {
    let run = (0..30).map(|n| {
        json!({ "CommandId": "c1", "InstanceId": node(n), "DocumentName": "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
            "PluginName": "PatchWindows", "ResponseCode": 0,
            "ExecutionStartDateTime": "2026-02-03T04:00:00.5+01:00", "ExecutionElapsedTime": "PT1M30S",
            "ExecutionEndDateTime": "2026-02-03T03:00:00.5Z", "Status": "Success", "StatusDetails": "Success" })
    });
    let run: Vec<String> = run.map(|value| value.to_string()).collect();
    let task = json!({ "WindowExecutionTaskInvocationIdentities": [{
        "WindowExecutionId": "w", "TaskExecutionId": "t", "InvocationId": "i", "ExecutionId": "c1", "TaskType": "RUN_COMMAND",
        "Parameters": "{\"documentName\":\"AWS-RunPatchBaseline\",\"parameters\":{\"Operation\":[\"Install\"]}}",
        "Status": "SUCCESS", "StatusDetails": "Success", "StartTime": 1.0, "EndTime": 2.0 }] });
    let states = |second: usize| {
        let list: Vec<Value> = (0..30)
            .map(|n| {
                json!({ "InstanceId": node(n), "PatchGroup": "DB", "BaselineId": "pb-1", "Operation": "Install", "FailedCount": 3,
                    "OperationStartTime": format!("2026-02-03T03:00:{second:02}Z"), "OperationEndTime": "2026-02-03T03:01:10Z" })
            })
            .collect();
        json!({ "InstancePatchStates": list, "NextToken": "more" }).to_string()
    };
    // Pages that follow each other in one file.
    let history = import(&[
        ("runs.json", &run.join("\n")),
        ("task.json", &task.to_string()),
        ("states.json", &states(20)),
    ]);
    let figures = figures(&history);
    assert_eq!(figures.as_array().unwrap().len(), 1);
    let (group, install) = (&figures[0], &figures[0]["install_operation_time"]);
    // The state belongs to the invocation, which counts once: with its own time and its own success.
    assert_eq!((&group["patch_group"], &install["n"]), (&json!("DB"), &json!(30)));
    assert_eq!(
        (&install["mean_seconds"], &group["failure"]["count"]),
        (&json!(90.0), &json!(0))
    );
    let [behavior] = &behaviors(&history)[..] else {
        panic!()
    };
    // No Scan was observed: the preset's two minutes would be longer than the whole.
    assert_eq!(
        behavior.scan_time,
        Distribution::Constant(SimDuration::from_secs(90))
    );
    assert_eq!(
        points(&behavior.install_time),
        [(0, 30.0)].map(|(ms, _)| (ms, 1.0))
    );
    assert!(history.imported.dropped.join("\n").contains("NextToken"));
    // A state without an invocation is an operation of its own, and failed packages are a failure.
    let history = import(&[
        ("states.json", &states(20)),
        ("again.json", &states(20)),
        ("other.json", &states(40)),
    ]);
    let figures = self::figures(&history);
    assert_eq!(figures[0]["failure"]["n"], 60);
    assert_eq!(figures[0]["failure"]["count"], 60);
}

#[test]
fn groups_with_few_operations_share_those_of_all() {
    let one = |n: usize, seconds: f64| invocation("scan", &node(n), SUCCESS, 1.7e9, seconds);
    let list: Vec<Value> = (0..50)
        .map(|n| one(n, 10.0))
        .chain((50..55).map(|n| one(n, 65.0)))
        .collect();
    let group = |n: usize| if n < 50 { "Many" } else { "Few" };
    let tags = tags((0..55).map(|n| (node(n), group(n))));
    let history = import(&[
        ("list.json", &invocations(&list)),
        ("tags.json", &tags),
        ("commands.json", &commands(&[("scan", "Scan")])),
    ]);
    let fitted = behaviors(&history);
    let by_name = |name: &str| points(&fitted.iter().find(|known| known.name == name).unwrap().scan_time);
    assert_eq!(by_name("measured-many"), [(10_000, 1.0)]);
    assert_eq!(by_name("measured-few"), [(10_000, 50.0), (65_000, 5.0)]);
    let text = history.imported.scenario.as_ref().unwrap();
    assert!(
        text.contains("of all groups, as this one has fewer than 30"),
        "{text}"
    );
    let told = rendered(&history.imported);
    assert!(
        told.contains("Patch group Few: only 5 Scans and 0 Installs"),
        "{told}"
    );
    assert!(
        history
            .imported
            .problems
            .iter()
            .all(|problem| problem.code == codes::HISTORY)
    );
}

#[test]
fn spread_scans_leave_installs_their_mean_and_spread_and_many_values_are_cut_down() {
    // Quantiles of an even and of a skewed distribution.
    let scans = (0..400).map(|n| 20.0 + n as f64 * 0.2);
    let installs: Vec<f64> = (0..900)
        .map(|n| 200.0 - 300.0 * (1.0 - (n as f64 + 0.5) / 900.0).ln())
        .collect();
    let list: Vec<Value> = scans
        .enumerate()
        .map(|(n, seconds)| invocation("scan", &node(n), SUCCESS, 1.7e9, seconds))
        .chain(
            installs
                .iter()
                .enumerate()
                .map(|(n, s)| invocation("install", &node(n), SUCCESS, 1.7e9 + 1e5, *s)),
        )
        .collect();
    let said = commands(&[("scan", "Scan"), ("install", "Install")]);
    let history = import(&[("list.json", &invocations(&list)), ("commands.json", &said)]);
    let [behavior] = &behaviors(&history)[..] else {
        panic!()
    };
    assert_eq!(behavior.name, "measured-without-patch-group");
    let moments = |time: &Distribution| {
        let points = points(time);
        assert!(points.len() <= 200);
        let sum: f64 = points.iter().map(|(_, weight)| weight).sum();
        let mean = points.iter().map(|(ms, weight)| *ms as f64 * weight).sum::<f64>() / sum;
        let squares = points
            .iter()
            .map(|(ms, weight)| (*ms as f64 - mean).powi(2) * weight);
        (mean, squares.sum::<f64>() / sum)
    };
    let (scan, install) = (moments(&behavior.scan_time), moments(&behavior.install_time));
    let mean = installs.iter().sum::<f64>() / 900.0;
    let variance = installs.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 900.0;
    assert!(
        (scan.0 + install.0 - mean * 1e3).abs() < 2.0,
        "{scan:?} {install:?} {mean}"
    );
    assert!(((scan.1 + install.1) / (variance * 1e6) - 1.0).abs() < 0.01);
    assert_eq!(points(&behavior.scan_time)[0].0, 20_000);
    assert_eq!(
        points(&behavior.scan_time)[points(&behavior.scan_time).len() - 1].0,
        99_800
    );
    let distance = figures(&history)[0]["install_operation_time"]["distance"]
        .as_f64()
        .unwrap();
    assert!((0.001..0.05).contains(&distance), "{distance}");
    // Twice as many Installs that were as short as Scans say nothing about installing.
    let mut list = list;
    list.extend((0..1_800).map(|n| invocation("idle", &node(n), SUCCESS, 1.7e9 + 2e5, 21.0)));
    let said = commands(&[("scan", "Scan"), ("install", "Install"), ("idle", "Install")]);
    let text = invocations(&list);
    let files = [("list.json", text.as_str()), ("commands.json", said.as_str())];
    let without = figures(&import(&files))[0]["install_operation_time"].clone();
    assert_eq!(
        (&without["n"], &without["left_out_as_idle"]),
        (&json!(900), &json!(1_800))
    );
    let with = figures(&import_history_texts(&files, None, true))[0]["install_operation_time"].clone();
    assert_eq!(
        (&with["n"], &with["left_out_as_idle"]),
        (&json!(2_700), &json!(0))
    );
}

#[test]
fn a_scenario_keeps_its_text_and_its_pools_use_the_behaviours() {
    let list: Vec<Value> = (0..30)
        .map(|n| invocation("c", &node(n), SUCCESS, 1.7e9, 30.0))
        .collect();
    let list = invocations(&list);
    let said = commands(&[("c", "Scan")]);
    let tags = tags((0..30).map(|n| (node(n), "Web Servers")));
    let files = [
        ("list.json", list.as_str()),
        ("commands.json", said.as_str()),
        ("tags.json", tags.as_str()),
    ];
    // Behaviours of the name there are already stay what they are.
    let scenario = template().replace("behavior = \"web\"", "behavior = \"web\"   # judged")
        + "\n[behavior.measured-web-servers]\nfailure = 0.5\n";
    let history = import_history_texts(&files, Some(("s.toml", &scenario)), false);
    let text = history
        .imported
        .scenario
        .as_ref()
        .unwrap_or_else(|| panic!("{}", rendered(&history.imported)));
    let wanted = scenario.replace(
        "behavior = \"web\"   # judged",
        "behavior = \"measured-web-servers-2\"   # judged",
    );
    assert!(text.starts_with(&wanted), "{text}");
    let loaded = load_text("s.toml", text, &NoFiles, &[], &Limits::default());
    assert!(
        loaded
            .problems
            .iter()
            .all(|problem| problem.severity < Severity::Error)
    );
    let config = loaded.scenario.unwrap().config;
    let behavior = &config.behaviors[config.pools[0].behavior];
    assert_eq!(points(&behavior.scan_time), [(30_000, 1.0)]);
    // Pools without a reference get one.
    let bare = template().replace("behavior = \"web\"\n", "");
    let history = import_history_texts(&files, Some(("s.toml", &bare)), false);
    assert!(
        history
            .imported
            .scenario
            .unwrap()
            .contains("\nbehavior = \"measured-web-servers\"\n")
    );
    // A scenario of other groups, or none at all.
    let other = template().replace("Web Servers", "Others");
    let history = import_history_texts(&files, Some(("s.toml", &other)), false);
    assert!(rendered(&history.imported).contains("the scenario has: Others"));
    let history = import_history_texts(&files, Some(("s.toml", "format = 1\n")), false);
    assert!(history.imported.scenario.is_none() && history.json.is_none());
    assert!(rendered(&history.imported).contains("s.toml:1"));
}

#[test]
fn bad_answers_are_told_with_their_place() {
    let cases = [
        (
            "{\"CommandInvocations\": [\n  {\"CommandId\": }]}",
            "a.json:2:17",
            "error[PB065]",
        ),
        ("{\"CommandInvocations\": [", "a.json:1:25", "not the end"),
        ("", "a.json:1:1", "no Scan or Install"),
        ("{\"Some\": \"thing\"}", "a.json:1:1", "no Scan or Install"),
        (
            "{\"InstancePatchStates\": [\n{\"InstanceId\": \"i-1\", \"OperationStartTime\": \"soon\"}]}",
            "a.json:2:45",
            "no instant",
        ),
        (
            "{\"CommandInvocations\": [\n{\"CommandId\": \"c\", \"InstanceId\": \"i-1\", \"Status\": \"Fine\"}]}",
            "a.json:2:51",
            "no status",
        ),
    ];
    for (text, place, message) in cases {
        let history = import(&[("a.json", text)]);
        let told = rendered(&history.imported);
        assert!(history.imported.scenario.is_none(), "{text}");
        assert!(told.contains(place) && told.contains(message), "{text}: {told}");
    }
    // Many of them are counted, not told one by one.
    let mut bad = String::from("[");
    for n in 0..500 {
        let _ = write!(
            bad,
            "{{\"InstanceId\": \"i-{n}\", \"OperationStartTime\": \"soon\"}},"
        );
    }
    bad.push_str("{}]");
    let history = import(&[("a.json", &bad)]);
    assert!(history.imported.problems.len() < 10);
    assert!(
        history
            .imported
            .dropped
            .join("\n")
            .contains("(495 times, here first)"),
        "{:?}",
        history.imported.dropped
    );
    let folder = tempfile::tempdir().unwrap();
    let told = rendered(&import_history(folder.path(), None, false).imported);
    assert!(told.contains("ends in .json"), "{told}");
    let told = rendered(&import_history(&folder.path().join("none"), None, false).imported);
    assert!(
        told.contains("there is no such file") || told.contains("cannot be read"),
        "{told}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_answers_never_panic(changes in proptest::collection::vec(mutation(), 1..6), of in 0usize..3) {
        let list: Vec<Value> = (0..3)
            .map(|n| invocation("c", &node(n), SUCCESS, 1.7e9, 30.0 * n as f64))
            .collect();
        let states = json!({ "InstancePatchStates": [{ "InstanceId": node(1), "PatchGroup": "DB", "Operation": "Install",
            "OperationStartTime": "2026-02-03T03:00:00Z", "OperationEndTime": 1.77e9 }] });
        let mut texts = [invocations(&list), commands(&[("c", "Install")]), states.to_string()];
        texts[of] = mutated(&texts[of], &changes);
        let files = [("a.json", texts[0].as_str()), ("b.json", texts[1].as_str()), ("c.json", texts[2].as_str())];
        let history = import_history_texts(&files, Some(("s.toml", template())), true);
        prop_assert!(!rendered(&history.imported).is_empty());
        let alone = import_history_texts(&files, None, false);
        let failed = alone.imported.problems.iter().any(|problem| problem.severity == Severity::Error);
        prop_assert_eq!(alone.imported.scenario.is_none(), failed);
    }
}
