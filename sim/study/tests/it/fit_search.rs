//! The search for the least or largest level that fits, on levels whose shares are known.

use patchbench_study::Verdict;
use patchbench_study::fit::{Extreme, Fit, FitAsked, PILOT, PlayLevels, search};

/// A uniform number for a replication: a mixer of its number and a seed (`SplitMix64`).
pub(crate) fn uniform(seed: u64, replication: u64) -> f64 {
    let mut word = (seed << 32 | replication).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((word ^ (word >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Levels at which each criterion holds with known probability, on common luck.
struct Known {
    /// By criterion and level.
    chances: Vec<Vec<f64>>,
    seed: u64,
    plays: Vec<(usize, u64, u64)>,
}

impl Known {
    fn new(chances: &[&[f64]]) -> Self {
        Self {
            chances: chances.iter().map(|chances| chances.to_vec()).collect(),
            seed: 1,
            plays: Vec::new(),
        }
    }
}

impl PlayLevels for Known {
    fn count(&self) -> usize {
        self.chances[0].len()
    }

    fn play(&mut self, level: usize, from: u64, until: u64) -> Vec<Vec<Option<bool>>> {
        self.plays.push((level, from, until));
        let holds = |chances: &Vec<f64>| {
            let said =
                (from..until).map(|replication| Some(uniform(self.seed, replication) < chances[level]));
            said.collect()
        };
        self.chances.iter().map(holds).collect()
    }
}

fn asked(extreme: Extreme, required: &[f64]) -> FitAsked {
    FitAsked {
        extreme,
        required: required.to_vec(),
        enough: 1000,
        most: 16_000,
        start: None,
    }
}

/// One minus a chance that halves from level to level.
fn halving(levels: i32) -> Vec<f64> {
    (0..levels).map(|level| 1.0 - 0.8 * 0.5f64.powi(level)).collect()
}

fn verdict(fit: &Fit, level: usize) -> Option<Verdict> {
    let mut played = fit.played.iter();
    played
        .find(|played| played.level == level)
        .map(|played| played.verdict)
}

#[test]
fn the_least_level_is_found_by_few_plays_with_its_neighbours() {
    // 0.8, 0.4, 0.2, 0.1, 0.05 - at level 4 - and 0.025 contradict.
    let mut known = Known::new(&[&halving(40)]);
    let fit = search(&mut known, &asked(Extreme::Least, &[0.96]));
    assert_eq!((fit.answer, fit.sure, fit.unclear), (Some(5), true, None));
    assert_eq!(verdict(&fit, 4), Some(Verdict::Fail));
    assert_eq!(verdict(&fit, 6), Some(Verdict::Pass));
    assert!(fit.played.len() <= 9, "{:?}", known.plays);
    assert_eq!((fit.monotone.contradicting, fit.monotone.violated), (0, false));
    assert!(fit.monotone.checked >= PILOT);
    let first = &fit.played[0];
    assert_eq!(
        (first.level, first.replications),
        (0, PILOT),
        "a level far from the limit"
    );
}

#[test]
fn the_largest_level_is_the_least_seen_from_the_other_end() {
    let mut falling = halving(40);
    falling.reverse();
    let fit = search(&mut Known::new(&[&falling]), &asked(Extreme::Largest, &[0.96]));
    assert_eq!((fit.answer, fit.sure), (Some(34), true));
    assert_eq!(verdict(&fit, 35), Some(Verdict::Fail));
    assert_eq!(verdict(&fit, 33), Some(Verdict::Pass));
}

#[test]
fn a_good_start_saves_levels_and_a_bad_one_does_no_harm() {
    for (start, most) in [(5, 5), (4, 6), (30, 11)] {
        let mut known = Known::new(&[&halving(40)]);
        let started = FitAsked {
            start: Some(start),
            ..asked(Extreme::Least, &[0.96])
        };
        let fit = search(&mut known, &started);
        assert_eq!((fit.answer, fit.sure), (Some(5), true), "from {start}");
        assert!(
            fit.played.len() <= most,
            "from {start}: {} levels",
            fit.played.len()
        );
    }
}

#[test]
fn levels_that_cannot_be_told_apart_are_named() {
    let chances = [0.5, 0.8, 0.9, 0.9499, 0.9501, 0.99, 1.0];
    let fit = search(&mut Known::new(&[&chances]), &asked(Extreme::Least, &[0.95]));
    assert_eq!(
        (fit.answer, fit.sure, fit.unclear),
        (Some(5), false, Some((3, 4)))
    );
    assert_eq!(verdict(&fit, 2), Some(Verdict::Fail));
    let played = fit.played.iter().find(|played| played.level == 4).unwrap();
    assert_eq!(
        (played.replications, played.verdict),
        (16_000, Verdict::Inconclusive)
    );
}

#[test]
fn at_most_one_search_of_twenty_calls_a_wrong_answer_sure() {
    // Levels 2 and 3 lie so close to what is wanted that hardly ever both can be judged.
    let chances = [0.5, 0.8, 0.948, 0.952, 0.97, 1.0];
    let (mut sure, mut wrong) = (0, 0);
    for seed in 1..=300 {
        let mut known = Known {
            seed,
            ..Known::new(&[&chances])
        };
        let fit = search(
            &mut known,
            &FitAsked {
                most: 4000,
                ..asked(Extreme::Least, &[0.95])
            },
        );
        sure += u32::from(fit.sure);
        wrong += u32::from(fit.sure && fit.answer != Some(3));
    }
    assert!(wrong <= 300 / 20, "{wrong} of {sure} are wrong");
    // Where they can be judged the right one is found.
    let fit = search(
        &mut Known::new(&[&[0.5, 0.8, 0.93, 0.97, 0.99]]),
        &asked(Extreme::Least, &[0.95]),
    );
    assert_eq!((fit.answer, fit.sure), (Some(3), true));
}

#[test]
fn a_hump_is_seen_and_all_levels_are_played() {
    let chances = [0.2, 0.3, 0.6, 0.7, 0.99, 0.99, 0.7, 0.5, 0.2];
    let fit = search(&mut Known::new(&[&chances]), &asked(Extreme::Least, &[0.95]));
    assert!(fit.monotone.violated && fit.monotone.contradicting > 0);
    let played_all = fit.played_all.unwrap();
    assert_eq!((played_all.played, played_all.of), (9, 9));
    assert_eq!((fit.answer, fit.sure), (Some(4), true));
    let fit = search(&mut Known::new(&[&chances]), &asked(Extreme::Largest, &[0.95]));
    assert_eq!((fit.answer, fit.sure), (Some(5), true));
}

#[test]
fn a_level_between_that_alone_fits_is_not_missed() {
    let chances = [0.1, 0.1, 0.1, 0.1, 0.99, 0.1];
    let fit = search(&mut Known::new(&[&chances]), &asked(Extreme::Least, &[0.95]));
    assert_eq!((fit.answer, fit.sure), (Some(4), true));
    assert_eq!(fit.played_all.map(|all| all.played), Some(6));
    assert!(fit.monotone.violated);
}

#[test]
fn of_very_many_levels_out_of_order_some_are_left_out() {
    let chances: Vec<f64> = (0..1001)
        .map(|level: i32| 1.0 - f64::from((level - 500).abs()) / 500.0)
        .collect();
    let fit = search(&mut Known::new(&[&chances]), &asked(Extreme::Least, &[0.5]));
    let played_all = fit.played_all.unwrap();
    assert!(played_all.played <= 215 && played_all.of == 1001);
    assert!(!fit.sure, "levels between were not played");
    assert!((250..=275).contains(&fit.answer.unwrap()), "{:?}", fit.answer);
}

#[test]
fn criteria_that_pull_both_ways_leave_the_levels_between() {
    let rising = [0.1, 0.5, 0.99, 0.99, 1.0, 1.0, 1.0, 1.0];
    let falling = [1.0, 1.0, 1.0, 1.0, 1.0, 0.99, 0.5, 0.1];
    let both: [&[f64]; 2] = [&rising, &falling];
    let least = search(&mut Known::new(&both), &asked(Extreme::Least, &[0.9, 0.9]));
    assert_eq!(
        (least.answer, least.sure, least.played_all),
        (Some(2), true, None)
    );
    let largest = search(&mut Known::new(&both), &asked(Extreme::Largest, &[0.9, 0.9]));
    assert_eq!(
        (largest.answer, largest.sure, largest.played_all),
        (Some(5), true, None)
    );
    // Few replications tell that the first criterion fails at an end, but not that the second holds there.
    let strict = search(&mut Known::new(&both), &asked(Extreme::Least, &[0.95, 0.98]));
    assert_eq!((strict.answer, strict.sure), (Some(2), true));
    let strict = search(&mut Known::new(&both), &asked(Extreme::Largest, &[0.98, 0.95]));
    assert_eq!((strict.answer, strict.sure), (Some(5), true));
    let apart = [1.0, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1];
    let none = search(
        &mut Known::new(&[&rising, &apart]),
        &asked(Extreme::Least, &[0.9, 0.9]),
    );
    assert_eq!((none.answer, none.sure), (None, true));
}

#[test]
fn none_and_all_are_said_plainly() {
    let none = search(
        &mut Known::new(&[&[0.1, 0.2, 0.3, 0.4]]),
        &asked(Extreme::Least, &[0.9]),
    );
    assert_eq!((none.answer, none.sure, none.best), (None, true, 3));
    let all = search(
        &mut Known::new(&[&[0.97, 0.98, 0.99]]),
        &asked(Extreme::Largest, &[0.9]),
    );
    assert_eq!((all.answer, all.sure), (Some(2), true));
    let open = search(
        &mut Known::new(&[&[0.1, 0.5, 0.9]]),
        &asked(Extreme::Least, &[0.9]),
    );
    assert_eq!(
        (open.answer, open.sure, open.unclear),
        (None, false, Some((2, 2)))
    );
}

#[test]
fn certainty_takes_all_replications_and_not_one_against() {
    let fit = search(
        &mut Known::new(&[&[0.5, 0.995, 1.0]]),
        &asked(Extreme::Least, &[1.0]),
    );
    assert_eq!((fit.answer, fit.sure), (Some(2), true));
    let played = fit.played.iter().find(|played| played.level == 2).unwrap();
    assert!(played.replications >= 1000);
}

#[test]
fn replications_against_the_order_are_counted() {
    struct Crossing;
    impl PlayLevels for Crossing {
        fn count(&self) -> usize {
            3
        }
        fn play(&mut self, level: usize, from: u64, until: u64) -> Vec<Vec<Option<bool>>> {
            // One replication in 32 holds at the first level alone.
            let holds = |replication: u64| {
                if replication % 32 == 5 {
                    level == 0
                } else {
                    level == 2
                }
            };
            vec![
                (from..until)
                    .map(|replication| Some(holds(replication)))
                    .collect(),
            ]
        }
    }
    let fit = search(
        &mut Crossing,
        &FitAsked {
            most: 64,
            ..asked(Extreme::Least, &[0.5])
        },
    );
    assert_eq!(
        (fit.answer, fit.monotone.checked, fit.monotone.contradicting),
        (Some(2), 64, 2)
    );
    assert!(!fit.monotone.violated);
}
