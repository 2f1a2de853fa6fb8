//! What nodes have installed: a small number of distinct levels, each a set of patches, some of which
//! may wait for a reboot.
//!
//! Nodes of one class that went through the same successful installs have the same patches, so
//! what a node has is one number: its level. A (node, patch) pair costs nothing; what an install does is
//! worked out once for each pair of level and candidate set that really occurs.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use patchbench_kernel::SimTime;

use super::catalog::ClassCatalog;
use super::class_view::{ClassView, NodeBits, NodeReport};
use super::patch_sets::{PatchBits, PatchSets};
use super::snapshot::Snapshot;

/// What a level stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Level {
    /// Patches that are repaired.
    has: PatchBits,
    /// Those of them that were installed since the last reboot by installs that were told not to.
    pending: PatchBits,
    /// There are such ones.
    waits: bool,
}

impl Level {
    fn new(has: PatchBits, pending: PatchBits) -> Self {
        let waits = !pending.is_empty();
        Self { has, pending, waits }
    }
}

/// How the operation went that a report follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A Scan, or an Install that found nothing to do.
    Scanned,
    /// An Install that went through, with its reboot.
    Installed,
    /// An Install that failed.
    Failed,
    /// An Install that went through and was told not to reboot.
    PendingReboot,
}

impl Outcome {
    pub(super) const ALL: [Self; 4] = [Self::Scanned, Self::Installed, Self::Failed, Self::PendingReboot];
}

/// Names what nodes report that went through a transition (of their class) with an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReportId(u32);

impl ReportId {
    #[inline]
    pub(super) const fn new(transition: u32, outcome: Outcome) -> Self {
        Self(transition * Outcome::ALL.len() as u32 + outcome as u32)
    }

    pub(super) const fn transition(self) -> u32 {
        self.0 / Outcome::ALL.len() as u32
    }

    pub(super) const fn outcome(self) -> Outcome {
        Outcome::ALL[self.0 as usize % Outcome::ALL.len()]
    }

    /// Its place among the reports of its class.
    #[inline]
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What nodes report, by [`Outcome`]: worked out when the first of them does.
type NodeReports = [OnceCell<NodeReport>; Outcome::ALL.len()];

/// What a scan finds and an install does, for a level and a set of candidates.
#[derive(Clone, Debug)]
pub(super) struct Transition {
    pub(super) from: u32,
    /// Which candidates it meets.
    pub(super) snapshot: Snapshot,
    state: Rc<PatchSets>,
    /// Level after a successful install and its reboot; equal to `from` when nothing was missing or
    /// pending.
    pub(super) to: u32,
    /// Before it, something waits for a reboot.
    pub(super) waits: bool,
    /// Candidates that were missing.
    pub(super) missing: Vec<u32>,
    /// Patches newly repaired: the missing ones and what they replace.
    pub(super) resolved: Vec<u32>,
    /// Missing ones about which something may happen: they break nodes, or raise a false alarm.
    pub(super) suspects: Vec<u32>,
    /// So of those that wait for a reboot.
    pub(super) suspects_pending: Vec<u32>,
    reports: NodeReports,
    /// Whether nodes are compliant before it, once somebody has asked.
    compliant: OnceCell<bool>,
}

impl Transition {
    /// Whether something may happen about what is missing or waits for a reboot.
    #[inline]
    pub(super) fn is_suspect(&self) -> bool {
        !(self.suspects.is_empty() && self.suspects_pending.is_empty())
    }

    /// What nodes have reported, if one has.
    #[inline]
    pub(super) fn reported(&self, outcome: Outcome) -> Option<&NodeReport> {
        self.reports[outcome as usize].get()
    }
}

/// The levels of one class of node.
#[derive(Debug, Default)]
pub(super) struct Levels {
    sets: Vec<Level>,
    index: BTreeMap<Level, u32>,
    transitions: Vec<Transition>,
    known: BTreeMap<(u32, Snapshot), u32>,
    /// For a transition, the one of an install that was told not to reboot.
    unrebooted: BTreeMap<u32, u32>,
    /// Transitions of the snapshot in use, by level: the way without a search.
    current: (Snapshot, Vec<u32>),
    /// How the patches stand in the snapshot that was asked about last.
    state: Option<(Snapshot, Rc<PatchSets>)>,
}

const UNKNOWN: u32 = u32::MAX;

impl Levels {
    /// The level of nodes that have everything approved by `through`, of which what was approved after
    /// `rebooted` waits for a reboot.
    pub(super) fn initial(
        &mut self,
        class: &ClassCatalog,
        (through, rebooted): (SimTime, Option<SimTime>),
    ) -> u32 {
        let mut set = PatchBits::empty(class.patches.len());
        let mut pending = PatchBits::empty(class.patches.len());
        for (index, known) in class.patches.iter().enumerate() {
            if known.is_installed_through(through) {
                if rebooted.is_some_and(|rebooted| !known.is_installed_through(rebooted)) {
                    pending.insert(index as u32);
                }
                known.resolves.iter().for_each(|patch| set.insert(*patch));
            }
        }
        self.intern(Level::new(set, pending))
    }

    fn intern(&mut self, level: Level) -> u32 {
        if let Some(number) = self.index.get(&level) {
            return *number;
        }
        let number = self.sets.len() as u32;
        self.sets.push(level.clone());
        self.index.insert(level, number);
        number
    }

    /// What nodes have reported under a name, if any has.
    pub(super) fn reported(&self, report: ReportId) -> Option<&NodeReport> {
        self.transition(report.transition()).reported(report.outcome())
    }

    pub(super) fn set(&self, level: u32) -> &PatchBits {
        &self.sets[level as usize].has
    }

    /// Whether patches of a level wait for a reboot.
    #[inline]
    pub(super) fn waits(&self, level: u32) -> bool {
        self.sets[level as usize].waits
    }

    pub(super) fn transition(&self, id: u32) -> &Transition {
        &self.transitions[id as usize]
    }

    /// The level of a node that reached `level` while an install from `from` towards `to` was under
    /// way, whose reboot, if any, settles all that was pending. What was pending before and is no
    /// longer has been settled by a reboot in between.
    pub(super) fn merge(&mut self, level: u32, (from, to): (u32, u32), rebooted: bool) -> u32 {
        let [here, before, there] = [level, from, to].map(|number| &self.sets[number as usize]);
        let mut pending = there.pending.without(&before.pending);
        if !rebooted {
            pending = pending.union(&here.pending);
        }
        let has = here.has.union(&there.has);
        self.intern(Level::new(has, pending))
    }

    /// The level of nodes with the same patches that have been rebooted.
    pub(super) fn settled(&mut self, level: u32) -> u32 {
        let has = self.set(level).clone();
        let none = has.without(&has);
        self.intern(Level::new(has, none))
    }

    /// What a transition becomes when the install is told not to reboot.
    pub(super) fn without_reboot(&mut self, id: u32) -> u32 {
        if let Some(known) = self.unrebooted.get(&id) {
            return *known;
        }
        let change = &self.transitions[id as usize];
        let from = change.from;
        let mut pending = self.sets[from as usize].pending.clone();
        for patch in &change.missing {
            pending.insert(*patch);
        }
        let has = self.set(change.to).clone();
        let to = self.intern(Level::new(has, pending));
        let step = self.step(from, to, id);
        self.unrebooted.insert(id, step);
        step
    }

    /// The transition that takes a node from one known level to another that contains it; `of` is the
    /// one that was to be made.
    pub(super) fn step(&mut self, from: u32, to: u32, of: u32) -> u32 {
        let (before, after) = (self.set(from), self.set(to));
        let resolved = after.without(before).to_vec();
        let mut missing = self.transitions[of as usize].missing.clone();
        missing.retain(|patch| resolved.binary_search(patch).is_ok());
        let same = |known: &Transition| {
            (known.from, known.to) == (from, to) && known.resolved == resolved && known.missing == missing
        };
        if let Some(id) = self.transitions.iter().position(same) {
            return id as u32;
        }
        self.transitions.push(Transition {
            from,
            to,
            waits: self.waits(from),
            missing,
            resolved,
            suspects: Vec::new(),
            suspects_pending: Vec::new(),
            snapshot: self.transitions[of as usize].snapshot,
            state: Rc::clone(&self.transitions[of as usize].state),
            reports: NodeReports::default(),
            compliant: OnceCell::new(),
        });
        self.transitions.len() as u32 - 1
    }

    /// The transition of `level` under the candidates of `snapshot`, which `view` is of.
    #[inline]
    pub(super) fn find(&mut self, view: &ClassView<'_>, level: u32, snapshot: Snapshot) -> u32 {
        if self.current.0 == snapshot
            && let Some(id) = self.current.1.get(level as usize)
            && *id != UNKNOWN
        {
            return *id;
        }
        self.find_slowly(view, level, snapshot)
    }

    fn find_slowly(&mut self, view: &ClassView<'_>, level: u32, snapshot: Snapshot) -> u32 {
        let id = if let Some(id) = self.known.get(&(level, snapshot)) {
            *id
        } else {
            let transition = self.work_out(view, level);
            let id = self.transitions.len() as u32;
            self.transitions.push(transition);
            self.known.insert((level, snapshot), id);
            id
        };
        if self.current.0 != snapshot {
            self.current = (snapshot, Vec::new());
        }
        let row = &mut self.current.1;
        if row.len() <= level as usize {
            row.resize(level as usize + 1, UNKNOWN);
        }
        row[level as usize] = id;
        id
    }

    /// What the nodes of a transition report, as the `view` that it was made with says.
    pub(super) fn report(&self, view: &ClassView<'_>, id: u32, outcome: Outcome) -> &NodeReport {
        let change = &self.transitions[id as usize];
        change.reports[outcome as usize].get_or_init(|| {
            let size = view.class.patches.len();
            let Level {
                has: before, pending, ..
            } = &self.sets[change.from as usize];
            let after = &self.sets[change.to as usize].has;
            let tried = PatchBits::of(&change.missing, size);
            let none = PatchBits::empty(size);
            let both = pending.union(&tried);
            let (has, pending, failed) = match outcome {
                Outcome::Scanned => (before, pending, &none),
                Outcome::Installed => (after, &none, &none),
                Outcome::Failed => (before, pending, &tried),
                Outcome::PendingReboot => (after, &both, &none),
            };
            view.report(&change.state, NodeBits { has, pending, failed })
        })
    }

    /// Whether nodes of a transition are compliant before it, as the `view` that it was made with says.
    pub(super) fn is_compliant(&self, view: &ClassView<'_>, id: u32) -> bool {
        let change = &self.transitions[id as usize];
        *change.compliant.get_or_init(|| {
            let none = PatchBits::empty(view.class.patches.len());
            let Level { has, pending, .. } = &self.sets[change.from as usize];
            let node = NodeBits {
                has,
                pending,
                failed: &none,
            };
            view.is_compliant(&change.state, node)
        })
    }

    fn work_out(&mut self, view: &ClassView<'_>, level: u32) -> Transition {
        let state = self.state(view);
        let Level { has, pending, .. } = self.sets[level as usize].clone();
        let missing = state.candidates.without(&has).to_vec();
        let mut after = has.clone();
        for patch in &missing {
            let resolves = &view.class.patches[*patch as usize].resolves;
            for patch in resolves {
                after.insert(*patch);
            }
        }
        let resolved = after.without(&has).to_vec();
        let suspect = |index: &u32| {
            let known = &view.class.patches[*index as usize];
            view.catalog.is_suspect(known.patch)
        };
        let suspects = missing.iter().copied().filter(suspect).collect();
        let suspects_pending = pending.to_vec().into_iter().filter(suspect).collect();
        let none = PatchBits::empty(view.class.patches.len());
        Transition {
            reports: NodeReports::default(),
            compliant: OnceCell::new(),
            snapshot: view.snapshot,
            state,
            from: level,
            waits: self.waits(level),
            to: self.intern(Level::new(after, none)),
            missing,
            resolved,
            suspects,
            suspects_pending,
        }
    }

    /// How the patches stand in the snapshot of a view.
    fn state(&mut self, view: &ClassView<'_>) -> Rc<PatchSets> {
        if let Some((snapshot, state)) = &self.state
            && *snapshot == view.snapshot
        {
            return Rc::clone(state);
        }
        let state = Rc::new(view.patch_sets());
        self.state = Some((view.snapshot, Rc::clone(&state)));
        state
    }
}
