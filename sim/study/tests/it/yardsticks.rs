//! Deadlines, exploitation and supersedence as metrics show them.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::ModelConfig;
use patchbench_model::measures::{Exploitation, MILLION, SLA_PRESETS};
use patchbench_model::ssm::{ComplianceLevel, PatchState, VendorSeverity};
use patchbench_model::world::Plan;
use patchbench_study::{MetricRow, StudyResults, View};

use crate::stage::{Stage, pool, results};
use crate::stage::{install, installs};

fn study(config: &ModelConfig) -> StudyResults {
    results(&Plan::new(config), 1)
}

fn row<'a>(results: &'a StudyResults, metric: &str) -> &'a MetricRow {
    let own = |row: &&MetricRow| row.metric == metric && row.severity.is_empty() && !row.group.is_empty();
    results.metrics.iter().find(own).unwrap()
}

fn value(results: &StudyResults, metric: &str) -> f64 {
    row(results, metric).summary.mean.unwrap()
}

/// Exponential times to exploit and a rollout one node after the other: the closed form is for a
/// smooth curve and a smooth rollout, so it holds up to the steps of both.
#[test]
fn f13_unpatched_at_exploit() {
    const NODES: u32 = 1_000;
    for (mean, from, until, zero_days) in [(45.0, 7, 14, 0.05), (10.0, 3, 5, 0.7), (90.0, 1, 21, 0.0)] {
        let seconds = f64::from(until - from) * 86_400.0 / f64::from(NODES);
        let point = |step: i64| {
            let day = step as f64 / 4.0;
            let share = (1.0 - (-day / mean).exp()) * f64::from(MILLION);
            (SimDuration::from_hours(6 * step), share.round() as u32)
        };
        let mut config = Stage {
            schedule: "rate(1 day)",
            horizon: "40d",
            rule: format!("approve_after_days = {from}"),
            fleet: pool(
                "web",
                u64::from(NODES),
                &installs(&format!("\"{seconds}s\""), 0.0),
            ),
            task: install("1", "CONTINUE_TASK"),
            releases: "patch,2024-01-01T00:00:00Z".to_owned(),
            ..Stage::default()
        }
        .config()
        .unwrap();
        config.measures.exploitation = Exploitation::new((1..400).map(point), zero_days).unwrap();
        let rate = 1.0 / mean;
        let (t0, t1) = (f64::from(from), f64::from(until));
        let share = 1.0 - ((-rate * t0).exp() - (-rate * t1).exp()) / (rate * (t1 - t0));
        let expected = zero_days + (1.0 - zero_days) * share;
        let shown = value(&study(&config), "unpatched_at_exploit");
        assert!((shown - expected).abs() < 2e-4, "{shown} instead of {expected}");
    }
}

/// One node, patched 10.5 days after the release, under the published curve.
#[test]
fn the_published_curve_is_integrated_exactly() {
    let config = Stage {
        schedule: "at(2024-01-12T16:00:00)",
        horizon: "20d",
        fleet: pool(
            "web",
            1,
            "scan_time = \"0s\"\ninstall_time = \"8h\"\nreboot_time = \"0s\"\nfailure = 0.0",
        ),
        task: install("1", "CONTINUE_TASK"),
        releases: "patch,2024-01-02T12:00:00Z".to_owned(),
        more: "[exploitation]\nzero_day_share = 0.25".to_owned(),
        ..Stage::default()
    };
    let config = config.config().unwrap();
    let at_end = 0.29 + 0.27 * 3.5 / 23.0;
    let area = 0.06 + 6.0 * (0.12 + 0.29) / 2.0 + 3.5 * (0.29 + at_end) / 2.0;
    let results = study(&config);
    let near = |metric: &str, expected: f64| {
        let shown = value(&results, metric);
        assert!(
            (shown - expected).abs() < 1e-6,
            "{metric}: {shown} instead of {expected}"
        );
    };
    near("exposure", 10.5);
    near("exploitable_exposure", 0.25 * 10.5 + 0.75 * area);
    near("unpatched_at_exploit", 0.25 + 0.75 * at_end);
    near("backlog", 10.5 / 20.0);
    near("time_to_coverage_100", 10.5);
    near("time_to_coverage_100_from_approval", 10.5);
    near("time_to_coverage_100_from_first_send", 1.0 / 3.0);
    near("openings_to_coverage_100", 1.0);
}

fn monthly(delay: u32) -> ModelConfig {
    let rows = (0..6).map(|month| {
        let at = SimTime::from_millis(1_704_067_200_000) + SimDuration::from_days(1 + 30 * month);
        let before = if month == 0 {
            String::new()
        } else {
            format!(",update-{}", month - 1)
        };
        format!("update-{month},{at}{before}")
    });
    Stage {
        schedule: "rate(1 day)",
        horizon: "200d",
        rule: format!("approve_after_days = {delay}"),
        fleet: pool("web", 10, &installs("\"0s\"", 0.0)),
        task: install("100%", "CONTINUE_TASK"),
        releases: rows.collect::<Vec<_>>().join("\n"),
        more: "[sla.ours]\nwithin = { Critical = \"14d\" }\n[sla.low]\nwithin = { Low = \"14d\" }".to_owned(),
        ..Stage::default()
    }
    .config()
    .unwrap()
}

/// A delay beyond the supersedence interval leaves every update but the last unseen, and that shows in
/// exposure: each month's update stays open until the last one is installed.
#[test]
fn patches_that_starve_count_as_exposed_but_reach_no_coverage() {
    let (prompt, starving) = (study(&monthly(7)), study(&monthly(40)));
    assert_eq!(value(&prompt, "superseded_unseen"), 0.0);
    assert_eq!(value(&starving, "superseded_unseen"), 5.0);
    // Released on days 1, 31, …, 151; the last is installed 40 days later.
    let days: f64 = (0..6).map(|month| 191.0 - (1.0 + 30.0 * f64::from(month))).sum();
    assert!((value(&prompt, "exposure") - 10.0 * 6.0 * 7.0).abs() < 0.01);
    assert!((value(&starving, "exposure") - 10.0 * days).abs() < 0.01);
    let coverage = &row(&starving, "time_to_coverage_100").summary;
    assert_eq!((coverage.n, coverage.censored), (1, 0));
    assert!(
        (coverage.mean.unwrap() - 40.0).abs() < 0.01,
        "the one update that is offered"
    );
    let never: Vec<_> = starving
        .patches
        .iter()
        .filter(|patch| patch.approved.is_none())
        .collect();
    assert_eq!(never.len(), 5);
    assert!(
        never
            .iter()
            .all(|patch| patch.reached.is_empty() && patch.superseded.is_some())
    );
    assert_eq!(value(&prompt, "sla_attainment"), 1.0);
    assert_eq!(value(&starving, "sla_attainment"), 0.0);
    let uncovered = prompt.metrics.iter().find(|row| row.sla == "low").unwrap();
    assert_eq!(uncovered.summary.n, 0, "no patch is of that severity");
}

/// Deadlines beyond the horizon are not due: such patches are not counted as missed.
#[test]
fn a_deadline_after_the_horizon_is_not_counted() {
    let results = |horizon: &'static str| {
        let config = Stage {
            schedule: "at(2024-01-02T00:00:00)",
            horizon,
            fleet: pool("web", 4, &installs("\"0s\"", 0.0)),
            task: install("100%", "CONTINUE_TASK"),
            releases: "early,2024-01-01T12:00:00Z\nlate,2024-01-20T00:00:00Z".to_owned(),
            more: "[sla.ours]\nwithin = \"14d\"".to_owned(),
            ..Stage::default()
        }
        .config()
        .unwrap();
        let results = study(&config);
        let summary = row(&results, "sla_attainment").summary.clone();
        (summary.n, summary.mean)
    };
    assert_eq!(results("10d"), (0, None));
    assert_eq!(results("30d"), (1, Some(1.0)));
    assert_eq!(results("33d"), (1, Some(0.5)));
}

#[test]
fn reboots_are_counted_a_node_and_year() {
    let config = Stage {
        schedule: "rate(7 days)",
        horizon: "73d",
        fleet: pool(
            "web",
            5,
            "scan_time = \"0s\"\ninstall_time = \"5m\"\nreboot_time = \"5m\"\nfailure = 0.0",
        ),
        task: install("100%", "CONTINUE_TASK"),
        releases: "a,2024-01-03T00:00:00Z\nb,2024-02-01T00:00:00Z".to_owned(),
        ..Stage::default()
    }
    .config()
    .unwrap();
    let results = study(&config);
    let total = results
        .metrics
        .iter()
        .find(|row| row.metric == "reboots_per_node_year" && row.task.is_empty());
    assert_eq!(total.unwrap().summary.mean, Some(2.0 / 0.2));
}

/// One critical patch, installed ten and a half days after its release, or ten days later.
#[test]
fn published_deadlines_are_met_or_missed() {
    let names = SLA_PRESETS.iter().map(|preset| preset.name);
    let tables = names.map(|name| format!("[sla.{name}]\npreset = \"{name}\"\n"));
    let more: String = tables.collect();
    let in_time = |schedule: &'static str| -> Vec<(String, f64)> {
        let config = Stage {
            schedule,
            horizon: "40d",
            fleet: pool("web", 3, &installs("\"0s\"", 0.0)),
            task: install("100%", "CONTINUE_TASK"),
            releases: "patch,2024-01-02T12:00:00Z".to_owned(),
            more: more.clone(),
            ..Stage::default()
        };
        let results = study(&config.config().unwrap());
        let rows = results.metrics.iter();
        let own = rows.filter(|row| row.metric == "sla_attainment" && row.severity == "Critical");
        own.map(|row| (row.sla.clone(), row.summary.mean.unwrap()))
            .collect()
    };
    let told = |shares: [f64; 5]| -> Vec<(String, f64)> {
        let names = SLA_PRESETS.iter().map(|preset| preset.name.to_owned());
        names.zip(shares).collect()
    };
    // PCI DSS 30 days, Cyber Essentials 14, Essential Eight 30 or 2, BOD 19-02 15.
    assert_eq!(in_time("at(2024-01-04T00:00:00)"), told([1.0; 5]));
    assert_eq!(
        in_time("at(2024-01-13T00:00:00)"),
        told([1.0, 1.0, 1.0, 0.0, 1.0])
    );
    assert_eq!(
        in_time("at(2024-01-17T00:00:00)"),
        told([1.0, 0.0, 1.0, 0.0, 1.0])
    );
    assert_eq!(
        in_time("at(2024-01-23T00:00:00)"),
        told([1.0, 0.0, 1.0, 0.0, 0.0])
    );
    assert_eq!(in_time("at(2024-02-02T00:00:00)"), told([0.0; 5]));
}

/// A scan twelve hours after the release: until it has ended AWS knows of no node.
#[test]
fn compliance_is_told_by_level_and_severity_in_both_views() {
    let config = Stage {
        rule: "approve_after_days = 0\ncompliance_level = \"HIGH\"".to_owned(),
        fleet: pool("web", 4, "scan_time = \"3h\"\nscan_failure = 0.0"),
        task: "operation = \"Scan\"\nmax_concurrency = \"100%\"\nmax_errors = \"0\"".to_owned(),
        ..Stage::default()
    };
    let config = config.config().unwrap();
    let results = study(&config);
    let released = config.start + SimDuration::from_hours(12);
    let scanned = config.start + SimDuration::from_hours(27);
    assert_eq!(results.compliance.len(), View::ALL.len());
    for curve in &results.compliance {
        for point in &curve.points {
            let missing = if point.at >= released { 4.0 } else { 0.0 };
            let (nodes, missing) = match curve.view {
                View::Actual => (4.0, missing),
                View::Reported if point.at >= scanned => (4.0, missing),
                View::Reported => (0.0, 0.0),
            };
            let place = (curve.view, point.at);
            assert_eq!(point.nodes, nodes, "{place:?}");
            assert_eq!(point.patches[PatchState::Missing as usize], missing, "{place:?}");
            let of = |counts: &[f64], own: usize| (counts[own], counts.iter().sum::<f64>());
            let levels = of(&point.non_compliant_by_level, ComplianceLevel::High as usize);
            let severities = of(
                &point.non_compliant_by_severity,
                VendorSeverity::Critical as usize,
            );
            assert_eq!((levels, severities), ((missing, missing), (missing, missing)));
            let compliant = (nodes > 0.0).then(|| [1.0 - missing / 4.0; 3]);
            assert_eq!(point.compliant, compliant, "{place:?}");
        }
    }
}
