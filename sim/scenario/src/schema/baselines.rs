//! `[baseline.…]`.

use patchbench_model::ssm::{ComplianceLevel, FilterKey, OperatingSystem};
use serde_json::{Map, Value, json};

use super::Definitions;
use super::build::{
    Table, by_default, choice, choice_of, described, flag, integer, list, reference, text, text_of,
};
use crate::read::baselines::{REJECTED_PATCHES_ACTIONS, UPDATES_STATUSES};

/// Names that AWS takes for baselines and windows.
pub(super) const AWS_NAME: &str = r"^[A-Za-z0-9_.-]{3,128}$";

pub(super) fn sections(root: Table) -> Table {
    root.optional(
        "baseline",
        "Patch baselines by name: which patches are approved, and when.",
        json!({
            "type": "object",
            "propertyNames": { "pattern": AWS_NAME },
            "additionalProperties": reference("baseline"),
        }),
    )
}

pub(super) fn definitions() -> Definitions {
    vec![
        ("operating_system", operating_system()),
        ("baseline", baseline()),
        ("filter", filter()),
        ("rule", rule()),
        ("source", source()),
        ("patch_list", patch_list()),
    ]
}

fn operating_system() -> Value {
    by_default(
        choice(OperatingSystem::ALL.iter().map(|system| system.as_str())),
        OperatingSystem::default().as_str(),
    )
}

fn level() -> Value {
    by_default(
        choice(ComplianceLevel::ALL.iter().map(|level| level.as_str())),
        ComplianceLevel::default().as_str(),
    )
}

fn baseline() -> Value {
    Table::new("A patch baseline, in AWS's words.")
        .optional(
            "aws",
            "JSON file with the input of create-patch-baseline or the answer of get-patch-baseline. Keys beside it count instead of its members.",
            text(),
        )
        .optional(
            "operating_system",
            "The operating system that it is for.",
            reference("operating_system"),
        )
        .optional("description", "Nothing is done with it.", text_of(1, 1024))
        .optional("global_filter", "Applied before the rules.", reference("filter"))
        .optional(
            "rule",
            "Approval rules, alternatives of each other.",
            json!({ "type": "array", "items": reference("rule"), "maxItems": 10 }),
        )
        .optional(
            "approved_patches",
            "Patches that are approved whatever the rules say.",
            reference("patch_list"),
        )
        .optional(
            "rejected_patches",
            "Patches that are never approved.",
            reference("patch_list"),
        )
        .optional(
            "approved_patches_compliance_level",
            "Level of what is approved by name.",
            level(),
        )
        .optional(
            "approved_patches_enable_non_security",
            "Linux: approved packages need no advisory.",
            by_default(flag(), false),
        )
        .optional(
            "rejected_patches_action",
            "What happens to rejected patches that are there already or needed by others.",
            by_default(choice_of(&REJECTED_PATCHES_ACTIONS), "ALLOW_AS_DEPENDENCY"),
        )
        .optional(
            "available_security_updates_compliance_status",
            "Windows: how a node is counted that lacks a security update which is not approved yet.",
            choice_of(&UPDATES_STATUSES),
        )
        .optional(
            "source",
            "Linux: repositories to patch from.",
            json!({ "type": "array", "items": reference("source"), "maxItems": 20 }),
        )
        .optional(
            "patch_groups",
            "Patch groups that are registered with it.",
            reference("texts"),
        )
        .optional(
            "default",
            "Whether it is the default of its operating system; AWS's own is otherwise.",
            by_default(flag(), false),
        )
        .build()
}

fn rule() -> Value {
    Table::new("An approval rule: either approve_after_days or approve_until_date (settings rule_both, rule_neither).")
        .optional("filter", "Patches that it approves; all when absent.", reference("filter"))
        .optional("approve_after_days", "Days from the release to the approval.", integer(0, 360))
        .optional(
            "approve_until_date",
            "Patches that were released up to this date are approved at once, later ones never.",
            reference("date"),
        )
        .optional("compliance_level", "Level of what it approves.", level())
        .optional(
            "enable_non_security",
            "Linux: whether it approves updates that are no security updates.",
            by_default(flag(), false),
        )
        .build()
}

/// A table of keys with their values, or a list of such tables in which a key may stand twice.
fn filter() -> Value {
    let values = json!({
        "anyOf": [
            text_of(1, 64),
            { "type": "array", "items": text_of(1, 64), "minItems": 1, "maxItems": 20 },
        ],
    });
    let keys: Map<String, Value> = FilterKey::ALL
        .iter()
        .map(|key| {
            let meaning = format!("Values of {}, any of which fits; \"*\" is all.", key.as_str());
            (key.as_str().to_owned(), described(&meaning, values.clone()))
        })
        .collect();
    let names: Vec<&str> = FilterKey::ALL.iter().map(|key| key.as_str()).collect();
    let table = json!({
        "type": "object",
        "properties": keys,
        "propertyNames": { "enum": names },
    });
    json!({
        "description": "Patches by their attributes: all keys must fit. Which keys there are depends on the operating system.",
        "anyOf": [table.clone(), list(table)],
    })
}

fn source() -> Value {
    Table::new("A repository of a Linux distribution.")
        .required(
            "name",
            "Its name.",
            json!({ "type": "string", "pattern": r"^[A-Za-z0-9_.-]{3,50}$" }),
        )
        .required(
            "products",
            "Products that it is for; \"*\" is all.",
            json!({
                "anyOf": [
                    text_of(1, 128),
                    { "type": "array", "items": text_of(1, 128), "minItems": 1, "maxItems": 20 },
                ],
            }),
        )
        .required(
            "configuration",
            "The configuration of the repository.",
            text_of(1, 1024),
        )
        .build()
}

fn patch_list() -> Value {
    json!({
        "description": "Patches by id, knowledge base number, bulletin or package; at most 50.",
        "anyOf": [
            text_of(1, 100),
            { "type": "array", "items": text_of(1, 100), "maxItems": 50 },
        ],
    })
}
