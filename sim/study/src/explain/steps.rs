//! Steps of a chain that follow from the catalogue alone: release, fit, baseline, rules, approvals.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::ssm::{Family, NotApproved, release_instant};
use patchbench_model::world::{Catalog, ClassPatch, NotApplicable, WithdrawnBy};

use super::approach::{Approach, RuleOutcome};
use super::basis::{self, Basis};
use super::chain::{Step, What};
use super::names::PatchName;

/// Writes them for one class of node.
#[derive(Clone, Copy)]
pub(super) struct CatalogSteps<'a> {
    pub(super) approach: &'a Approach<'a>,
    pub(super) catalog: &'a Catalog,
}

impl CatalogSteps<'_> {
    /// What does not happen but is so: release, fit, baseline, rules.
    pub(super) fn rules(&self) -> Vec<Step> {
        let patch = self.approach.patch();
        let visible = patch.visible_from();
        let counted = release_instant(patch);
        let unsure = matches!(patch.operating_system.family(), Family::Suse | Family::Mac);
        let release = if unsure {
            basis::RELEASE_DATE_UNSURE
        } else {
            basis::RELEASE_DATE
        };
        let dated = Some(visible).filter(|at| *at != SimTime::MIN);
        let mut steps = vec![Step {
            at: dated,
            what: What::Released {
                delay_from: (counted != visible).then_some(counted),
            },
            basis: vec![release],
        }];
        steps.push(plain(self.fit(), basis::APPLICABLE));
        if self.approach.applies.is_ok() {
            self.baseline_steps(&mut steps);
        }
        steps
    }

    fn fit(&self) -> What {
        let (patch, class) = (self.approach.patch(), self.approach.class());
        let Err(why) = self.approach.applies else {
            return What::Applies {
                operating_system: class.operating_system,
                product: patch.product.clone(),
            };
        };
        let product = |name: &Option<String>| name.clone().unwrap_or_else(|| "any".to_owned());
        let (patch, node) = match why {
            NotApplicable::OperatingSystem => (
                patch.operating_system.to_string(),
                class.operating_system.to_string(),
            ),
            NotApplicable::Product => (product(&patch.product), product(&class.product)),
            NotApplicable::Application => (product(&patch.product), class.applications.join(", ")),
        };
        What::DoesNotApply { why, patch, node }
    }

    fn baseline_steps(&self, steps: &mut Vec<Step>) {
        let (Some(baseline), Some(choice)) = (self.approach.baseline(), self.approach.baseline_choice())
        else {
            steps.push(plain(What::NoBaseline, basis::PATCH_GROUP));
            return;
        };
        let Some(known) = self.approach.known else { return };
        let name = baseline.name.clone();
        let since = self.approach.baseline_since();
        steps.push(plain(What::Baseline { name, choice, since }, basis::PATCH_GROUP));
        if self.approach.class().lacks_source_in(self.approach.era) {
            let listed = baseline.sources.iter().flat_map(|source| source.products.clone());
            let product = self.approach.class().product.clone().unwrap_or_default();
            let sources = listed.collect();
            steps.push(plain(What::NoSource { product, sources }, basis::SOURCES));
        }
        match &known.verdict.approval {
            Err(NotApproved::OtherOperatingSystem) => {
                steps.push(plain(What::OtherOperatingSystem, basis::MATCHING));
                return;
            }
            Err(NotApproved::Rejected) => {
                let entry = self
                    .approach
                    .listed(&baseline.rejected_patches)
                    .unwrap_or_default();
                steps.push(plain(What::RejectedList { entry }, basis::LISTS));
                return;
            }
            Err(NotApproved::GlobalFilter(key)) => {
                let mismatch = self.approach.mismatch(&baseline.global_filter, *key);
                steps.push(plain(What::GlobalFilter(mismatch), basis::LISTS));
                return;
            }
            Ok(approval) if approval.rule.is_none() => self.approved_list(steps),
            Ok(_) | Err(NotApproved::NoRule) => {}
        }
        if baseline.rules.is_empty() && known.verdict.approval.is_err() {
            steps.push(plain(What::NoRules, basis::MATCHING));
        }
        for (index, (outcome, filters)) in self.approach.rules().into_iter().enumerate() {
            let basis = rule_basis(&outcome);
            let number = index + 1;
            let what = What::Rule {
                number,
                filters,
                outcome,
            };
            steps.push(plain(what, basis));
        }
    }

    fn approved_list(&self, steps: &mut Vec<Step>) {
        let Some(baseline) = self.approach.baseline() else {
            return;
        };
        let entry = self
            .approach
            .listed(&baseline.approved_patches)
            .unwrap_or_default();
        let dropped = self.approach.outside(&baseline.global_filter);
        let basis = if dropped {
            basis::LIST_BEFORE_FILTER
        } else {
            basis::LISTS
        };
        steps.push(plain(What::ApprovedList { entry, dropped }, basis));
    }

    /// Approval of the patch and of what replaces it, and the end of its own time.
    pub(super) fn approvals(&self, end: SimTime) -> Vec<Step> {
        let Some(own) = self.approach.own() else {
            return Vec::new();
        };
        let periods = self.approach.periods(own);
        let superseded = self.catalog.superseded_periods(self.approach.class, own as usize);
        let mut steps: Vec<Step> = self.own_approvals(own, &superseded, end);
        if let Some((since, _)) = superseded.first()
            && (*since <= end || periods.is_empty())
        {
            steps.push(self.superseded(own, *since));
        }
        steps.extend(self.withdrawals(own, end));
        let first = |place: &u32| self.approach.periods(*place).first().copied();
        let others = || {
            self.approach
                .carriers
                .iter()
                .copied()
                .filter(|place| *place != own)
        };
        let mut successors: Vec<u32> = others()
            .filter(|place| first(place).is_some_and(|(from, _)| from <= end))
            .collect();
        successors.sort_by_key(first);
        if successors.is_empty() && periods.is_empty() {
            // What comes next is worth knowing where nothing has come yet.
            let coming = others().filter(|place| first(place).is_some());
            successors.extend(coming.min_by_key(first));
        }
        let between = successors.len().saturating_sub(2);
        if let [earliest, .., last] = successors.as_slice() {
            let (earliest, last) = (*earliest, *last);
            steps.extend(self.approval(earliest, true));
            if between > 0 {
                steps.push(Step {
                    at: first(&successors[1]).map(|(from, _)| from),
                    what: What::MoreSuccessors { count: between },
                    basis: Vec::new(),
                });
            }
            steps.extend(self.approval(last, true));
        } else {
            steps.extend(successors.iter().filter_map(|place| self.approval(*place, true)));
        }
        steps
    }

    /// When the patch, or something that brings it, is taken back; what is taken back before its approval
    /// even if that is still to come.
    fn withdrawals(&self, own: u32, end: SimTime) -> Vec<Step> {
        let known = &self.catalog.classes[self.approach.class].patches;
        let carriers = self.approach.carriers.iter();
        let taken = carriers.filter_map(|place| {
            let known = &known[*place as usize];
            let withdrawal = known
                .withdrawn
                .filter(|withdrawal| withdrawal.at <= end || self.approach.periods(*place).is_empty())?;
            let name = PatchName::of(&self.catalog.patches[known.patch]);
            let monitoring = withdrawal.by == WithdrawnBy::Monitoring;
            Some(Step {
                at: Some(withdrawal.at),
                what: What::Withdrawn {
                    successor: (*place != own).then_some(name),
                    by: withdrawal.by,
                    false_alarm: monitoring && self.catalog.flaws_of(known.patch).is_empty(),
                },
                basis: if monitoring {
                    vec![basis::LISTS]
                } else {
                    Vec::new()
                },
            })
        });
        taken.collect()
    }

    /// The approval of the patch itself; where changes take it away and give it again, each time.
    fn own_approvals(&self, own: u32, superseded: &[(SimTime, SimTime)], end: SimTime) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for (number, (from, until)) in self.approach.periods(own).iter().enumerate() {
            if number == 0 || *from <= end {
                steps.extend(self.approval_at(own, *from, false));
            }
            let replaced = superseded
                .iter()
                .any(|(since, back)| since <= until && until < back);
            let known = self.known_at(own, *from);
            let withdrawn = known.withdrawn.is_some_and(|withdrawal| withdrawal.at == *until);
            if *until <= end && !replaced && !withdrawn {
                steps.push(Step {
                    at: Some(*until),
                    what: What::ApprovalEnded,
                    basis: vec![basis::LISTS],
                });
            }
        }
        steps
    }

    /// The first approval of something that brings the patch.
    fn approval(&self, place: u32, successor: bool) -> Option<Step> {
        let (from, _) = self.approach.periods(place).first()?;
        self.approval_at(place, *from, successor)
    }

    fn approval_at(&self, place: u32, from: SimTime, successor: bool) -> Option<Step> {
        let known = self.known_at(place, from);
        let approval = known.verdict.approval.as_ref().ok()?;
        let name = PatchName::of(&self.catalog.patches[known.patch]);
        Some(Step {
            at: Some(from),
            what: What::Approved {
                successor: successor.then_some(name),
                rule: approval.rule.map(|rule| rule + 1),
                level: approval.level_at(from),
            },
            basis: vec![basis::LISTS],
        })
    }

    /// A patch as the baseline in force at an instant judges it.
    fn known_at(&self, place: u32, at: SimTime) -> &ClassPatch {
        let era = self.catalog.era_at(self.approach.class, at);
        &self.catalog.in_era(self.approach.class, era).patches[place as usize]
    }

    fn superseded(&self, place: u32, since: SimTime) -> Step {
        let (catalog, class) = (self.catalog, self.approach.class);
        let own = self.known_at(place, since);
        let by = catalog.superseded_by(class, catalog.era_at(class, since), own);
        let approval = own.verdict.approval.as_ref().ok();
        let never = self.approach.periods(place).is_empty();
        let waited = approval.filter(|_| never).map(|approval| {
            let visible = catalog.patches[own.patch].visible_from();
            approval.at.max(visible) - since
        });
        // What was taken back first may be replaced after the date of its approval.
        let waited = waited.filter(|left| *left >= SimDuration::ZERO);
        Step {
            at: Some(since),
            what: What::Superseded {
                by: by.map(|patch| PatchName::of(&catalog.patches[patch])),
                before_approval: waited,
            },
            basis: vec![basis::SUPERSEDENCE],
        }
    }
}

/// A step without a date.
pub(super) fn plain(what: What, rule: Basis) -> Step {
    Step {
        at: None,
        what,
        basis: vec![rule],
    }
}

const fn rule_basis(outcome: &RuleOutcome) -> Basis {
    match outcome {
        RuleOutcome::AfterDays { .. } => basis::DELAY,
        RuleOutcome::AtOnce => basis::RELEASE_DATE,
        RuleOutcome::UntilDate { .. } | RuleOutcome::AfterCutOffDate { .. } => basis::CUT_OFF_DATE,
        RuleOutcome::Mismatch(_) | RuleOutcome::OtherPatchSet { .. } | RuleOutcome::NotSecurity => {
            basis::MATCHING
        }
    }
}
