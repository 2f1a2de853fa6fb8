//! Random scenarios within AWS's limits.

use proptest::prelude::*;

use crate::texts::BASE;

/// One of a few texts.
fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = toml::Value> {
    prop::sample::select(words).prop_map(toml::Value::from)
}

fn text(pattern: &'static str) -> impl Strategy<Value = toml::Value> {
    pattern.prop_map(toml::Value::from)
}

fn list(
    of: impl Strategy<Value = toml::Value> + 'static,
    least: usize,
    most: usize,
) -> impl Strategy<Value = toml::Value> {
    prop::collection::vec(of, least..=most).prop_map(toml::Value::Array)
}

type Key = (&'static str, BoxedStrategy<Option<toml::Value>>);

fn maybe(key: &'static str, value: impl Strategy<Value = toml::Value> + 'static) -> Key {
    (key, prop::option::of(value).boxed())
}

fn always(key: &'static str, value: impl Strategy<Value = toml::Value> + 'static) -> Key {
    (key, value.prop_map(Some).boxed())
}

/// A table with some of these keys.
fn table(keys: Vec<Key>) -> BoxedStrategy<toml::Table> {
    let (names, values): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let pairs = move |values: Vec<Option<toml::Value>>| {
        let pairs = names.iter().zip(values);
        pairs
            .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
            .collect()
    };
    values.prop_map(pairs).boxed()
}

fn number(range: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = toml::Value> {
    range.prop_map(toml::Value::from)
}

const LEVELS: &[&str] = &[
    "CRITICAL",
    "HIGH",
    "MEDIUM",
    "LOW",
    "INFORMATIONAL",
    "UNSPECIFIED",
];
/// Values of patch group tags.
const GROUP: &str = "[A-Za-zé0-9_.:/=+@-][A-Za-zé0-9 _.:/=+@-]{0,20}";
/// Texts that are hard on shells, JSON and TOML alike.
const HARD: &str = "[A-Za-z0-9][A-Za-z0-9 ,'\"\\\\$%`!#é{}=-]{0,20}";

fn filter(windows: bool) -> BoxedStrategy<toml::Value> {
    let values = || list(text(HARD), 1, 4);
    let keys = if windows {
        vec![
            maybe(
                "CLASSIFICATION",
                list(one_of(&["SecurityUpdates", "CriticalUpdates", "*"]), 1, 2),
            ),
            maybe("MSRC_SEVERITY", list(one_of(&["Critical", "Low"]), 1, 2)),
            maybe("PRODUCT", values()),
            maybe("PRODUCT_FAMILY", values()),
        ]
    } else {
        vec![
            maybe("CLASSIFICATION", list(one_of(&["Security", "Bugfix"]), 1, 2)),
            maybe("SEVERITY", list(one_of(&["Critical", "Low"]), 1, 2)),
            maybe("PRODUCT", values()),
        ]
    };
    table(keys).prop_map(toml::Value::from).boxed()
}

fn rule(windows: bool) -> BoxedStrategy<toml::Value> {
    let days = ("approve_after_days", number(0..=360).boxed());
    let date = (
        "approve_until_date",
        text("20[0-4][0-9]-0[1-9]-[12][0-8]").boxed(),
    );
    let approval = prop::sample::select(vec![days, date]);
    approval
        .prop_flat_map(move |(key, value)| {
            table(vec![
                always(key, value),
                maybe("filter", filter(windows)),
                maybe("compliance_level", one_of(LEVELS)),
                maybe("enable_non_security", any::<bool>().prop_map(toml::Value::from)),
            ])
        })
        .prop_map(toml::Value::from)
        .boxed()
}

/// A baseline, without groups and name.
fn baseline(windows: bool) -> BoxedStrategy<toml::Table> {
    let patches = || list(text("[A-Za-z0-9.*:_-]{1,30}"), 0, 4);
    let source = table(vec![
        always("name", text("[A-Za-z0-9_.-]{3,20}")),
        always("products", list(text(HARD), 1, 3)),
        always("configuration", text("\\[[a-z]{1,9}\\]\nbaseurl=[ -~]{1,20}")),
    ]);
    let mut keys = vec![
        always(
            "operating_system",
            Just(toml::Value::from(if windows {
                "WINDOWS"
            } else {
                "AMAZON_LINUX_2023"
            })),
        ),
        maybe("description", text(HARD)),
        maybe("global_filter", filter(windows)),
        maybe("rule", list(rule(windows), 0, 4)),
        maybe("approved_patches", patches()),
        maybe("rejected_patches", patches()),
        maybe("approved_patches_compliance_level", one_of(LEVELS)),
        maybe(
            "approved_patches_enable_non_security",
            any::<bool>().prop_map(toml::Value::from),
        ),
        maybe(
            "rejected_patches_action",
            one_of(&["ALLOW_AS_DEPENDENCY", "BLOCK"]),
        ),
        maybe("patch_groups", list(text(GROUP), 0, 3)),
        maybe("default", any::<bool>().prop_map(toml::Value::from)),
    ];
    if windows {
        let status = one_of(&["COMPLIANT", "NON_COMPLIANT"]);
        keys.push(maybe("available_security_updates_compliance_status", status));
    } else {
        keys.push(maybe("source", list(source.prop_map(toml::Value::from), 0, 2)));
    }
    table(keys)
}

fn target() -> BoxedStrategy<toml::Value> {
    let tag = |key, values| maybe(key, list(text(values), 1, 3));
    let ids = prop::collection::btree_set("i-[0-9a-f]{17}|web-[1-9]", 1..4)
        .prop_map(|ids| ids.into_iter().map(toml::Value::from).collect::<Vec<_>>());
    let tags = table(vec![
        tag("tag:Env", HARD),
        tag("tag:Patch Group", GROUP),
        always("tag-key", list(text("[A-Z][a-z]{1,9}"), 1, 2)),
    ]);
    let ids = table(vec![always("InstanceIds", ids.prop_map(toml::Value::Array))]);
    prop_oneof![2 => tags, 1 => ids]
        .prop_map(toml::Value::from)
        .boxed()
}

/// What AWS-RunPatchBaseline is told, and its limits.
fn patching() -> Vec<Key> {
    vec![
        always("operation", one_of(&["Scan", "Install"])),
        maybe("reboot_option", one_of(&["RebootIfNeeded", "NoReboot"])),
        always("max_concurrency", text("[1-9][0-9]{0,6}|[1-9][0-9]?%|100%")),
        always("max_errors", text("0|[1-9][0-9]{0,6}|[1-9]?[0-9]%|100%")),
        maybe("timeout", text("[3-9][0-9]s|[1-9][0-9]?h")),
        maybe("step_timeout", text("[1-9][0-9]{0,2}s|[1-9]h")),
    ]
}

fn task(targets: usize) -> BoxedStrategy<toml::Value> {
    let registered = prop::collection::vec(0..targets, 1..=targets).prop_map(|numbers| {
        numbers
            .into_iter()
            .map(|number| toml::Value::from(format!("target-{number}")))
            .collect()
    });
    let direct = target().prop_map(|target| toml::Value::Array(vec![target]));
    let targets = prop_oneof![3 => registered.prop_map(toml::Value::Array), 1 => direct];
    let mut keys = patching();
    keys.extend([
        always("name", text("[A-Za-z0-9_.-]{3,20}")),
        always("targets", targets),
        maybe("priority", number(0..=i64::from(i32::MAX))),
        maybe("cutoff_behavior", one_of(&["CONTINUE_TASK", "CANCEL_TASK"])),
    ]);
    table(keys).prop_map(toml::Value::from).boxed()
}

fn window() -> BoxedStrategy<toml::Table> {
    let cron = "cron\\([0-5]?[0-9] 1?[0-9] \\? \\* (MON|TUE|WED#2|FRIL|SUN) \\*\\)";
    let schedule = prop_oneof![
        text(cron),
        text("rate\\([2-9] (hours|days)\\)"),
        text("at\\(20[2-4][0-9]-0[1-9]-[12][0-8]T1[0-9]:[0-5][0-9]:00\\)"),
    ];
    let hours = (1i64..=24).prop_flat_map(|duration| (Just(duration), 0..duration));
    (hours, 1usize..=3)
        .prop_flat_map(move |((duration, cutoff), count)| {
            let targets = prop::collection::vec(target(), count).prop_map(|targets| {
                let named = targets.into_iter().enumerate();
                let named: toml::Table = named
                    .map(|(number, target)| (format!("target-{number}"), target))
                    .collect();
                toml::Value::from(named)
            });
            table(vec![
                maybe("description", text(HARD)),
                always("schedule", schedule.clone()),
                maybe(
                    "schedule_timezone",
                    one_of(&["UTC", "Europe/Berlin", "America/New_York"]),
                ),
                maybe(
                    "start_date",
                    text("202[0-4]-0[1-9]-1[0-9]T0[0-9]:00:00(Z|\\+02:00)"),
                ),
                maybe("end_date", text("203[0-4]-0[1-9]-1[0-9]T0[0-9]:00:00(Z|-05:00)")),
                always("duration", Just(toml::Value::from(duration))),
                always("cutoff", Just(toml::Value::from(cutoff))),
                maybe(
                    "allow_unassociated_targets",
                    any::<bool>().prop_map(toml::Value::from),
                ),
                maybe("enabled", any::<bool>().prop_map(toml::Value::from)),
                always("target", targets),
                always("task", list(task(count), 0, 3)),
            ])
        })
        .boxed()
}

fn command() -> BoxedStrategy<toml::Table> {
    let mut keys = patching();
    keys.extend([
        always("at", Just(toml::Value::from("2024-02-03T04:05:06Z"))),
        always("targets", target()),
    ]);
    table(keys)
}

/// The base with random baselines, windows and commands.
pub(super) fn scenario() -> BoxedStrategy<String> {
    let baselines = prop::collection::vec(any::<bool>().prop_flat_map(baseline), 0..4);
    let windows = prop::collection::vec(window(), 0..4);
    let commands = prop::collection::vec(command(), 0..3);
    (baselines, windows, commands)
        .prop_map(|(baselines, windows, commands)| {
            let mut document: toml::Table = BASE.parse().unwrap();
            let (mut groups, mut defaults) = (vec![toml::Value::from("Web")], Vec::new());
            for (number, mut known) in baselines.into_iter().enumerate() {
                // A group has one baseline, and a system one default.
                if let Some(toml::Value::Array(own)) = known.get_mut("patch_groups") {
                    own.retain(|group| {
                        !groups.contains(group) && {
                            groups.push(group.clone());
                            true
                        }
                    });
                }
                let system = known["operating_system"].clone();
                if known.get("default") == Some(&true.into()) {
                    if defaults.contains(&system) {
                        known.remove("default");
                    }
                    defaults.push(system);
                }
                insert(&mut document, "baseline", format!("Base-{number}"), known);
            }
            for (number, known) in windows.into_iter().enumerate() {
                insert(&mut document, "window", format!("Window.{number}"), known);
            }
            for (number, known) in commands.into_iter().enumerate() {
                insert(&mut document, "command", format!("command {number}"), known);
            }
            document.to_string()
        })
        .boxed()
}

fn insert(document: &mut toml::Table, section: &str, name: String, table: toml::Table) {
    let section = document
        .entry(section)
        .or_insert_with(|| toml::Table::new().into());
    section.as_table_mut().unwrap().insert(name, table.into());
}
