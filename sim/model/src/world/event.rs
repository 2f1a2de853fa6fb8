//! The coarse events, and their order within an instant.

use patchbench_kernel::{Agenda, Phased, SimTime};

use super::catalog::Catalog;
use super::plan::Plan;

/// A coarse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A patch is released. For listeners only: candidates follow from their dates.
    Released { patch: usize },
    /// A patch becomes a candidate. For listeners only.
    Approved { patch: usize, class: usize },
    /// A patch is replaced. For listeners only.
    Superseded { patch: usize, class: usize },
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
    /// A patch released or approved at the instant of an opening takes part in it.
    Release,
    /// A task that is ready at the cutoff itself does not start: the cutoff comes before openings.
    Cutoff,
    /// A window that opens when another has its cutoff is not touched by it.
    WindowOpen,
    /// A sample sees all that happened up to its instant.
    Sample,
}

impl Event {
    /// False for events that only listeners care about.
    pub(super) fn changes_state(self) -> bool {
        matches!(
            self,
            Self::Cutoff { .. } | Self::WindowOpens { .. } | Self::Sample { .. }
        )
    }
}

impl Phased for Event {
    fn phase(&self) -> u8 {
        (match self {
            Self::Released { .. } | Self::Approved { .. } | Self::Superseded { .. } => Phase::Release,
            Self::Cutoff { .. } => Phase::Cutoff,
            Self::WindowOpens { .. } => Phase::WindowOpen,
            Self::Sample { .. } => Phase::Sample,
        }) as u8
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Released { .. } => 0,
            Self::Approved { .. } => 1,
            Self::Superseded { .. } => 2,
            Self::Cutoff { .. } => 3,
            Self::WindowOpens { .. } => 4,
            Self::Sample { .. } => 5,
        }
    }
}

/// Puts releases, approvals and replacements on the agenda, for listeners.
pub(super) fn schedule_catalog(agenda: &mut Agenda<Event>, plan: &Plan<'_>, catalog: &Catalog) {
    let simulated = plan.config.start..=plan.config.horizon;
    let mut push = |at: SimTime, event| {
        if simulated.contains(&at) {
            agenda.push(at, event);
        }
    };
    for (patch, known) in catalog.patches.iter().enumerate() {
        push(known.visible_from(), Event::Released { patch });
    }
    for (class, of_class) in catalog.classes.iter().enumerate() {
        for known in &of_class.patches {
            let patch = known.patch;
            if let Some((from, _)) = known.candidate {
                push(from, Event::Approved { patch, class });
            }
            if let Some(at) = known.superseded_at {
                push(at, Event::Superseded { patch, class });
            }
        }
    }
}
