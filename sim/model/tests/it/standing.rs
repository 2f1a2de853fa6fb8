//! How groups stand over time, and what lies between two samples.

use patchbench_model::config::Operation;
use patchbench_model::ssm::OperatingSystem;
use patchbench_model::world::{Measure, Plan, Swing};

use super::world::{baseline, patch, play, rule, schedule, task, utc, world};

/// Ten nodes over five years, samples 3.8 days apart; a patch of each month's 1st at midnight is
/// installed at 02:00 in half an hour.
#[test]
fn a_dip_of_some_hours_is_kept_however_long_the_period() {
    let windows = OperatingSystem::Windows;
    let months = (2..=12).map(|month| {
        let released = format!("2024-{month:02}-01T00:00:00Z");
        patch(&released, windows, "SecurityUpdates", "Critical", &released)
    });
    let mut config = world(
        10,
        baseline("all", windows, vec![rule(&[], 0)]),
        months.collect(),
        vec![task(Operation::Install, 10, 0)],
    );
    config.windows[0].schedule = schedule("cron(0 2 * * ? *)");
    config.start = utc("2023-12-21T13:00:00Z");
    config.horizon = utc("2028-12-20T00:00:00Z");
    let plan = Plan::new(&config);
    let record = play(&config).record;
    assert_eq!(record.standings[0].len(), plan.samples.len());
    let unpatched = record.standings[0]
        .iter()
        .filter(|standing| standing.fully_patched < 10);
    assert_eq!(unpatched.count(), 0, "no sample falls into the two hours");
    for (measure, view) in [(Measure::FullyPatched, "all"), (Measure::Compliant, "compliant")] {
        let own: Vec<&Swing> = record.swings[0]
            .iter()
            .filter(|swing| swing.measure == measure)
            .collect();
        assert_eq!(own.len(), 11, "{view}");
        for (month, swing) in (2..).zip(own) {
            let dip = utc(&format!("2024-{month:02}-01T02:00:00Z"));
            let sample = usize::from(swing.sample);
            assert!(
                plan.samples[sample - 1] < dip && dip <= plan.samples[sample],
                "{view} {month}"
            );
            assert_eq!((swing.low, swing.high), ([0, 10], [10, 10]), "{view} {month}");
        }
    }
    let reported = record.swings[0]
        .iter()
        .any(|swing| swing.measure == Measure::ReportedCompliant);
    assert!(!reported, "an install that succeeds is all that AWS hears of");
}

/// What the samples show is not kept twice: a dip of weeks has no swing.
#[test]
fn what_samples_show_is_not_kept_twice() {
    let windows = OperatingSystem::Windows;
    let update = patch(
        "update",
        windows,
        "SecurityUpdates",
        "Critical",
        "2024-01-03T00:00:00Z",
    );
    let mut config = world(
        10,
        baseline("all", windows, vec![rule(&[], 0)]),
        vec![update],
        vec![task(Operation::Install, 10, 0)],
    );
    config.windows[0].schedule = schedule("cron(0 2 1 * ? *)");
    config.start = utc("2024-01-01T00:00:00Z");
    config.horizon = utc("2024-12-31T00:00:00Z");
    let record = play(&config).record;
    let low = record.standings[0]
        .iter()
        .filter(|standing| standing.fully_patched == 0)
        .count();
    assert!((36..=40).contains(&low), "{low}");
    assert_eq!(record.swings[0], []);
}
