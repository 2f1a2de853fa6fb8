//! `aws = "pb-0123.json"`: baselines and windows in files of AWS.

use std::path::Path;

use patchbench_model::ssm::Approval;
use patchbench_scenario::{Limits, Loaded, NoFiles, Override, Severity, codes, export_aws, load, load_text};

use crate::texts::{BASE, Files, base_with, read, read_with, rendered};

const BASELINE: &str = r#"{
  "BaselineId": "pb-0123456789abcdef0",
  "Name": "Prod",
  "OperatingSystem": "WINDOWS",
  "GlobalFilters": { "PatchFilters": [] },
  "ApprovalRules": {
    "PatchRules": [
      {
        "PatchFilterGroup": { "PatchFilters": [{ "Key": "CLASSIFICATION", "Values": ["SecurityUpdates"] }] },
        "ComplianceLevel": "CRITICAL",
        "ApproveAfterDays": 7,
        "EnableNonSecurity": false
      }
    ]
  },
  "ApprovedPatches": [],
  "PatchGroups": ["Web"],
  "CreatedDate": 1550244180.465,
  "Description": "",
  "Sources": []
}"#;

const WINDOW: &str = r#"{
  "Name": "Patch-Web",
  "Schedule": "cron(0 2 ? * WED *)",
  "ScheduleTimezone": "Europe/Berlin",
  "StartDate": "2024-01-05T12:00Z",
  "Duration": 4,
  "Cutoff": 1,
  "AllowUnassociatedTargets": true
}"#;

const OWN_BASELINE: &str = "patch_groups = [\"Web\"]\n[[baseline.Prod-7Day.rule]]\nfilter = { CLASSIFICATION = [\"SecurityUpdates\"] }\napprove_after_days = 7\n";
const OWN_WINDOW: &str = "schedule = \"cron(0 2 ? * WED *)\"\nduration = 4\ncutoff = 1\n";

/// The base, with its baseline and its window in files.
fn referring() -> String {
    base_with(&[
        (OWN_BASELINE, "aws = \"aws/pb.json\"\n"),
        (OWN_WINDOW, "aws = \"aws/mw.json\"\n"),
    ])
}

fn files(baseline: &str, window: &str) -> Files {
    Files::default()
        .with("aws/pb.json", baseline)
        .with("aws/mw.json", window)
}

fn errors(loaded: &Loaded) -> Vec<&'static str> {
    let problems = loaded.problems.iter();
    problems
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| problem.code)
        .collect()
}

#[test]
fn files_count_as_if_they_stood_there_and_are_inputs() {
    let loaded = read(&referring(), &files(BASELINE, WINDOW));
    let scenario = loaded
        .scenario
        .as_ref()
        .unwrap_or_else(|| panic!("{}", rendered(&loaded)));
    let baseline = &scenario.config.baselines[0];
    assert_eq!(
        (baseline.name.as_str(), baseline.rules[0].approval),
        ("Prod-7Day", Approval::AfterDays(7))
    );
    assert_eq!(scenario.config.registrations[0].patch_group, "Web");
    let window = &scenario.config.windows[0];
    assert_eq!(
        (window.name.as_str(), window.duration_hours, window.tasks.len()),
        ("Patch-Web", 4, 1)
    );
    assert!(window.allow_unassociated_targets);
    assert_eq!(
        window.schedule.options().start.unwrap().to_rfc3339(),
        "2024-01-05T12:00:00+00:00"
    );
    let inputs: Vec<&str> = scenario.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(inputs, ["aws/pb.json", "aws/mw.json"]);
    // Every byte of a file counts, as for lists of releases.
    let other = read(&referring(), &files(&BASELINE.replace("\n}", "\n\n}"), WINDOW));
    assert_ne!(other.scenario.unwrap().hash, scenario.hash);
}

#[test]
fn keys_beside_the_file_and_overrides_count_instead_of_its_members() {
    let beside = referring().replace("aws = \"aws/mw.json\"\n", "duration = 6\naws = \"aws/mw.json\"\n");
    let overrides = [
        "baseline.Prod-7Day.rule.0.approve_after_days=3",
        "window.Patch-Web.cutoff=2",
    ];
    let overrides = overrides.map(|text| Override::parse(text).unwrap());
    let changed = "[[change]]\nat = 2024-02-01T00:00:00Z\nset = { \"baseline.Prod-7Day.rule.0.approve_after_days\" = 0 }\n";
    let text = format!("{beside}\n{changed}");
    let loaded = read_with(&text, &files(BASELINE, WINDOW), &overrides, &Limits::default());
    let config = loaded
        .scenario
        .as_ref()
        .unwrap_or_else(|| panic!("{}", rendered(&loaded)))
        .config
        .clone();
    assert_eq!(
        (config.windows[0].duration_hours, config.windows[0].cutoff_hours),
        (6, 2)
    );
    assert_eq!(config.baselines[0].rules[0].approval, Approval::AfterDays(3));
    assert_eq!(
        config.baselines.last().unwrap().rules[0].approval,
        Approval::AfterDays(0)
    );
    // Another file by an override, which is settled first.
    let other = [
        overrides[0].clone(),
        Override::parse("baseline.Prod-7Day.aws=other.json").unwrap(),
    ];
    let unlike = BASELINE.replace("\"CRITICAL\"", "\"LOW\"");
    let more = files(BASELINE, WINDOW).with("other.json", unlike);
    let loaded = read_with(&referring(), &more, &other, &Limits::default());
    let config = loaded.scenario.unwrap().config;
    assert_eq!(config.baselines[0].rules[0].compliance_level.as_str(), "LOW");
    assert_eq!(config.baselines[0].rules[0].approval, Approval::AfterDays(3));
}

/// Exported inputs instead of what they were made of: the whole model is the same.
#[test]
fn exported_inputs_stand_for_what_they_were_made_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut replaced = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let loaded = load(&path, &[], &Limits::default());
        let text = std::fs::read_to_string(&path).unwrap();
        let mut files = Files::default();
        let mut document: toml::Table = text.parse().unwrap();
        for request in export_aws(&loaded).unwrap().requests {
            let section = match request.operation {
                "CreatePatchBaseline" => "baseline",
                "CreateMaintenanceWindow" => "window",
                _ => continue,
            };
            let file = request.file.unwrap();
            let table = document[section][request.input["Name"].as_str().unwrap()]
                .as_table_mut()
                .unwrap();
            let kept = ["patch_groups", "default", "target", "task", "enabled"];
            table.retain(|key, _| kept.contains(&key));
            table.insert("aws".to_owned(), file.as_str().into());
            files = files.with(&file, serde_json::Value::Object(request.input).to_string());
            replaced += 1;
        }
        // Their releases are elsewhere; so that they are found, too, all files are put into one place.
        for data in std::fs::read_dir(folder.join("data")).unwrap() {
            let data = data.unwrap().path();
            if let Ok(text) = std::fs::read_to_string(&data) {
                files = files.with(
                    &format!("data/{}", data.file_name().unwrap().to_str().unwrap()),
                    text,
                );
            }
        }
        let again = load_text(
            "again.toml",
            &toml::to_string(&document).unwrap(),
            &files,
            &[],
            &Limits::default(),
        );
        let read = again
            .scenario
            .as_ref()
            .unwrap_or_else(|| panic!("{}", rendered(&again)));
        let mut config = loaded.scenario.unwrap().config;
        // Tables in another order are in another order.
        let mut there = read.config.clone();
        for config in [&mut config, &mut there] {
            config.pools.sort_by(|a, b| a.name.cmp(&b.name));
            config.windows.sort_by(|a, b| a.name.cmp(&b.name));
            config.baselines.sort_by(|a, b| a.name.cmp(&b.name));
        }
        assert_eq!(config.windows, there.windows, "{}", path.display());
        assert_eq!(config.baselines, there.baselines, "{}", path.display());
    }
    assert!(replaced > 40, "{replaced}");
}

/// Printed answers of AWS, where they are at hand.
#[test]
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
fn answers_of_aws_are_read() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/aws");
    let Ok(baselines) = std::fs::read_dir(shared.join("baselines")) else {
        eprintln!("skipped: {} is not there", shared.display());
        return;
    };
    let mut paths: Vec<_> = baselines.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("AWS-"));
    paths.push(shared.join("examples/get-patch-baseline.json"));
    assert!(paths.len() > 10);
    let window = std::fs::read_to_string(shared.join("examples/get-maintenance-window.json")).unwrap();
    for path in paths {
        let baseline = std::fs::read_to_string(&path).unwrap();
        let text = format!(
            "{BASE}\n[baseline.Sample]\naws = \"aws/pb.json\"\n[window.Sample]\naws = \"aws/mw.json\"\n"
        );
        let loaded = read(&text, &files(&baseline, &window));
        let config = &loaded
            .scenario
            .as_ref()
            .unwrap_or_else(|| panic!("{}", rendered(&loaded)))
            .config;
        let answer: serde_json::Value = serde_json::from_str(&baseline).unwrap();
        let rules = answer["ApprovalRules"]["PatchRules"].as_array().unwrap();
        let known = config
            .baselines
            .iter()
            .find(|known| known.name == "Sample")
            .unwrap();
        assert_eq!(known.rules.len(), rules.len(), "{}", path.display());
        assert_eq!(known.operating_system.as_str(), answer["OperatingSystem"]);
        let name = answer["Name"].as_str().unwrap();
        // The program's own copy of AWS's baseline says the same.
        if let Some(own) = config
            .baselines
            .iter()
            .find(|known| known.aws_owned && known.name == name)
        {
            assert_eq!(
                (&own.rules, &own.global_filter),
                (&known.rules, &known.global_filter),
                "{name}"
            );
        }
    }
}

#[test]
fn an_answer_may_have_members_that_nobody_knows_and_an_input_may_not() {
    let more = |text: &str| text.replacen('{', "{ \"Newer\": 1,", 1);
    let loaded = read(&referring(), &files(&more(BASELINE), WINDOW));
    assert!(loaded.scenario.is_some(), "{}", rendered(&loaded));
    let note = loaded
        .problems
        .iter()
        .find(|problem| problem.code == codes::IMPORT)
        .unwrap();
    assert_eq!(note.severity, Severity::Note);
    assert_eq!(
        errors(&read(&referring(), &files(BASELINE, &more(WINDOW)))),
        [codes::REQUEST]
    );
}

#[test]
fn what_is_wrong_in_a_file_is_told_in_the_file() {
    let days = BASELINE
        .replace("7,", "361,")
        .replace("\"CRITICAL\"", "\"SEVERE\"");
    let both = BASELINE.replace("7,", "7, \"ApproveUntilDate\": \"2024-01-31\",");
    let cases = [
        (BASELINE.replace("\"Name\"", "Name"), WINDOW.to_owned()),
        (days, WINDOW.replace("\"Duration\": 4", "\"Duration\": \"four\"")),
        (both, WINDOW.replace("\"Cutoff\": 1", "\"Cutoff\": 4")),
        (
            BASELINE.replace("CLASSIFICATION", "SEVERITY"),
            WINDOW.replace("* WED", "* WET"),
        ),
        ("[]".to_owned(), "{ \"Nam\": 1 }".to_owned()),
        (
            BASELINE.replace("\"Web\"", "\"W*b\""),
            WINDOW.replace("Schedule\"", "Schedul\""),
        ),
        (
            BASELINE.to_owned(),
            WINDOW.replace("Berlin", "Bonn").replace("T12:00Z", " noon"),
        ),
        ("[".repeat(100_000), WINDOW.replace("\"Cutoff\": 1,", "")),
    ];
    let told = cases.iter().map(|(baseline, window)| {
        let loaded = read(&referring(), &files(baseline, window));
        assert!(loaded.scenario.is_none(), "{baseline}\n{window}");
        let errors = loaded
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let texts: Vec<String> = errors
            .map(|problem| problem.render_plain(&loaded.sources))
            .collect();
        // Lines that are too long to be read are no help in a snapshot.
        texts
            .concat()
            .lines()
            .map(|line| line.chars().take(160).collect::<String>() + "\n")
            .collect::<String>()
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("---\n"));
}

#[test]
fn files_that_are_not_there_and_dated_files_are_refused() {
    let loaded = load_text("scenario.toml", &referring(), &NoFiles, &[], &Limits::default());
    assert_eq!(
        errors(&loaded),
        [codes::FILE, codes::FILE],
        "{}",
        rendered(&loaded)
    );
    let number = referring().replace("\"aws/pb.json\"", "1");
    assert_eq!(errors(&read(&number, &files(BASELINE, WINDOW))), [codes::TYPE]);
    for set in [
        "\"baseline.Prod-7Day.aws\" = \"aws/pb.json\"",
        "\"baseline.Later\" = { aws = \"aws/pb.json\" }",
    ] {
        let text = format!(
            "{}\n[[change]]\nat = 2024-02-01T00:00:00Z\nset = {{ {set} }}\n",
            referring()
        );
        let loaded = read(&text, &files(BASELINE, WINDOW));
        assert_eq!(errors(&loaded), [codes::CHANGE], "{}", rendered(&loaded));
    }
}
