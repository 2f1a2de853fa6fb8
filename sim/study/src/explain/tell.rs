//! Telling the chain of one node: its opportunities are watched, judged, and put in order.

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::config::Edit;
use patchbench_model::ssm::NodeSet;
use patchbench_model::world::{Opening, simulate};

use super::Explainer;
use super::approach::Approach;
use super::basis;
use super::chain::{Had, HadHow, NodeExplanation, Step, Verdict, What};
use super::conditions::Conditions;
use super::history::{History, Targeted, brought, counts, reason, reason_of, targeted};
use super::names::PatchName;
use super::opportunity::{Fate, Namer};
use super::raw::{RawFate, RawOpportunity, RawSymptom};
use super::reason::Reason;
use super::steps::{CatalogSteps, plain};
use super::watch::{Watch, Watched};

impl Explainer<'_> {
    /// Why a node has one of these patches (the one that applies to it) or not at an instant.
    pub fn node(&self, node: u32, patches: &[usize], at: SimTime) -> NodeExplanation {
        let (plan, catalog) = (self.plan, &*self.catalog);
        let pool = plan.pool_of(node);
        let approach = Approach::new(plan, catalog, plan.pool_class[pool], patches, at);
        let mut carriers = vec![Vec::new(); plan.classes.len()];
        carriers[approach.class].clone_from(&approach.carriers);
        let only = node..node + 1;
        let nodes = NodeSet::from_ranges(vec![only]);
        let mut watch = Watch::new(plan, catalog, nodes, carriers, Vec::new());
        simulate(plan, self.seed, self.replication, &mut watch);
        let Watched {
            kept: mut opportunities,
            logs,
            symptoms,
        } = watch.finish();
        opportunities
            .sort_by_key(|opportunity: &RawOpportunity| (opportunity.opens(plan), opportunity.command));
        let namer = Namer {
            plan,
            catalog,
            logs: &logs,
            class: approach.class,
            conditions: Conditions {
                plan,
                luck: Streams::new(self.seed, self.replication),
                node,
                symptoms: &symptoms,
            },
            at,
        };
        let through = plan.config.pools[pool].patched_through;
        let told = Telling {
            approach: &approach,
            namer,
            opportunities,
            at_start: approach.installed_through(through).then_some(through),
            targeted: targeted(&approach, plan, node, at),
            node,
        };
        told.explain(self)
    }
}

/// All that an explanation is made of.
struct Telling<'a> {
    approach: &'a Approach<'a>,
    namer: Namer<'a>,
    /// Opportunities to the horizon, in order of opening.
    opportunities: Vec<RawOpportunity>,
    /// The node has it from the start: its pool is patched through this instant.
    at_start: Option<SimTime>,
    targeted: Targeted,
    node: u32,
}

impl Telling<'_> {
    fn explain(&self, explainer: &Explainer<'_>) -> NodeExplanation {
        let node = self.node;
        let (plan, at, horizon) = (self.namer.plan, self.namer.at, self.namer.plan.config.horizon);
        let (group, tags) = plan.tags_at(plan.pool_of(node), at);
        let history = self.history(at);
        let verdict = self.verdict(&history);
        let later = match verdict {
            Verdict::Has(_) => None,
            Verdict::HasNot { .. } => self.had(&self.history(horizon), horizon),
        };
        let drawn = plan.shared_catalog.is_none() && self.approach.applies.is_ok();
        let by_chance = drawn
            || match &verdict {
                Verdict::Has(had) => matches!(had.how, HadHow::Installed { .. }),
                Verdict::HasNot { reason, .. } => reason.is_of_opportunity(),
            };
        NodeExplanation {
            node: plan.node_name(node),
            group: group.unwrap_or_default().to_owned(),
            tags: tags
                .iter()
                .map(|(key, value)| format!("{key} = {value}"))
                .collect(),
            patch: PatchName::of(self.approach.patch()),
            at,
            horizon,
            seed: explainer.seed,
            replication: explainer.replication,
            chain: self.chain(&verdict),
            verdict,
            later,
            next_opening: self.next_opening(),
            by_chance,
        }
    }

    /// What became of the opportunities up to an instant.
    fn history(&self, at: SimTime) -> History {
        let plan = self.namer.plan;
        let mut history = History::default();
        for opportunity in self
            .opportunities
            .iter()
            .filter_map(|opportunity| opportunity.as_of(plan, at))
        {
            history.take(self.approach, plan, opportunity, at);
        }
        history
    }

    fn verdict(&self, history: &History) -> Verdict {
        let at = self.namer.at;
        if let Some(had) = self.had(history, at) {
            return Verdict::Has(had);
        }
        let reason = reason(self.approach, history, self.targeted, at);
        let last = history.last.filter(|_| reason.is_of_opportunity());
        Verdict::HasNot {
            reason,
            others: self.tally(at, last.as_ref()),
            last: last.map(|raw| Box::new(self.namer.opportunity(&raw, true))),
        }
    }

    fn had(&self, history: &History, at: SimTime) -> Option<Had> {
        let plan = self.namer.plan;
        if let Some(patched_through) = self.at_start {
            return Some(Had {
                since: plan.config.start,
                how: HadHow::AtStart { patched_through },
                before: Vec::new(),
            });
        }
        let raw = history.had?;
        let end = brought(&raw)?;
        let named = self.namer.opportunity(&raw, true);
        let Fate::Sent(invocation) = named.fate else {
            return None;
        };
        let own = PatchName::of(self.approach.patch());
        Some(Had {
            since: end.at,
            how: HadHow::Installed {
                window: named.window,
                surface: named.surface,
                opened: named.opened,
                task: named.task,
                inside: invocation.found.filter(|found| *found != own),
                rebooted: invocation.rebooted,
                pending_reboot: invocation.pending_reboot
                    && self.reboot_after(end.at).is_none_or(|reboot| reboot > at),
                lost: invocation.broken_by,
            },
            before: self.tally(end.at, Some(&raw)),
        })
    }

    /// The first reboot of the node by a command after an instant.
    fn reboot_after(&self, since: SimTime) -> Option<SimTime> {
        let reboot = |opportunity: &RawOpportunity| match opportunity.fate {
            RawFate::Sent { end: Some(end), .. } if end.rebooted && end.at > since => Some(end.at),
            _ => None,
        };
        self.opportunities.iter().filter_map(reboot).min()
    }

    /// How the opportunities other than `except` went that were settled by an instant.
    fn tally(&self, at: SimTime, except: Option<&RawOpportunity>) -> Vec<(Reason, u32)> {
        let plan = self.namer.plan;
        let known = self
            .opportunities
            .iter()
            .filter_map(|opportunity| opportunity.as_of(plan, at));
        let mut tally: Vec<(Reason, u32)> = Vec::new();
        for opportunity in known {
            if except.is_some_and(|except| except.command == opportunity.command)
                || opportunity.settled(plan) == SimTime::MAX
                || !counts(self.approach, plan, &opportunity, at)
            {
                continue;
            }
            let reason = reason_of(&opportunity);
            match tally.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => tally.push((reason, 1)),
            }
        }
        tally.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        tally
    }

    /// Whether a window installs on the node when it opens.
    fn installs(&self, window: usize, opening: &Opening) -> bool {
        let version = &self.namer.plan.versions[window][opening.version];
        version.installs_on().contains(self.node)
    }

    /// Changes up to an instant that concern the node: its baseline, its tags, or a window that
    /// installs on it before or afterwards.
    fn changes(&self, end: SimTime) -> Vec<Step> {
        let (plan, node) = (self.namer.plan, self.node);
        let pool = plan.pool_of(node);
        let touches = |number: usize| {
            let change = &plan.config.changes[number];
            let baseline = self
                .approach
                .class()
                .later
                .iter()
                .any(|known| known.change == number);
            let tags = change.pools.iter().any(|retagged| retagged.pool == pool);
            let window = |window: usize| {
                let mut versions = plan.versions[window].iter();
                versions.any(|version| version.installs_on().contains(node))
            };
            baseline || tags || change.windows.iter().any(|known| window(known.window))
        };
        let step = |number: usize| {
            let change = &plan.config.changes[number];
            let edit = |edit: &Edit| (edit.path.clone(), edit.value.clone());
            Step {
                at: Some(change.at),
                what: What::Changed {
                    name: change.name.clone(),
                    edits: change.edits.iter().map(edit).collect(),
                },
                basis: vec![basis::SNAPSHOT],
            }
        };
        let changes = (0..plan.config.changes.len()).filter(|number| touches(*number));
        changes
            .filter(|number| (plan.config.start..=end).contains(&plan.config.changes[*number].at))
            .map(step)
            .collect()
    }

    /// Faults that show on the node apart from installs: those of the patch itself even after the node got
    /// it.
    fn latent(&self, end: SimTime) -> impl Iterator<Item = Step> {
        let own = self.approach.patch;
        let told = move |symptom: &&RawSymptom| {
            let until = if symptom.patch == own { self.namer.at } else { end };
            !symptom.at_install && symptom.at <= until
        };
        self.namer
            .conditions
            .symptoms
            .iter()
            .filter(told)
            .map(|symptom| Step {
                at: Some(symptom.at),
                what: What::Symptom {
                    patch: PatchName::of(&self.namer.catalog.patches[symptom.patch]),
                    until: symptom.until,
                },
                basis: Vec::new(),
            })
    }

    /// Openings that change freezes have held back since the approval.
    fn frozen(&self, end: SimTime) -> Vec<Step> {
        let plan = self.namer.plan;
        let Some(from) = self.approach.offered_from() else {
            return Vec::new();
        };
        let windows = 0..plan.frozen.len();
        let held = windows.flat_map(|window| plan.frozen[window].iter().map(move |held| (window, *held)));
        held.filter(|(_, (opening, _))| (from..=end).contains(&opening.opens))
            .filter(|(window, (opening, _))| self.installs(*window, opening))
            .map(|(window, (opening, freeze))| Step {
                at: Some(opening.opens),
                what: What::Frozen {
                    window: plan.config.windows[window].name.clone(),
                    freeze: plan.config.freezes[freeze].name.clone(),
                },
                basis: Vec::new(),
            })
            .collect()
    }

    fn next_opening(&self) -> Option<(String, SimTime)> {
        let plan = self.namer.plan;
        let next = |window: usize| {
            let mut openings = plan.openings[window].iter();
            openings
                .find(|opening| opening.opens > self.namer.at && self.installs(window, opening))
                .map(|opening| (opening.opens, window))
        };
        let (opens, window) = (0..plan.openings.len()).filter_map(next).min()?;
        Some((plan.config.windows[window].name.clone(), opens))
    }

    fn catalog_steps(&self) -> CatalogSteps<'_> {
        CatalogSteps {
            approach: self.approach,
            catalog: self.namer.catalog,
        }
    }

    fn chain(&self, verdict: &Verdict) -> Vec<Step> {
        let mut steps = self.catalog_steps().rules();
        steps.extend(self.timeline(verdict));
        steps
    }

    /// What happened, in order of time, until the node had the patch or the instant was reached.
    fn timeline(&self, verdict: &Verdict) -> Vec<Step> {
        if self.approach.known.is_none() {
            return Vec::new();
        }
        let (at, plan) = (self.namer.at, self.namer.plan);
        let end = match verdict {
            Verdict::Has(had) => had.since,
            Verdict::HasNot { .. } => at,
        };
        let mut steps = self.changes(end);
        steps.extend(self.catalog_steps().approvals(end));
        if let Some(patched_through) = self.at_start {
            steps.retain(|step| step.at.is_none_or(|at| at <= plan.config.start));
            steps.push(Step {
                at: Some(plan.config.start),
                what: What::ThereAtStart { patched_through },
                basis: Vec::new(),
            });
            return steps;
        }
        if self.targeted == Targeted::No {
            steps.push(plain(What::NotTargeted, basis::TARGETS));
        }
        steps.extend(self.opportunity_steps(verdict, end));
        steps.extend(self.frozen(end));
        steps.extend(self.latent(end));
        steps.extend(self.reboot(verdict, &steps));
        steps.sort_by_key(|step| step.at.unwrap_or(SimTime::MAX));
        steps
    }

    /// The reboot that settles an install without one.
    fn reboot(&self, verdict: &Verdict, steps: &[Step]) -> Option<Step> {
        let Verdict::Has(Had { since, .. }) = verdict else {
            return None;
        };
        let pending = |step: &Step| match &step.what {
            What::Opportunity(opportunity) => {
                matches!(&opportunity.fate, Fate::Sent(invocation) if invocation.pending_reboot)
            }
            _ => false,
        };
        let reboot = self
            .reboot_after(*since)
            .filter(|reboot| *reboot <= self.namer.at)?;
        steps.iter().any(pending).then(|| Step {
            at: Some(reboot),
            what: What::Rebooted,
            basis: vec![basis::REBOOT],
        })
    }

    /// Commands that were to be sent to the node from the approval on.
    fn opportunity_steps(&self, verdict: &Verdict, end: SimTime) -> Vec<Step> {
        let (at, plan) = (self.namer.at, self.namer.plan);
        // What the list of a task names needs no approval, and by the rules of its opening an execution
        // may offer what a change has taken away.
        let counted = |opportunity: &&RawOpportunity| counts(self.approach, plan, opportunity, at);
        let opened = self.opportunities.iter().filter(counted);
        let opened = opened.map(|opportunity| opportunity.opens(plan));
        let from = self.approach.offered_from().into_iter().chain(opened).min();
        let from = from.unwrap_or(SimTime::MAX);
        // What is not settled when the node gets the patch no longer matters.
        let over = matches!(verdict, Verdict::Has(_));
        let until = if over { end } else { at };
        let known = self
            .opportunities
            .iter()
            .filter_map(|opportunity| opportunity.as_of(plan, until));
        let concerns = |opportunity: &RawOpportunity| {
            let late = matches!(opportunity.fate, RawFate::Sent { at, .. } if at >= from);
            let known =
                opportunity.opens(plan) >= from || late || counts(self.approach, plan, opportunity, until);
            known && !(over && opportunity.settled(plan) == SimTime::MAX)
        };
        let step = |opportunity: RawOpportunity| {
            let named = self
                .namer
                .opportunity(&opportunity, counts(self.approach, plan, &opportunity, until));
            Step {
                at: Some(opportunity.opens(plan)),
                basis: named.basis(),
                what: What::Opportunity(Box::new(named)),
            }
        };
        known.filter(concerns).map(step).collect()
    }
}
