//! The coarse events, and their order within an instant.

use std::collections::VecDeque;

use patchbench_kernel::{Phased, SimTime};

use super::catalog::Catalog;
use super::observe::Fact;
use super::plan::Plan;

/// A coarse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The fault of a bad patch shows on a node some time after its install.
    Symptom { node: u32, patch: usize },
    /// The monitoring raises an alarm about a patch.
    Alarm { patch: usize },
    /// A window's cutoff is reached.
    Cutoff { window: usize, opening: usize },
    /// A window opens.
    WindowOpens { window: usize, opening: usize },
    /// Coverage over time is sampled.
    Sample { index: usize },
}

/// Order among the events of one instant. Completions of invocations come before all of them, sends
/// after all of them (Semantics, section 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// A fault shows before anything is done at its instant, and a patch that is rejected when a window
    /// opens is not installed by it.
    Fault = 0,
    /// A task that is ready at the cutoff itself does not start: the cutoff comes before openings.
    Cutoff,
    /// A window that opens when another has its cutoff is not touched by it.
    WindowOpen,
    /// A sample sees all that happened up to its instant.
    Sample,
}

impl Phased for Event {
    fn phase(&self) -> u8 {
        (match self {
            Self::Symptom { .. } | Self::Alarm { .. } => Phase::Fault,
            Self::Cutoff { .. } => Phase::Cutoff,
            Self::WindowOpens { .. } => Phase::WindowOpen,
            Self::Sample { .. } => Phase::Sample,
        }) as u8
    }

    /// The numbers are part of fingerprints.
    fn kind(&self) -> u8 {
        match self {
            Self::Cutoff { .. } => 3,
            Self::WindowOpens { .. } => 4,
            Self::Sample { .. } => 5,
            Self::Symptom { .. } => 6,
            Self::Alarm { .. } => 7,
        }
    }
}

/// News for listeners: facts about changes, patches and frozen windows inside the simulated period, in
/// order of time. Nothing in the simulation waits for them: they follow from the catalogue and the plan.
pub(super) fn news(plan: &Plan<'_>, catalog: &Catalog) -> VecDeque<(SimTime, Fact<'static>)> {
    let changes = plan.config.changes.iter().enumerate();
    let mut news: Vec<(SimTime, Fact<'static>)> = changes
        .map(|(change, known)| (known.at, Fact::Changed { change }))
        .collect();
    for (patch, known) in catalog.patches.iter().enumerate() {
        news.push((known.visible_from(), Fact::Released { patch }));
    }
    for flaw in &catalog.flaws {
        let patch = flaw.patch;
        news.extend(flaw.withdrawn_at.map(|at| (at, Fact::Withdrawn { patch })));
    }
    for class in 0..catalog.classes.len() {
        news.extend(approvals(catalog, class));
    }
    for (window, frozen) in plan.frozen.iter().enumerate() {
        let held = frozen.iter().map(|(held, freeze)| {
            (
                held.opens,
                Fact::WindowFrozen {
                    window,
                    freeze: *freeze,
                },
            )
        });
        news.extend(held);
    }
    let simulated = plan.config.start..=plan.config.horizon;
    news.retain(|(at, _)| simulated.contains(at));
    news.sort_by_key(|(at, _)| *at);
    news.into()
}

/// What becomes of the approvals of a class.
fn approvals(catalog: &Catalog, class: usize) -> Vec<(SimTime, Fact<'static>)> {
    let mut news = Vec::new();
    for (place, known) in catalog.classes[class].patches.iter().enumerate() {
        let patch = known.patch;
        let superseded = catalog.superseded_periods(class, place);
        let replaced = |at: SimTime| superseded.iter().any(|(from, until)| *from <= at && at < *until);
        for (from, until) in catalog.candidate_periods(class, place) {
            news.push((from, Fact::Approved { patch, class }));
            let withdrawn = known.withdrawn.is_some_and(|withdrawal| withdrawal.at == until);
            if until < SimTime::MAX && !replaced(until) && !withdrawn {
                news.push((until, Fact::ApprovalEnded { patch, class }));
            }
        }
        let since = superseded.iter().map(|(from, _)| *from);
        news.extend(since.map(|at| (at, Fact::Superseded { patch, class })));
    }
    news
}
