//! The designs that no other dominates, where that is known.

use patchbench_study::fit::{Contest, ContestRules, Objective, PlayDesigns, contest};
use patchbench_study::{Better, Observation, Response, ResponseKey, Unselected};

use crate::fit_search::uniform;

/// Designs whose responses have known means, with luck in common and of their own.
struct Known {
    /// By design and objective.
    means: Vec<Vec<f64>>,
    /// Deviation of the own luck.
    own: f64,
}

impl PlayDesigns for Known {
    fn count(&self) -> usize {
        self.means.len()
    }

    fn play(&mut self, design: usize, from: u64, until: u64) -> Result<Vec<Response>, Unselected> {
        let response = |(objective, mean): (usize, &f64)| {
            let said = (from..until).map(|replication| {
                let common = 50.0 * uniform(objective as u64, replication);
                let own = self.own * (uniform(100 + design as u64, replication) - 0.5);
                Observation::Value(mean + common + own)
            });
            Response::amount(ResponseKey::overall("exposure"), "node-days", said.collect())
        };
        Ok(self.means[design].iter().enumerate().map(response).collect())
    }
}

fn rules(objectives: usize, least_effect: f64) -> ContestRules {
    let objective = Objective {
        better: Better::Lower,
        least_effect,
    };
    ContestRules {
        objectives: vec![objective; objectives],
        enough: 256,
        most: 16_000,
    }
}

fn play(means: &[&[f64]], own: f64, least_effect: f64) -> Contest {
    let means: Vec<Vec<f64>> = means.iter().map(|means| means.to_vec()).collect();
    let objectives = means[0].len();
    contest(&mut Known { means, own }, &rules(objectives, least_effect)).unwrap()
}

#[test]
fn the_front_is_the_one_that_was_built() {
    let means: [&[f64]; 7] = [
        &[10.0, 1.0],
        &[12.0, 3.0],
        &[5.0, 5.0],
        &[5.5, 5.5],
        &[1.0, 10.0],
        &[9.0, 9.0],
        &[1.2, 11.0],
    ];
    let found = play(&means, 2.0, 0.0);
    assert_eq!(found.front, [4, 2, 0]);
    assert!(
        found
            .front
            .iter()
            .all(|design| found.designs[*design].unclear_with.is_empty())
    );
    let beaten = |design: usize| found.designs[design].beaten_by;
    assert_eq!((beaten(1), beaten(3)), (Some(0), Some(2)));
    // What is far from the front is dropped at once; what is near gets more.
    assert_eq!(found.designs[5].replications, 64);
    assert!(found.designs[6].replications > 64);
    assert!(
        found.replications < found.fixed,
        "{} of {}",
        found.replications,
        found.fixed
    );
}

#[test]
fn what_cannot_be_told_apart_says_from_what() {
    let found = play(&[&[1.0, 1.0], &[1.001, 1.001], &[9.0, 0.5]], 30.0, 0.0);
    assert_eq!(found.front.len(), 3);
    assert_eq!(found.designs[0].unclear_with, [1]);
    assert_eq!(found.designs[1].unclear_with, [0]);
    assert_eq!(found.designs[0].replications, 16_000);
    assert!(found.designs[2].unclear_with.is_empty());
}

#[test]
fn differences_within_the_zone_need_not_be_resolved() {
    let found = play(&[&[1.0], &[1.001], &[9.0]], 5.0, 0.5);
    assert_eq!(
        (found.designs[0].equal_to.as_slice(), found.designs[2].beaten_by),
        (&[1][..], Some(0))
    );
    assert!(
        found
            .front
            .iter()
            .all(|design| found.designs[*design].unclear_with.is_empty())
    );
    assert!(found.replications < 3 * 2048, "{}", found.replications);
}

#[test]
fn what_is_always_the_same_is_equal_after_enough_replications() {
    // Both say the same of the first response; the second decides.
    let means: [&[f64]; 2] = [&[1.0, 2.0], &[1.0, 1.0]];
    let found = play(&means, 0.0, 0.0);
    assert_eq!(
        (found.front.as_slice(), found.designs[0].beaten_by),
        (&[1][..], Some(1))
    );
    assert_eq!(found.designs[0].replications, 256);
    let twins = play(&[&[1.0], &[1.0]], 0.0, 0.0);
    assert_eq!(
        (twins.front.len(), twins.designs[0].equal_to.as_slice()),
        (2, &[1][..])
    );
}

#[test]
fn the_true_front_is_kept_nineteen_times_of_twenty() {
    let mut lost = 0;
    for seed in 0..100u64 {
        let shift = |number: u64| 3.0 * uniform(1000 + seed, number);
        let means: Vec<Vec<f64>> = (0..8)
            .map(|design| vec![shift(design), shift(100 + design)])
            .collect();
        let dominated = |one: &Vec<f64>| means.iter().any(|other| other[0] < one[0] && other[1] < one[1]);
        let found = contest(
            &mut Known {
                means: means.clone(),
                own: 20.0,
            },
            &ContestRules {
                most: 512,
                ..rules(2, 0.0)
            },
        );
        let found = found.unwrap();
        let kept = |design: &usize| found.front.contains(design);
        let wrong = (0..8).any(|design| !dominated(&means[design]) && !kept(&design));
        let sure = |design: &usize| found.designs[*design].unclear_with.is_empty();
        let false_sure = found
            .front
            .iter()
            .any(|design| dominated(&means[*design]) && sure(design));
        lost += u32::from(wrong || false_sure);
    }
    assert!(lost <= 5, "{lost} of 100");
}
