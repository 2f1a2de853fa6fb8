//! The presets against recorded streams, where the shared folder has them.

use std::path::PathBuf;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::sample::{assert_near, moments, weekly};

/// Product, day and source of every row of a recorded stream.
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn recorded(name: &str) -> Option<Vec<(csv::StringRecord, NaiveDate)>> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/streams")).join(name);
    if !path.exists() {
        eprintln!("skipped: {} not found", path.display());
        return None;
    }
    let rows = csv::Reader::from_path(path).unwrap().into_records();
    let day = |row: &csv::StringRecord| row[3][..10].parse().unwrap();
    Some(
        rows.map(|row| row.unwrap())
            .map(|row| (row.clone(), day(&row)))
            .collect(),
    )
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The Patch Tuesday of a day's month.
fn patch_tuesday(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(day.year(), day.month(), Weekday::Tue, 2).unwrap()
}

#[test]
fn recorded_windows_builds_have_the_rhythm_and_the_repairs_of_the_presets() {
    let Some(rows) = recorded("windows_builds/windows_builds.csv") else {
        return;
    };
    for (product, from, months, repaired) in [
        ("WindowsServer2016", date(2021, 1, 1), 60, 12),
        ("WindowsServer2019", date(2021, 1, 1), 60, 16),
        ("WindowsServer2022", date(2021, 9, 1), 52, 11),
        ("WindowsServer2025", date(2024, 11, 1), 14, 6),
    ] {
        let until = date(2026, 1, 1);
        let own: Vec<(&str, NaiveDate)> = rows
            .iter()
            .filter(|(row, day)| &row[5] == product && (from..until).contains(day))
            .map(|(row, day)| (row.get(11).unwrap(), *day))
            .collect();
        let out_of_band = |source: &str| source.contains("release_type=Out-of-band");
        let mut tuesdays: Vec<NaiveDate> = own
            .iter()
            .filter(|(source, day)| !out_of_band(source) && *day == patch_tuesday(*day))
            .map(|(_, day)| *day)
            .collect();
        tuesdays.dedup();
        // One month of 2019's list has no release on the day itself.
        assert!(
            (months - 1..=months).contains(&tuesdays.len()),
            "{product}: {}",
            tuesdays.len()
        );
        let mut delays: Vec<i64> = Vec::new();
        for (index, tuesday) in tuesdays.iter().enumerate() {
            let next = tuesdays.get(index + 1).copied().unwrap_or(until);
            let first = own
                .iter()
                .filter(|(source, day)| out_of_band(source) && day > tuesday && *day < next)
                .map(|(_, day)| (*day - *tuesday).num_days())
                .min();
            delays.extend(first);
        }
        assert_eq!(delays.len(), repaired, "{product}: {delays:?}");
        assert!(
            delays.iter().all(|days| (3..=30).contains(days)),
            "{product}: {delays:?}"
        );
        delays.sort_unstable();
        assert_near(delays[delays.len() / 2] as f64, 9.0, 1.0, product);
    }
}

#[test]
fn recorded_kernel_advisories_are_as_regular_as_the_preset() {
    let Some(rows) = recorded("almalinux_errata/almalinux_errata.csv") else {
        return;
    };
    for (year, end, count, ratio) in [
        (2023, date(2024, 1, 1), 8, 0.86),
        (2024, date(2025, 1, 1), 17, 0.69),
        (2025, date(2026, 1, 1), 38, 0.38),
        (2026, date(2026, 8, 21), 39, 0.62),
    ] {
        let kernel = |title: &str| {
            title
                .split(": ")
                .nth(1)
                .is_some_and(|name| name.starts_with("kernel "))
        };
        let days: Vec<NaiveDate> = rows
            .iter()
            .filter(|(row, day)| {
                &row[5] == "AlmaLinux9" && &row[7] == "Security" && day.year() == year && kernel(&row[2])
            })
            .map(|(_, day)| *day)
            .collect();
        assert_eq!(days.len(), count, "{year}");
        let (mean, variance) = moments(&weekly(&days, date(year, 1, 1), end));
        // Published for weeks from 1 January on; the last one of 2026 is cut off differently.
        assert_near(variance / mean, ratio, 0.05, &format!("{year}"));
    }
}

#[test]
fn recorded_amazon_linux_releases_come_as_often_as_the_batches() {
    let Some(rows) = recorded("amazon_linux/amazon_linux_releases.csv") else {
        return;
    };
    let mut days: Vec<NaiveDate> = rows
        .iter()
        .filter(|(row, day)| {
            &row[4] == "AMAZON_LINUX_2023" && (date(2024, 3, 19)..=date(2024, 10, 1)).contains(day)
        })
        .map(|(_, day)| *day)
        .collect();
    days.sort_unstable();
    days.dedup();
    let gaps: Vec<f64> = days
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).num_days() as f64)
        .collect();
    let (mean, variance) = moments(&gaps);
    assert_near(mean, 12.0, 1.0, "mean gap");
    assert_near(variance.sqrt(), 3.0, 1.0, "standard deviation of the gaps");
    assert!(days.iter().all(|day| day.weekday().num_days_from_monday() < 5));
}

#[test]
fn recorded_debian_advisories_fall_on_all_weekdays() {
    let Some(rows) = recorded("debian_dsa/debian_dsa.csv") else {
        return;
    };
    let mut advisories: Vec<(&str, NaiveDate)> = rows
        .iter()
        .map(|(row, day)| (row[0].split(':').next().unwrap(), *day))
        .collect();
    advisories.sort_unstable();
    advisories.dedup();
    let mut counts = [0.0; 7];
    for (_, day) in &advisories {
        counts[day.weekday().num_days_from_monday() as usize] += 1.0;
    }
    for (count, share) in counts.iter().zip([0.13, 0.16, 0.15, 0.16, 0.16, 0.11, 0.13]) {
        assert_near(count / advisories.len() as f64, share, 0.01, "weekday");
    }
}
