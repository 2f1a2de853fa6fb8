//! Rate control: F1 to F4, certain failures, and the canary.

use statrs::distribution::{ContinuousCDF, Gamma};

use super::experiment::{Experiment, Figure};
use super::laws::{at_most, failed, few_drawn, passed, seconds_after_opening, sent, withheld};
use super::models::{CERTAIN, F1, F2, F3, F4, F14};
use super::stage::{Law, Stage, pool, scans};

/// A fleet and its limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Number of nodes.
    pub nodes: u64,
    /// MaxConcurrency.
    pub concurrency: u64,
    /// MaxErrors.
    pub errors: u64,
    /// Chance that an invocation fails.
    pub failure: f64,
}

impl Limits {
    /// In that order.
    pub const fn new(nodes: u64, concurrency: u64, errors: u64, failure: f64) -> Self {
        Self {
            nodes,
            concurrency,
            errors,
            failure,
        }
    }

    fn words(self) -> String {
        let Self {
            nodes,
            concurrency,
            errors,
            failure,
        } = self;
        format!("N={nodes} C={concurrency} E={errors} p={failure}")
    }

    fn task(self) -> String {
        let (concurrency, errors) = (self.concurrency, self.errors);
        format!("operation = \"Scan\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"{errors}\"")
    }

    /// A scan of everybody with durations of this law; it does not matter what fails.
    fn stage(self, law: Law, seconds: i64) -> Stage {
        Stage {
            fleet: pool("web", self.nodes, &scans(law, seconds, self.failure)),
            task: self.task(),
            ..Stage::default()
        }
    }

    /// How many completions node `j` (from 1) waits for.
    const fn before(self, node: u64) -> u64 {
        node.saturating_sub(self.concurrency)
    }
}

/// F1: a node is sent to if the completions before it leave the errors within the limit.
pub fn distinct_completions(limits: Limits, seconds: i64) -> Experiment {
    let Limits {
        nodes,
        concurrency,
        errors,
        failure,
    } = limits;
    let expected: f64 = (1..=nodes)
        .map(|node| at_most(limits.before(node), failure, errors))
        .sum();
    let early = 1.0 - at_most(nodes - concurrency, failure, errors);
    let figures = vec![
        Figure::mean("nodes sent to", expected, |_, record| sent(record)),
        Figure::chance("P(errors > E)", 1.0 - at_most(nodes, failure, errors), passed),
        Figure::mean("nodes that fail", failure * expected, |_, record| failed(record)),
        Figure::chance("P(nodes left unsent)", early, withheld),
    ];
    Experiment::new(
        F1,
        limits.words(),
        limits.stage(Law::Exponential, seconds),
        figures,
    )
}

/// Which completions are seen before what is sent at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// Those of that instant, too.
    CompletionsFirst,
    /// Those before.
    SendsFirst,
}

/// F2: with equal durations nodes go in batches, and a batch is sent if those that it sees leave the errors
/// within the limit.
pub fn batches(limits: Limits, seconds: i64, ties: Ties) -> Experiment {
    let (settings, unseen) = match ties {
        Ties::CompletionsFirst => ("tie_order = \"completions_first\"", 1),
        Ties::SendsFirst => ("tie_order = \"sends_first\"", 2),
    };
    let size = |batch: u64| {
        limits
            .concurrency
            .min(limits.nodes - (batch - 1) * limits.concurrency)
    };
    let runs = |batch: u64| {
        let seen = batch.saturating_sub(unseen) * limits.concurrency;
        at_most(seen, limits.failure, limits.errors)
    };
    let number = limits.nodes.div_ceil(limits.concurrency);
    let expected = (1..=number).map(|batch| size(batch) as f64 * runs(batch)).sum();
    let steps: f64 = (1..=number).map(runs).sum();
    let figures = vec![
        Figure::mean("nodes sent to", expected, |_, record| sent(record)),
        Figure::mean("end, s", seconds as f64 * steps, |_, record| {
            seconds_after_opening(record, |command| command.ended)
        }),
    ];
    let stage = Stage {
        settings,
        ..limits.stage(Law::Fixed, seconds)
    };
    let order = if unseen == 1 { "" } else { ", sends first" };
    Experiment::new(F2, limits.words() + order, stage, figures)
}

/// F3: so many nodes are doomed, and the order is a shuffle.
pub fn doomed_nodes(limits: Limits, doomed: u64, seconds: i64) -> Experiment {
    let fails = |node: u64| format!("[[outcome]]\nnode = \"web-{node}\"\nresult = \"Failed\"\n");
    let Limits { nodes, errors, .. } = limits;
    let reach = |population, marked| -> f64 {
        (1..=nodes)
            .map(|node| few_drawn(population, marked, limits.before(node), errors))
            .sum()
    };
    let figures = vec![
        Figure::mean("nodes sent to", reach(nodes, doomed), |_, record| sent(record)),
        Figure::mean(
            "nodes that fail",
            doomed as f64 / nodes as f64 * reach(nodes - 1, doomed - 1),
            |_, record| failed(record),
        ),
    ];
    let stage = Stage {
        outcomes: (1..=doomed).map(fails).collect(),
        settings: "target_order = \"shuffled\"",
        ..limits.stage(Law::Exponential, seconds)
    };
    let words = format!("N={nodes} M={doomed} C={} E={errors}", limits.concurrency);
    Experiment::new(F3, words, stage, figures)
}

/// F4: with many nodes, failures come as a Poisson process.
pub fn instant_of_the_stop(limits: Limits, seconds: i64) -> Experiment {
    let stop = |record: &_| seconds_after_opening(record, |command| command.stopped);
    let scale = seconds as f64 / (limits.concurrency as f64 * limits.failure);
    let shape = (limits.errors + 1) as f64;
    let expected = shape * scale;
    let early = Gamma::new(shape, 1.0 / scale).map_or(f64::NAN, |law| law.cdf(expected));
    let figures = vec![
        Figure::mean("stop, s", expected, move |_, record| stop(record)),
        Figure::chance("P(stop before its mean)", early, move |record| {
            stop(record) <= expected
        }),
    ];
    Experiment::new(
        F4,
        limits.words(),
        limits.stage(Law::Exponential, seconds),
        figures,
    )
    .times(500)
}

/// With every node failing, it is known how many are sent to.
pub fn certain_failures(limits: Limits, law: Law) -> Experiment {
    let limits = Limits {
        failure: 1.0,
        ..limits
    };
    let Limits {
        nodes,
        concurrency,
        errors,
        ..
    } = limits;
    let expected = nodes.min(match law {
        Law::Exponential => errors + concurrency,
        Law::Fixed => concurrency * (errors + 1).div_ceil(concurrency),
    });
    let figures = vec![Figure::mean("nodes sent to", expected as f64, |_, record| {
        sent(record)
    })];
    let words = format!("{}, {} durations", limits.words(), law.name());
    Experiment::new(CERTAIN, words, limits.stage(law, 600), figures).times(1)
}

/// The nodes that fail are those of one class, and come first.
pub fn affected_first(nodes: u64, affected: u64, concurrency: u64, errors: u64) -> Experiment {
    let limits = Limits::new(nodes, concurrency, errors, 1.0);
    let fleet = pool("affected", affected, &scans(Law::Exponential, 600, 1.0))
        + &pool("others", nodes - affected, &scans(Law::Exponential, 600, 0.0));
    let stage = Stage {
        fleet,
        task: limits.task(),
        ..Stage::default()
    };
    let expected = affected.min(errors + concurrency) as f64;
    let figures = vec![Figure::mean("nodes that fail", expected, |_, record| {
        failed(record)
    })];
    let words = format!("N={nodes} C={concurrency} E={errors}, {affected} bad nodes first");
    Experiment::new(CERTAIN, words, stage, figures).times(1)
}

/// F14: the first step of a shuffle is the canary. With no error allowed, nothing follows it if one of its
/// nodes fails; an affected node shows that with a given chance.
pub fn canary(nodes: u64, affected: u64, size: u64, shows: f64) -> Experiment {
    let fleet = pool("affected", affected, &scans(Law::Fixed, 600, shows))
        + &pool("healthy", nodes - affected, &scans(Law::Fixed, 600, 0.0));
    let stage = Stage {
        fleet,
        task: Limits::new(nodes, size, 0, 0.0).task(),
        settings: "target_order = \"shuffled\"",
        ..Stage::default()
    };
    let exactly = |k: u64| {
        let fewer = k
            .checked_sub(1)
            .map_or(0.0, |k| few_drawn(nodes, affected, size, k));
        few_drawn(nodes, affected, size, k) - fewer
    };
    let unseen: f64 = (0..=size.min(affected))
        .map(|k| exactly(k) * (1.0 - shows).powi(k as i32))
        .sum();
    let figures = vec![Figure::chance("P(canary fails)", 1.0 - unseen, move |record| {
        sent(record) == size as f64
    })];
    let words = format!("N={nodes} M={affected} n={size} q={shows}");
    Experiment::new(F14, words, stage, figures)
}

/// What `verify` plays.
pub(super) fn all() -> Vec<Experiment> {
    let exceptional = |(nodes, concurrency, errors)| {
        let limits = Limits::new(nodes, concurrency, errors, 1.0);
        [Law::Exponential, Law::Fixed].map(|law| certain_failures(limits, law))
    };
    let mut all = vec![
        distinct_completions(Limits::new(100, 5, 2, 0.05), 600).published(&["RC-S1-1", "RC-S1-2"]),
        distinct_completions(Limits::new(80, 4, 1, 0.03), 600),
        distinct_completions(Limits::new(300, 30, 12, 0.05), 600),
        distinct_completions(Limits::new(200, 10, 0, 0.004), 600),
        batches(Limits::new(120, 20, 2, 0.03), 600, Ties::CompletionsFirst).published(&["LS-S-1"]),
        doomed_nodes(Limits::new(150, 10, 2, 0.0), 30, 600).published(&["HG-S-1"]),
        doomed_nodes(Limits::new(60, 1, 0, 0.0), 6, 600),
        doomed_nodes(Limits::new(150, 10, 3, 0.0), 12, 600),
        doomed_nodes(Limits::new(90, 5, 8, 0.0), 30, 600),
        instant_of_the_stop(Limits::new(2_000, 10, 2, 0.1), 600),
        instant_of_the_stop(Limits::new(2_000, 40, 6, 0.05), 600),
        instant_of_the_stop(Limits::new(2_000, 5, 0, 0.2), 600),
        affected_first(200, 60, 10, 4).published(&["ORD-S"]),
        canary(500, 25, 25, 1.0).published(&["CAN-S"]),
        canary(1_000, 100, 20, 0.8),
    ];
    for limits in [(120, 12, 2, 0.04), (333, 50, 5, 0.02), (60, 7, 0, 0.02)] {
        let (nodes, concurrency, errors, failure) = limits;
        let limits = Limits::new(nodes, concurrency, errors, failure);
        let ties = [Ties::CompletionsFirst, Ties::SendsFirst];
        all.extend(ties.map(|ties| batches(limits, 600, ties)));
    }
    all.extend(
        [(50, 4, 2), (50, 50, 3), (20, 6, 19), (50, 4, 50)]
            .into_iter()
            .flat_map(exceptional),
    );
    all
}
