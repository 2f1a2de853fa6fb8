//! The RHEL 9 family.

use chrono::{Datelike, NaiveDate, Weekday};
use patchbench_model::catalog::ReleaseStream;

use crate::sample::{
    REPLICATIONS, assert_mean, assert_mix, assert_near, day, moments, patches, stream, weekly,
};

/// What was counted in a year, in weeks (patch data, section 1.2).
struct Counted {
    year: i32,
    /// Of all base packages: mean, variance over mean, share of weeks with any.
    base: (f64, f64, f64),
    /// Of the kernel.
    kernel: (f64, f64, f64),
    /// Critical, Important, Moderate, Low, in per cent of all advisories.
    severity: [f64; 4],
}

const COUNTED: [Counted; 4] = [
    Counted {
        year: 2023,
        base: (1.27, 5.5, 0.42),
        kernel: (0.15, 0.86, 0.15),
        severity: [1.2, 39.0, 55.0, 4.7],
    },
    Counted {
        year: 2024,
        base: (1.46, 3.3, 0.69),
        kernel: (0.33, 0.69, 0.33),
        severity: [0.2, 40.0, 55.0, 4.7],
    },
    Counted {
        year: 2025,
        base: (1.79, 2.0, 0.85),
        kernel: (0.73, 0.38, 0.69),
        severity: [0.3, 53.0, 45.0, 1.3],
    },
    Counted {
        year: 2026,
        base: (3.1, 2.6, 1.0),
        kernel: (1.2, 0.62, 0.84),
        severity: [1.4, 74.0, 23.0, 2.0],
    },
];

/// Mean, variance over mean and share of weeks with any, over 500 years.
fn weeks(streams: &[ReleaseStream]) -> (f64, f64, f64) {
    let date = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let mut counts = Vec::new();
    for replication in 0..REPLICATIONS {
        let days: Vec<NaiveDate> = patches(streams, replication).iter().map(day).collect();
        counts.extend(weekly(&days, date(2024), date(2026)));
    }
    let (mean, variance) = moments(&counts);
    let any = counts.iter().filter(|count| **count > 0.0).count();
    (mean, variance / mean, any as f64 / counts.len() as f64)
}

/// Tolerances: 3 % of the mean, 5 % of the ratio, and for the share of weeks with any the standard
/// error of a share that was counted in 52 weeks (33 in 2026), at most 0.07.
fn assert_weeks(found: (f64, f64, f64), counted: (f64, f64, f64), what: &str) {
    assert_near(
        found.0,
        counted.0,
        0.03 * counted.0 + 0.005,
        &format!("{what}: mean"),
    );
    assert_near(
        found.1,
        counted.1,
        0.05 * counted.1,
        &format!("{what}: variance over mean"),
    );
    assert_near(found.2, counted.2, 0.07, &format!("{what}: weeks with any"));
}

#[test]
fn base_and_kernel_together_have_the_weekly_figures_of_each_year() {
    for counted in COUNTED {
        let year = Some(counted.year);
        let both = [
            stream("el9", year, 2024, 2026),
            stream("el9-kernel", year, 2024, 2026),
        ];
        assert_weeks(weeks(&both), counted.base, &format!("base, {}", counted.year));
    }
}

#[test]
fn the_kernel_alone_is_more_regular_than_chance() {
    for counted in COUNTED {
        let found = weeks(&[stream("el9-kernel", Some(counted.year), 2024, 2026)]);
        let what = format!("kernel, {}", counted.year);
        assert!(found.1 < 0.9, "{what}: {found:?}");
        // Tolerance: the rounding of the published figures, and the share as above.
        assert_near(found.0, counted.kernel.0, 0.05, &what);
        assert_near(found.1, counted.kernel.1, 0.05, &what);
        assert_near(found.2, counted.kernel.2, 0.07, &what);
    }
}

#[test]
fn monthly_counts_follow_the_rate_of_the_year_and_the_minor_releases() {
    for counted in COUNTED {
        let years = [stream("el9", Some(counted.year), 2024, 2026)];
        let mut by_month: Vec<Vec<f64>> = vec![Vec::new(); 12];
        for replication in 0..REPLICATIONS {
            let mut counts = [0.0; 24];
            for patch in &patches(&years, replication) {
                let day = day(patch);
                counts[(day.year() - 2024) as usize * 12 + day.month0() as usize] += 1.0;
            }
            for (month, count) in counts.into_iter().enumerate() {
                by_month[month % 12].push(count);
            }
        }
        let per_week = counted.base.0 - counted.kernel.0;
        let a_year: f64 = by_month.iter().map(|counts| moments(counts).0).sum();
        assert_near(a_year, per_week * 365.25 / 7.0, 3.0, &format!("{}", counted.year));
        let ordinary: Vec<f64> = [0, 2, 6, 7]
            .iter()
            .flat_map(|month| by_month[*month].clone())
            .collect();
        let (mean, _) = moments(&ordinary);
        for month in [4, 10] {
            let bulk = moments(&by_month[month]).0 - mean;
            assert!((7.0..=15.0).contains(&bulk), "{}: {bulk}", counted.year);
        }
        // The other months of 31 days are alike.
        assert_mean(&by_month[9], mean, "October");
    }
}

#[test]
fn a_minor_release_is_one_tuesday_in_may_and_one_in_november() {
    let mut seen = 0;
    for replication in 0..50 {
        let patches = patches(&[stream("el9", Some(2024), 2024, 2026)], replication);
        for group in patches.chunk_by(|a, b| a.released_at == b.released_at) {
            // In 2024 an ordinary advisory comes alone.
            if group.len() >= 8 {
                let day = day(&group[0]);
                assert_eq!(day.weekday(), Weekday::Tue);
                assert!([5, 11].contains(&day.month()), "{day}");
                assert!(group.len() <= 12, "{day}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2 * 2 * 50);
}

#[test]
fn weekdays_have_the_published_shares() {
    let mut counts = [0.0; 7];
    for counted in COUNTED {
        for replication in 0..REPLICATIONS / 2 {
            for patch in &patches(&[stream("el9", Some(counted.year), 2024, 2026)], replication) {
                counts[day(patch).weekday().num_days_from_monday() as usize] += 1.0;
            }
        }
    }
    let all: f64 = counts.iter().sum();
    for (count, published) in counts.iter().zip([0.21, 0.49, 0.17, 0.13, 0.0, 0.0, 0.0]) {
        assert_near(count / all, published, 0.015, "weekday");
    }
    for patch in &patches(&[stream("el9-kernel", None, 2023, 2027)], 0) {
        assert!(day(patch).weekday().num_days_from_monday() <= 3, "{}", day(patch));
    }
}

#[test]
fn severities_drift_with_the_year() {
    for counted in COUNTED {
        let year = [stream("el9", None, counted.year, counted.year + 1)];
        let mut all = Vec::new();
        for replication in 0..REPLICATIONS {
            all.extend(patches(&year, replication));
        }
        let [critical, important, moderate, low] = counted.severity;
        let expected = [
            ("Critical", critical),
            ("Important", important),
            ("Moderate", moderate),
            ("Low", low),
        ];
        let drawn = all.iter().map(|patch| patch.severity.as_deref());
        assert_mix(drawn, &expected, &counted.year.to_string());
        assert!(
            all.iter()
                .all(|patch| patch.classification.as_deref() == Some("Security"))
        );
        assert!(
            all.iter()
                .all(|patch| patch.product.as_deref() == Some("RedhatEnterpriseLinux9"))
        );
    }
}

#[test]
fn kernel_severities_are_those_of_the_recorded_errata() {
    let mixes: [(i32, &[(&str, f64)]); 4] = [
        (2023, &[("Important", 8.0)]),
        (2024, &[("Important", 5.0), ("Moderate", 12.0)]),
        (2025, &[("Important", 16.0), ("Moderate", 22.0)]),
        (2026, &[("Important", 26.0), ("Moderate", 12.0), ("Low", 1.0)]),
    ];
    for (year, mix) in mixes {
        let stream = [stream("el9-kernel", Some(year), 2024, 2026)];
        let all = (0..REPLICATIONS).flat_map(|replication| patches(&stream, replication));
        let all: Vec<_> = all.collect();
        let drawn = all.iter().map(|patch| patch.severity.as_deref());
        assert_mix(drawn, mix, &year.to_string());
    }
}

#[test]
fn the_kernels_rate_changes_with_the_year_that_it_is_in() {
    let mut counts = [const { Vec::new() }; 4];
    for replication in 0..REPLICATIONS {
        let mut years = [0.0; 4];
        for patch in &patches(&[stream("el9-kernel", None, 2023, 2027)], replication) {
            years[(day(patch).year() - 2023) as usize] += 1.0;
        }
        for (counts, count) in counts.iter_mut().zip(years) {
            counts.push(count);
        }
    }
    for (counts, rate) in counts.iter().zip([8.0, 17.0, 38.0, 61.0]) {
        // A gap that is under way at new year, and releases that wait for Monday, blur the edges.
        assert_near(moments(counts).0, rate, 0.02 * rate + 0.25, "a year's kernels");
    }
}

#[test]
fn each_kernel_replaces_the_one_before() {
    let patches = patches(&[stream("el9-kernel", Some(2026), 2024, 2030)], 3);
    assert!(patches.len() > 300 && patches.is_sorted_by_key(|patch| patch.released_at));
    for pair in patches.windows(2) {
        assert_eq!(pair[1].supersedes, [pair[0].id.clone()]);
    }
}
