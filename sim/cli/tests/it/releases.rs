//! `patchbench releases`, and presets in scenarios.

use std::path::Path;

use patchbench_kernel::Streams;
use patchbench_model::catalog::presets::{Preset, PresetOptions};
use patchbench_model::catalog::{Patch, ReleaseStream, release_patches};
use patchbench_model::clock::from_utc;
use patchbench_scenario::{Directory, Limits, Scenario, load_text};
use serde_json::Value;

use crate::binary::{Answer, answer};

const FROM: &str = "2025-01-01";
const TO: &str = "2026-07-01";

/// A scenario around a release stream.
fn scenario(preset: &Preset, stream: &str) -> String {
    format!(
        r#"
format = 1
start = {FROM}T00:00:00Z
horizon = {TO}T00:00:00Z

[study]
replications = 3

[releases.{stream_name}]
{stream}

[nodes.web]
count = 2
operating_system = "{os}"
behavior = "web"

[behavior.web]
scan_time = "2m"
install_time = "15m"
reboot_time = "5m"
failure = 0.0

[window.Weekly]
schedule = "cron(0 2 ? * SUN *)"
duration = 5
cutoff = 1
[window.Weekly.target.all]
InstanceIds = ["web-1", "web-2"]
[[window.Weekly.task]]
name = "patch"
targets = ["all"]
operation = "Install"
max_concurrency = "2"
max_errors = "1"
"#,
        stream_name = preset.name,
        os = preset.operating_system,
    )
}

fn loaded(text: &str, folder: &Path) -> Scenario {
    let loaded = load_text("s.toml", text, &Directory::new(folder), &[], &Limits::default());
    let problems: Vec<String> = loaded
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect();
    loaded.scenario.unwrap_or_else(|| panic!("{}", problems.concat()))
}

/// What a preset releases from [`FROM`] to [`TO`].
fn drawn(preset: &Preset, seed: u64) -> Vec<Patch> {
    let at = |date: &str| from_utc(format!("{date}T00:00:00Z").parse().unwrap());
    let stream = preset.stream(PresetOptions {
        name: preset.name.to_owned(),
        products: None,
        year: None,
        from: at(FROM),
        until: at(TO),
    });
    release_patches(&[stream], &Streams::new(seed, 0))
}

fn releases(words: &[&str]) -> Answer {
    answer(["releases"].iter().chain(words))
}

fn of_preset(name: &str, more: &[&str]) -> String {
    let words = ["--preset", name, "--from", FROM, "--to", TO];
    let words: Vec<&str> = words.into_iter().chain(more.iter().copied()).collect();
    let done = releases(&words);
    assert_eq!(done.code, 0, "{}", done.err);
    done.out
}

#[test]
fn what_is_written_loads_and_gives_equal_patches() {
    let folder = tempfile::tempdir().unwrap();
    for preset in Preset::ALL {
        let csv = of_preset(preset.name, &["--seed", "7"]);
        std::fs::write(folder.path().join("releases.csv"), csv).unwrap();
        let text = scenario(preset, "kind = \"file\"\npath = \"releases.csv\"");
        let scenario = loaded(&text, folder.path());
        let [ReleaseStream::Recorded { patches, .. }] = scenario.config.releases.as_slice() else {
            panic!("{:?}", scenario.config.releases);
        };
        assert!(patches.len() > 15, "{}", preset.name);
        assert_eq!(patches, &drawn(preset, 7), "{}", preset.name);
    }
}

#[test]
fn every_attribute_survives_the_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let file = "id,kb,title,released_at,available_at,updated_at,built_at,operating_system,product,product_family,\
patch_set,classification,severity,priority,section,security_source,cve_ids,supersedes
a,KB1,\"One, two\",2025-01-02,2025-01-03T04:05:06.789Z,2025-01-04,,WINDOWS,Office 2016,Office,APPLICATION,Updates,Low,,,false,CVE-1 CVE-2,
b,,b,,,,2025-02-01,WINDOWS,Office 2016,,APPLICATION,,,,,,,a
";
    std::fs::write(folder.path().join("releases.csv"), file).unwrap();
    let windows = Preset::named("windows-server-2022").unwrap();
    let text = scenario(windows, "kind = \"file\"\npath = \"releases.csv\"");
    let path = folder.path().join("s.toml");
    std::fs::write(&path, &text).unwrap();
    let before = loaded(&text, folder.path());
    let done = releases(&[path.to_str().unwrap(), "--quiet"]);
    assert_eq!(done.code, 0, "{}", done.err);
    std::fs::write(folder.path().join("releases.csv"), done.out).unwrap();
    let after = loaded(&text, folder.path());
    assert_eq!(before.config.releases, after.config.releases);
}

#[test]
fn a_scenario_draws_what_the_command_writes() {
    let folder = tempfile::tempdir().unwrap();
    for preset in Preset::ALL {
        let stream = format!("kind = \"preset\"\npreset = \"{}\"", preset.name);
        let file = folder.path().join("s.toml");
        std::fs::write(&file, scenario(preset, &stream)).unwrap();
        let of_file = releases(&[file.to_str().unwrap(), "--set", "study.seed=11"]);
        assert_eq!(of_file.code, 0, "{}", of_file.err);
        assert!(of_file.err.contains("replication 0, seed 11"), "{}", of_file.err);
        assert_eq!(
            of_file.out,
            of_preset(preset.name, &["--seed", "11"]),
            "{}",
            preset.name
        );
        let again = releases(&[file.to_str().unwrap(), "--seed", "11", "--quiet"]);
        assert_eq!((of_file.out, ""), (again.out, again.err.as_str()));
    }
}

#[test]
fn one_generated_year_of_windows_server_reads_well() {
    let words = [
        "--preset",
        "windows-server-2019",
        "--from",
        "2025-01-01",
        "--to",
        "2026-01-01",
    ];
    insta::assert_snapshot!(releases(&words).out);
}

#[test]
fn year_and_products_choose_the_figures_and_the_names() {
    let quiet = of_preset("el9-kernel", &["--year", "2023"]);
    let busy = of_preset("el9-kernel", &["--year", "2026"]);
    assert!(3 * quiet.lines().count() < busy.lines().count());
    let products = [
        "--product",
        "RedhatEnterpriseLinux9.4",
        "--product",
        "RedhatEnterpriseLinux9.6",
    ];
    let both = of_preset("el9", &products);
    assert!(both.contains(":RedhatEnterpriseLinux9.4,") && both.contains(":RedhatEnterpriseLinux9.6,"));
    assert!(!both.contains(":RedhatEnterpriseLinux9,"));
    let text = of_preset("ubuntu", &["--format", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["format_version"], 1);
    let first = &json["releases"][0];
    assert_eq!(first["operating_system"], "UBUNTU");
    assert_eq!(
        (&first["product"], &first["severity"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn presets_are_listed_with_their_figures_and_sources() {
    let done = releases(&["--list"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let list: Vec<&str> = done.out.lines().collect();
    assert_eq!(list.len(), Preset::ALL.len());
    insta::assert_snapshot!("presets", done.out);
    for preset in Preset::ALL {
        assert!(
            list.iter()
                .any(|line| line.starts_with(&format!("{} ", preset.name)))
        );
        insta::assert_snapshot!(
            format!("preset-{}", preset.name),
            releases(&["--list", preset.name]).out
        );
    }
}

#[test]
fn wrong_command_lines_exit_with_2_and_say_what_was_meant() {
    let period = ["--from", FROM, "--to", TO];
    let with = |preset: &'static str| [&["--preset", preset][..], &period].concat();
    let done = releases(&with("windws-server-2022"));
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("similar value exists: 'windows-server-2022'"),
        "{}",
        done.err
    );
    for words in [
        &[][..],
        &["--preset", "el9"],
        &["--preset", "el9", "--from", "2025-01-01", "--to", "tomorrow"],
        &["--preset", "el9", "--from", "2025-01-01", "--to", "2024-01-01"],
        &["--preset", "el9", "--from", "1850-01-01", "--to", "2024-01-01"],
        &["--list", "el8"],
        &["--list", "--preset", "el9", "--from", FROM, "--to", TO],
        &["s.toml", "--preset", "el9", "--from", FROM, "--to", TO],
        &["s.toml", "--year", "2025"],
    ] {
        let done = releases(words);
        assert_eq!(done.code, 2, "{words:?}: {}", done.err);
        assert_eq!(done.out, "");
    }
    assert_eq!(releases(&["no-such-file.toml"]).code, 3);
}

/// Checks a scenario with this stream.
fn check(stream: &str) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    let windows = Preset::named("windows-server-2022").unwrap();
    std::fs::write(&file, scenario(windows, stream)).unwrap();
    answer(["check", file.to_str().unwrap()])
}

#[test]
fn a_wrong_preset_in_a_scenario_is_told_with_its_place() {
    for (stream, place, expected) in [
        (
            "kind = \"preset\"\npreset = \"windows-sever-2022\"",
            "s.toml:11:10",
            &[
                "error[PB025]",
                "allowed: windows-server-2016,",
                "did you mean `windows-server-2022`?",
            ][..],
        ),
        (
            "kind = \"preset\"",
            "s.toml:9:1",
            &["error[PB004]", "has no `preset`"],
        ),
        (
            "kind = \"preset\"\npreset = \"el9\"\nyear = \"2025\"",
            "s.toml:12:8",
            &["error[PB003]", "a whole number from 1970 to 2199"],
        ),
        (
            "kind = \"preset\"\npreset = \"el9\"\nyear = 25",
            "s.toml:12:8",
            &["error[PB010]", "takes a whole number from 1970 to 2199"],
        ),
        (
            "kind = \"preset\"\npreset = \"el9\"\nproduct = \"x\"",
            "s.toml:12:1",
            &["error[PB001]", "did you mean `products`?"],
        ),
        (
            "kind = \"preset\"\npreset = \"el9\"\nproducts = []",
            "s.toml:12:12",
            &["error[PB010]", "at least one product"],
        ),
        (
            "kind = \"preset\"\npreset = \"el9\"\nuntil = 2020-01-01",
            "s.toml:12:9",
            &["error[PB030]", "before it begins"],
        ),
        (
            "kind = \"preset\"\npreset = \"al2023\"\nfrom = 1970-01-01\nuntil = 2199-12-31",
            "s.toml:9:",
            &["error[PB060]", "the limit is 100,000"],
        ),
    ] {
        let done = check(stream);
        assert_eq!(done.code, 3, "{stream}: {}", done.err);
        assert!(done.err.contains(place), "{place}: {}", done.err);
        for part in expected {
            assert!(done.err.contains(part), "{part}: {}", done.err);
        }
    }
}

#[test]
fn a_year_that_changes_nothing_is_a_warning() {
    let done = check("kind = \"preset\"\npreset = \"windows-server-2022\"\nyear = 2025");
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.err.contains("warning[PB047]: `year = 2025` changes nothing"),
        "{}",
        done.err
    );
    let words = ["--preset", "debian", "--from", FROM, "--to", TO, "--year", "2025"];
    assert!(releases(&words).err.contains("note: --year 2025 changes nothing"));
}

/// The approvals of a preset under AWS's default baseline of its system.
fn approvals(name: &str) -> Vec<Value> {
    let preset = Preset::named(name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    let stream = format!("kind = \"preset\"\npreset = \"{name}\"");
    std::fs::write(&file, scenario(preset, &stream)).unwrap();
    let done = answer(["approvals", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json: Value = serde_json::from_str(&done.out).unwrap();
    json["approvals"].as_array().unwrap().clone()
}

#[test]
fn awss_default_baselines_approve_what_presets_release() {
    for preset in Preset::ALL {
        let rows = approvals(preset.name);
        let approved = rows.iter().filter(|row| row["approved"].is_string()).count();
        let all = matches!(preset.name, "ubuntu" | "debian") || preset.name.starts_with("windows");
        // Elsewhere Critical and Important ones alone: a third or more, over the years here.
        let least = if all { rows.len() } else { rows.len() / 3 };
        assert!(
            approved >= least && approved <= rows.len(),
            "{}: {approved}",
            preset.name
        );
        assert!(all || approved < rows.len(), "{}", preset.name);
    }
}

#[test]
fn what_is_released_can_be_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["windows-server-2025", "el9-kernel", "al2023"] {
        let preset = Preset::named(name).unwrap();
        let file = folder.path().join(format!("{name}.toml"));
        let stream = format!("kind = \"preset\"\npreset = \"{name}\"\nyear = 2026");
        std::fs::write(&file, scenario(preset, &stream)).unwrap();
        let out = folder.path().join(name);
        let words = [
            "run",
            file.to_str().unwrap(),
            "--quiet",
            "--format",
            "json",
            "--out",
        ];
        let done = answer(words.into_iter().chain([out.to_str().unwrap()]));
        assert_eq!(done.code, 0, "{}", done.err);
        let summary: Value = serde_json::from_str(&done.out).unwrap();
        assert!(!summary["patches"].as_array().unwrap().is_empty(), "{name}");
    }
}
