//! Amazon Linux 2023.

use chrono::Datelike;
use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::clock::to_utc;
use patchbench_model::ssm::release_instant;

use crate::sample::{
    REPLICATIONS, assert_mean, assert_mix, assert_near, assert_share, moments, patches, stream,
};

const RATES: [(i32, f64); 3] = [(2024, 27.0), (2025, 46.0), (2026, 60.0)];

/// Batches of a replication: when each becomes installable, and its advisories.
fn batches(patches: &[Patch]) -> Vec<(SimTime, &[Patch])> {
    patches
        .chunk_by(|a, b| a.available_at == b.available_at)
        .map(|batch| (batch[0].available_at.unwrap(), batch))
        .collect()
}

#[test]
fn repository_releases_come_every_twelve_days_on_working_days() {
    let mut gaps = Vec::new();
    for replication in 0..REPLICATIONS {
        let patches = patches(&[stream("al2023", Some(2026), 2024, 2026)], replication);
        let times: Vec<SimTime> = batches(&patches).iter().map(|(at, _)| *at).collect();
        assert!(
            times
                .iter()
                .all(|at| to_utc(*at).weekday().num_days_from_monday() < 5)
        );
        gaps.extend(times.windows(2).map(|pair| (pair[1] - pair[0]).as_days_f64()));
    }
    let (mean, variance) = moments(&gaps);
    // Published: 12 on average, most of them 6 to 15 days. Waiting for Monday adds a little spread.
    assert_near(mean, 12.0, 0.1, "mean gap");
    assert_near(variance.sqrt(), 3.0, 0.3, "standard deviation of the gaps");
    let usual = gaps.iter().filter(|gap| (6.0..=15.5).contains(*gap)).count();
    assert!(
        usual as f64 >= 0.8 * gaps.len() as f64,
        "{usual} of {}",
        gaps.len()
    );
}

#[test]
fn the_number_of_advisories_follows_the_rate_of_the_year() {
    for (year, rate) in RATES {
        let mut years = Vec::new();
        let mut sizes = Vec::new();
        for replication in 0..REPLICATIONS {
            let patches = patches(&[stream("al2023", None, year, year + 1)], replication);
            years.push(patches.len() as f64);
            sizes.extend(batches(&patches).iter().map(|(_, batch)| batch.len() as f64));
        }
        let days = if year == 2024 { 366.0 } else { 365.0 };
        assert_mean(&years, rate / 30.0 * days, &format!("advisories in {year}"));
        let (mean, variance) = moments(&sizes);
        assert_near(mean, rate * 12.0 / 30.0, 0.02 * mean, "advisories in a batch");
        assert_near(variance / mean, 1.0, 0.1, "variance over mean of a batch");
    }
}

#[test]
fn advisories_are_dated_before_they_can_be_installed_and_half_are_edited_later() {
    let mut lags = Vec::new();
    let (mut edited, mut all) = (0, 0);
    for replication in 0..REPLICATIONS {
        let patches = patches(&[stream("al2023", Some(2024), 2024, 2026)], replication);
        for (available, batch) in batches(&patches) {
            let issued = batch[0].released_at.unwrap();
            assert!(batch.iter().all(|patch| patch.released_at == Some(issued)));
            lags.push((available - issued).as_days_f64());
            for patch in batch {
                all += 1;
                assert_eq!(patch.visible_from(), available);
                let Some(updated) = patch.updated_at else { continue };
                edited += 1;
                let days = (updated - issued).as_days_f64();
                assert!((4.99..=15.01).contains(&days), "{days}");
                assert_eq!(release_instant(patch), updated, "the delay counts from the edit");
            }
        }
    }
    assert!(lags.iter().all(|lag| (2.99..=6.01).contains(lag)));
    assert_mean(&lags, 4.5, "days before the batch");
    assert_share(edited, all, 0.5, "edited");
}

#[test]
fn severities_are_words_of_the_service() {
    let mut all = Vec::new();
    for replication in 0..REPLICATIONS {
        all.extend(patches(&[stream("al2023", Some(2024), 2024, 2025)], replication));
    }
    let expected = [
        ("Critical", 2.0),
        ("Important", 40.0),
        ("Medium", 51.0),
        ("Low", 7.0),
    ];
    assert_mix(
        all.iter().map(|patch| patch.severity.as_deref()),
        &expected,
        "severity",
    );
    assert!(
        all.iter()
            .all(|patch| patch.classification.as_deref() == Some("Security"))
    );
    assert!(
        all.iter()
            .all(|patch| patch.product.as_deref() == Some("AmazonLinux2023"))
    );
}
