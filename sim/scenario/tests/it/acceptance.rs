//! Acceptance cases whose rule lives in reading a scenario, by their ids in the semantics, and the
//! settings that act there.

use patchbench_kernel::SimTime;
use patchbench_model::config::{
    ApprovalBoundary, CommandStatusRule, ModelConfig, MultiTargetTask, NodeLock, PercentRounding, Ramp,
    Settings, Supersedence, TargetOrder, TaskStatus, TieOrder,
};
use patchbench_model::ssm::{Approval, FilterKey};
use patchbench_model::units::RateLimit;
use patchbench_model::world::Plan;
use patchbench_scenario::{FileReader, Limits, Loaded, Severity, codes, load_text};

/// The parts of a scenario that the cases change; the rest is the blog post's set-up.
pub(crate) struct Parts<'a> {
    operating_system: &'a str,
    tags: &'a str,
    rule: &'a str,
    groups: &'a str,
    baselines: &'a str,
    hours: &'a str,
    target: &'a str,
    limits: &'a str,
    settings: &'a str,
}

pub(crate) const WEB: Parts<'_> = Parts {
    operating_system: "WINDOWS",
    tags: r#""Patch Group" = "Web""#,
    rule: "approve_after_days = 5",
    groups: r#""Web""#,
    baselines: "",
    hours: "duration = 4\ncutoff = 1",
    target: r#""tag:Patch Group" = "Web""#,
    limits: "max_concurrency = \"2\"\nmax_errors = \"1\"",
    settings: "",
};

pub(crate) fn toml(parts: &Parts<'_>) -> String {
    let Parts {
        operating_system,
        tags,
        rule,
        groups,
        baselines,
        hours,
        target,
        limits,
        settings,
    } = parts;
    format!(
        r#"
format = 1
start = 2024-01-01T00:00:00Z
horizon = "60d"
[releases.stream]
kind = "file"
path = "releases.csv"
[baseline.custom]
operating_system = "{operating_system}"
patch_groups = [{groups}]
[[baseline.custom.rule]]
{rule}
{baselines}
[nodes.web]
count = 60
operating_system = "{operating_system}"
tags = {{ {tags} }}
[window.Tuesday]
schedule = "cron(0 16 ? * TUE *)"
{hours}
[window.Tuesday.target.nodes]
{target}
[[window.Tuesday.task]]
targets = ["nodes"]
operation = "Install"
{limits}
[settings]
{settings}
"#
    )
}

/// Serves `releases.csv`.
pub(crate) struct Releases;

const RELEASES: &str = "\
id,released_at,operating_system,classification,severity
windows-1,2024-01-02,WINDOWS,SecurityUpdates,Critical
moderate,2024-01-02,ORACLE_LINUX,Security,Moderate
critical,2024-01-02,ORACLE_LINUX,Security,Critical
amazon-1,2024-01-02,AMAZON_LINUX_2,Security,Critical
";

impl FileReader for Releases {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == "releases.csv" {
            Ok(RELEASES.to_owned())
        } else {
            Err(format!("there is no {path}"))
        }
    }
}

fn load(parts: &Parts<'_>) -> Loaded {
    load_text("test.toml", &toml(parts), &Releases, &[], &Limits::default())
}

pub(crate) fn rendered(loaded: &Loaded) -> String {
    let problems = loaded.problems.iter();
    problems
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect()
}

/// The configuration of a scenario that must be valid.
fn config(parts: &Parts<'_>) -> ModelConfig {
    let loaded = load(parts);
    let text = rendered(&loaded);
    loaded.scenario.unwrap_or_else(|| panic!("{text}")).config
}

/// The codes of the errors.
fn errors(parts: &Parts<'_>) -> Vec<&'static str> {
    let errors = load(parts)
        .problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| problem.code).collect()
}

fn with_rule(rule: &str) -> Parts<'_> {
    Parts { rule, ..WEB }
}

fn approval(parts: &Parts<'_>) -> Approval {
    config(parts).baselines[0].rules[0].approval
}

#[test]
fn the_scenario_that_the_cases_change_is_valid() {
    assert_eq!(rendered(&load(&WEB)), "");
}

#[test]
fn r09_approve_after_days_runs_from_0_to_360() {
    for (days, expected) in [
        ("361", Some(codes::RANGE)),
        ("-1", Some(codes::RANGE)),
        ("360", None),
        ("0", None),
        ("\"five\"", Some(codes::TYPE)),
    ] {
        let rule = format!("approve_after_days = {days}");
        let found = errors(&with_rule(&rule));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{days}");
    }
    assert_eq!(
        approval(&with_rule("approve_after_days = 360")),
        Approval::AfterDays(360)
    );
}

const BOTH: &str = "approve_after_days = 5\napprove_until_date = 2023-07-07";

#[test]
fn a_rule_has_a_delay_or_a_date_and_settings_say_what_else_is_read() {
    assert_eq!(errors(&with_rule(BOTH)), [codes::RULE_BOTH]);
    assert_eq!(errors(&with_rule("")), [codes::RULE_NEITHER]);
    let date_wins = Parts {
        settings: "rule_both = \"date_wins\"",
        ..with_rule(BOTH)
    };
    let date = "2023-07-07".parse().unwrap();
    assert_eq!(approval(&date_wins), Approval::UntilDate(date));
    let zero = Parts {
        settings: "rule_neither = \"zero\"",
        ..with_rule("")
    };
    assert_eq!(approval(&zero), Approval::AfterDays(0));
}

#[test]
fn unknown_filter_keys_are_refused_or_dropped_with_a_warning() {
    let rule = "approve_after_days = 5\nfilter = { CVE_ID = [\"CVE-2024-1\"], CLASSIFICATION = [\"*\"] }";
    assert_eq!(errors(&with_rule(rule)), [codes::FILTER_KEY]);
    let warn = Parts {
        settings: "unknown_filter_key = \"warn\"",
        ..with_rule(rule)
    };
    let loaded = load(&warn);
    let warned = loaded
        .problems
        .iter()
        .any(|problem| (problem.code, problem.severity) == (codes::FILTER_KEY, Severity::Warning));
    assert!(warned, "{}", rendered(&loaded));
    let filters = config(&warn).baselines[0].rules[0].filter.filters.clone();
    let keys: Vec<FilterKey> = filters.into_iter().map(|filter| filter.key).collect();
    assert_eq!(keys, [FilterKey::Classification]);
}

#[test]
fn a_filter_key_that_stands_twice_follows_the_setting() {
    let rule = "approve_after_days = 5\nfilter = [{ CLASSIFICATION = [\"Updates\"] }, { CLASSIFICATION = [\"Tools\"] }]";
    assert_eq!(errors(&with_rule(rule)), [codes::DUPLICATE]);
    for (setting, expected) in [("and", &["Updates", "Tools"][..]), ("last", &["Tools"])] {
        let settings = format!("duplicate_filter_key = \"{setting}\"");
        let parts = Parts {
            settings: &settings,
            ..with_rule(rule)
        };
        let filters = config(&parts).baselines[0].rules[0].filter.filters.clone();
        let values: Vec<String> = filters.into_iter().flat_map(|filter| filter.values).collect();
        assert_eq!(values, expected, "{setting}");
    }
}

/// When the patches of the stream are approved for the only class of node, by their ids.
fn approvals(config: &ModelConfig) -> Vec<(String, Option<SimTime>)> {
    let plan = Plan::new(config);
    let catalog = plan.shared_catalog.as_ref().unwrap();
    let mut found: Vec<(String, Option<SimTime>)> = catalog.classes[0]
        .patches
        .iter()
        .map(|known| {
            let at = known.verdict.approval.as_ref().ok().map(|approval| approval.at);
            (catalog.patches[known.patch].id.clone(), at)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn b06_the_vintage_of_aws_owned_baselines_is_a_setting() {
    for (settings, critical) in [
        ("", true),
        ("baseline_vintage = \"latest\"", true),
        ("baseline_vintage = 2025-01-01", false),
        ("baseline_vintage = \"2025-12-10\"", true),
    ] {
        let parts = Parts {
            operating_system: "ORACLE_LINUX",
            tags: r#"Env = "prod""#,
            groups: r#""Other""#,
            target: r#""tag:Env" = "prod""#,
            settings,
            ..WEB
        };
        let approved: Vec<String> = approvals(&config(&parts))
            .into_iter()
            .map(|(id, at)| format!("{id} {}", at.map_or("never".to_owned(), |at| at.to_string())))
            .collect();
        let week = "2024-01-09T00:00:00Z";
        let expected = if critical { week } else { "never" };
        assert_eq!(
            approved,
            [format!("critical {expected}"), format!("moderate {week}")],
            "{settings}"
        );
    }
    let parts = Parts {
        settings: "baseline_vintage = \"last year\"",
        ..WEB
    };
    assert_eq!(errors(&parts), [codes::CHOICE]);
}

/// A second baseline with these groups.
fn second(name: &str, operating_system: &str, groups: &str) -> String {
    format!(
        "[baseline.{name}]\noperating_system = \"{operating_system}\"\npatch_groups = [{groups}]\n\
         [[baseline.{name}.rule]]\napprove_after_days = 7\n"
    )
}

#[test]
fn g02_g03_a_group_has_one_baseline_for_each_operating_system() {
    let rival = second("rival", "WINDOWS", "\"Web\"");
    let parts = Parts {
        baselines: &rival,
        ..WEB
    };
    assert_eq!(errors(&parts), [codes::REGISTRATION]);
    assert!(rendered(&load(&parts)).contains("AlreadyExistsException"));
    let other = second("other", "AMAZON_LINUX_2", "\"Web\"");
    let parts = Parts {
        baselines: &other,
        ..WEB
    };
    assert_eq!(config(&parts).registrations.len(), 2);
}

#[test]
fn g05_the_26th_group_on_one_baseline_is_refused() {
    for (count, refused) in [(25, &[][..]), (26, &[codes::REGISTRATION])] {
        let mut groups: Vec<String> = (1..count).map(|number| format!("\"group-{number}\"")).collect();
        groups.push("\"Web\"".to_owned());
        let groups = groups.join(", ");
        let parts = Parts {
            groups: &groups,
            ..WEB
        };
        assert_eq!(errors(&parts), refused, "{count} groups");
        assert_eq!(
            rendered(&load(&parts)).contains("ResourceLimitExceededException"),
            count > 25
        );
    }
}

#[test]
fn both_patch_group_tags_follow_the_setting() {
    let tags = r#""Patch Group" = "Web", PatchGroup = "Other""#;
    let both = Parts { tags, ..WEB };
    assert_eq!(errors(&both), [codes::BOTH_TAGS]);
    for (setting, group) in [("prefer_spaced", "Web"), ("prefer_unspaced", "Other")] {
        let settings = format!("both_patch_group_tags = \"{setting}\"");
        let parts = Parts {
            tags,
            settings: &settings,
            ..WEB
        };
        assert_eq!(config(&parts).pools[0].patch_group.as_deref(), Some(group));
    }
    let agreeing = Parts {
        tags: r#""Patch Group" = "Web", PatchGroup = "Web""#,
        ..WEB
    };
    assert_eq!(config(&agreeing).pools[0].patch_group.as_deref(), Some("Web"));
}

#[test]
fn w14_the_cutoff_is_less_than_the_duration() {
    for (duration, cutoff, expected) in [
        (4, 4, &[codes::CUTOFF][..]),
        (4, 5, &[codes::CUTOFF]),
        (4, 3, &[]),
        (4, 0, &[]),
        (24, 23, &[]),
        (25, 1, &[codes::RANGE]),
        (0, 0, &[codes::RANGE]),
    ] {
        let hours = format!("duration = {duration}\ncutoff = {cutoff}");
        let parts = Parts { hours: &hours, ..WEB };
        assert_eq!(errors(&parts), expected, "{hours}");
    }
}

/// Node ids in a target.
pub(crate) fn instance_ids(numbers: impl Iterator<Item = u32>) -> String {
    let ids: Vec<String> = numbers.map(|number| format!("\"web-{number}\"")).collect();
    format!("InstanceIds = [{}]", ids.join(", "))
}

#[test]
fn t02_a_node_that_is_listed_twice_is_refused() {
    let target = instance_ids([1, 2, 1].into_iter());
    let parts = Parts {
        target: &target,
        ..WEB
    };
    assert_eq!(errors(&parts), [codes::DUPLICATE]);
    assert!(rendered(&load(&parts)).contains("DuplicateInstanceId"));
}

#[test]
fn t04_a_target_lists_at_most_50_nodes() {
    for (count, expected) in [(50, &[][..]), (51, &[codes::QUOTA])] {
        let target = instance_ids(1..=count);
        let parts = Parts {
            target: &target,
            ..WEB
        };
        assert_eq!(errors(&parts), expected, "{count} nodes");
    }
}

#[test]
fn c08_formats_of_the_limits() {
    for (concurrency, limit, valid) in [
        ("\"2\"", "\"1\"", true),
        ("\"100%\"", "\"0\"", true),
        ("\"1%\"", "\"0%\"", true),
        ("2", "0", true),
        ("\"0\"", "\"1\"", false),
        ("\"0%\"", "\"1\"", false),
        ("\"101%\"", "\"1\"", false),
        ("\"05\"", "\"1\"", false),
        ("\"5.5%\"", "\"1\"", false),
        ("-1", "\"1\"", false),
        ("\"2\"", "\"00\"", false),
        ("\"2\"", "\"05%\"", false),
    ] {
        let limits = format!("max_concurrency = {concurrency}\nmax_errors = {limit}");
        let parts = Parts {
            limits: &limits,
            ..WEB
        };
        let expected: &[&str] = if valid { &[] } else { &[codes::RATE] };
        assert_eq!(errors(&parts), expected, "{limits}");
    }
    let parts = Parts {
        limits: "max_concurrency = \"10%\"\nmax_errors = \"3\"",
        ..WEB
    };
    let task = &config(&parts).windows[0].tasks[0];
    assert_eq!(
        (task.max_concurrency, task.max_errors),
        (RateLimit::Percent(10), RateLimit::Count(3))
    );
}

#[test]
fn c12_a_task_with_targets_needs_both_limits() {
    for limits in ["max_concurrency = \"2\"", "max_errors = \"1\""] {
        let parts = Parts { limits, ..WEB };
        assert_eq!(errors(&parts), [codes::RATE_MISSING], "{limits}");
    }
}

#[test]
fn the_default_priority_is_1_unless_the_setting_has_another() {
    for (settings, given, expected) in [
        ("", "", 1),
        ("default_priority = 3", "", 3),
        ("default_priority = 3", "priority = 0", 0),
    ] {
        let limits = format!("{}\n{given}", WEB.limits);
        let parts = Parts {
            limits: &limits,
            settings,
            ..WEB
        };
        assert_eq!(config(&parts).windows[0].tasks[0].priority, expected);
    }
}

#[test]
fn s09_names_that_aws_would_refuse() {
    for (name, valid) in [
        ("\"My Baseline\"", false),
        ("ab", false),
        ("abc", true),
        ("\"a.b\"", true),
    ] {
        let other = second(name, "WINDOWS", "\"Other\"");
        let parts = Parts {
            baselines: &other,
            ..WEB
        };
        let expected: &[&str] = if valid { &[] } else { &[codes::NAME] };
        assert_eq!(errors(&parts), expected, "{name}");
    }
}

/// Every setting of the model with a value other than its default, as the model gets it.
#[test]
fn settings_reach_the_model() {
    macro_rules! rows {
        ($($text:literal => $field:ident: $value:expr,)*) => {
            [$(($text, Settings { $field: $value, ..Settings::default() }),)*]
        };
    }
    let rows = rows![
        r#"approval_boundary = "strict""# => approval_boundary: ApprovalBoundary::Strict,
        "approved_list_bypasses_global = false" => approved_list_bypasses_global: false,
        r#"supersedence = "keep""# => supersedence: Supersedence::Keep,
        "cutoff_inclusive = true" => cutoff_inclusive: true,
        r#"multi_target_task = "merged""# => multi_target_task: MultiTargetTask::Merged,
        "cancel_kills_running = true" => cancel_kills_running: 1.0,
        "cancel_kills_running = 0.25" => cancel_kills_running: 0.25,
        r#"ack_delay = "90s""# => ack_delay: patchbench_kernel::SimDuration::from_secs(90),
        r#"unstarted_task_status = "FAILED""# => unstarted_task_status: TaskStatus::Failed,
        r#"no_target_task_status = "SUCCESS""# => no_target_task_status: TaskStatus::Success,
        r#"percent_rounding = "ceil""# => percent_rounding: PercentRounding::Ceil,
        r#"percent_rounding = "nearest""# => percent_rounding: PercentRounding::Nearest,
        r#"ramp = "off""# => ramp: Ramp::Off,
        r#"ramp = "complete""# => ramp: Ramp::Complete,
        r#"target_order = "listed""# => target_order: TargetOrder::Listed,
        r#"target_order = "shuffled""# => target_order: TargetOrder::Shuffled,
        r#"tie_order = "sends_first""# => tie_order: TieOrder::SendsFirst,
        r#"node_lock = "on""# => node_lock: NodeLock::On,
        r#"node_lock = "off""# => node_lock: NodeLock::Off,
        "external_pending_reboot = true" => external_pending_reboot: true,
        r#"command_status_rule = "literal""# => command_status_rule: CommandStatusRule::Literal,
    ];
    assert_eq!(config(&WEB).settings, Settings::default());
    for (settings, expected) in rows {
        assert_eq!(
            config(&Parts { settings, ..WEB }).settings,
            expected,
            "{settings}"
        );
    }
}

/// What results depend on is named with its value, and whether it is the default.
#[test]
fn settings_are_listed_with_their_choices() {
    let parts = Parts {
        settings: "rule_both = \"date_wins\"\nramp = \"complete\"\ndst_gap = \"shift_forward\"\nbaseline_vintage = 2025-01-01",
        ..WEB
    };
    let scenario = load(&parts).scenario.unwrap();
    let chosen: Vec<(&str, &str)> = scenario
        .settings
        .iter()
        .filter(|choice| !choice.is_default)
        .map(|choice| (choice.name, choice.value.as_str()))
        .collect();
    assert_eq!(
        chosen,
        [
            ("ramp", "complete"),
            ("dst_gap", "shift_forward"),
            ("rule_both", "date_wins"),
            ("baseline_vintage", "2025-01-01")
        ]
    );
    assert_eq!(
        errors(&Parts {
            settings: "ramp = \"fast\"",
            ..WEB
        }),
        [codes::CHOICE]
    );
}
