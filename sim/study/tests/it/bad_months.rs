//! How many repaired Patch Tuesdays are approved all the same before their repair appears, counted by
//! the approval engine over recorded releases (patch data, section 1.5).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{Datelike, NaiveDate, Weekday};
use patchbench_model::world::Plan;
use patchbench_scenario::{Limits, load_text};
use patchbench_study::approvals;

use crate::stage::{Releases, SEED};

const DELAYS: [u32; 6] = [0, 3, 7, 10, 14, 21];

/// Product, first month, releases until the end of 2025, repaired ones, and of these those that are
/// approved before their repair, by delay.
type Row = (&'static str, (i32, u32), usize, usize, [usize; 6]);

const TABLE: [Row; 4] = [
    ("WindowsServer2016", (2021, 1), 60, 12, [12, 11, 8, 3, 3, 2]),
    ("WindowsServer2019", (2021, 1), 60, 16, [16, 15, 9, 5, 2, 1]),
    ("WindowsServer2022", (2021, 9), 52, 11, [11, 10, 7, 1, 1, 1]),
    ("WindowsServer2025", (2024, 11), 14, 6, [6, 6, 3, 2, 0, 0]),
];

/// The published percentages.
const PERCENT: [[u32; 6]; 4] = [
    [20, 18, 13, 5, 5, 3],
    [27, 25, 15, 8, 3, 2],
    [21, 19, 13, 2, 2, 2],
    [43, 43, 21, 14, 0, 0],
];

struct Release {
    day: NaiveDate,
    out_of_band: bool,
}

/// Monthly releases and repairs of a product, rising.
fn recorded(rows: &[csv::StringRecord], product: &str, (year, month): (i32, u32)) -> Vec<Release> {
    let mut days: BTreeSet<(NaiveDate, bool)> = BTreeSet::new();
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let end = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    for row in rows.iter().filter(|row| &row[5] == product) {
        let day: NaiveDate = row[3][..10].parse().unwrap();
        if (first..end).contains(&day) && row[11].contains("release_type=Out-of-band") {
            days.insert((day, true));
        }
    }
    let mut at = first;
    while at < end {
        // Each month has its release, though the list lacks one: that of Server 2019 in February 2021.
        let tuesday = NaiveDate::from_weekday_of_month_opt(at.year(), at.month(), Weekday::Tue, 2).unwrap();
        let listed = rows
            .iter()
            .any(|row| &row[5] == product && row[3][..10] == tuesday.to_string());
        assert!(
            listed || (product, at.year(), at.month()) == ("WindowsServer2019", 2021, 2),
            "{tuesday}"
        );
        days.insert((tuesday, false));
        at = at.checked_add_months(chrono::Months::new(1)).unwrap();
    }
    let mut releases: Vec<Release> = days
        .into_iter()
        .map(|(day, out_of_band)| Release { day, out_of_band })
        .collect();
    let begins = releases.iter().position(|release| !release.out_of_band).unwrap();
    releases.drain(..begins);
    releases
}

/// A release file: a repair replaces the month's release, a monthly release all since the last one.
fn file(releases: &[Release]) -> String {
    let mut text = "id,released_at,operating_system,supersedes\n".to_owned();
    let mut replaced: Vec<String> = Vec::new();
    for Release { day, out_of_band } in releases {
        let id = if *out_of_band {
            format!("repair-{day}")
        } else {
            format!("monthly-{day}")
        };
        let _ = writeln!(text, "{id},{day},WINDOWS,{}", replaced.join(" "));
        if !out_of_band {
            replaced.clear();
        }
        replaced.push(id);
    }
    text
}

/// A patch group with a baseline of its own for each delay.
fn scenario() -> String {
    let mut text = r#"
format = 1
start = 2021-01-01T00:00:00Z
horizon = 2026-03-01T00:00:00Z
[releases.recorded]
kind = "file"
path = "releases.csv"
[window.nightly]
schedule = "cron(0 22 * * ? *)"
duration = 4
cutoff = 1
[window.nightly.target.all]
"tag:Role" = "server"
[[window.nightly.task]]
targets = ["all"]
operation = "Install"
max_concurrency = "100%"
max_errors = "100%"
"#
    .to_owned();
    for delay in DELAYS {
        let _ = write!(
            text,
            r#"
[baseline.after-{delay}]
operating_system = "WINDOWS"
patch_groups = ["{delay}"]
[[baseline.after-{delay}.rule]]
approve_after_days = {delay}
[nodes.web-{delay}]
count = 1
operating_system = "WINDOWS"
tags = {{ "Patch Group" = "{delay}", Role = "server" }}
"#
        );
    }
    text
}

/// Monthly releases that were repaired, with what becomes of them by delay: approved before the repair.
fn escapes(releases: &[Release]) -> (usize, [usize; 6]) {
    let loaded = load_text(
        "bad-months.toml",
        &scenario(),
        &Releases(file(releases)),
        &[],
        &Limits::default(),
    );
    let problems: Vec<String> = loaded
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect();
    let config = loaded
        .scenario
        .unwrap_or_else(|| panic!("{}", problems.join("\n")))
        .config;
    let repaired: BTreeSet<String> = releases
        .windows(2)
        .filter(|pair| !pair[0].out_of_band && pair[1].out_of_band)
        .map(|pair| format!("monthly-{}", pair[0].day))
        .collect();
    let rows = approvals(&Plan::new(&config), SEED);
    let escaped = DELAYS.map(|delay| {
        let own = rows.iter().filter(|row| row.group == delay.to_string());
        own.filter(|row| row.candidate && repaired.contains(&row.patch))
            .count()
    });
    (repaired.len(), escaped)
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn v2_recorded_repairs_come_too_late_for_short_delays() {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/streams/windows_builds/windows_builds.csv"
    ));
    if !path.exists() {
        eprintln!("skipped: {} not found", path.display());
        return;
    }
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(path)
        .unwrap()
        .into_records()
        .map(Result::unwrap)
        .collect();
    for ((product, from, months, repaired, expected), percent) in TABLE.into_iter().zip(PERCENT) {
        let releases = recorded(&rows, product, from);
        assert_eq!(
            releases.iter().filter(|release| !release.out_of_band).count(),
            months,
            "{product}"
        );
        assert_eq!(escapes(&releases), (repaired, expected), "{product}");
        let shares = expected.map(|count| (100.0 * count as f64 / months as f64).round() as u32);
        assert_eq!(shares, percent, "{product}");
    }
}
