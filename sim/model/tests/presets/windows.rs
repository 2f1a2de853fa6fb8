//! Windows Server.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeZone};
use chrono_tz::America::Los_Angeles;
use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::clock::to_utc;

use crate::sample::{REPLICATIONS, assert_mix, assert_near, assert_share, at, day, patches, stream};

/// Patch Tuesdays by year, month and day (patch data, section 1.1).
const PATCH_TUESDAYS: [(i32, [u32; 12]); 5] = [
    (2024, [9, 13, 12, 9, 14, 11, 9, 13, 10, 8, 12, 10]),
    (2025, [14, 11, 11, 8, 13, 10, 8, 12, 9, 14, 11, 9]),
    (2026, [13, 10, 10, 14, 12, 9, 14, 11, 8, 13, 10, 8]),
    (2027, [12, 9, 9, 13, 11, 8, 13, 10, 14, 12, 9, 14]),
    (2028, [11, 8, 14, 11, 9, 13, 11, 8, 12, 10, 14, 12]),
];

/// A version, months counted, months repaired, and how many of the repairs came later than 3, 7,
/// 10, 14 and 21 days, in per cent of the months (patch data, section 1.5).
const REPAIRS: [(&str, f64, f64, [f64; 5]); 4] = [
    ("windows-server-2016", 60.0, 12.0, [18.0, 13.0, 5.0, 5.0, 3.0]),
    ("windows-server-2019", 60.0, 16.0, [25.0, 15.0, 8.0, 3.0, 2.0]),
    ("windows-server-2022", 52.0, 11.0, [19.0, 13.0, 2.0, 2.0, 2.0]),
    ("windows-server-2025", 14.0, 6.0, [43.0, 21.0, 14.0, 0.0, 0.0]),
];

fn is(patch: &Patch, update: &str) -> bool {
    patch.id.contains(update)
}

fn released(patch: &Patch) -> SimTime {
    patch.released_at.unwrap()
}

/// Days from each repaired release to its repair, and the number of months, over 500 years.
fn repairs(name: &str) -> (Vec<f64>, usize) {
    let years = [stream(name, None, 2024, 2026)];
    let (mut delays, mut months) = (Vec::new(), 0);
    for replication in 0..REPLICATIONS {
        let patches = patches(&years, replication);
        let by_id: BTreeMap<&str, &Patch> = patches.iter().map(|patch| (patch.id.as_str(), patch)).collect();
        months += patches.iter().filter(|patch| is(patch, "cumulative")).count();
        for repair in patches.iter().filter(|patch| is(patch, "out-of-band")) {
            assert_eq!(repair.supersedes.len(), 1, "{repair:?}");
            let repaired = by_id[repair.supersedes[0].as_str()];
            delays.push((released(repair) - released(repaired)).as_days_f64());
        }
    }
    (delays, months)
}

#[test]
fn v1_patch_tuesdays_are_those_of_the_calendar_at_ten_in_redmond() {
    for (name, ..) in REPAIRS {
        let patches = patches(&[stream(name, None, 2024, 2029)], 0);
        let dates: Vec<SimTime> = patches
            .iter()
            .filter(|patch| is(patch, "cumulative"))
            .map(released)
            .collect();
        let expected: Vec<NaiveDate> = PATCH_TUESDAYS
            .iter()
            .flat_map(|(year, days)| {
                days.iter()
                    .zip(1..)
                    .map(|(day, month)| NaiveDate::from_ymd_opt(*year, month, *day).unwrap())
            })
            .collect();
        let local = |at: &SimTime| Los_Angeles.from_utc_datetime(&to_utc(*at).naive_utc());
        let days: Vec<NaiveDate> = dates.iter().map(|at| local(at).date_naive()).collect();
        assert_eq!(days, expected, "{name}");
        assert!(
            dates
                .iter()
                .all(|at| local(at).format("%H:%M:%S").to_string() == "10:00:00")
        );
        // 17:00 UTC in daylight saving time, 18:00 otherwise.
        assert_eq!(dates[0], at("2024-01-09T18:00:00Z"));
        assert_eq!(dates[2], at("2024-03-12T17:00:00Z"));
    }
}

#[test]
fn the_share_of_repaired_months_is_the_versions_own() {
    for (name, counted, repaired, _) in REPAIRS {
        let (delays, months) = repairs(name);
        assert_eq!(months, 2 * 12 * REPLICATIONS as usize);
        // A quarter of a per cent of the repairs would come with the next Patch Tuesday.
        assert_share(delays.len(), months, repaired / counted, name);
    }
}

#[test]
fn repairs_come_three_to_thirty_days_later_and_after_nine_at_the_median() {
    for (name, counted, _, later) in REPAIRS {
        let (mut delays, months) = repairs(name);
        delays.sort_by(f64::total_cmp);
        assert!(delays[0] >= 3.0 && delays[delays.len() - 1] <= 30.0);
        assert_near(delays[delays.len() / 2], 9.0, 0.6, name);
        // Tolerance: twice the standard error of the published count.
        for (days, published) in [3.0, 7.0, 10.0, 14.0, 21.0].into_iter().zip(later) {
            let beyond = delays.iter().filter(|delay| **delay > days).count();
            let share = beyond as f64 / months as f64;
            let error = (share * (1.0 - share) / counted).sqrt();
            let what = format!("{name} later than {days} d");
            assert_near(share, published / 100.0, 2.0 * error + 0.005, &what);
        }
    }
}

#[test]
fn the_next_update_replaces_the_one_before_and_its_repair() {
    let patches = patches(&[stream("windows-server-2025", None, 2024, 2034)], 0);
    let mut newest: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut repairs = 0;
    for patch in &patches {
        let update = if is(patch, "dotnet") {
            "dotnet"
        } else {
            "cumulative"
        };
        let known = newest.entry(update).or_default();
        let mut replaced = patch.supersedes.clone();
        replaced.sort();
        assert_eq!(&replaced, known, "{}", patch.id);
        if is(patch, "out-of-band") {
            repairs += 1;
        } else {
            known.clear();
        }
        known.push(patch.id.clone());
        known.sort();
    }
    assert!(repairs > 20, "{repairs}");
    assert!(patches.is_sorted_by_key(released), "releases are in order");
}

#[test]
fn severity_and_net_updates_have_their_shares() {
    let (mut all, mut months) = (Vec::new(), 0);
    for replication in 0..REPLICATIONS {
        all.extend(patches(
            &[stream("windows-server-2022", None, 2025, 2026)],
            replication,
        ));
        months += 12;
    }
    let of = |update: &'static str| all.iter().filter(move |patch| is(patch, update));
    let severity = |patch: &'static str| of(patch).map(|patch| patch.severity.as_deref());
    assert_mix(
        severity("cumulative"),
        &[("Critical", 0.9), ("Important", 0.1)],
        "cumulative",
    );
    assert_mix(severity("dotnet"), &[("Important", 1.0)], ".NET");
    assert_share(of("dotnet").count(), months, 0.7, ".NET");
    for patch in &all {
        assert_eq!(patch.classification.as_deref(), Some("SecurityUpdates"));
        assert_eq!(patch.product.as_deref(), Some("WindowsServer2022"));
        assert_eq!(patch.product_family.as_deref(), Some("Windows"));
        assert!(day(patch) >= NaiveDate::from_ymd_opt(2025, 1, 14).unwrap());
    }
}
