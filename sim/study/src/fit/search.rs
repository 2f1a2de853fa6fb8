//! The least or largest level at which criteria hold, by bisection.
//!
//! Positions run from the wanted end of the levels to the other, so that the answer is the first position
//! that passes. Criteria that come to hold along the positions decide where it lies; one that ceases to
//! hold, when there is one, must still hold there. A wrong verdict matters at two levels only: what passes
//! wrongly before the limit makes the level just before it pass, too, where conditions are monotone on
//! common luck. Each of the two errs with 2.5 % at most, so that an answer that is called sure is right
//! with 95 % confidence.

use std::collections::BTreeMap;

use crate::fit::level::{CriterionOutcome, PlayedLevel, all_of, exact_share};
use crate::fit::monotone::{Monotonicity, Sense, check};
use crate::fit::{PILOT, doubled, looks};
use crate::{Verdict, bonferroni};

/// When conditions are not monotone, or no level is found to fit, all levels are played, but not more than so
/// many beyond those that were played before that was seen.
pub const MOST_LEVELS: usize = 200;

/// Plays the levels of a factor, all on the same luck.
pub trait PlayLevels {
    /// How many there are, in ascending order.
    fn count(&self) -> usize;

    /// What the replications `from..until` of a level say of each criterion: whether it holds, or nothing.
    fn play(&mut self, level: usize, from: u64, until: u64) -> Vec<Vec<Option<bool>>>;
}

/// Which of the levels that fit is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest.
    Least,
    /// The largest.
    Largest,
}

impl Extreme {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Least => "least",
            Self::Largest => "largest",
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct FitAsked {
    /// Which level.
    pub extreme: Extreme,
    /// In which share of the replications each criterion is to hold.
    pub required: Vec<f64>,
    /// Replications that the scenario asks for.
    pub enough: u64,
    /// At most so many replications of a level.
    pub most: u64,
    /// The level to look at first.
    pub start: Option<usize>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Levels that were played, in ascending order.
    pub played: Vec<PlayedLevel>,
    /// The least (largest) level that passes.
    pub answer: Option<usize>,
    /// Whether the answer passes and the level before it in the wanted direction fails; without an answer,
    /// whether all that were played fail.
    pub sure: bool,
    /// Levels of which it is not known whether they would be a better answer: from the first to the last.
    pub unclear: Option<(usize, usize)>,
    /// The level with the largest margin among those that were played.
    pub best: usize,
    /// Whether conditions are monotone.
    pub monotone: Monotonicity,
    /// Set when they are not, or none was found to fit, so that levels were played one by one.
    pub played_all: Option<PlayedAll>,
    /// Confidence of the interval of a level at each look.
    pub confidence: f64,
    /// Replications of all levels.
    pub replications: u64,
}

/// Levels that were played one by one, since no order could be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedAll {
    /// So many.
    pub played: usize,
    /// Of so many.
    pub of: usize,
}

/// A position that was played.
pub(super) struct Tried {
    pub(super) replications: u64,
    /// By criterion, replication by replication.
    pub(super) holds: Vec<Vec<Option<bool>>>,
}

/// Searches the levels.
pub fn search(levels: &mut dyn PlayLevels, asked: &FitAsked) -> Fit {
    let count = levels.count();
    let mut search = Search {
        levels,
        asked,
        count,
        tried: BTreeMap::new(),
        confidence: bonferroni(looks(asked.most)),
    };
    let all: Vec<usize> = (0..asked.required.len()).collect();
    match search.bisect(&all) {
        // That none fits is not concluded from a few: one between may.
        Some(found) if found.passes.is_some() || search.tried.len() == count => search.finish(found, None),
        _ => search.one_by_one(&all),
    }
}

struct Search<'a> {
    levels: &'a mut dyn PlayLevels,
    asked: &'a FitAsked,
    count: usize,
    /// By position.
    tried: BTreeMap<usize, Tried>,
    confidence: f64,
}

/// Where the limit lies, in positions.
struct Limit {
    /// The first position that passes.
    passes: Option<usize>,
    /// Positions before it that may pass: from the first to the last.
    unclear: Option<(usize, usize)>,
}

impl Search<'_> {
    /// The level at a position, and the position of a level.
    const fn turned(&self, at: usize) -> usize {
        match self.asked.extreme {
            Extreme::Least => at,
            Extreme::Largest => self.count - 1 - at,
        }
    }

    /// The limit by bisection; `None` when shares are not monotone beyond chance.
    fn bisect(&mut self, all: &[usize]) -> Option<Limit> {
        let last = self.count - 1;
        let start = self.asked.start.map(|level| self.turned(level));
        let first_probe = start.filter(|at| (1..last).contains(at)).unwrap_or(last / 2);
        for position in [0, last, first_probe] {
            self.probe(position, all);
        }
        self.holds_order()?;
        let rising = self.rising();
        let (mut before, mut passes) = (None, None);
        // Close to a formula's answer the limit is looked for step by step, else by halves.
        let mut start = start;
        for position in [0, first_probe, last] {
            match self.probe(position, &rising) {
                Verdict::Pass if passes.is_none() => passes = Some(position),
                Verdict::Pass => {}
                _ if passes.is_none() => before = Some(position),
                _ => {}
            }
        }
        let mut end = passes.unwrap_or(self.count);
        loop {
            let begin = before.map_or(0, |before: usize| before + 1);
            if begin >= end || passes.is_none() {
                break;
            }
            let half = usize::midpoint(begin, end - 1);
            let beside = |start: usize| if start >= end { end - 1 } else { begin };
            let position = start.take().map_or(half, beside);
            if self.probe(position, &rising) == Verdict::Pass {
                (passes, end) = (Some(position), position);
            } else {
                before = Some(position);
            }
            self.holds_order()?;
        }
        let limit = self.settle(passes, &rising, all);
        self.holds_order().map(|()| limit)
    }

    /// What lies around the first position that passes, or around the end when none does.
    fn settle(&mut self, passes: Option<usize>, rising: &[usize], all: &[usize]) -> Limit {
        let Some(mut passes) = passes else {
            return Limit {
                passes: None,
                unclear: self.undecided(),
            };
        };
        // The last position that fails, when the ones just before the limit are not clear.
        let mut before: Vec<usize> = self
            .tried
            .range(..passes)
            .map(|(position, _)| *position)
            .collect();
        before.retain(|position| self.verdict(*position, rising) == Verdict::Fail);
        let mut fails = before.last().copied();
        let mut end = passes;
        loop {
            let begin = fails.map_or(0, |fails| fails + 1);
            if begin >= end {
                break;
            }
            let position = usize::midpoint(begin, end - 1);
            match self.probe(position, rising) {
                Verdict::Fail => fails = Some(position),
                Verdict::Inconclusive => end = position,
                Verdict::Pass => (passes, end) = (position, position),
            }
        }
        let begin = fails.map_or(0, |fails| fails + 1);
        let unclear = (begin < passes).then(|| (begin, passes - 1));
        let beyond = Some(passes + 1).filter(|next| *next < self.count);
        for beside in passes.checked_sub(1).into_iter().chain(beyond) {
            self.probe(beside, all);
        }
        if self.probe(passes, all) == Verdict::Pass {
            Limit {
                passes: Some(passes),
                unclear,
            }
        } else {
            Limit {
                passes: None,
                unclear: self.undecided(),
            }
        }
    }

    /// Positions that neither pass nor fail, when none passes.
    fn undecided(&self) -> Option<(usize, usize)> {
        let all: Vec<usize> = (0..self.asked.required.len()).collect();
        let mut open: Vec<usize> = self.tried.keys().copied().collect();
        open.retain(|position| self.verdict(*position, &all) != Verdict::Fail);
        open.first().copied().zip(open.last().copied())
    }

    /// All positions, or evenly spread ones, each by itself: the intervals hold for all of them together.
    fn one_by_one(&mut self, all: &[usize]) -> Fit {
        let number = self.count.min(MOST_LEVELS);
        let at_most = self.count.min(number + self.tried.len() + 1);
        self.confidence = bonferroni(looks(self.asked.most) * at_most);
        let spread = (0..number).map(|step| step * (self.count - 1) / (number - 1).max(1));
        for position in spread.collect::<Vec<_>>() {
            self.probe(position, all);
        }
        let mut played: Vec<usize> = self.tried.keys().copied().collect();
        for position in &played {
            self.probe(*position, all);
        }
        let passes = played
            .iter()
            .copied()
            .find(|position| self.verdict(*position, all) == Verdict::Pass);
        if let Some(before) = passes.and_then(|passes| passes.checked_sub(1)) {
            self.probe(before, all);
        }
        played = self.tried.keys().copied().collect();
        let passes = played
            .iter()
            .copied()
            .find(|position| self.verdict(*position, all) == Verdict::Pass);
        let before = passes.unwrap_or(self.count);
        let fails = |position: &usize| {
            self.tried.contains_key(position) && self.verdict(*position, all) == Verdict::Fail
        };
        let open: Vec<usize> = (0..before).filter(|position| !fails(position)).collect();
        let unclear = open.first().copied().zip(open.last().copied());
        let played_all = PlayedAll {
            played: played.len(),
            of: self.count,
        };
        self.finish(Limit { passes, unclear }, Some(played_all))
    }

    /// Adds replications to a position until some criteria together pass or fail, or the most are reached.
    fn probe(&mut self, position: usize, criteria: &[usize]) -> Verdict {
        let most = self.asked.most;
        let mut wanted = PILOT.min(most);
        loop {
            self.play_until(position, wanted);
            let played = self.tried[&position].replications;
            let verdict = self.verdict(position, criteria);
            if verdict != Verdict::Inconclusive || played >= most {
                return verdict;
            }
            wanted = doubled(played, most);
        }
    }

    fn play_until(&mut self, position: usize, until: u64) {
        let level = self.turned(position);
        let tried = self.tried.entry(position).or_insert_with(|| Tried {
            replications: 0,
            holds: vec![Vec::new(); self.asked.required.len()],
        });
        if tried.replications < until {
            let more = self.levels.play(level, tried.replications, until);
            for (holds, more) in tried.holds.iter_mut().zip(more) {
                holds.extend(more);
            }
            tried.replications = until;
        }
    }

    fn outcome(&self, position: usize, criterion: usize) -> CriterionOutcome {
        let said = &self.tried[&position].holds[criterion];
        let count =
            |wanted: &[Option<bool>]| said.iter().filter(|holds| wanted.contains(holds)).count() as u64;
        let (holds, of) = (count(&[Some(true)]), count(&[Some(true), Some(false)]));
        let holds = exact_share(holds, of, self.confidence);
        CriterionOutcome::judge(
            holds,
            self.asked.required[criterion],
            self.asked.enough.min(self.asked.most),
        )
    }

    fn verdict(&self, position: usize, criteria: &[usize]) -> Verdict {
        all_of(
            criteria
                .iter()
                .map(|criterion| self.outcome(position, *criterion).verdict),
        )
    }

    /// By criterion, which way it goes from the first position to the last.
    fn senses(&self) -> Vec<Sense> {
        let (first, last) = (&self.tried[&0], &self.tried[&(self.count - 1)]);
        let sense = |criterion: usize| Sense::between(&first.holds[criterion], &last.holds[criterion]);
        (0..self.asked.required.len()).map(sense).collect()
    }

    /// The criteria that come to hold along the positions. One that fails at the first has to, whatever the
    /// ends say of it.
    fn rising(&mut self) -> Vec<usize> {
        let senses = self.senses();
        let rises = |(criterion, sense): &(usize, Sense)| {
            *sense == Sense::Rising || self.probe(0, &[*criterion]) == Verdict::Fail
        };
        let senses = senses.into_iter().enumerate();
        senses.filter(rises).map(|(criterion, _)| criterion).collect()
    }

    fn monotonicity(&self) -> Monotonicity {
        let played: Vec<&Tried> = self.tried.values().collect();
        check(&played, &self.senses())
    }

    /// Nothing when shares are not monotone beyond chance.
    fn holds_order(&self) -> Option<()> {
        (!self.monotonicity().violated).then_some(())
    }

    fn finish(&self, limit: Limit, played_all: Option<PlayedAll>) -> Fit {
        let mut played: Vec<PlayedLevel> = self.tried.keys().map(|position| self.played(*position)).collect();
        played.sort_by_key(|played| played.level);
        let best = played
            .iter()
            .reduce(|best, one| if one.margin() > best.margin() { one } else { best });
        let level = |(from, to): (usize, usize)| {
            let (from, to) = (self.turned(from), self.turned(to));
            (from.min(to), from.max(to))
        };
        Fit {
            answer: limit.passes.map(|position| self.turned(position)),
            sure: limit.unclear.is_none(),
            unclear: limit.unclear.map(level),
            best: best.map_or(0, |best| best.level),
            monotone: self.monotonicity(),
            played_all,
            confidence: self.confidence,
            replications: played.iter().map(|played| played.replications).sum(),
            played,
        }
    }

    fn played(&self, position: usize) -> PlayedLevel {
        let criteria = 0..self.asked.required.len();
        let criteria: Vec<CriterionOutcome> = criteria
            .map(|criterion| self.outcome(position, criterion))
            .collect();
        PlayedLevel {
            level: self.turned(position),
            replications: self.tried[&position].replications,
            verdict: all_of(criteria.iter().map(|outcome| outcome.verdict)),
            criteria,
        }
    }
}
