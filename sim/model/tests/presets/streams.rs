//! What all presets have in common.

use std::collections::BTreeSet;

use patchbench_kernel::Streams;
use patchbench_model::catalog::presets::{Preset, PresetOptions};
use patchbench_model::catalog::{Patch, ReleaseStream, release_patches};

use crate::sample::{at, patches, stream};

fn between(preset: &Preset, from: &str, until: &str, products: Option<Vec<String>>) -> ReleaseStream {
    preset.stream(PresetOptions {
        name: preset.name.to_owned(),
        products,
        year: None,
        from: at(from),
        until: at(until),
    })
}

#[test]
fn names_are_distinct_and_figures_have_sources() {
    let names: BTreeSet<&str> = Preset::ALL.iter().map(|preset| preset.name).collect();
    assert_eq!(names.len(), Preset::ALL.len());
    for preset in Preset::ALL {
        assert_eq!(Preset::named(preset.name).unwrap().summary, preset.summary);
        assert!(!preset.figures.is_empty());
        for figure in preset.figures {
            assert!(!figure.what.is_empty() && !figure.value.is_empty() && !figure.source.is_empty());
        }
    }
    assert!(Preset::named("Windows-Server-2022").is_none());
}

#[test]
fn ids_are_unique_and_dates_lie_in_the_period() {
    for preset in Preset::ALL {
        let (from, until) = ("2024-03-05T12:00:00Z", "2027-02-03T04:00:00Z");
        for replication in 0..20 {
            let stream = [between(preset, from, until, None)];
            let patches = patches(&stream, replication);
            assert!(!patches.is_empty());
            let ids: BTreeSet<&str> = patches.iter().map(|patch| patch.id.as_str()).collect();
            assert_eq!(ids.len(), patches.len(), "{}", preset.name);
            for patch in &patches {
                assert_eq!(patch.operating_system, preset.operating_system);
                let visible = patch.visible_from();
                assert!(visible >= at(from) && visible < at(until), "{patch:?}");
                for earlier in &patch.supersedes {
                    let earlier = patches.iter().find(|known| known.id == *earlier).unwrap();
                    assert!(
                        earlier.visible_from() <= visible,
                        "{patch:?} replaces {earlier:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn seed_and_replication_decide_everything() {
    for preset in Preset::ALL {
        let stream = [stream(preset.name, None, 2024, 2026)];
        assert!(stream[0].is_random());
        let drawn = |seed, replication| release_patches(&stream, &Streams::new(seed, replication));
        assert_eq!(drawn(42, 7), drawn(42, 7));
        assert_ne!(drawn(42, 7), drawn(42, 8), "{}", preset.name);
        assert_ne!(drawn(42, 7), drawn(43, 7), "{}", preset.name);
    }
}

#[test]
fn the_number_of_patches_is_about_what_is_expected() {
    for preset in Preset::ALL {
        let stream = [stream(preset.name, None, 2023, 2027)];
        let drawn: usize = (0..50)
            .map(|replication| patches(&stream, replication).len())
            .sum();
        let (mean, expected) = (drawn as f64 / 50.0, stream[0].expected_patches());
        assert!(
            (mean / expected - 1.0).abs() < 0.1,
            "{}: {mean}, {expected}",
            preset.name
        );
    }
}

#[test]
fn years_beyond_the_known_ones_have_the_figures_of_the_nearest() {
    for preset in Preset::ALL {
        let figures = |year| match stream(preset.name, Some(year), 2024, 2025) {
            ReleaseStream::PatchTuesday(_) => Vec::new(),
            ReleaseStream::Compound(stream) => stream.figures.years().collect(),
            ReleaseStream::Renewal(stream) => stream.figures.years().collect(),
            ReleaseStream::Batches(stream) => stream.figures.years().collect(),
            other => panic!("{other:?} is no process of a preset"),
        };
        if let [first, .., last] = preset.years {
            for (asked, known) in [(1990, first), (2100, last), (*first, first), (*last, last)] {
                assert_eq!(figures(asked), [*known], "{} in {asked}", preset.name);
            }
        }
        let alike = |year| patches(&[stream(preset.name, Some(year), 2024, 2026)], 0);
        let drifts = alike(2024) != alike(2026);
        assert_eq!(drifts, !preset.years.is_empty(), "{}", preset.name);
    }
}

#[test]
fn each_product_gets_every_advisory() {
    let products = vec![
        "RedhatEnterpriseLinux9.4".to_owned(),
        "RedhatEnterpriseLinux9.5".to_owned(),
    ];
    for name in ["el9", "el9-kernel", "al2023", "debian"] {
        let preset = Preset::named(name).unwrap();
        let (from, until) = ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        let one = patches(&[between(preset, from, until, Some(products[..1].to_vec()))], 0);
        let two = patches(&[between(preset, from, until, Some(products.clone()))], 0);
        assert_eq!(two.len(), 2 * one.len());
        let of = |product: &String| -> Vec<Patch> {
            let mine = two.iter().filter(|patch| patch.product.as_ref() == Some(product));
            mine.cloned().collect()
        };
        assert_eq!(of(&products[0]), one);
        for (a, b) in of(&products[1]).iter().zip(&one) {
            assert_eq!((a.released_at, &a.severity), (b.released_at, &b.severity));
        }
    }
}

#[test]
fn a_shorter_period_shows_a_part_of_a_longer_one() {
    for name in ["windows-server-2019", "el9", "ubuntu"] {
        let preset = Preset::named(name).unwrap();
        let long = patches(
            &[between(
                preset,
                "2024-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z",
                None,
            )],
            5,
        );
        let (from, until) = ("2024-10-09T13:00:00Z", "2025-05-28T00:00:00Z");
        let short = patches(&[between(preset, from, until, None)], 5);
        let ids =
            |patches: &[Patch]| -> Vec<String> { patches.iter().map(|patch| patch.id.clone()).collect() };
        let inside = |patch: &&Patch| patch.visible_from() >= at(from) && patch.visible_from() < at(until);
        let part: Vec<Patch> = long.iter().filter(inside).cloned().collect();
        // A repair of a release before the period is not part of it.
        let part: Vec<Patch> = part
            .into_iter()
            .filter(|patch| !patch.id.starts_with("2024-10-out-of-band"))
            .collect();
        assert_eq!(ids(&short), ids(&part), "{name}");
    }
}
