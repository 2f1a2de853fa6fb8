//! `windows` answers within 20 ms, whatever the expression.

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use patchbench_calendar::{Schedule, ScheduleOptions, timezone};

fn openings(criterion: &mut Criterion) {
    let from = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).expect("2026 begins");
    let mut group = criterion.benchmark_group("windows answers within 20 ms");
    for (name, expression, zone, count) in [
        ("a year of Tuesdays", "cron(0 16 ? * TUE *)", "UTC", 52),
        (
            "a year of nights in Berlin",
            "cron(30 2 * * ? *)",
            "Europe/Berlin",
            365,
        ),
        (
            "the last days of ten years",
            "cron(0 2 L * ? *)",
            "America/New_York",
            120,
        ),
        ("two fifth Mondays of 2100", "cron(0 2 ? * MON#5 2100)", "UTC", 2),
        ("a day that never comes", "cron(0 2 31 2 ? *)", "UTC", 1),
        ("a year without that day", "cron(0 2 29 2 ? 2198)", "UTC", 1),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let options = ScheduleOptions {
                    timezone: Some(timezone(zone).expect("it is a zone")),
                    ..Default::default()
                };
                let schedule = Schedule::parse(expression, options).expect("it is an expression");
                schedule
                    .openings(from, from)
                    .take(count)
                    .map(|opening| opening.at)
                    .last()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, openings);
criterion_main!(benches);
