//! What nodes have installed: a small number of distinct levels, each a set of patches, some of which
//! may wait for a reboot.
//!
//! Nodes of one class that went through the same successful installs have the same patches, so a
//! node is one number: its level. A (node, patch) pair costs nothing; what an install does is
//! worked out once for each pair of level and candidate set that really occurs.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use patchbench_kernel::SimTime;

use super::catalog::{Catalog, ClassCatalog, WithdrawnBy};
use super::overrides::OverriddenClass;
use super::snapshot::Snapshot;
use crate::ssm::{
    ComplianceLevel, Family, InstancePatchState, NotApproved, PatchBaseline, PatchFacts, PatchState,
    VendorSeverity, classify, summarize,
};

/// A set of patches of one class, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PatchBits(Vec<u64>);

impl PatchBits {
    fn empty(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    fn of(patches: &[u32], size: usize) -> Self {
        let mut bits = Self::empty(size);
        for patch in patches {
            bits.insert(*patch);
        }
        bits
    }

    fn insert(&mut self, index: u32) {
        self.0[index as usize / 64] |= 1 << (index % 64);
    }

    pub(super) fn contains(&self, index: u32) -> bool {
        self.0[index as usize / 64] >> (index % 64) & 1 == 1
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn union(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }
}

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

/// What a node reports at the end of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeReport {
    pub(super) state: InstancePatchState,
    /// Non-compliant patches by vendor severity, in the order of [`VendorSeverity::ALL`].
    pub(super) by_severity: [u32; VendorSeverity::ALL.len()],
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
        let none = PatchBits(vec![0; has.0.len()]);
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
        let size = before.0.len() as u32 * 64;
        let resolved: Vec<u32> = (0..size)
            .filter(|index| after.contains(*index) && !before.contains(*index))
            .collect();
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
            reports: NodeReports::default(),
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
            let (tried, none) = (PatchBits::of(&change.missing, size), PatchBits::empty(size));
            let both = pending.union(&tried);
            let (has, pending, failed) = match outcome {
                Outcome::Scanned => (before, pending, &none),
                Outcome::Installed => (after, &none, &none),
                Outcome::Failed => (before, pending, &tried),
                Outcome::PendingReboot => (after, &both, &none),
            };
            view.report(NodeBits { has, pending, failed })
        })
    }

    fn work_out(&mut self, view: &ClassView<'_>, level: u32) -> Transition {
        let at = view.instant();
        let Level {
            has: before, pending, ..
        } = self.sets[level as usize].clone();
        let mut after = before.clone();
        let mut missing = Vec::new();
        for (index, known) in view.class.patches.iter().enumerate() {
            let candidate = view
                .installs(index)
                .is_some_and(|(from, until)| from <= at && at < until);
            if candidate && !before.contains(index as u32) {
                missing.push(index as u32);
                known.resolves.iter().for_each(|patch| after.insert(*patch));
            }
        }
        let resolved = (0..view.class.patches.len() as u32)
            .filter(|index| after.contains(*index) && !before.contains(*index))
            .collect();
        let suspect = |index: &u32| {
            let known = &view.class.patches[*index as usize];
            view.catalog.is_suspect(known.patch)
        };
        let suspects = missing.iter().copied().filter(suspect).collect();
        let suspects_pending = (0..view.class.patches.len() as u32)
            .filter(|index| pending.contains(*index))
            .filter(suspect)
            .collect();
        let none = PatchBits::empty(view.class.patches.len());
        Transition {
            reports: NodeReports::default(),
            snapshot: view.snapshot,
            from: level,
            waits: self.waits(level),
            to: self.intern(Level::new(after, none)),
            missing,
            resolved,
            suspects,
            suspects_pending,
        }
    }
}

/// What is on a node after an operation.
#[derive(Clone, Copy)]
struct NodeBits<'a> {
    /// Patches that are repaired.
    has: &'a PatchBits,
    /// Those of them that wait for a reboot.
    pending: &'a PatchBits,
    /// Patches that the operation failed to install.
    failed: &'a PatchBits,
}

/// A class with its catalogue and baseline, at a snapshot.
#[derive(Clone, Copy)]
pub(super) struct ClassView<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) class: &'a ClassCatalog,
    pub(super) snapshot: Snapshot,
    pub(super) baseline: Option<&'a PatchBaseline>,
    /// What is installed instead of the candidates.
    pub(super) over: Option<&'a OverriddenClass>,
}

impl ClassView<'_> {
    fn instant(&self) -> SimTime {
        let boundaries = self.over.and_then(|over| over.boundaries.as_ref());
        match self.snapshot.number() {
            0 => SimTime::MIN,
            passed => boundaries.unwrap_or(&self.class.boundaries)[passed as usize - 1],
        }
    }

    /// From when until when a patch is installed where it is missing.
    fn installs(&self, index: usize) -> Option<(SimTime, SimTime)> {
        self.over
            .map_or(self.class.patches[index].candidate, |over| over.installs[index])
    }

    fn report(&self, node: NodeBits<'_>) -> NodeReport {
        let at = self.instant();
        let Some(baseline) = self.baseline else {
            return NodeReport::default();
        };
        let mut by_severity = [0; VendorSeverity::ALL.len()];
        let states = (0..self.class.patches.len() as u32).filter_map(|index| {
            let (facts, level) = self.facts(at, index, node)?;
            let state = classify(facts, baseline.rejected_patches_action)?;
            let listed = state != PatchState::NotApplicable || !self.dropped(at, index);
            if listed && !state.is_compliant(baseline.available_security_updates) {
                let patch = &self.catalog.patches[self.class.patches[index as usize].patch];
                by_severity[VendorSeverity::of(patch.severity.as_deref()) as usize] += 1;
            }
            listed.then_some((state, level, facts.security))
        });
        NodeReport {
            state: summarize(states, baseline.available_security_updates),
            by_severity,
        }
    }

    /// What is known of a patch on a node; `None` while it is visible to nobody.
    fn facts(&self, at: SimTime, index: u32, node: NodeBits<'_>) -> Option<(PatchFacts, ComplianceLevel)> {
        let known = &self.class.patches[index as usize];
        let patch = &self.catalog.patches[known.patch];
        if patch.visible_from() > at {
            return None;
        }
        let windows = patch.operating_system.family() == Family::Windows;
        let dropped = self.dropped(at, index);
        // What a later installed update contains is no longer there itself, if it ever was.
        let contained = known.replaced_by.iter().any(|by| node.has.contains(*by));
        // Elsewhere than on Windows one version of a package is on the node: behind an approved
        // successor it is that one which is missing (Semantics, section 8.2). What the vendor took back
        // is still there.
        let has = node.has.contains(index) && !contained;
        let outdated = has && !windows && self.superseded(at, index) && self.is_outdated(at, index);
        let level = known
            .verdict
            .approval
            .as_ref()
            .map_or(ComplianceLevel::Unspecified, |approval| approval.level_at(at));
        let facts = PatchFacts {
            installed: has && !outdated,
            pending_reboot: node.pending.contains(index),
            approved: known.candidate.is_some_and(|(from, _)| from <= at),
            rejected: known.verdict.approval == Err(NotApproved::Rejected)
                || self.withdrawn(at, index, WithdrawnBy::Monitoring),
            failed: node.failed.contains(index),
            replaced: contained || dropped,
            present_in_older_version: true,
            windows,
            security: is_security(patch.classification.as_deref()),
        };
        Some((facts, level))
    }

    /// Whether it is no longer among the available patches: a successor has taken its place, or the
    /// vendor took it back.
    fn dropped(&self, at: SimTime, index: u32) -> bool {
        self.superseded(at, index) || self.withdrawn(at, index, WithdrawnBy::Vendor)
    }

    fn superseded(&self, at: SimTime, index: u32) -> bool {
        let superseded_at = self.class.patches[index as usize].superseded_at;
        superseded_at.is_some_and(|since| since <= at)
    }

    /// Whether a newer version is offered: one that was taken back makes nothing missing.
    fn is_outdated(&self, at: SimTime, index: u32) -> bool {
        let mut newer = self.class.patches[index as usize].replaced_by.clone();
        // Versions may replace each other in more ways than can be walked.
        let mut seen = PatchBits::of(&newer, self.class.patches.len());
        while let Some(by) = newer.pop() {
            let known = &self.class.patches[by as usize];
            let offered = known
                .candidate
                .is_some_and(|(from, until)| from <= at && at < until);
            if offered {
                return true;
            }
            for by in &known.replaced_by {
                if !seen.contains(*by) {
                    seen.insert(*by);
                    newer.push(*by);
                }
            }
        }
        false
    }

    fn withdrawn(&self, at: SimTime, index: u32, by: WithdrawnBy) -> bool {
        let withdrawn = self.class.patches[index as usize].withdrawn;
        withdrawn.is_some_and(|withdrawal| withdrawal.by == by && withdrawal.at <= at)
    }
}

fn is_security(classification: Option<&str>) -> bool {
    classification.is_some_and(|name| {
        name.eq_ignore_ascii_case("Security") || name.eq_ignore_ascii_case("SecurityUpdates")
    })
}
