//! Metrics of bad patches against worked examples and closed forms.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::Plan;
use patchbench_scenario::{Assertion, Bound, Metric, Quantity};
use patchbench_study::{
    MetricRow, Silent, StudyResults, Verdict, assess, binomial_exceeds, expected_sent, run_replications,
};

use crate::stage::installs;
use crate::stage::{SEED, Stage, pool, results};

/// Ten nodes one after the other, an hour each, from 2024-01-02 on; the patch of noon the day before
/// is bad.
fn stage(bad: &str, errors: u32) -> Stage {
    Stage {
        fleet: pool("web", 10, &installs("\"1h\"", 0.0)),
        task: format!("operation = \"Install\"\nmax_concurrency = \"1\"\nmax_errors = \"{errors}\""),
        more: format!("[bad_patches.bad]\n{bad}"),
        ..Stage::default()
    }
}

fn study(config: &ModelConfig, replications: u64) -> StudyResults {
    results(&Plan::new(config), replications)
}

fn row<'a>(results: &'a StudyResults, metric: &str) -> &'a MetricRow {
    results.metrics.iter().find(|row| row.metric == metric).unwrap()
}

fn value(results: &StudyResults, metric: &str) -> f64 {
    row(results, metric).summary.mean.unwrap()
}

fn near(shown: f64, expected: f64) {
    assert!((shown - expected).abs() < 1e-9, "{shown} instead of {expected}");
}

/// The interval of a probability contains its closed form, or misses it by as much again.
fn likely(results: &StudyResults, metric: &str, expected: f64) {
    let share = row(results, metric).proportion.unwrap();
    let (low, high) = (share.interval.low, share.interval.high);
    let width = high - low;
    assert!(
        (low - width / 2.0..=high + width / 2.0).contains(&expected),
        "{metric}: {share:?} instead of {expected}"
    );
}

const ALWAYS: &str = "patches = [\"patch\"]\npenetrance = 1.0\nsymptom = \"install\"";

#[test]
fn the_threshold_bounds_the_blast_radius() {
    let results = study(&stage(ALWAYS, 1).config().unwrap(), 3);
    for (metric, expected) in [
        ("bad_patches", 1.0),
        ("escapes", 1.0),
        ("blast_radius", 2.0),
        ("bad_installs", 0.0),
        ("nodes_broken", 2.0),
        ("broken_share_of_fleet", 0.2),
        ("broken_share_of_class", 0.2),
        ("reached_at_first_symptom", 1.0),
        ("time_to_first_symptom", 13.0 / 24.0),
        ("true_stop", 1.0),
        ("missed_stop", 0.0),
    ] {
        near(value(&results, metric), expected);
    }
    assert_eq!(row(&results, "false_stop").proportion.unwrap().of, 0);
    assert!(
        results
            .metrics
            .iter()
            .all(|row| row.metric != "time_to_detection")
    );
    let bad = &results.bad_patches[0];
    assert_eq!((bad.patch.as_str(), bad.replications), ("patch", 3));
    assert_eq!(
        (bad.processes.as_slice(), bad.escaped.count),
        (&["bad".to_owned()][..], 3)
    );
    assert_eq!(bad.alarm_days.censored, 3);
}

#[test]
fn a_latent_fault_is_missed_by_the_threshold_and_noticed_by_the_monitoring() {
    let bad = "patches = [\"patch\"]\npenetrance = 1.0\nsymptom = \"latent\"\nlatent_after = \"90m\"\n\
               [monitoring]\ndetection = 1.0\ndelay = \"30m\"\naction = \"reject_and_cancel\"";
    let results = study(&stage(bad, 1).config().unwrap(), 3);
    for (metric, expected) in [
        // The first node breaks at 02:30; the alarm comes at 03:00, when the third has ended and the
        // fourth is not sent to any more.
        ("time_to_first_symptom", 14.5 / 24.0),
        ("time_to_detection", 15.0 / 24.0),
        ("reached_at_first_symptom", 2.0),
        ("reached_at_alarm", 3.0),
        ("broken_at_alarm", 1.0),
        ("blast_radius", 3.0),
        ("nodes_broken", 3.0),
        ("true_stop", 0.0),
        ("missed_stop", 1.0),
    ] {
        near(value(&results, metric), expected);
    }
}

#[test]
fn what_is_never_noticed_is_censored() {
    let bad = "patches = [\"patch\"]\npenetrance = 1.0\nsymptom = \"latent\"\nlatent_after = \"9d\"\n\
               [monitoring]\ndetection = 1.0";
    let results = study(&stage(bad, 1).config().unwrap(), 5);
    for metric in ["time_to_first_symptom", "time_to_detection"] {
        let summary = &row(&results, metric).summary;
        assert_eq!((summary.n, summary.censored, summary.p50), (5, 5, None));
    }
    assert_eq!(
        row(&results, "reached_at_alarm").summary.n,
        0,
        "no alarm says nothing"
    );
    near(value(&results, "bad_installs"), 10.0);
}

#[test]
fn a_patch_that_is_withdrawn_before_its_approval_does_not_escape() {
    for (delay, escapes) in [(1, 1.0), (2, 0.0)] {
        let bad = "patches = [\"patch\"]\npenetrance = 1.0\nwithdrawn_after = \"36h\"\nreaction = \"0s\"";
        let stage = Stage {
            rule: format!("approve_after_days = {delay}"),
            ..stage(bad, 1)
        };
        let results = study(&stage.config().unwrap(), 2);
        near(value(&results, "bad_patches"), 1.0);
        near(value(&results, "escapes"), escapes);
    }
}

#[test]
fn the_share_of_the_class_is_of_the_nodes_that_can_break() {
    let bad = "patches = [\"patch\"]\nsymptom = \"install\"\naffects = [{ class = \"two\", penetrance = 1.0 }]\n\
               [configuration_class.two]\nnodes = { InstanceIds = [\"web-1\", \"web-10\"] }";
    let results = study(&stage(bad, 9).config().unwrap(), 2);
    near(value(&results, "broken_share_of_class"), 1.0);
    near(value(&results, "broken_share_of_fleet"), 0.2);
    near(value(&results, "blast_radius"), 10.0);
}

/// One at a time, the threshold stops a task with nodes left if it is passed before the last node; what
/// fails by itself and what the patch breaks are independent.
#[test]
fn f1_true_and_false_stops() {
    const NODES: u32 = 40;
    const ERRORS: u32 = 2;
    const REPLICATIONS: u64 = 4_000;
    let (bad, penetrance, failure) = (0.4, 0.15, 0.03);
    let config = Stage {
        fleet: pool("web", u64::from(NODES), &installs("\"1m\"", failure)),
        task: format!("operation = \"Install\"\nmax_concurrency = \"1\"\nmax_errors = \"{ERRORS}\""),
        more: format!(
            "[bad_patches.bad]\nprobability = {bad}\npenetrance = {penetrance}\nsymptom = \"install\""
        ),
        ..Stage::default()
    }
    .config()
    .unwrap();
    let results = study(&config, REPLICATIONS);
    let either = 1.0 - (1.0 - penetrance) * (1.0 - failure);
    likely(&results, "true_stop", binomial_exceeds(NODES - 1, either, ERRORS));
    likely(
        &results,
        "missed_stop",
        1.0 - binomial_exceeds(NODES - 1, either, ERRORS),
    );
    likely(
        &results,
        "false_stop",
        binomial_exceeds(NODES - 1, failure, ERRORS),
    );
    let bad_ones = &results.bad_patches[0];
    assert_eq!(
        row(&results, "true_stop").proportion.unwrap().of,
        bad_ones.replications
    );
    // Nodes reached: all that are sent to but those that fail by themselves.
    let sent = expected_sent(NODES, 1, either, ERRORS);
    let reached = bad_ones.reached.mean_interval.unwrap();
    let expected = sent * (1.0 - failure * (1.0 - penetrance));
    assert!(
        (reached.low - 0.5..=reached.high + 0.5).contains(&expected),
        "{reached:?} instead of {expected}"
    );
    let commands = results.commands.iter();
    assert!(
        commands
            .map(|command| command.threshold_closed_form)
            .all(|form| form.is_none())
    );
}

#[test]
fn metrics_of_bad_patches_can_be_asserted() {
    let bad = "probability = 0.5\npenetrance = 1.0\nsymptom = \"install\"\n[monitoring]\ndetection = 1.0";
    let config = stage(bad, 1).config().unwrap();
    let plan = Plan::new(&config);
    let records = run_replications(&plan, SEED, 40, &Silent).records;
    let bad = records
        .iter()
        .filter(|record| !record.bad_patches.is_empty())
        .count() as u64;
    let judge = |metric, bound, patch: Option<&str>| {
        let assertion = Assertion {
            name: "it".to_owned(),
            metric,
            group: None,
            severity: None,
            patch: patch.map(str::to_owned),
            window: None,
            coverage: None,
            sla: None,
            bound,
            in_share: 0.9,
            estimate: None,
        };
        let result = assess(&plan, &records, &[assertion]).remove(0);
        (
            result.verdict,
            result.observed.count,
            result.observed.of,
            result.sentence,
        )
    };
    let at_most = |number| Bound::AtMost(Quantity::Number(number));
    let (verdict, count, of, _) = judge(Metric::BlastRadius, at_most(2.0), None);
    assert_eq!((verdict, count, of), (Verdict::Pass, 40, 40));
    let (verdict, count, of, _) = judge(Metric::NodesBroken, at_most(0.0), Some("patch"));
    assert_eq!((verdict, count, of), (Verdict::Fail, 40 - bad, 40));
    let (verdict, count, of, sentence) = judge(Metric::TrueStop, Bound::AtLeast(Quantity::Number(0.8)), None);
    assert_eq!((verdict, count, of), (Verdict::Pass, bad, bad));
    assert_eq!(
        sentence,
        "probability that the error threshold stops a task that meets a bad patch at least 0.8"
    );
    let (_, count, of, _) = judge(Metric::MissedStop, at_most(0.5), None);
    assert_eq!((count, of), (0, bad));
    let (_, count, of, _) = judge(Metric::FalseStop, at_most(0.5), None);
    assert_eq!((count, of), (0, 40 - bad));
    let hours = |hours| {
        Bound::AtMost(Quantity::Duration(patchbench_kernel::SimDuration::from_hours(
            hours,
        )))
    };
    let (_, count, of, _) = judge(Metric::TimeToDetection, hours(14), None);
    assert_eq!((count, of), (bad, bad));
    let (_, count, _, sentence) = judge(Metric::TimeToDetection, hours(13), None);
    assert_eq!(
        (count, sentence.as_str()),
        (0, "time to detection at most 13 h in 90 % of replications")
    );
    let (_, _, of, _) = judge(Metric::TimeToDetection, hours(24 * 30), None);
    assert_eq!(of, 0, "the horizon comes before the bound");
}
