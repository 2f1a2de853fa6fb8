//! Which designs no other dominates. With one response these are the best ones; with several, the Pareto
//! front.
//!
//! All designs get a pilot, all on the same luck. Then, in rounds, a design is dropped that another beats
//! with confidence, and replications are added to those in pairs that are not told apart yet. Every pair is
//! compared in every response by its paired differences, with intervals of confidence
//! 1 - 0.05 / (pairs × responses × looks): all statements of all rounds hold together with 95 % confidence,
//! however many there are and however they depend on each other (Bonferroni).

use rayon::prelude::*;

use crate::fit::{Estimated, PILOT, doubled, looks};
use crate::{Better, Change, PairedDifference, Response, Unselected, bonferroni};

/// More designs are not compared: the pairs grow with their square.
pub const MOST_DESIGNS: usize = 400;

/// Plays designs, all on the same luck.
pub trait PlayDesigns {
    /// How many there are.
    fn count(&self) -> usize;

    /// The responses that are asked for in the replications `from..until` of a design.
    ///
    /// # Errors
    /// When the design does not have them.
    fn play(&mut self, design: usize, from: u64, until: u64) -> Result<Vec<Response>, Unselected>;
}

/// A response that is to be small, or large.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Which figures are better.
    pub better: Better,
    /// Differences up to this count as none (the indifference zone), in the unit of the response.
    pub least_effect: f64,
}

/// How long to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct ContestRules {
    /// The responses, in the order in which designs give them.
    pub objectives: Vec<Objective>,
    /// Designs that say the same in so many replications count as equal: no interval tells of what has
    /// never been seen.
    pub enough: u64,
    /// At most so many replications of a design.
    pub most: u64,
}

/// A design, when all was played.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// Its number.
    pub design: usize,
    /// Replications that it got.
    pub replications: u64,
    /// Its estimates, by objective.
    pub estimates: Vec<Estimated>,
    /// The design that beat it, if one did.
    pub beaten_by: Option<usize>,
    /// Designs that may yet be found to dominate it.
    pub unclear_with: Vec<usize>,
    /// Designs that differ from it by no more than the indifference zone, in every response.
    pub equal_to: Vec<usize>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// All designs by their numbers.
    pub designs: Vec<Contestant>,
    /// Those that no other beats with confidence, by their estimate of the first objective.
    pub front: Vec<usize>,
    /// Confidence of the interval of each difference at each look.
    pub confidence: f64,
    /// Replications of all designs together.
    pub replications: u64,
    /// What all designs would have taken with as many as the one that got most.
    pub fixed: u64,
}

/// What is known of two designs, over all objectives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Relation {
    /// Common replications that it rests on.
    replications: u64,
    first_better: bool,
    second_better: bool,
    unclear: bool,
}

impl Relation {
    const fn first_dominates(self) -> bool {
        self.first_better && !self.second_better && !self.unclear
    }

    const fn first_may_dominate(self) -> bool {
        self.unclear && !self.second_better
    }

    const fn turned(self) -> Self {
        Self {
            first_better: self.second_better,
            second_better: self.first_better,
            ..self
        }
    }
}

/// Plays designs until it is clear which ones no other dominates, or all that are not clear have as many
/// replications as they may.
///
/// # Errors
/// When a design lacks a response.
pub fn contest(designs: &mut dyn PlayDesigns, rules: &ContestRules) -> Result<Contest, Unselected> {
    let count = designs.count();
    let comparisons = count * count.saturating_sub(1) / 2 * rules.objectives.len() * looks(rules.most);
    let mut field = Field {
        designs,
        rules,
        responses: vec![Vec::new(); count],
        replications: vec![0; count],
        beaten_by: vec![None; count],
        relations: vec![Relation::default(); count * count],
        confidence: bonferroni(comparisons),
    };
    for design in 0..count {
        field.play_until(design, PILOT.min(rules.most))?;
    }
    loop {
        field.compare();
        field.drop_the_beaten();
        let open = field.open();
        if open.is_empty() {
            return Ok(field.finish());
        }
        for design in open {
            field.play_until(design, doubled(field.replications[design], rules.most))?;
        }
    }
}

struct Field<'a> {
    designs: &'a mut dyn PlayDesigns,
    rules: &'a ContestRules,
    /// By design and objective.
    responses: Vec<Vec<Response>>,
    replications: Vec<u64>,
    beaten_by: Vec<Option<usize>>,
    /// By first and second design, the first having the smaller number.
    relations: Vec<Relation>,
    confidence: f64,
}

impl Field<'_> {
    fn play_until(&mut self, design: usize, until: u64) -> Result<(), Unselected> {
        let more = self.designs.play(design, self.replications[design], until)?;
        let known = &mut self.responses[design];
        if known.is_empty() {
            *known = more;
        } else {
            for (known, more) in known.iter_mut().zip(more) {
                known.observations.extend(more.observations);
            }
        }
        self.replications[design] = until;
        Ok(())
    }

    fn in_play(&self) -> Vec<usize> {
        (0..self.beaten_by.len())
            .filter(|design| self.beaten_by[*design].is_none())
            .collect()
    }

    /// Compares pairs that have more common replications than when they were compared last.
    fn compare(&mut self) {
        let count = self.beaten_by.len();
        let common = |first: usize, second: usize| self.replications[first].min(self.replications[second]);
        let playing = self.in_play();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (at, first) in playing.iter().enumerate() {
            let later = playing[at + 1..].iter().map(|second| (*first, *second));
            pairs.extend(later.filter(|(first, second)| {
                self.relations[first * count + second].replications < common(*first, *second)
            }));
        }
        let (responses, rules, confidence) = (&self.responses, self.rules, self.confidence);
        let replications = &self.replications;
        let found = pairs.par_iter().map(|(first, second)| Relation {
            replications: replications[*first].min(replications[*second]),
            ..relation(&responses[*first], &responses[*second], rules, confidence)
        });
        let found: Vec<Relation> = found.collect();
        for ((first, second), found) in pairs.into_iter().zip(found) {
            self.relations[first * count + second] = found;
        }
    }

    /// The relation of two designs, seen from the first.
    fn between(&self, first: usize, second: usize) -> Relation {
        let count = self.beaten_by.len();
        if first < second {
            self.relations[first * count + second]
        } else {
            self.relations[second * count + first].turned()
        }
    }

    fn drop_the_beaten(&mut self) {
        let playing = self.in_play();
        for design in &playing {
            let mut others = playing.iter().filter(|other| *other != design);
            self.beaten_by[*design] = others
                .find(|other| self.between(**other, *design).first_dominates())
                .copied();
        }
    }

    /// Designs whose replications are too few to tell them from another.
    fn open(&self) -> Vec<usize> {
        let playing = self.in_play();
        let unclear = |design: usize, other: usize| {
            let relation = self.between(design, other);
            let undecided = relation.first_may_dominate() || relation.turned().first_may_dominate();
            design != other && undecided && self.replications[design] <= self.replications[other]
        };
        let may_play = |design: &usize| self.replications[*design] < self.rules.most;
        let open = playing.iter().copied().filter(may_play);
        open.filter(|design| playing.iter().any(|other| unclear(*design, *other)))
            .collect()
    }

    fn finish(self) -> Contest {
        let playing = self.in_play();
        let designs: Vec<Contestant> = (0..self.beaten_by.len())
            .map(|design| self.contestant(design, &playing))
            .collect();
        let mut front = playing;
        let better = self.rules.objectives[0].better;
        let place = |design: &usize| match (designs[*design].estimates[0].estimate, better) {
            (Some(estimate), Better::Lower) => estimate,
            (Some(estimate), Better::Higher) => -estimate,
            (None, _) => f64::INFINITY,
        };
        front.sort_by(|a, b| place(a).total_cmp(&place(b)));
        let most = self.replications.iter().copied().max().unwrap_or(0);
        Contest {
            front,
            confidence: self.confidence,
            replications: self.replications.iter().sum(),
            fixed: most * designs.len() as u64,
            designs,
        }
    }

    fn contestant(&self, design: usize, playing: &[usize]) -> Contestant {
        let beaten_by = self.beaten_by[design];
        let others = playing.iter().copied();
        let others: Vec<usize> = others
            .filter(|other| *other != design && beaten_by.is_none())
            .collect();
        let those = |wanted: &dyn Fn(Relation) -> bool| {
            let found = others
                .iter()
                .copied()
                .filter(|other| wanted(self.between(*other, design)));
            found.collect::<Vec<usize>>()
        };
        let equal =
            |relation: Relation| !(relation.unclear || relation.first_better || relation.second_better);
        Contestant {
            design,
            replications: self.replications[design],
            estimates: self.responses[design].iter().map(Estimated::of).collect(),
            beaten_by,
            unclear_with: those(&Relation::first_may_dominate),
            equal_to: those(&equal),
        }
    }
}

/// What two designs say of each other in the replications that both have.
fn relation(first: &[Response], second: &[Response], rules: &ContestRules, confidence: f64) -> Relation {
    let mut relation = Relation::default();
    for ((first, second), objective) in first.iter().zip(second).zip(&rules.objectives) {
        let common = first.observations.len().min(second.observations.len());
        if first.observations[..common] == second.observations[..common] {
            relation.unclear |= (common as u64) < rules.enough.min(rules.most);
            continue;
        }
        let found = PairedDifference::between(first, second, confidence, false);
        // A difference that is sure counts, however small; one within the zone need not be resolved.
        let within = found.change(objective.better, objective.least_effect) == Change::Same;
        match found.change(objective.better, 0.0) {
            Change::Better => relation.second_better = true,
            Change::Worse => relation.first_better = true,
            Change::Same | Change::Unclear => relation.unclear |= !within,
        }
    }
    relation
}
