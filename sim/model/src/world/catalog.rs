//! The patches of a replication as each class of node meets them.

use patchbench_kernel::SimTime;

use super::epochs::Era;
use super::overrides::{OverriddenClass, overridden};
use super::patch_sets::Columns;
use super::plan::{Class, Plan};
use crate::catalog::{ById, Flaw, Patch, PatchSet};
use crate::config::Supersedence;
use crate::ssm::{
    ApprovalVerdict, Family, NotApproved, OperatingSystem, PatchView, VendorSeverity, evaluate,
};

/// The patches of a replication, and what every class of node makes of them.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// All patches.
    pub patches: Vec<Patch>,
    /// By class, in the order of [`Plan::classes`], under the baseline at the start.
    pub classes: Vec<ClassCatalog>,
    /// What each override of a task makes of each class, where it makes something of it.
    pub overridden: Vec<Vec<Option<OverriddenClass>>>,
    /// What is wrong with them, in their order.
    pub flaws: Vec<Flaw>,
    /// Good patches (indices, rising) that will raise a false alarm.
    pub false_alarms: Vec<usize>,
    /// By class: under the baselines that changes bring, in the order of [`Class::later`].
    pub later: Vec<Vec<Era>>,
}

/// The patches that apply to one class of node.
#[derive(Clone, Debug)]
pub struct ClassCatalog {
    /// The patches, by approval (never approved ones last).
    pub patches: Vec<ClassPatch>,
    /// Instants at which the set of candidates, of visible security updates or a compliance level
    /// changes, rising.
    pub(super) boundaries: Vec<SimTime>,
    pub(super) columns: Columns,
}

/// One patch as a class of node meets it.
#[derive(Clone, Debug)]
pub struct ClassPatch {
    /// Index into [`Catalog::patches`].
    pub patch: usize,
    /// What the baseline says of it.
    pub verdict: ApprovalVerdict,
    /// From when until when (exclusive) it is a candidate for installation, if ever: approved,
    /// available and not superseded. Semantics, sections 2.4 and 2.6.
    pub candidate: Option<(SimTime, SimTime)>,
    /// From when on nodes can see it, what it counts as there, and whether it is a security update:
    /// said of the patch itself, and kept here since every report asks.
    pub(super) visible_from: SimTime,
    pub(super) severity: VendorSeverity,
    pub(super) security: bool,
    /// When a successor took its place, whether or not it had been approved by then; never where
    /// superseded patches are kept.
    pub superseded_at: Option<SimTime>,
    /// When it was taken back, if it was, and by whom.
    pub withdrawn: Option<Withdrawal>,
    /// Patches of this class (indices) that are repaired when this one is installed: itself and
    /// everything it replaces, directly or through others.
    pub resolves: Vec<u32>,
    /// Patches of this class (indices) that replace this one directly.
    pub(super) replaced_by: Vec<u32>,
}

/// A patch is taken back: from then on nobody is offered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: SimTime,
    /// By whom.
    pub by: WithdrawnBy,
}

/// Who takes a patch back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WithdrawnBy {
    /// The vendor withdrew it.
    Vendor,
    /// An alarm of the monitoring put it on the rejected lists.
    Monitoring,
}

impl Catalog {
    /// Evaluates the baselines of all classes.
    pub(super) fn new(
        plan: &Plan<'_>,
        patches: Vec<Patch>,
        flaws: Vec<Flaw>,
        false_alarms: Vec<usize>,
    ) -> Self {
        let by_vendor = vendor_withdrawals(&patches, &flaws);
        let (mut classes, mut later) = (Vec::new(), Vec::new());
        for class in &plan.classes {
            let (first, eras) = Met::new(plan, class, &patches, &by_vendor).eras();
            classes.push(first);
            later.push(eras);
        }
        let mut catalog = Self {
            patches,
            classes,
            later,
            overridden: Vec::new(),
            flaws,
            false_alarms,
        };
        catalog.overridden = overridden(plan, &catalog);
        catalog
    }

    /// What is wrong with a patch.
    pub fn flaws_of(&self, patch: usize) -> &[Flaw] {
        let first = self.flaws.partition_point(|flaw| flaw.patch < patch);
        let count = self.flaws[first..].partition_point(|flaw| flaw.patch == patch);
        &self.flaws[first..first + count]
    }

    /// When the vendor withdraws each patch, if ever.
    pub(super) fn withdrawn_by_vendor(&self) -> Vec<Option<SimTime>> {
        vendor_withdrawals(&self.patches, &self.flaws)
    }

    /// Whether something happens when a node installs a patch: it may break, or a false alarm rises.
    pub(super) fn is_suspect(&self, patch: usize) -> bool {
        !self.flaws_of(patch).is_empty() || self.false_alarms.binary_search(&patch).is_ok()
    }

    /// Takes a patch back in the middle of a run, whatever baseline is in force now or later.
    pub(super) fn withdraw(&mut self, patch: usize, withdrawal: Withdrawal) {
        for (number, class) in self.classes.iter_mut().enumerate() {
            let Some(place) = class.patches.iter().position(|known| known.patch == patch) else {
                continue;
            };
            class.withdraw(place, withdrawal);
            for era in &mut self.later[number] {
                era.class.withdraw(place, withdrawal);
            }
            for by_class in &mut self.overridden {
                if let Some(over) = &mut by_class[number] {
                    over.withdraw(place, withdrawal.at);
                }
            }
        }
    }

    /// The successor (index into the patches) that took the place of a class's patch, if one did,
    /// after some of the changes of the class.
    pub fn superseded_by(&self, class: usize, era: usize, known: &ClassPatch) -> Option<usize> {
        let of_class = &self.in_era(class, era).patches;
        let own = of_class.iter().position(|other| other.patch == known.patch)? as u32;
        let gives_way = |other: &&ClassPatch| {
            let successor = &self.patches[other.patch];
            let at = gives_way_at(successor.operating_system, successor, &other.verdict);
            other.patch != known.patch && other.resolves.contains(&own) && at == known.superseded_at
        };
        known.superseded_at?;
        of_class.iter().find(gives_way).map(|other| other.patch)
    }
}

impl ClassPatch {
    /// Whether nodes that are patched through an instant have it, and what it replaces, at the start.
    pub fn is_installed_through(&self, through: SimTime) -> bool {
        self.candidate.is_some_and(|(from, _)| from <= through)
    }
}

/// A class and the patches that apply to it, to be judged by its baselines.
struct Met<'a> {
    plan: &'a Plan<'a>,
    class: &'a Class,
    patches: &'a [Patch],
    /// When the vendor withdraws each of them.
    by_vendor: &'a [Option<SimTime>],
    applicable: Vec<usize>,
    /// By applicable patch: those that replace it directly.
    replaced: Vec<Vec<usize>>,
}

impl<'a> Met<'a> {
    fn new(
        plan: &'a Plan<'a>,
        class: &'a Class,
        patches: &'a [Patch],
        by_vendor: &'a [Option<SimTime>],
    ) -> Self {
        // Without any baseline nobody asks about patches.
        let judged = class.baselines().next().is_some();
        let applicable: Vec<usize> = (0..patches.len())
            .filter(|index| judged && applies(class, &patches[*index]).is_ok())
            .collect();
        let replaced = successors(&applicable, patches);
        Self {
            plan,
            class,
            patches,
            by_vendor,
            applicable,
            replaced,
        }
    }

    /// The class under its baselines, one after the other. All have their patches in the order of the
    /// first.
    fn eras(&self) -> (ClassCatalog, Vec<Era>) {
        let mut listed = self.listed(self.class.baseline);
        listed.sort_by_key(|(local, known)| {
            let at = known
                .verdict
                .approval
                .as_ref()
                .map_or(SimTime::MAX, |approval| approval.at);
            (at, *local)
        });
        let mut place = vec![0; listed.len()];
        for (order, (local, _)) in listed.iter().enumerate() {
            place[*local] = order;
        }
        let first = ClassCatalog::with_order(listed, &self.replaced);
        let mut later: Vec<Era> = Vec::new();
        for change in &self.class.later {
            let mut listed = self.listed(change.baseline);
            listed.sort_by_key(|(local, _)| place[*local]);
            let class = ClassCatalog::with_order(listed, &self.replaced);
            later.push(Era {
                from: change.from,
                class,
            });
        }
        (first, later)
    }

    /// What a baseline says of a patch; without one nothing is approved.
    fn verdict(&self, baseline: Option<usize>, index: usize) -> ApprovalVerdict {
        let view = PatchView {
            patch: &self.patches[index],
            node_product: self.class.product.as_deref(),
        };
        let config = self.plan.config;
        match baseline {
            Some(baseline) => evaluate(&config.baselines[baseline], view, &config.settings),
            None => ApprovalVerdict {
                approval: Err(NotApproved::NoRule),
                rules: Vec::new(),
            },
        }
    }

    fn listed(&self, baseline: Option<usize>) -> Vec<(usize, ClassPatch)> {
        let (class, patches) = (self.class, self.patches);
        let drop = self.plan.config.settings.supersedence == Supersedence::Drop;
        let verdicts: Vec<ApprovalVerdict> = self
            .applicable
            .iter()
            .map(|index| self.verdict(baseline, *index))
            .collect();
        let mut listed: Vec<(usize, ClassPatch)> = Vec::new();
        let mut ancestors = Ancestors::new(&self.replaced);
        for (local, (index, verdict)) in self.applicable.iter().zip(&verdicts).enumerate() {
            let superseded_at = ancestors
                .of(local)
                .iter()
                .filter(|by| drop && **by != local)
                .filter_map(|by| {
                    gives_way_at(
                        class.operating_system,
                        &patches[self.applicable[*by]],
                        &verdicts[*by],
                    )
                })
                .min();
            let from = verdict
                .approval
                .as_ref()
                .ok()
                .map(|approval| approval.at.max(patches[*index].visible_from()));
            let withdrawn = self.by_vendor[*index].map(|at| Withdrawal {
                at,
                by: WithdrawnBy::Vendor,
            });
            let until = superseded_at.into_iter().chain(self.by_vendor[*index]).min();
            let until = until.unwrap_or(SimTime::MAX);
            let candidate = from.filter(|from| *from < until).map(|from| (from, until));
            listed.push((
                local,
                ClassPatch {
                    patch: *index,
                    visible_from: patches[*index].visible_from(),
                    severity: VendorSeverity::of(patches[*index].severity.as_deref()),
                    security: is_security(patches[*index].classification.as_deref()),
                    verdict: verdict.clone(),
                    candidate,
                    superseded_at,
                    withdrawn,
                    resolves: Vec::new(),
                    replaced_by: self.replaced[local].iter().map(|by| *by as u32).collect(),
                },
            ));
        }
        listed
    }
}

impl ClassCatalog {
    /// A class as its baseline at the start judges it.
    pub(super) fn new(
        plan: &Plan<'_>,
        class: &Class,
        patches: &[Patch],
        by_vendor: &[Option<SimTime>],
    ) -> Self {
        Met::new(plan, class, patches, by_vendor).eras().0
    }

    fn with_order(listed: Vec<(usize, ClassPatch)>, replaced: &[Vec<usize>]) -> Self {
        let mut place = vec![0u32; listed.len()];
        for (order, (local, _)) in listed.iter().enumerate() {
            place[*local] = order as u32;
        }
        let locals: Vec<usize> = listed.iter().map(|(local, _)| *local).collect();
        let mut ordered: Vec<ClassPatch> = listed.into_iter().map(|(_, known)| known).collect();
        let mut ancestors = Ancestors::new(replaced);
        for (order, local) in locals.iter().enumerate() {
            for by in &mut ordered[order].replaced_by {
                *by = place[*by as usize];
            }
            for by in ancestors.of(*local) {
                ordered[place[*by] as usize].resolves.push(order as u32);
            }
        }
        let mut boundaries: Vec<SimTime> = Vec::new();
        for known in &ordered {
            boundaries.extend(known.candidate.iter().flat_map(|(from, until)| [*from, *until]));
            boundaries.push(known.visible_from);
            boundaries.extend(known.superseded_at);
            boundaries.extend(known.withdrawn.map(|withdrawal| withdrawal.at));
            let levels = known
                .verdict
                .approval
                .iter()
                .flat_map(|approval| &approval.levels);
            boundaries.extend(levels.map(|(from, _)| *from));
        }
        boundaries.sort_unstable();
        boundaries.dedup();
        Self {
            columns: Columns::new(&ordered),
            patches: ordered,
            boundaries,
        }
    }

    /// Takes a patch (by position) back from now on. The new boundary lies behind all that were passed before, even
    /// those at the same instant, so that what is known of earlier states stays true.
    fn withdraw(&mut self, place: usize, withdrawal: Withdrawal) {
        let known = &mut self.patches[place];
        if known.withdrawn.is_some_and(|earlier| earlier.at <= withdrawal.at) {
            return;
        }
        known.withdrawn = Some(withdrawal);
        known.candidate = known
            .candidate
            .map(|(from, until)| (from, until.min(withdrawal.at)))
            .filter(|(from, until)| from < until);
        let place = self
            .boundaries
            .partition_point(|boundary| *boundary <= withdrawal.at);
        self.boundaries.insert(place, withdrawal.at);
        self.columns = Columns::new(&self.patches);
    }

    /// Which state of the candidates holds at an instant: the number of boundaries passed.
    pub(super) fn snapshot(&self, at: SimTime) -> u32 {
        self.boundaries.partition_point(|boundary| *boundary <= at) as u32
    }
}

/// When the vendor withdraws each patch, if ever: the earliest of its flaws' instants.
fn vendor_withdrawals(patches: &[Patch], flaws: &[Flaw]) -> Vec<Option<SimTime>> {
    let mut withdrawn: Vec<Option<SimTime>> = vec![None; patches.len()];
    for flaw in flaws {
        let both = withdrawn[flaw.patch].into_iter().chain(flaw.withdrawn_at);
        withdrawn[flaw.patch] = both.min();
    }
    withdrawn
}

/// Why a patch is none of a node's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotApplicable {
    /// It is for another operating system.
    OperatingSystem,
    /// It is for another product of the operating system.
    Product,
    /// It is for an application that the node does not have.
    Application,
}

/// A patch is a node's business if it is for its system and product, or for an application on it.
///
/// # Errors
/// What keeps it from being so.
pub fn applies(class: &Class, patch: &Patch) -> Result<(), NotApplicable> {
    if patch.operating_system != class.operating_system {
        return Err(NotApplicable::OperatingSystem);
    }
    let (fits, otherwise) = match (&patch.product, patch.patch_set) {
        (Some(product), PatchSet::Application) => {
            (class.applications.contains(product), NotApplicable::Application)
        }
        (None, PatchSet::Application) => (!class.applications.is_empty(), NotApplicable::Application),
        (Some(product), PatchSet::Os) => {
            let same = class.product.as_ref().is_none_or(|own| own == product);
            (same, NotApplicable::Product)
        }
        (None, PatchSet::Os) => (true, NotApplicable::Product),
    };
    if fits { Ok(()) } else { Err(otherwise) }
}

/// For each applicable patch, the applicable ones (by position) that replace it directly.
fn successors(applicable: &[usize], patches: &[Patch]) -> Vec<Vec<usize>> {
    let by_id = ById::new(applicable.iter().map(|index| &patches[*index]));
    let mut replaced = vec![Vec::new(); applicable.len()];
    for (local, index) in applicable.iter().enumerate() {
        for id in &patches[*index].supersedes {
            if let Some(found) = by_id.position(id) {
                replaced[found].push(local);
            }
        }
    }
    replaced
}

/// Walks from patches to what replaces them, in time that follows what it finds.
struct Ancestors<'r> {
    replaced: &'r [Vec<usize>],
    reached: Vec<usize>,
    /// By patch: the start of the walk that reached it last.
    seen: Vec<usize>,
}

impl<'r> Ancestors<'r> {
    fn new(replaced: &'r [Vec<usize>]) -> Self {
        Self {
            replaced,
            reached: Vec::new(),
            seen: vec![usize::MAX; replaced.len()],
        }
    }

    /// The patch itself and everything that replaces it, directly or through others.
    fn of(&mut self, local: usize) -> &[usize] {
        self.reached.clear();
        self.reached.push(local);
        self.seen[local] = local;
        let mut at = 0;
        while at < self.reached.len() {
            for by in &self.replaced[self.reached[at]] {
                if self.seen[*by] != local {
                    self.seen[*by] = local;
                    self.reached.push(*by);
                }
            }
            at += 1;
        }
        &self.reached
    }
}

/// When a successor takes a patch's place: on Windows with its release, elsewhere when it is itself
/// approved, since there the newest approved version counts. Semantics, section 2.6.
fn gives_way_at(os: OperatingSystem, successor: &Patch, verdict: &ApprovalVerdict) -> Option<SimTime> {
    if os.family() == Family::Windows {
        return Some(successor.visible_from());
    }
    verdict
        .approval
        .as_ref()
        .ok()
        .map(|approval| approval.at.max(successor.visible_from()))
}

fn is_security(classification: Option<&str>) -> bool {
    classification.is_some_and(|name| {
        name.eq_ignore_ascii_case("Security") || name.eq_ignore_ascii_case("SecurityUpdates")
    })
}
