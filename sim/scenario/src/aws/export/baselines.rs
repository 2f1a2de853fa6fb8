//! Baselines, the groups registered with them, and defaults.

use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, PatchBaseline, RejectedPatchesAction,
};
use serde_json::{Map, Value, json};

use super::{AwsRequest, Exporter, word_of};
use crate::read::baselines::{REJECTED_PATCHES_ACTIONS, UPDATES_STATUSES};

/// Filters in one group: the API takes no more.
const MOST_FILTERS: usize = 4;

impl Exporter<'_> {
    /// The scenario's own baselines, as they are at the start.
    pub(super) fn baselines(&mut self) {
        let config = self.config;
        // What a change makes of a baseline stands behind those of AWS.
        let own = config.baselines.iter().take_while(|known| !known.aws_owned);
        let mut groups = 0;
        for (index, known) in own.enumerate() {
            let number = index + 1;
            let variable = format!("baseline_{number}");
            let create = AwsRequest::new("CreatePatchBaseline", "ssm create-patch-baseline")
                .input(
                    self.baseline(known),
                    format!("baseline-{number}-{}.json", known.name),
                )
                .variable(&variable, "BaselineId");
            self.requests.push(create);
            let id = format!("${variable}");
            let of_it = |baseline: usize| baseline == index;
            for known in config.registrations.iter().filter(|known| of_it(known.baseline)) {
                groups += 1;
                let mut input = Map::new();
                input.insert("PatchGroup".to_owned(), known.patch_group.as_str().into());
                let register = AwsRequest::new(
                    "RegisterPatchBaselineForPatchGroup",
                    "ssm register-patch-baseline-for-patch-group",
                );
                let register = register.input(input, format!("patch-group-{groups}.json"));
                self.requests.push(register.option("BaselineId", id.as_str()));
            }
            if config.default_baselines.iter().any(|(_, known)| of_it(*known)) {
                let default = AwsRequest::new(
                    "RegisterDefaultPatchBaseline",
                    "ssm register-default-patch-baseline",
                );
                self.requests.push(default.option("BaselineId", id));
            }
        }
    }

    /// The input of `CreatePatchBaseline`; members with their default are left away.
    fn baseline(&self, known: &PatchBaseline) -> Map<String, Value> {
        let mut input = Map::new();
        let mut put = |member: &str, value: Value| {
            input.insert(member.to_owned(), value);
        };
        put("Name", known.name.as_str().into());
        put("OperatingSystem", known.operating_system.as_str().into());
        if let Some(description) = self.text(&["baseline", &known.name, "description"]) {
            put("Description", description.into());
        }
        if !known.global_filter.filters.is_empty() {
            put(
                "GlobalFilters",
                self.filters(known, &["global_filter"], &known.global_filter),
            );
        }
        if !known.rules.is_empty() {
            let rules = known.rules.iter().enumerate();
            let rules: Vec<Value> = rules.map(|(index, rule)| self.rule(known, index, rule)).collect();
            put("ApprovalRules", json!({ "PatchRules": rules }));
        }
        if !known.approved_patches.is_empty() {
            put("ApprovedPatches", json!(known.approved_patches));
        }
        let level = known.approved_patches_compliance_level;
        if level != ComplianceLevel::default() {
            put("ApprovedPatchesComplianceLevel", level.as_str().into());
        }
        if known.approved_patches_enable_non_security {
            put("ApprovedPatchesEnableNonSecurity", true.into());
        }
        if !known.rejected_patches.is_empty() {
            put("RejectedPatches", json!(known.rejected_patches));
        }
        let action = known.rejected_patches_action;
        if action != RejectedPatchesAction::default() {
            put(
                "RejectedPatchesAction",
                word_of(&REJECTED_PATCHES_ACTIONS, action).into(),
            );
        }
        if !known.sources.is_empty() {
            put("Sources", self.sources(known));
        }
        if let Some(status) = known.available_security_updates {
            let word = word_of(&UPDATES_STATUSES, status);
            put("AvailableSecurityUpdatesComplianceStatus", word.into());
        }
        input
    }

    fn rule(&self, known: &PatchBaseline, index: usize, rule: &ApprovalRule) -> Value {
        let mut input = Map::new();
        let filters = self.filters(known, &["rule", &index.to_string(), "filter"], &rule.filter);
        input.insert("PatchFilterGroup".to_owned(), filters);
        let (member, value) = match rule.approval {
            Approval::AfterDays(days) => ("ApproveAfterDays", json!(days)),
            Approval::UntilDate(date) => ("ApproveUntilDate", json!(date.format("%Y-%m-%d").to_string())),
        };
        input.insert(member.to_owned(), value);
        if rule.compliance_level != ComplianceLevel::default() {
            input.insert(
                "ComplianceLevel".to_owned(),
                rule.compliance_level.as_str().into(),
            );
        }
        if rule.enable_non_security {
            input.insert("EnableNonSecurity".to_owned(), true.into());
        }
        Value::Object(input)
    }

    /// A `PatchFilterGroup`.
    fn filters(&self, known: &PatchBaseline, below: &[&str], group: &FilterGroup) -> Value {
        let place = || self.place(&[&["baseline", known.name.as_str()], below].concat());
        if group.filters.len() > MOST_FILTERS {
            let message = format!("AWS would refuse {} filters in one group", group.filters.len());
            self.warn(place(), message, "CreatePatchBaseline takes 4");
        }
        let twice = |(index, filter): (usize, &patchbench_model::ssm::PatchFilter)| {
            group.filters[..index].iter().any(|other| other.key == filter.key)
        };
        if let Some((_, filter)) = group.filters.iter().enumerate().find(|found| twice(*found)) {
            let message = format!("{} stands twice in one filter", filter.key);
            self.warn(
                place(),
                message,
                "AWS does not document what that means (setting duplicate_filter_key)",
            );
        }
        let filter = |filter: &patchbench_model::ssm::PatchFilter| json!({ "Key": filter.key.as_str(), "Values": filter.values });
        json!({ "PatchFilters": group.filters.iter().map(filter).collect::<Vec<_>>() })
    }

    fn sources(&self, known: &PatchBaseline) -> Value {
        let sources = known.sources.iter().enumerate().map(|(index, source)| {
            let path = [
                "baseline",
                &known.name,
                "source",
                &index.to_string(),
                "configuration",
            ];
            json!({
                "Name": source.name,
                "Products": source.products,
                "Configuration": self.text(&path).unwrap_or_default(),
            })
        });
        sources.collect()
    }
}
