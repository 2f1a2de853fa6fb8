//! Names of the situations that came over the nodes of a run: for the guards that random worlds meet them.

use std::collections::BTreeSet;

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::catalog::{Flaw, Symptom};
use patchbench_model::world::{Catalog, Cause, Plan};
use patchbench_oracle::{History, Invocation, REPLICATION, SEED};

/// Situations that must be met, each often.
pub(crate) const OFTEN: [&str; 9] = [
    "a node that came back in time",
    "a node that came back to a free slot later",
    "an install that fails shows",
    "a lost node shows",
    "a latent fault shows",
    "a successor keeps a latent fault from showing",
    "an alarm cancels a command",
    "an alarm after a change",
    "a withdrawal during an execution",
];

/// Those that need several things at one instant, or one thing while another lasts.
pub(crate) const SELDOM: [&str; 3] = [
    "a node that broke while it was waited for",
    "a command that is cancelled waits for a node",
    "an alarm at an opening",
];

/// A run, and what it met.
struct Run<'r> {
    plan: &'r Plan<'r>,
    history: &'r History,
    met: BTreeSet<String>,
}

/// What came over the nodes of a run.
pub(crate) fn misfortunes(plan: &Plan<'_>, history: &History) -> BTreeSet<String> {
    let mut run = Run {
        plan,
        history,
        met: BTreeSet::new(),
    };
    for ((_, node), known) in &history.invocations {
        run.deliveries(*node, known);
    }
    for ((at, node, _), until) in &history.symptoms {
        run.symptom((*at, *node), *until);
    }
    for at in history.alarms.values() {
        run.alarm(*at);
    }
    let catalog = plan.catalog(&Streams::new(SEED, REPLICATION));
    for flaw in &catalog.flaws {
        run.flaw(&catalog, flaw);
    }
    run.met
}

impl Run<'_> {
    fn meets(&mut self, situation: &str, happens: bool) {
        if happens {
            self.met.insert(situation.to_owned());
        }
    }

    fn deliveries(&mut self, node: u32, known: &Invocation) {
        let holds = self.plan.config.settings.offline_holds_slot;
        let delivered = known.began.filter(|began| known.sent != Some(*began));
        self.meets("a node that came back in time", delivered.is_some() && holds);
        self.meets(
            "a node that came back to a free slot later",
            delivered.is_some() && !holds,
        );
        let waits_in_vain = known.sent.is_some() && known.began.is_none();
        self.meets(
            "a command that is cancelled waits for a node",
            waits_in_vain && known.cause == Some(Cause::CutOff),
        );
        let until = delivered.or(known.ended.filter(|_| waits_in_vain));
        let waited = known.sent.zip(until);
        let broke = self.history.symptoms.iter().any(|((at, on, _), down)| {
            let during = waited.is_some_and(|(sent, until)| sent < *at && *at < until);
            *on == node && down.is_some() && during
        });
        self.meets("a node that broke while it was waited for", broke);
    }

    fn symptom(&mut self, (at, node): (SimTime, u32), until: Option<SimTime>) {
        let mut own = self.history.invocations.iter();
        let lost = own.any(|((_, on), known)| {
            *on == node && known.ended == Some(at) && known.cause == Some(Cause::LostAtReboot)
        });
        self.meets("an install that fails shows", until.is_none());
        self.meets("a lost node shows", until.is_some() && lost);
        self.meets("a latent fault shows", until.is_some() && !lost);
    }

    fn alarm(&mut self, at: SimTime) {
        let plan = self.plan;
        let cancels = self.history.invocations.iter().any(|((id, _), known)| {
            let cutoff = plan.openings[id.window][id.opening].cutoff;
            known.cause == Some(Cause::CutOff) && known.ended == Some(at) && cutoff != at
        });
        self.meets("an alarm cancels a command", cancels);
        let mut openings = plan.openings.iter().flatten();
        self.meets(
            "an alarm at an opening",
            openings.any(|opening| opening.opens == at),
        );
        let start = plan.config.start;
        let mut changes = plan.config.changes.iter();
        self.meets(
            "an alarm after a change",
            changes.any(|change| start < change.at && change.at <= at),
        );
    }

    fn flaw(&mut self, catalog: &Catalog, flaw: &Flaw) {
        let during = flaw.withdrawn_at.is_some_and(|withdrawn| {
            self.history.windows.iter().any(|((window, opening), known)| {
                let opens = self.plan.openings[*window][*opening].opens;
                opens < withdrawn && known.ended.is_some_and(|ended| withdrawn < ended)
            })
        });
        self.meets("a withdrawal during an execution", during);
        let id = &catalog.patches[flaw.patch].id;
        let installs = |node: u32, wanted: &dyn Fn(usize) -> bool| {
            let mut own = self.history.invocations.iter().filter(|((_, on), _)| *on == node);
            own.any(|(_, known)| known.installed.iter().any(|patch| wanted(*patch)))
        };
        let repaired = (0..self.plan.nodes()).any(|node| {
            let shows = self
                .history
                .symptoms
                .keys()
                .any(|(_, on, patch)| (*on, *patch) == (node, flaw.patch));
            let has_both = installs(node, &|patch| patch == flaw.patch)
                && installs(node, &|patch| catalog.patches[patch].supersedes.contains(id));
            has_both && !shows
        });
        self.meets(
            "a successor keeps a latent fault from showing",
            flaw.symptom == Symptom::Latent && repaired,
        );
    }
}
