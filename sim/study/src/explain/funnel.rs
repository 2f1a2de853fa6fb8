//! How far a patch came in the fleet: nodes that passed each gate by an instant, and who is left where.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::ssm::{InvocationStatus, NodeSet};
use patchbench_model::world::{Catalog, CommandId, Plan, WithdrawnBy, simulate};

use super::Explainer;
use super::approach::Approach;
use super::history::{History, Targeted, reason, targeted};
use super::names::{NodeNames, PatchName};
use super::raw::{RawFate, RawOpportunity};
use super::reason::Reason;
use super::watch::{Keep, Watch, Watched};
use crate::approvals::why;

/// How far a patch came.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// The patch; the ones that share its name.
    pub patches: Vec<PatchName>,
    /// The instant that was asked about.
    pub at: SimTime,
    /// When the simulation ends.
    pub horizon: SimTime,
    /// Seed of all draws.
    pub seed: u64,
    /// The replication that was played.
    pub replication: u64,
    /// Those of the patches that had been taken back by then: when, and by whom.
    pub withdrawn: Vec<(PatchName, SimTime, WithdrawnBy)>,
    /// By patch group.
    pub groups: Vec<FunnelGroup>,
}

/// How far it came in a patch group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunnelGroup {
    /// Patch group; empty for nodes without one.
    pub group: String,
    /// Baselines of its nodes, each with what it says of the patch.
    pub baselines: Vec<(String, String)>,
    /// Nodes of the group.
    pub nodes: u32,
    /// Nodes that the patch applies to.
    pub applicable: u32,
    /// Of these, nodes that had it at the start. They are in none of the five counts that follow.
    pub at_start: u32,
    /// Nodes for which it, or a successor that replaces it, was approved.
    pub approved: u32,
    /// Of these, nodes that a task installs on.
    pub targeted: u32,
    /// Of these, nodes for which such a window opened after the approval.
    pub opened: u32,
    /// Of these, nodes that the install was sent to.
    pub sent: u32,
    /// Of these, nodes that installed it.
    pub installed: u32,
    /// Nodes on which the fault of the patch had shown, whether or not they installed it.
    pub broken: u32,
    /// What they installed: the patch, or a successor that replaces it.
    pub inside: Vec<(PatchName, u32)>,
    /// Invocations that were sent with it, by their status at the instant.
    pub invocations: Vec<(InvocationStatus, u32)>,
    /// Nodes without it, by reason and by the opening that the reason speaks of.
    pub left: Vec<Left>,
}

/// Nodes without the patch for the same reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Why.
    pub reason: Reason,
    /// Window and opening, where the reason speaks of one.
    pub opening: Option<(String, SimTime)>,
    /// Which nodes.
    pub nodes: NodeNames,
}

impl FunnelGroup {
    /// Nodes that have the patch.
    pub const fn has(&self) -> u32 {
        self.at_start + self.installed
    }
}

/// Histories of all nodes, updated as their opportunities are settled.
struct Fleet<'a> {
    plan: &'a Plan<'a>,
    catalog: &'a Catalog,
    approaches: &'a [Approach<'a>],
    at: SimTime,
    histories: Vec<History>,
    /// Invocations by patch group and status.
    invocations: Vec<BTreeMap<InvocationStatus, u32>>,
}

impl Keep for Fleet<'_> {
    fn keep(&mut self, node: u32, opportunity: RawOpportunity) {
        let class = self.plan.pool_class[self.plan.pool_of(node)];
        let Some(known) = opportunity.as_of(self.plan, self.at) else {
            return;
        };
        let taken = self.histories[node as usize].take(&self.approaches[class], self.plan, known, self.at);
        if let (true, RawFate::Sent { end, .. }) = (taken, known.fate) {
            let status = end.map_or(InvocationStatus::InProgress, |end| end.status);
            let group = self.plan.classes[class].group;
            *self.invocations[group].entry(status).or_default() += 1;
        }
    }
}

impl Explainer<'_> {
    /// How far the patches of one name came in the fleet by an instant.
    pub fn funnel(&self, patches: &[usize], at: SimTime) -> Funnel {
        let (plan, catalog) = (self.plan, &*self.catalog);
        let approaches: Vec<Approach<'_>> = (0..plan.classes.len())
            .map(|class| Approach::new(plan, catalog, class, patches, at))
            .collect();
        let fleet = Fleet {
            plan,
            catalog,
            approaches: &approaches,
            at,
            histories: vec![History::default(); plan.nodes() as usize],
            invocations: vec![BTreeMap::new(); plan.groups.len()],
        };
        let all = 0..plan.nodes();
        let all = NodeSet::from_ranges(vec![all]);
        let carriers = approaches
            .iter()
            .map(|approach| approach.carriers.clone())
            .collect();
        let mut watch = Watch::new(plan, catalog, all, carriers, fleet);
        simulate(plan, self.seed, self.replication, &mut watch);
        let Watched {
            kept: fleet,
            symptoms,
            ..
        } = watch.finish();
        let broken: BTreeSet<u32> = symptoms
            .iter()
            .filter(|symptom| symptom.at <= at && patches.contains(&symptom.patch))
            .map(|symptom| symptom.node)
            .collect();
        let names = patches
            .iter()
            .map(|patch| PatchName::of(&catalog.patches[*patch]));
        Funnel {
            patches: names.collect(),
            at,
            horizon: plan.config.horizon,
            seed: self.seed,
            replication: self.replication,
            withdrawn: withdrawn(catalog, patches, at),
            groups: (0..plan.groups.len())
                .map(|group| group_of(&fleet, group, &broken))
                .collect(),
        }
    }
}

/// Which of some patches had been taken back by an instant.
fn withdrawn(catalog: &Catalog, patches: &[usize], at: SimTime) -> Vec<(PatchName, SimTime, WithdrawnBy)> {
    let met = |patch: usize| {
        let classes = catalog.classes.iter();
        let mut known =
            classes.flat_map(|class| class.patches.iter().filter(move |known| known.patch == patch));
        known.find_map(|known| known.withdrawn)
    };
    let taken = patches.iter().filter_map(|patch| {
        let withdrawal = met(*patch).filter(|withdrawal| withdrawal.at <= at)?;
        let name = PatchName::of(&catalog.patches[*patch]);
        Some((name, withdrawal.at, withdrawal.by))
    });
    taken.collect()
}

/// A reason, and the opening that it speaks of.
type Place = (Reason, Option<(SimTime, usize)>);

fn group_of(fleet: &Fleet<'_>, group: usize, broken: &BTreeSet<u32>) -> FunnelGroup {
    let plan = fleet.plan;
    let mut counted = FunnelGroup {
        group: plan.groups[group].name.clone(),
        baselines: baselines(fleet, group),
        nodes: plan.groups[group].nodes,
        invocations: fleet.invocations[group]
            .iter()
            .map(|(status, count)| (*status, *count))
            .collect(),
        ..FunnelGroup::default()
    };
    let mut left: BTreeMap<Place, Vec<u32>> = BTreeMap::new();
    let mut inside: BTreeMap<usize, u32> = BTreeMap::new();
    let pools = plan.pool_nodes.iter().zip(&plan.pool_class).enumerate();
    for (pool, (nodes, class)) in pools.filter(|(_, (_, class))| plan.classes[**class].group == group) {
        let approach = &fleet.approaches[*class];
        counted.applicable += u32::from(approach.applies.is_ok()) * nodes.len() as u32;
        counted.broken += broken.range(nodes.clone()).count() as u32;
        if approach.installed_through(plan.config.pools[pool].patched_through) {
            counted.at_start += nodes.len() as u32;
            continue;
        }
        for node in nodes.clone() {
            let history = &fleet.histories[node as usize];
            if let Some(carrier) = history.had.and_then(|had| had.carrier()) {
                let patch = fleet.catalog.classes[*class].patches[carrier as usize].patch;
                *inside.entry(patch).or_default() += 1;
            }
            let targeted = targeted(approach, plan, node, fleet.at);
            if let Some(place) = count(&mut counted, approach, history, (targeted, fleet)) {
                left.entry(place).or_default().push(node);
            }
        }
    }
    let named = |((reason, opening), nodes): (&Place, &Vec<u32>)| Left {
        reason: *reason,
        opening: opening.map(|(opens, window)| (plan.config.windows[window].name.clone(), opens)),
        nodes: NodeNames::of(plan, nodes),
    };
    counted.left = left.iter().map(named).collect();
    let name = |patch: &usize| PatchName::of(&fleet.catalog.patches[*patch]);
    counted.inside = inside
        .iter()
        .map(|(patch, nodes)| (name(patch), *nodes))
        .collect();
    counted
}

/// Counts a node through the gates; where it is left, if it is.
fn count(
    counted: &mut FunnelGroup,
    approach: &Approach<'_>,
    history: &History,
    (targeted, fleet): (Targeted, &Fleet<'_>),
) -> Option<Place> {
    // What a task's list names, or an execution still has, comes without an approval.
    let approved = approach.blocked(fleet.at).is_none() || history.opportunities > 0;
    let passed = [
        (approved, &mut counted.approved),
        (targeted == Targeted::Installs, &mut counted.targeted),
        (history.opportunities > 0, &mut counted.opened),
        (history.sent, &mut counted.sent),
        (history.had.is_some(), &mut counted.installed),
    ];
    for (_, counter) in passed.into_iter().take_while(|(passed, _)| *passed) {
        *counter += 1;
    }
    if history.had.is_some() {
        return None;
    }
    let why = reason(approach, history, targeted, fleet.at);
    let opening = history.last.filter(|_| why.is_of_opportunity()).map(|last| {
        let CommandId { window, .. } = last.command;
        (last.opens(fleet.plan), window)
    });
    Some((why, opening))
}

/// The baselines of a group's nodes with what they say.
fn baselines(fleet: &Fleet<'_>, group: usize) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for approach in fleet
        .approaches
        .iter()
        .filter(|approach| approach.class().group == group)
    {
        let (Some(baseline), Some(known)) = (approach.baseline(), approach.known) else {
            continue;
        };
        let says = (baseline.name.clone(), why(known, approach.verdict_since()));
        if !found.contains(&says) {
            found.push(says);
        }
    }
    found
}
