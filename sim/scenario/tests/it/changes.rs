//! `[[change]]` items that are read: what each way of writing one puts in force, and that it does so.

use patchbench_kernel::SimTime;
use patchbench_model::config::{Change, MaintenanceWindow, ModelConfig, Operation};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{Fact, Observer, Plan, simulate};

use crate::texts::{BASE, Files, STREAM, base_with, read, rendered};

/// The base with changes; there may be warnings.
fn with_changes(changes: &str) -> ModelConfig {
    config(&format!("{BASE}\n{changes}"), &Files::default())
}

fn config(text: &str, files: &Files) -> ModelConfig {
    let loaded = read(text, files);
    assert!(loaded.scenario.is_some(), "{}", rendered(&loaded));
    loaded.scenario.unwrap().config
}

fn only(config: &ModelConfig) -> &Change {
    assert_eq!(config.changes.len(), 1);
    &config.changes[0]
}

fn at(text: &str) -> SimTime {
    let at = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    patchbench_model::clock::from_utc(at.to_utc())
}

#[test]
fn paths_tables_and_headers_say_the_same() {
    let head = "[[change]]\nat = 2024-02-01T09:00:00Z\n";
    let ways = [
        "set = { \"window.Patch-Web.duration\" = 5, \"window.Patch-Web.cutoff\" = 2 }",
        "set = { window = { Patch-Web = { duration = 5, cutoff = 2 } } }",
        "set.window.Patch-Web = { duration = 5, cutoff = 2 }",
        "[change.set]\n\"window.Patch-Web.duration\" = 5\n\"window.Patch-Web.cutoff\" = 2",
        "[change.set.window.Patch-Web]\nduration = 5\ncutoff = 2",
        "set = { \"window.'Patch-Web'.duration\" = 5, 'window.\"Patch-Web\".cutoff' = 2 }",
    ];
    for way in ways {
        let config = with_changes(&format!("{head}{way}\n"));
        let change = only(&config);
        assert_eq!(change.at, at("2024-02-01T09:00:00Z"), "{way}");
        let [altered] = change.windows.as_slice() else {
            panic!("{way}");
        };
        assert_eq!((altered.window, altered.created), (0, false), "{way}");
        assert_eq!(
            (altered.to.duration_hours, altered.to.cutoff_hours),
            (5, 2),
            "{way}"
        );
        // The rest of the window, and everything else, is as before.
        assert_eq!(altered.to.tasks, config.windows[0].tasks, "{way}");
        assert_eq!(altered.to.schedule, config.windows[0].schedule, "{way}");
        assert_eq!(change.registrations, config.registrations, "{way}");
        let paths: Vec<&str> = change.edits.iter().map(|edit| edit.path.as_str()).collect();
        assert_eq!(
            paths,
            ["window.Patch-Web.duration", "window.Patch-Web.cutoff"],
            "{way}"
        );
    }
}

#[test]
fn changes_add_up_in_order_of_their_dates() {
    let config = with_changes(
        r#"
[[change]]
name = "second"
at = 2024-02-02
set = { "window.Patch-Web.cutoff" = 3 }
[[change]]
name = "first"
at = 2024-02-01
set = { "window.Patch-Web.duration" = 6 }
"#,
    );
    let names: Vec<_> = config
        .changes
        .iter()
        .map(|change| change.name.as_deref())
        .collect();
    assert_eq!(names, [Some("first"), Some("second")]);
    let hours = |change: usize| {
        let to = &config.changes[change].windows[0].to;
        (to.duration_hours, to.cutoff_hours)
    };
    assert_eq!((hours(0), hours(1)), ((6, 1), (6, 3)));
}

#[test]
fn an_edited_baseline_is_another_one_of_its_name_and_old_ones_come_back() {
    let config = with_changes(
        r#"
[[change]]
at = 2024-02-01
set = { "baseline.Prod-7Day.approved_patches" = ["KB5034127"], "baseline.Prod-7Day.rule.0.approve_after_days" = 2 }
[[change]]
at = 2024-02-08
set = { "baseline.Prod-7Day.approved_patches" = [], "baseline.Prod-7Day.rule.0.approve_after_days" = 7 }
"#,
    );
    let registered = |change: &Change| change.registrations[0].baseline;
    let (edited, back) = (registered(&config.changes[0]), registered(&config.changes[1]));
    assert_eq!(config.baselines[edited].name, "Prod-7Day");
    assert_eq!(config.baselines[edited].approved_patches, ["KB5034127"]);
    assert_eq!((edited, back), (config.baselines.len() - 1, 0));
    assert_eq!(config.changes[0].edits[0].value, "[\"KB5034127\"]");
}

#[test]
fn a_group_moves_to_another_baseline_that_a_change_brings() {
    let config = with_changes(
        r#"
[[change]]
at = 2024-02-01
[change.set]
"baseline.Prod-7Day.patch_groups" = []
"baseline.Urgent" = { patch_groups = ["Web"], rule = [{ approve_after_days = 0 }] }
"#,
    );
    let change = only(&config);
    assert_eq!(change.registrations.len(), 1);
    let urgent = &config.baselines[change.registrations[0].baseline];
    assert_eq!((urgent.name.as_str(), urgent.rules.len()), ("Urgent", 1));
    let plan = Plan::new(&config);
    assert_eq!((plan.classes.len(), plan.classes[0].later.len()), (1, 1));
}

#[test]
fn tags_change_one_by_one_or_as_a_whole_and_patch_groups_with_them() {
    let one = with_changes(
        "[[change]]\nat = 2024-02-01\nset = { \"nodes.web.tags.Env\" = \"prod\", \"nodes.web.tags.Patch Group\" = \"Canary\" }\n",
    );
    let altered = &only(&one).pools[0];
    assert_eq!(altered.patch_group.as_deref(), Some("Canary"));
    assert_eq!(altered.tags.len(), 2);
    let all =
        with_changes("[[change]]\nat = 2024-02-01\nset = { \"nodes.web.tags\" = { Env = \"prod\" } }\n");
    let altered = &only(&all).pools[0];
    assert_eq!((altered.patch_group.as_deref(), altered.tags.len()), (None, 1));
    // Tags that were not there at all.
    let untagged = base_with(&[("tags = { \"Patch Group\" = \"Web\" }\n", "")]);
    let change = "[[change]]\nat = 2024-02-01\nset = { \"nodes.web.tags.Patch Group\" = \"Web\" }\n";
    let config = config(&format!("{untagged}\n{change}"), &Files::default());
    assert_eq!(only(&config).pools[0].patch_group.as_deref(), Some("Web"));
}

#[test]
fn windows_are_created_and_can_be_named_elsewhere() {
    let text = r#"
[[change]]
at = 2024-02-01T00:00:00Z
[change.set."window.Extra"]
schedule = "at(2024-02-03T22:00:00)"
duration = 3
cutoff = 1
target.web = { "tag:Patch Group" = ["Web"] }
task = [{ name = "all", targets = ["web"], operation = "Install", max_concurrency = "50%", max_errors = "5" }]
[[change]]
at = 2024-02-02T00:00:00Z
set = { "window.Extra.task.0.operation" = "Scan" }
[[outcome]]
node = "web-3"
window = "Extra"
task = "all"
on = 2024-02-03
result = "Failed"
[[assert]]
metric = "stop"
where = { window = "Extra" }
at_most = 0.5
"#;
    let loaded = read(&format!("{BASE}\n{text}"), &Files::default());
    assert!(loaded.problems.is_empty(), "{}", rendered(&loaded));
    let config = loaded.scenario.unwrap().config;
    assert_eq!(config.outcomes[0].window, Some(1));
    assert!(!config.windows[1].enabled, "it does not open before it is there");
    let created = &config.changes[0].windows[0];
    assert!(created.created && created.to.enabled);
    assert_eq!(created.to.tasks[0].max_concurrency, RateLimit::Percent(50));
    assert!(!config.changes[1].windows[0].created);
    let plan = Plan::new(&config);
    assert_eq!(plan.openings[1].len(), 1);
    assert_eq!(plan.window(1, 0).tasks[0].operation, Operation::Scan);
}

#[test]
fn the_override_of_a_task_follows_the_baseline_that_it_names() {
    let text = base_with(&[(
        "operation = \"Install\"\n",
        "operation = \"Install\"\nbaseline_override = [\"Urgent\"]\n",
    )]);
    let more = r#"
[baseline.Urgent]
[[baseline.Urgent.rule]]
approve_after_days = 0
[[change]]
at = 2024-02-01
set = { "baseline.Urgent.rejected_patches" = ["KB5034127"] }
[[change]]
at = 2024-02-08
set = { "baseline.Prod-7Day.rejected_patches" = ["KB5034127"] }
"#;
    let config = config(&format!("{text}\n{more}"), &Files::default());
    let of = |window: &MaintenanceWindow| window.tasks[0].overrides.baselines[0];
    let first = of(&config.windows[0]);
    assert!(config.baselines[first].rejected_patches.is_empty());
    let altered = of(&config.changes[0].windows[0].to);
    assert_eq!(config.baselines[altered].name, "Urgent");
    assert_eq!(config.baselines[altered].rejected_patches, ["KB5034127"]);
    // The other baseline is none of its business.
    assert_eq!(config.changes[1].windows, []);
}

#[test]
fn the_file_of_an_override_list_is_read_once_for_all_changes() {
    let text = base_with(&[(
        "operation = \"Install\"\n",
        "operation = \"Install\"\ninstall_override_list = \"urgent.yaml\"\n",
    )]);
    let more = r#"
[[change]]
at = 2024-02-01
set = { "window.Patch-Web.duration" = 5 }
[[change]]
at = 2024-02-02
set = { "window.Patch-Web.duration" = 6 }
"#;
    let files = Files::default().with("urgent.yaml", "patches:\n  - id: KB5034127\n".to_owned());
    let loaded = read(&format!("{text}\n{more}"), &files);
    assert!(loaded.scenario.is_some(), "{}", rendered(&loaded));
    let config = loaded.scenario.unwrap().config;
    for change in &config.changes {
        let list = &change.windows[0].to.tasks[0].overrides.install_list;
        assert_eq!(list.as_deref().unwrap(), ["KB5034127"]);
    }
    let broken = Files::default().with("urgent.yaml", "patches: 5\n".to_owned());
    let told = rendered(&read(&format!("{text}\n{more}"), &broken));
    assert_eq!(told.matches("error[").count(), 1, "{told}");
}

#[test]
fn a_freeze_holds_back_a_window_that_a_change_creates() {
    let text = r#"
[[change]]
at = 2024-02-01T00:00:00Z
[change.set."window.Extra"]
schedule = "cron(0 22 ? * * *)"
duration = 3
cutoff = 1
target.web = { "tag:Patch Group" = ["Web"] }
task = [{ name = "all", targets = ["web"], operation = "Install", max_concurrency = "50%", max_errors = "5" }]
[freeze.sale]
from = 2024-02-02T00:00:00Z
until = 2024-03-20T00:00:00Z
windows = ["Extra"]
"#;
    let config = with_changes(text);
    let plan = Plan::new(&config);
    let held: Vec<SimTime> = plan.frozen[1].iter().map(|(held, _)| held.opens).collect();
    assert_eq!((held.len(), held[0]), (47, at("2024-02-02T22:00:00Z")));
    let opens: Vec<SimTime> = plan.openings[1].iter().map(|opening| opening.opens).collect();
    assert_eq!(
        opens[..2],
        [at("2024-02-01T22:00:00Z"), at("2024-03-20T22:00:00Z")]
    );
    assert!(plan.frozen[0].is_empty(), "the other window is not named");
}

/// When something was missing on a node that was sent to.
#[derive(Default)]
struct Installs(Vec<(SimTime, u32)>);

impl Observer for Installs {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        if let Fact::Sent { node, missing, .. } = fact
            && !missing.is_empty()
        {
            self.0.push((at, node + 1));
        }
    }
}

/// The whole way from a file: an edit between two batches of one execution counts from the next
/// opening on.
#[test]
fn p06_the_second_batch_of_an_execution_uses_the_rules_of_its_opening() {
    for (os, product, class) in [
        ("WINDOWS", "WindowsServer2019", "SecurityUpdates"),
        ("AMAZON_LINUX_2", "AmazonLinux2.0", "Security"),
    ] {
        let system = format!("operating_system = \"{os}\"\n");
        let text = base_with(&[
            (STREAM, "kind = \"file\"\npath = \"releases.csv\""),
            ("patch_groups", &format!("{system}patch_groups")),
            (
                "count = 60\n",
                &format!("count = 4\nbehavior = \"even\"\n{system}"),
            ),
            (
                "product = \"WindowsServer2019\"\ntags",
                &format!("product = \"{product}\"\ntags"),
            ),
            ("[\"SecurityUpdates\"]", &format!("[\"{class}\"]")),
            ("\"10%\"", "\"50%\""),
            ("horizon = \"90d\"", "horizon = \"20d\""),
        ]);
        let more = r#"
[behavior.even]
scan_time = "30m"
install_time = "20m"
reboot_time = "10m"
failure = 0.0

# Windows open on Wednesdays at 02:00; the first two nodes are at it until 02:30.
[[change]]
at = 2024-01-03T02:10:00Z
set = { "baseline.Prod-7Day.approved_patches" = ["first"] }
[[change]]
at = 2024-01-10T02:10:00Z
set = { "baseline.Prod-7Day.approved_patches" = [], "baseline.Prod-7Day.rejected_patches" = ["first"] }
"#;
        let releases = format!(
            "id,released_at,operating_system,product,classification\nfirst,2024-01-02,{os},{product},{class}\n"
        );
        let files = Files::default().with("releases.csv", releases);
        let config = config(&format!("{text}\n{more}"), &files);
        let plan = Plan::new(&config);
        let mut installs = Installs::default();
        simulate(&plan, 1, 0, &mut installs);
        let tenth = |time: &str| at(&format!("2024-01-10T{time}:00Z"));
        // Nothing on the 3rd, all four on the 10th though the change rejects the patch between the
        // batches, nothing on the 17th.
        let first = [(tenth("02:00"), 1), (tenth("02:00"), 2)];
        let second: Vec<u32> = installs.0[2..].iter().map(|(_, node)| *node).collect();
        assert_eq!(installs.0[..2], first, "{os}");
        assert_eq!(second, [3, 4], "{os}");
        assert!(installs.0[3].0 > tenth("02:10"), "{os}");
    }
}
