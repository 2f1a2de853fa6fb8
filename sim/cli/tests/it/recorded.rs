//! Recorded streams of real releases, where the shared folder has them.

use std::path::PathBuf;

use serde_json::Value;

use crate::binary::{answer, root};

#[expect(clippy::print_stderr, reason = "a test that skips says so aloud")]
fn streams() -> Option<PathBuf> {
    let folder = root().join("../shared/streams");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/streams is not here");
    None
}

/// A year of the best Windows stream against AWS's default baseline.
const SCENARIO: &str = r#"
format = 1
name = "Windows Server 2019 over 2023"
start = 2023-01-01T00:00:00Z
horizon = 2024-01-01T00:00:00Z

[study]
replications = 20

[releases.recorded]
kind = "file"
path = "PATH"

[nodes.web]
count = 40
operating_system = "WINDOWS"
product = "WindowsServer2019"
behavior = "web"

[behavior.web]
scan_time = "2m"
install_time = { lognormal = { median = "15m", sigma = 0.5 } }
reboot_time = "5m"
failure = 0.02

[window.Weekly]
schedule = "cron(0 2 ? * SUN *)"
duration = 5
cutoff = 1
[window.Weekly.target.all]
InstanceIds = [IDS]
[[window.Weekly.task]]
name = "patch"
targets = ["all"]
operation = "Install"
max_concurrency = "25%"
max_errors = "10%"
"#;

#[test]
fn a_recorded_year_of_windows_updates_runs() {
    let Some(streams) = streams() else { return };
    let stream = streams.join("windows_server_merged/windows_server_merged.csv");
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (1..=40).map(|node| format!("\"web-{node}\"")).collect();
    let text = SCENARIO
        .replace("PATH", stream.to_str().unwrap())
        .replace("IDS", &ids.join(", "));
    let file = folder.path().join("recorded.toml");
    std::fs::write(&file, text).unwrap();
    let approvals = answer(["approvals", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(approvals.code, 0, "{}", approvals.err);
    let approvals: Value = serde_json::from_str(&approvals.out).unwrap();

    // The January 2023 cumulative update of Server 2019, KB5022286, was released on the 10th; AWS's
    // default baseline approves it seven days later, to the second.
    let rows = approvals["approvals"].as_array().unwrap();
    let january = rows
        .iter()
        .find(|row| row["patch"] == "KB5022286:WindowsServer2019")
        .unwrap();
    let (released, approved) = (
        january["released"].as_str().unwrap(),
        january["approved"].as_str().unwrap(),
    );
    assert!(released.starts_with("2023-01-10T"), "{released}");
    assert_eq!(approved, released.replace("2023-01-10", "2023-01-17"));

    let out = folder.path().join("result");
    let done = answer([
        "run",
        file.to_str().unwrap(),
        "--format",
        "json",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    let summary: Value = serde_json::from_str(&done.out).unwrap();
    let patches = summary["patches"].as_array().unwrap();
    assert!(
        patches.len() >= 12,
        "a year has at least twelve cumulative updates"
    );
}
