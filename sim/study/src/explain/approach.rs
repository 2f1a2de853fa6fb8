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
use patchbench_model::world::{Catalog, Class, ClassPatch, NotApplicable, Plan, applies};

use super::reason::Reason;

/// How a class of node stands to a patch.
#[derive(Debug)]
pub(super) struct Approach<'a> {
    pub(super) class: usize,
    /// Index into the catalogue.
    pub(super) patch: usize,
    pub(super) applies: Result<(), NotApplicable>,
    /// The patch as the class meets it, if it does.
    pub(super) known: Option<&'a ClassPatch>,
    /// Positions, in the catalogue of the class, of all that bring the patch: itself and successors.
    pub(super) carriers: Vec<u32>,
    plan: &'a Plan<'a>,
    catalog: &'a Catalog,
}

impl<'a> Approach<'a> {
    /// Of the patches that share a name the one that applies to the class, else the first.
    pub(super) fn new(plan: &'a Plan<'a>, catalog: &'a Catalog, class: usize, patches: &[usize]) -> Self {
        let of_class = &plan.classes[class];
        let fits = |patch: &usize| applies(of_class, &catalog.patches[*patch]);
        // The nearest miss explains best: another product rather than another operating system.
        let rank = |patch: &usize| fits(patch).err().map(|why| why == NotApplicable::OperatingSystem);
        let patch = patches.iter().copied().min_by_key(rank).unwrap_or_default();
        let known = &catalog.classes[class].patches;
        let own = known.iter().position(|other| other.patch == patch);
        let brings = |other: &ClassPatch| own.is_some_and(|own| other.resolves.contains(&(own as u32)));
        let carriers = known.iter().enumerate().filter(|(_, other)| brings(other));
        Self {
            class,
            patch,
            applies: fits(&patch),
            known: own.map(|own| &known[own]),
            carriers: carriers.map(|(place, _)| place as u32).collect(),
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
            .baseline
            .map(|index| &self.plan.config.baselines[index])
    }

    /// All that brings the patch, as the class meets it.
    pub(super) fn bringing(&self) -> impl Iterator<Item = &'a ClassPatch> {
        let known = &self.catalog.classes[self.class].patches;
        self.carriers.iter().map(|place| &known[*place as usize])
    }

    /// From when something that brings the patch is a candidate.
    pub(super) fn offered_from(&self) -> Option<SimTime> {
        self.bringing()
            .filter_map(|known| known.candidate)
            .map(|(from, _)| from)
            .min()
    }

    /// From when until when a task installs something that brings the patch, by its overrides or by the
    /// nodes' own baseline.
    fn offers(&self, task: &Task) -> impl Iterator<Item = (SimTime, SimTime)> {
        let over = self.plan.overrides_of(task);
        let over = over.and_then(|over| self.catalog.overridden[over][self.class].as_ref());
        self.carriers
            .iter()
            .zip(self.bringing())
            .filter_map(move |(place, known)| match over {
                Some(over) => over.installs(*place),
                None => known.candidate,
            })
    }

    /// Whether a task would install something that brings the patch at an instant.
    pub(super) fn offered_by(&self, task: &Task, at: SimTime) -> bool {
        self.offers(task).any(|(from, until)| from <= at && at < until)
    }

    /// Whether the overrides of a task leave out all that brings the patch, whenever it runs.
    pub(super) fn left_out_by(&self, task: &Task) -> bool {
        self.plan.overrides_of(task).is_some() && self.offers(task).next().is_none()
    }

    /// Whether nodes that are patched through an instant have it at the start.
    pub(super) fn installed_through(&self, through: SimTime) -> bool {
        self.bringing().any(|known| known.is_installed_through(through))
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
            Ok(_) if known.candidate.is_none() && known.superseded_at.is_some_and(|since| since <= at) => {
                Reason::SupersededBeforeApproval
            }
            Ok(_) => Reason::AwaitingApproval,
        })
    }

    /// Why this baseline is the one.
    pub(super) fn baseline_choice(&self) -> Option<BaselineChoice> {
        let class = self.class();
        let index = class.baseline?;
        let config = self.plan.config;
        let group = self.plan.groups[class.group].name.clone();
        let mut registered = config
            .registrations
            .iter()
            .filter(|known| known.patch_group == group);
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
