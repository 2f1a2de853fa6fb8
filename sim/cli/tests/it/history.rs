//! `patchbench import history` as a closed loop: a simulated world is watched through the answers that
//! AWS would give about it, and what is fitted to them plays like the world.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::binary::answer;

/// One Scan of all nodes, and later one Install of something on all of them.
fn world(nodes: usize, behavior: &str) -> String {
    format!(
        r#"format = 1
name = "World"
start = 2026-01-01T00:00:00Z
horizon = "30d"
[releases.windows]
kind = "patch_tuesday"
products = ["WindowsServer2022"]
[baseline.All]
operating_system = "WINDOWS"
patch_groups = ["Web"]
[[baseline.All.rule]]
filter = {{ CLASSIFICATION = ["SecurityUpdates"] }}
approve_after_days = 0
[nodes.web]
count = {nodes}
operating_system = "WINDOWS"
product = "WindowsServer2022"
tags = {{ "Patch Group" = "Web" }}
behavior = "true"
[behavior.true]
{behavior}
[window.Scan]
schedule = "cron(0 2 20 1 ? 2026)"
duration = 24
cutoff = 0
[window.Scan.target.web]
"tag:Patch Group" = ["Web"]
[[window.Scan.task]]
name = "scan"
targets = ["web"]
operation = "Scan"
max_concurrency = "100%"
max_errors = "100%"
[window.Install]
schedule = "cron(0 2 22 1 ? 2026)"
duration = 24
cutoff = 0
[window.Install.target.web]
"tag:Patch Group" = ["Web"]
[[window.Install.task]]
name = "install"
targets = ["web"]
operation = "Install"
max_concurrency = "100%"
max_errors = "100%"
"#
    )
}

/// An invocation that ended in a simulated world.
struct Ended {
    operation: String,
    node: String,
    status: String,
    sent: DateTime<Utc>,
    at: DateTime<Utc>,
}

impl Ended {
    fn ms(&self) -> i64 {
        (self.at - self.sent).num_milliseconds()
    }
}

/// Plays the scenario once, and gives what ended.
fn played(folder: &Path, scenario: &str, seed: &str) -> Vec<Ended> {
    let file = folder.join(format!("played-{seed}.toml"));
    std::fs::write(&file, scenario).unwrap();
    let out = folder.join(format!("result-{seed}"));
    let words = [
        "run",
        file.to_str().unwrap(),
        "--reps",
        "1",
        "--trace",
        "--quiet",
        "--seed",
        seed,
    ];
    let done = answer(words.into_iter().chain(["--out", out.to_str().unwrap()]));
    assert_eq!(done.code, 0, "{}", done.err);
    let trace = std::fs::read_to_string(out.join("trace.jsonl")).unwrap();
    let facts = trace
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |fact: &Value, key: &str| fact[key].as_str().unwrap().to_owned();
    let instant = |fact: &Value, key: &str| text(fact, key).parse::<DateTime<Utc>>().unwrap();
    let ended = facts
        .filter(|fact| fact["fact"] == "invocation_ended")
        .map(|fact| Ended {
            operation: text(&fact, "operation"),
            node: text(&fact, "node"),
            status: text(&fact, "status"),
            sent: instant(&fact, "sent"),
            at: instant(&fact, "at"),
        });
    ended.collect()
}

/// The answers of AWS about it; version 1 of the CLI prints epoch seconds, version 2 text.
fn save(folder: &Path, ended: &[Ended]) {
    let mut ids = BTreeMap::new();
    let mut tags = Vec::new();
    let mut invocations = Vec::new();
    for one in ended {
        let number = ids.len();
        let id = ids.entry(one.node.clone()).or_insert_with(|| {
            let id = format!("i-{number:017x}");
            tags.push(
                json!({ "Key": "Patch Group", "Value": "Web", "ResourceType": "instance", "ResourceId": id }),
            );
            id
        });
        let (start, finish) = if one.operation == "Scan" {
            let seconds = |at: DateTime<Utc>| json!(at.timestamp_millis() as f64 / 1e3);
            (seconds(one.sent), seconds(one.at))
        } else {
            (json!(one.sent.to_rfc3339()), json!(one.at.to_rfc3339()))
        };
        invocations.push(json!({
            "CommandId": one.operation.to_lowercase(), "InstanceId": id, "DocumentName": "AWS-RunPatchBaseline",
            "Status": one.status, "StatusDetails": one.status, "RequestedDateTime": start,
            "CommandPlugins": [{ "Name": "PatchLinux", "Status": one.status, "ResponseCode": 0,
                "ResponseStartDateTime": start, "ResponseFinishDateTime": finish }],
        }));
    }
    let commands = ["Scan", "Install"].map(|operation| {
        json!({ "CommandId": operation.to_lowercase(), "DocumentName": "AWS-RunPatchBaseline",
            "Parameters": { "Operation": [operation] } })
    });
    let write = |name: &str, value: Value| std::fs::write(folder.join(name), value.to_string()).unwrap();
    std::fs::create_dir(folder.join("deeper")).unwrap();
    write("invocations.json", json!({ "CommandInvocations": invocations }));
    write("deeper/commands.JSON", json!({ "Commands": commands }));
    write("deeper/tags.json", json!({ "Tags": tags }));
}

fn times(ended: &[Ended], operation: &str) -> Vec<i64> {
    let of = ended.iter().filter(|one| one.operation == operation);
    let mut times: Vec<i64> = of.map(Ended::ms).collect();
    times.sort_unstable();
    times
}

/// Imports what is below the folder into the scenario; gives the new one and the figures.
fn fitted(folder: &Path, scenario: &str) -> (String, Value) {
    let file = folder.join("world.toml");
    std::fs::write(&file, scenario).unwrap();
    let out = folder.join("fitted.toml");
    let answers = folder.join("answers");
    let words = ["import", "history", answers.to_str().unwrap(), "--format", "json"];
    let files = [
        "--scenario",
        file.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    let done = answer(words.into_iter().chain(files));
    assert_eq!(done.code, 0, "{}", done.err);
    let check = answer(["check", out.to_str().unwrap()]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let again = answer(words.into_iter().chain(files));
    assert_eq!(again.code, 1, "an existing file is never overwritten");
    (
        std::fs::read_to_string(out).unwrap(),
        serde_json::from_str(&done.out).unwrap(),
    )
}

/// The values of an empirical time in a scenario, with the weights as repetitions.
fn values(scenario: &str, behavior: &str, key: &str) -> Vec<i64> {
    let tables: toml_edit::DocumentMut = scenario.parse().unwrap();
    let time = &tables["behavior"][behavior][key]["empirical"];
    let values = time["values"].as_array().unwrap().iter();
    let weights = time.get("weights").and_then(toml_edit::Item::as_array);
    let mut all = Vec::new();
    for (index, value) in values.enumerate() {
        let ms = patchbench_scenario::duration_of(value.as_str().unwrap())
            .unwrap()
            .millis();
        let weight = weights.map_or(1, |weights| weights.get(index).unwrap().as_integer().unwrap());
        all.extend((0..weight).map(|_| ms));
    }
    all
}

#[test]
fn what_was_fitted_is_what_was_observed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = world(
        150,
        "scan_time = \"40s\"\ninstall_time = { lognormal = { median = \"8m\", sigma = 0.6 } }\n\
         reboot_time = { lognormal = { median = \"2m\", sigma = 0.3 } }\nfailure = 0.1",
    );
    let ended = played(folder.path(), &scenario, "7");
    let answers = folder.path().join("answers");
    std::fs::create_dir(&answers).unwrap();
    save(&answers, &ended);
    let (text, json) = fitted(folder.path(), &scenario);
    let wholes: Vec<i64> = values(&text, "measured-web", "install_time")
        .iter()
        .map(|rest| rest + 40_000)
        .collect();
    assert_eq!(wholes, times(&ended, "Install"));
    assert_eq!(wholes.len(), 150);
    assert_eq!(values(&text, "measured-web", "scan_time"), [40_000]);
    let group = &json["groups"][0];
    let failed = ended.iter().filter(|one| one.status == "Failed").count();
    assert!(failed > 5);
    assert_eq!(
        (&group["failure"]["count"], &group["failure"]["n"]),
        (&json!(failed), &json!(150))
    );
    assert_eq!(group["install_operation_time"]["distance"], 0.0);
    // The fragment alone, as a file and on the screen.
    let out = folder.path().join("tables.toml");
    let words = ["import", "history", answers.to_str().unwrap()];
    let done = answer(words.into_iter().chain(["--out", out.to_str().unwrap()]));
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    assert!(done.err.contains("paste it into a scenario"), "{}", done.err);
    let printed = answer(words);
    assert_eq!(printed.out, std::fs::read_to_string(out).unwrap());
    assert!(
        printed.out.contains("of 150 Installs failed; 95 % interval"),
        "{}",
        printed.out
    );
}

#[test]
fn a_fitted_world_takes_as_long_as_the_one_that_was_observed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = world(
        2_000,
        "scan_time = { lognormal = { median = \"50s\", sigma = 0.5 } }\n\
         install_time = { gamma = { mean = \"12m\", shape = 4.0 } }\n\
         reboot_time = { lognormal = { median = \"3m\", sigma = 0.3 } }\nfailure = 0.05",
    );
    let observed = played(folder.path(), &scenario, "1");
    let answers = folder.path().join("answers");
    std::fs::create_dir(&answers).unwrap();
    save(&answers, &observed);
    let (text, json) = fitted(folder.path(), &scenario);
    let simulated = played(folder.path(), &text, "2");
    let summary = |times: &[i64]| {
        let n = times.len() as f64;
        let mean = times.iter().map(|ms| *ms as f64).sum::<f64>() / n;
        let variance = times.iter().map(|ms| (*ms as f64 - mean).powi(2)).sum::<f64>() / n;
        (mean, variance, n)
    };
    for operation in ["Scan", "Install"] {
        // The distribution is that of the observed times, without their own error: one standard error.
        let (seen, now) = (times(&observed, operation), times(&simulated, operation));
        let kept: Vec<i64> = seen
            .iter()
            .copied()
            .filter(|ms| operation == "Scan" || *ms > idle_until(&observed))
            .collect();
        let ((mean, variance, _), (other, _, n)) = (summary(&kept), summary(&now));
        assert!((n - 2_000.0).abs() < 1.0);
        let error = (variance / n).sqrt();
        assert!(
            (mean - other).abs() < 4.0 * error,
            "{operation}: {mean} {other} {error}"
        );
        for share in [0.1, 0.5, 0.9] {
            let at = |times: &[i64]| times[(times.len() as f64 * share) as usize] as f64;
            assert!(
                (at(&kept) / at(&now) - 1.0).abs() < 0.1,
                "{operation} {share}: {} {}",
                at(&kept),
                at(&now)
            );
        }
    }
    let distance = json["groups"][0]["install_operation_time"]["distance"]
        .as_f64()
        .unwrap();
    assert!(distance < 0.02, "{distance}");
}

/// What an Install that finds nothing takes at most: 99 % of the Scans.
fn idle_until(observed: &[Ended]) -> i64 {
    let scans = times(observed, "Scan");
    scans[(scans.len() * 99).div_ceil(100) - 1]
}

#[test]
fn what_cannot_be_fitted_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let file = folder.path().join("a.json");
    let empty = answer(["import", "history", path]);
    assert_eq!(empty.code, 3);
    assert!(
        empty.err.contains("list-command-invocations --details"),
        "{}",
        empty.err
    );
    for text in ["{", "{\"CommandInvocations\": []}", "\u{feff}[1, 2"] {
        std::fs::write(&file, text).unwrap();
        let done = answer(["import", "history", path]);
        assert_eq!((done.code, done.out.as_str()), (3, ""), "{text}: {}", done.err);
        assert!(done.err.contains("a.json:1:"), "{}", done.err);
    }
    std::fs::write(&file, [0xff, 0xfe, 0x5b, 0x00]).unwrap();
    let done = answer(["import", "history", path]);
    assert!(done.err.contains("UTF-16"), "{}", done.err);
    assert_eq!(answer(["import", "history", "no-such-folder"]).code, 3);
    assert_eq!(answer(["import", "history"]).code, 2);
}
