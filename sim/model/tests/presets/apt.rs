//! Ubuntu and Debian.

use chrono::{Datelike, NaiveDate};
use patchbench_model::catalog::Patch;

use crate::sample::{
    REPLICATIONS, assert_mean, assert_mix, assert_near, day, moments, patches, stream, weekly,
};

/// A preset, how many advisories of all packages a calendar month has, and the shares of Monday to
/// Sunday.
const STREAMS: [(&str, f64, [f64; 7]); 2] = [
    ("ubuntu", 51.0, [0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0]),
    ("debian", 20.6, [0.13, 0.16, 0.15, 0.16, 0.16, 0.11, 0.13]),
];

fn all(name: &str) -> Vec<Vec<Patch>> {
    let one = |replication| patches(&[stream(name, None, 2024, 2026)], replication);
    (0..REPLICATIONS).map(one).collect()
}

#[test]
fn monthly_and_weekly_counts_are_those_of_a_thinned_poisson_process() {
    for (name, per_month, _) in STREAMS {
        let (mut months, mut weeks) = (Vec::new(), Vec::new());
        for patches in all(name) {
            let days: Vec<NaiveDate> = patches.iter().map(day).collect();
            months.push(days.len() as f64 / 24.0);
            let date = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            weeks.extend(weekly(&days, date(2024), date(2026)));
        }
        // 12.5 % of the notices touch a base server; 613 notices in 52 weeks are 51.2 a month.
        let tolerance = 0.02 * per_month * 0.125;
        assert_near(moments(&months).0, per_month * 0.125, tolerance, name);
        let (mean, variance) = moments(&weeks);
        assert_near(variance / mean, 1.0, 0.03, name);
    }
    let debian: Vec<f64> = all("debian").iter().map(|patches| patches.len() as f64).collect();
    assert_mean(&debian, 20.6 * 12.0 * 731.0 / 365.25 * 0.125, "debian, two years");
}

#[test]
fn weekdays_have_their_shares() {
    const NAMES: [&str; 7] = ["0", "1", "2", "3", "4", "5", "6"];
    for (name, _, shares) in STREAMS {
        let patches: Vec<Patch> = all(name).concat();
        let drawn = patches
            .iter()
            .map(|patch| Some(NAMES[day(patch).weekday().num_days_from_monday() as usize]));
        let expected: Vec<(&str, f64)> = NAMES.into_iter().zip(shares).collect();
        assert_mix(drawn, &expected, name);
    }
}

#[test]
fn patches_carry_what_apt_filters_ask_for_and_no_more() {
    let priorities = [
        ("Required", 5.0),
        ("Important", 15.0),
        ("Standard", 10.0),
        ("Optional", 70.0),
    ];
    for (name, ..) in STREAMS {
        let patches: Vec<Patch> = all(name).concat();
        let drawn = patches.iter().map(|patch| patch.priority.as_deref());
        assert_mix(drawn, &priorities, name);
        for patch in &patches {
            assert_eq!((&patch.classification, &patch.severity), (&None, &None));
            assert_eq!(patch.product, None, "it fits every release of the system");
            assert!(patch.security_source);
        }
    }
}
