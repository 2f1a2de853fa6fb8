//! Exporting scenarios to AWS: what comes back through the importer is what went out.

mod random;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use patchbench_model::config::{MaintenanceWindow, ModelConfig, Surface, TaskTarget};
use patchbench_model::ssm::{Target, TargetKey};
use patchbench_scenario::{
    AwsExport, FileReader, Imported, Limits, Loaded, Override, Severity, codes, export_aws, import_commands,
    import_commands_text, load,
};
use proptest::prelude::*;

use crate::aws_commands::{config, rendered};
use crate::texts::{BASE, Files, base_with, read, rendered as loaded_problems};

/// The files of an export, for the importer.
fn as_files(export: &AwsExport) -> Files {
    let files = export.files().into_iter();
    files.fold(Files::default(), |files, (name, text)| files.with(&name, text))
}

fn import(export: &AwsExport) -> Imported {
    let files = as_files(export);
    import_commands_text("apply.sh", &files.read("apply.sh").unwrap(), &files)
}

fn exported(loaded: &Loaded) -> AwsExport {
    export_aws(loaded).unwrap_or_else(|| panic!("{}", loaded_problems(loaded)))
}

/// Ids of nodes by the names that an imported scenario gives them, which its comments tell.
fn ids(text: &str) -> BTreeMap<String, String> {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.rsplit_once(" is "));
    lines.map(|(id, name)| (name.to_owned(), id.to_owned())).collect()
}

/// What AWS knows of a configuration, part by part. Nodes have their ids instead of names where `ids` has one.
fn parts(config: &ModelConfig, ids: &BTreeMap<String, String>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |what: &str, value: &dyn Debug| parts.push(format!("{what}: {value:#?}"));
    let own = || config.baselines.iter().take_while(|known| !known.aws_owned);
    for known in own() {
        part("baseline", known);
    }
    for known in &config.registrations {
        part(
            "group",
            &(&known.patch_group, &config.baselines[known.baseline].name),
        );
    }
    for (os, index) in config
        .default_baselines
        .iter()
        .filter(|(_, index)| *index < own().count())
    {
        part("default", &(os, &config.baselines[*index].name));
    }
    let changed = || config.changes.iter().flat_map(|change| &change.windows);
    for (index, known) in config.windows.iter().enumerate() {
        let created = changed().any(|change| change.created && change.window == index);
        match known.surface {
            Surface::MaintenanceWindow if !created => window(known, ids, &mut part),
            // Its name and its date are nothing that AWS is told.
            Surface::RunCommand => part("command", &with_ids(known, ids).tasks),
            _ => {}
        }
    }
    parts
}

fn window(known: &MaintenanceWindow, ids: &BTreeMap<String, String>, part: &mut dyn FnMut(&str, &dyn Debug)) {
    let known = with_ids(known, ids);
    let options = known.schedule.options();
    part("window", &(&known.name, known.schedule.expression()));
    part(
        "schedule",
        &(options.timezone, options.offset_days, options.start, options.end),
    );
    part("hours", &(known.duration_hours, known.cutoff_hours));
    part("unassociated", &known.allow_unassociated_targets);
    part("enabled", &known.enabled);
    part("targets", &known.targets);
    part("tasks", &known.tasks);
}

/// A window in which nodes have their ids instead of names; ids have no order.
fn with_ids(window: &MaintenanceWindow, ids: &BTreeMap<String, String>) -> MaintenanceWindow {
    let mut window = window.clone();
    let rename = |target: &mut Target| {
        if target.key == TargetKey::InstanceIds {
            for value in &mut target.values {
                *value = ids.get(value).cloned().unwrap_or_else(|| value.clone());
            }
            target.values.sort();
        }
    };
    window
        .targets
        .iter_mut()
        .flat_map(|target| &mut target.targets)
        .for_each(rename);
    for target in window.tasks.iter_mut().flat_map(|task| &mut task.targets) {
        if let TaskTarget::Direct(entries) = target {
            entries.iter_mut().for_each(rename);
        }
    }
    window
}

/// Exports, imports, and compares.
fn round_trip(loaded: &Loaded) -> AwsExport {
    let export = exported(loaded);
    let imported = import(&export);
    let text = imported.scenario.as_ref();
    let text = text.unwrap_or_else(|| panic!("{}", rendered(&imported)));
    let back = config(&imported);
    let before = parts(&loaded.scenario.as_ref().unwrap().config, &BTreeMap::new());
    assert_eq!(before, parts(&back, &ids(text)), "{text}");
    export
}

#[test]
fn shipped_scenarios_come_back_from_aws() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let loaded = load(&path, &[], &Limits::default());
            let export = round_trip(&loaded);
            assert!(export.requests.len() >= 5, "{}", path.display());
            played += 1;
        }
    }
    assert!(played > 10, "{played}");
}

/// Import, export, import: the blog post.
#[test]
fn an_imported_runbook_comes_back_from_aws() {
    let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/runbooks/front-end-servers.txt");
    let imported = import_commands(&runbook);
    let loaded = read(imported.scenario.as_ref().unwrap(), &Files::default());
    let export = round_trip(&loaded);
    let operations: Vec<&str> = export.requests.iter().map(|request| request.operation).collect();
    assert_eq!(operations[0], "CreatePatchBaseline");
    assert!(operations.contains(&"RegisterTaskWithMaintenanceWindow"));
}

#[test]
fn the_script_makes_requests_in_order_and_passes_ids_on() {
    let export = exported(&read(BASE, &Files::default()));
    let files = as_files(&export);
    insta::assert_snapshot!(files.read("apply.sh").unwrap());
    insta::assert_snapshot!(format!("{:#}", export.as_json()));
    assert_eq!(export.problems, []);
}

/// `--set`, and defaults that the scenario does not write.
#[test]
fn overrides_reach_the_export() {
    let overrides = [
        Override::parse("window.Patch-Web.task.0.max_concurrency=7").unwrap(),
        Override::parse("baseline.Prod-7Day.rule.0.approve_after_days=21").unwrap(),
    ];
    let files = Files::default();
    let loaded = crate::texts::read_with(BASE, &files, &overrides, &Limits::default());
    let export = round_trip(&loaded);
    let json = export.as_json().to_string();
    for part in [
        r#""MaxConcurrency":"7""#,
        r#""ApproveAfterDays":21"#,
        r#""Priority":1"#,
        r#""TimeoutSeconds":3600"#,
    ] {
        assert!(json.contains(part), "{part} is not in {json}");
    }
}

fn told(text: &str) -> (AwsExport, String) {
    let loaded = read(text, &Files::default());
    let export = exported(&loaded);
    assert!(
        export
            .problems
            .iter()
            .all(|problem| problem.code == codes::EXPORT)
    );
    assert!(
        export
            .problems
            .iter()
            .all(|problem| problem.severity == Severity::Warning)
    );
    let problems = export
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources));
    let told: Vec<String> = problems.collect();
    (export, told.join("\n"))
}

#[test]
fn what_aws_would_refuse_or_take_otherwise_is_told_with_its_place() {
    let target = "[window.Patch-Web.target.web]\n\"tag:Patch Group\" = [\"Web\"]";
    let (export, told) = told(&base_with(&[
        ("schedule = \"cron(0 2 ? * WED *)\"", "schedule = \"rate(2 minutes)\"\nenabled = false"),
        (target, "[window.Patch-Web.target.\"my web\"]\nInstanceIds = [\"web-3\", \"i-0123456789abcdef0\"]"),
        (
            "targets = [\"web\"]",
            "targets = [\"my web\", { \"tag:a+b\" = \"x\" }]\npriority = 4000000000\ninstall_override_list = [\"KB5034441\"]",
        ),
        ("name = \"patch\"", "name = \"a task\""),
        ("[nodes.web]", "[settings]\nallow_faster_than_five_minutes = true\n\n[nodes.web]"),
    ]).replace("horizon = \"90d\"", "horizon = \"9d\""));
    insta::assert_snapshot!(told);
    insta::assert_snapshot!(export.left_out.join("\n"));
    let script = as_files(&export).read("apply.sh").unwrap();
    assert!(
        script.contains("grep -qF -e '\"web-3\"' window-1-target-1.json"),
        "{script}"
    );
    assert!(
        script
            .contains("aws ssm update-maintenance-window \\\n  --window-id \"$window_1\" \\\n  --no-enabled")
    );
    let operations = export.requests.iter().map(|request| request.operation);
    assert_eq!(
        operations
            .filter(|name| name.ends_with("TaskWithMaintenanceWindow"))
            .count(),
        2
    );
}

#[test]
fn nodes_with_ids_get_their_tags_and_others_none() {
    let listed = "[nodes.web]\npath = \"nodes.csv\"\n";
    let text = base_with(&[(crate::texts::POOL, listed)]);
    let files = Files::default().with(
        "nodes.csv",
        "id,operating_system,product,patch_group\ni-0123456789abcdef0,WINDOWS,WindowsServer2019,Web\n\
         i-01234567,WINDOWS,WindowsServer2019,Web\nmi-0123456789abcdef0,WINDOWS,WindowsServer2019,Web\n\
         web-3,WINDOWS,WindowsServer2019,Web\n",
    );
    let export = round_trip(&read(&text, &files));
    let tags = export
        .requests
        .iter()
        .filter(|request| request.operation.contains("Tags"));
    let inputs: Vec<String> = tags
        .map(|request| serde_json::to_string(&request.input).unwrap())
        .collect();
    assert_eq!(
        inputs,
        [
            r#"{"Resources":["i-0123456789abcdef0","i-01234567"],"Tags":[{"Key":"Patch Group","Value":"Web"}]}"#,
            r#"{"ResourceType":"ManagedInstance","ResourceId":"mi-0123456789abcdef0","Tags":[{"Key":"Patch Group","Value":"Web"}]}"#,
        ]
    );
}

#[test]
fn a_scenario_with_errors_is_not_exported() {
    assert!(export_aws(&read("format = 1", &Files::default())).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever AWS can be told comes back as it was.
    #[test]
    fn random_scenarios_come_back_from_aws(text in random::scenario()) {
        let loaded = read(&text, &Files::default());
        prop_assert!(loaded.scenario.is_some(), "{}\n{text}", loaded_problems(&loaded));
        round_trip(&loaded);
    }
}
