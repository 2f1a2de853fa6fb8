//! What the catalogue says of a patch for a class of node: does it apply, which baseline decides, what
//! do its rules say, what brings the patch and from when.

use chrono::NaiveDate;
use patchbench_kernel::SimTime;
use patchbench_model::catalog::{Patch, PatchSet};
use patchbench_model::config::Task;
use patchbench_model::ssm::{
    Approval, ApprovalRule, Family, FilterGroup, FilterKey, NotApproved, PatchBaseline, PatchView, RuleMatch,
    first_mismatch, lists,
};
use patchbench_model::world::{
    Catalog, Class, ClassPatch, NotApplicable, OverriddenClass, Plan, Withdrawal, applies,
};

use super::reason::Reason;
use crate::approvals::Since;

/// How a class of node stands to a patch.
#[derive(Debug)]
pub(super) struct Approach<'a> {
    pub(super) class: usize,
    /// The changes of the class that lie behind what is told of its baseline: those before the first
    /// approval, else those up to the instant that was asked about.
    pub(super) era: usize,
    /// Index into the catalogue.
    pub(super) patch: usize,
    pub(super) applies: Result<(), NotApplicable>,
    /// The patch as the class meets it in that era, if it does.
    pub(super) known: Option<&'a ClassPatch>,
    /// Positions, in the catalogue of the class, of all that bring the patch: itself and successors.
    pub(super) carriers: Vec<u32>,
    /// When each of these is a candidate.
    periods: Vec<Vec<(SimTime, SimTime)>>,
    plan: &'a Plan<'a>,
    catalog: &'a Catalog,
}

impl<'a> Approach<'a> {
    /// Of the patches that share a name the one that applies to the class, else the first.
    pub(super) fn new(
        plan: &'a Plan<'a>,
        catalog: &'a Catalog,
        class: usize,
        patches: &[usize],
        at: SimTime,
    ) -> Self {
        let of_class = &plan.classes[class];
        let fits = |patch: &usize| applies(of_class, &catalog.patches[*patch]);
        // The nearest miss explains best: another product rather than another operating system.
        let rank = |patch: &usize| fits(patch).err().map(|why| why == NotApplicable::OperatingSystem);
        let patch = patches.iter().copied().min_by_key(rank).unwrap_or_default();
        let known = &catalog.classes[class].patches;
        let own = known.iter().position(|other| other.patch == patch);
        let brings = |other: &ClassPatch| own.is_some_and(|own| other.resolves.contains(&(own as u32)));
        let carriers = known.iter().enumerate().filter(|(_, other)| brings(other));
        let carriers: Vec<u32> = carriers.map(|(place, _)| place as u32).collect();
        let periods: Vec<Vec<(SimTime, SimTime)>> = carriers
            .iter()
            .map(|place| catalog.candidate_periods(class, *place as usize))
            .collect();
        let first = periods.iter().flatten().map(|(from, _)| *from).min();
        let era = catalog.era_at(class, first.map_or(at, |from| from.min(at)));
        Self {
            class,
            era,
            patch,
            applies: fits(&patch),
            known: own.map(|own| &catalog.in_era(class, era).patches[own]),
            carriers,
            periods,
            plan,
            catalog,
        }
    }

    pub(super) fn patch(&self) -> &'a Patch {
        &self.catalog.patches[self.patch]
    }

    pub(super) fn class(&self) -> &'a Class {
        &self.plan.classes[self.class]
    }

    pub(super) fn baseline(&self) -> Option<&'a PatchBaseline> {
        self.class()
            .baseline_in(self.era)
            .map(|index| &self.plan.config.baselines[index])
    }

    /// When the baseline became what it is told to be, if that was by a change.
    pub(super) fn baseline_since(&self) -> Option<SimTime> {
        let class = self.class();
        let same = |era: &usize| class.baseline_in(*era) == class.baseline_in(self.era);
        let first = (0..self.era).rev().take_while(same).last().unwrap_or(self.era);
        Some(class.later[first.checked_sub(1)?].from)
    }

    /// From when the baseline says of the patch what it says, if that was by a change.
    pub(super) fn verdict_since(&self) -> Option<Since> {
        let place = self.own()? as usize;
        let era = self.catalog.verdict_since(self.class, self.era, place);
        Since::of(self.plan, self.class, era)
    }

    /// When something that brings the patch (by its place among the patches of the class) is a
    /// candidate.
    pub(super) fn periods(&self, place: u32) -> &[(SimTime, SimTime)] {
        let known = self.carriers.iter().position(|carrier| *carrier == place);
        known.map_or(&[], |known| &self.periods[known])
    }

    /// The place of the patch itself.
    pub(super) fn own(&self) -> Option<u32> {
        let known = &self.catalog.classes[self.class].patches;
        let own = |place: &&u32| known[**place as usize].patch == self.patch;
        self.carriers.iter().find(own).copied()
    }

    /// From when something that brings the patch is a candidate.
    pub(super) fn offered_from(&self) -> Option<SimTime> {
        self.periods.iter().flatten().map(|(from, _)| *from).min()
    }

    /// Whether something that brings the patch is a candidate at an instant.
    pub(super) fn offered_at(&self, at: SimTime) -> bool {
        self.periods
            .iter()
            .flatten()
            .any(|(from, until)| *from <= at && at < *until)
    }

    /// The last time by an instant that something that brings the patch was taken back.
    pub(super) fn withdrawn(&self, at: SimTime) -> Option<Withdrawal> {
        let known = &self.catalog.classes[self.class].patches;
        let bringing = self.carriers.iter().map(|place| &known[*place as usize]);
        bringing
            .filter_map(|known| known.withdrawn)
            .filter(|withdrawal| withdrawal.at <= at)
            .max_by_key(|withdrawal| (withdrawal.at, withdrawal.by))
    }

    /// What the overrides of a task make of the class, if they make something of it.
    fn overridden(&self, task: &Task) -> Option<&'a OverriddenClass> {
        let over = self.plan.overrides_of(task)?;
        self.catalog.overridden[over][self.class].as_ref()
    }

    /// Whether a task would install something that brings the patch at an instant: by its overrides, or by
    /// the rules that the nodes' own baseline has at another.
    pub(super) fn offered_by(&self, task: &Task, rules_of: SimTime, at: SimTime) -> bool {
        let era = self.catalog.era_at(self.class, rules_of);
        let known = &self.catalog.in_era(self.class, era).patches;
        let over = self.overridden(task);
        let mut periods = self.carriers.iter().filter_map(|place| match over {
            Some(over) => over.installs(*place),
            None => known[*place as usize].candidate,
        });
        periods.any(|(from, until)| from <= at && at < until)
    }

    /// Whether the overrides of a task leave out all that brings the patch, whenever it runs.
    pub(super) fn left_out_by(&self, task: &Task) -> bool {
        let offered = match self.overridden(task) {
            Some(over) => self.carriers.iter().any(|place| over.installs(*place).is_some()),
            None => self.offered_from().is_some(),
        };
        self.plan.overrides_of(task).is_some() && !offered
    }

    /// Whether nodes that are patched through an instant have it at the start.
    pub(super) fn installed_through(&self, through: SimTime) -> bool {
        let known = &self.catalog.classes[self.class].patches;
        let mut bringing = self.carriers.iter().map(|place| &known[*place as usize]);
        bringing.any(|known| known.is_installed_through(through))
    }

    /// The first gate that was not passed by an instant; `None` when something that brings the patch
    /// was approved by then.
    pub(super) fn blocked(&self, at: SimTime) -> Option<Reason> {
        if self.applies.is_err() {
            return Some(Reason::NotApplicable);
        }
        let Some(known) = self.known else {
            return Some(Reason::NoBaseline);
        };
        if self.offered_from().is_some_and(|from| from <= at) {
            return None;
        }
        if at < self.patch().visible_from() {
            return Some(Reason::NotReleased);
        }
        Some(match &known.verdict.approval {
            Err(NotApproved::OtherOperatingSystem) => Reason::OtherOperatingSystem,
            Err(NotApproved::Rejected) => Reason::Rejected,
            Err(NotApproved::GlobalFilter(_)) => Reason::GlobalFilter,
            Err(NotApproved::NoRule) => Reason::NoRule,
            Ok(_) if known.candidate.is_none() => lost_before_approval(known, at),
            Ok(_) => Reason::AwaitingApproval,
        })
    }

    /// Why this baseline is the one.
    pub(super) fn baseline_choice(&self) -> Option<BaselineChoice> {
        let (class, config) = (self.class(), self.plan.config);
        let index = class.baseline_in(self.era)?;
        let change = self.era.checked_sub(1).map(|later| &class.later[later]);
        let group = match change {
            None => self.plan.groups[class.group].name.clone(),
            Some(change) => change.patch_group.clone().unwrap_or_default(),
        };
        let registrations = change.map_or(&config.registrations, |change| {
            &config.changes[change.change].registrations
        });
        let mut registered = registrations.iter().filter(|known| known.patch_group == group);
        Some(if class.by_policy {
            BaselineChoice::Policy
        } else if group.is_empty() {
            BaselineChoice::DefaultWithoutGroup
        } else if registered.clone().any(|known| known.baseline == index) {
            BaselineChoice::Registered { group }
        } else if let Some(other) = registered.next() {
            BaselineChoice::DefaultForSystem {
                group,
                registered: config.baselines[other.baseline].name.clone(),
            }
        } else {
            BaselineChoice::DefaultUnregistered { group }
        })
    }

    fn view(&self) -> PatchView<'a> {
        PatchView {
            patch: self.patch(),
            node_product: self.class().product.as_deref(),
        }
    }

    /// What each rule of the baseline says, in order.
    pub(super) fn rules(&self) -> Vec<(RuleOutcome, Vec<Filter>)> {
        let (Some(baseline), Some(known)) = (self.baseline(), self.known) else {
            return Vec::new();
        };
        let rules = baseline.rules.iter().zip(&known.verdict.rules);
        rules
            .map(|(rule, found)| (self.rule_outcome(rule, *found), filters(&rule.filter)))
            .collect()
    }

    fn rule_outcome(&self, rule: &ApprovalRule, found: RuleMatch) -> RuleOutcome {
        let undated = self.patch().operating_system.family() == Family::Apt;
        match (found, rule.approval) {
            (RuleMatch::ApprovedFrom(_), _) if undated => RuleOutcome::AtOnce,
            (RuleMatch::ApprovedFrom(from), Approval::AfterDays(days)) => {
                RuleOutcome::AfterDays { from, days }
            }
            (RuleMatch::ApprovedFrom(_), Approval::UntilDate(date)) => RuleOutcome::UntilDate { date },
            (RuleMatch::AfterCutOffDate, Approval::UntilDate(date)) => {
                RuleOutcome::AfterCutOffDate { date: Some(date) }
            }
            (RuleMatch::AfterCutOffDate, Approval::AfterDays(_)) => {
                RuleOutcome::AfterCutOffDate { date: None }
            }
            (RuleMatch::FilterMismatch(key), _) => RuleOutcome::Mismatch(self.mismatch(&rule.filter, key)),
            (RuleMatch::OtherPatchSet, _) => RuleOutcome::OtherPatchSet {
                application: self.patch().patch_set == PatchSet::Application,
            },
            (RuleMatch::NotSecurity, _) => RuleOutcome::NotSecurity,
        }
    }

    /// The filter of a group that does not match the patch.
    pub(super) fn mismatch(&self, group: &FilterGroup, key: FilterKey) -> Mismatch {
        let filter = group.filters.iter().find(|filter| filter.key == key);
        Mismatch {
            key: key.as_str(),
            values: filter.map_or_else(Vec::new, |filter| filter.values.clone()),
            value: self.view().attribute(key).map(str::to_owned),
        }
    }

    /// Whether a group of filters leaves the patch out.
    pub(super) fn outside(&self, group: &FilterGroup) -> bool {
        first_mismatch(group, self.view()).is_some()
    }

    /// The entry of a list that names the patch.
    pub(super) fn listed(&self, list: &[String]) -> Option<String> {
        list.iter().find(|entry| lists(entry, self.patch())).cloned()
    }
}

/// Why a baseline is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineChoice {
    /// A patch policy uses it, whatever the patch group and the defaults.
    Policy,
    /// It is registered for the node's patch group.
    Registered {
        /// The patch group.
        group: String,
    },
    /// The node has no patch group: the default of its operating system.
    DefaultWithoutGroup,
    /// No baseline is registered for the node's patch group: the default of its operating system.
    DefaultUnregistered {
        /// The patch group.
        group: String,
    },
    /// What is registered for the patch group is for another operating system: the default.
    DefaultForSystem {
        /// The patch group.
        group: String,
        /// The baseline that is registered.
        registered: String,
    },
}

/// One filter of a rule: its key and alternatives.
pub type Filter = (&'static str, Vec<String>);

fn filters(group: &FilterGroup) -> Vec<Filter> {
    let one = |filter: &patchbench_model::ssm::PatchFilter| (filter.key.as_str(), filter.values.clone());
    group.filters.iter().map(one).collect()
}

/// A filter that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Its key.
    pub key: &'static str,
    /// What it asks for.
    pub values: Vec<String>,
    /// What the patch has; `None`: nothing.
    pub value: Option<String>,
}

/// What a rule says of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleOutcome {
    /// It matches and approves some days after the release.
    AfterDays {
        /// From when.
        from: SimTime,
        /// The delay in days.
        days: u16,
    },
    /// It matches and approves at once: there is no date that a delay could count from.
    AtOnce,
    /// It matches and approves all that was released up to this day.
    UntilDate {
        /// The last day.
        date: NaiveDate,
    },
    /// It matches, but the patch was released after its last day.
    AfterCutOffDate {
        /// The last day.
        date: Option<NaiveDate>,
    },
    /// A filter does not match.
    Mismatch(Mismatch),
    /// It is about the other kind of Windows patch.
    OtherPatchSet {
        /// Whether the patch is one of an application.
        application: bool,
    },
    /// It asks for a security source, and the patch has none.
    NotSecurity,
}

/// What came before the approval of a patch that is never offered, if it has come by an instant.
fn lost_before_approval(known: &ClassPatch, at: SimTime) -> Reason {
    let superseded = known.superseded_at.filter(|since| *since <= at);
    let withdrawn = known.withdrawn.filter(|withdrawal| withdrawal.at <= at);
    match (superseded, withdrawn) {
        (Some(since), Some(withdrawal)) if since < withdrawal.at => Reason::SupersededBeforeApproval,
        (_, Some(withdrawal)) => Reason::of_withdrawal(withdrawal.by),
        (Some(_), None) => Reason::SupersededBeforeApproval,
        (None, None) => Reason::AwaitingApproval,
    }
}
