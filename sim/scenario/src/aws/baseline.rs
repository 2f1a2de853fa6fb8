//! A baseline from the members of `CreatePatchBaseline` and `GetPatchBaseline`, which are the same.

use chrono::NaiveDate;

use super::account::{Approval, Baseline, Filter, Rule, Source, place_of};
use super::node::{Data, Node};
use super::places::Places;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems, aws_name};

/// Keys of a baseline's values, and AWS's members.
const PLACES: [(&str, &str); 9] = [
    ("operating_system", "OperatingSystem"),
    ("description", "Description"),
    ("global_filter", "GlobalFilters"),
    ("approved_patches", "ApprovedPatches"),
    (
        "approved_patches_compliance_level",
        "ApprovedPatchesComplianceLevel",
    ),
    (
        "approved_patches_enable_non_security",
        "ApprovedPatchesEnableNonSecurity",
    ),
    ("rejected_patches", "RejectedPatches"),
    ("rejected_patches_action", "RejectedPatchesAction"),
    (
        "available_security_updates_compliance_status",
        "AvailableSecurityUpdatesComplianceStatus",
    ),
];

/// Keys of a rule's values.
const RULE_PLACES: [(&str, &str); 5] = [
    ("filter", "PatchFilterGroup"),
    ("approve_after_days", "ApproveAfterDays"),
    ("approve_until_date", "ApproveUntilDate"),
    ("compliance_level", "ComplianceLevel"),
    ("enable_non_security", "EnableNonSecurity"),
];

/// Keys of a source's values.
const SOURCE_PLACES: [(&str, &str); 3] = [
    ("name", "Name"),
    ("products", "Products"),
    ("configuration", "Configuration"),
];

/// Reads a baseline; its members have been checked one by one.
pub(crate) fn baseline(problems: &Problems, body: &Node) -> Option<Baseline> {
    let name = body.member("Name")?;
    aws_name(problems, name, place_of(body, "Name"), "patch baseline");
    let rules = body
        .get("ApprovalRules")
        .and_then(|group| group.get("PatchRules"));
    let rules: Vec<Option<Rule>> = rules
        .map_or(&[][..], Node::items)
        .iter()
        .map(|node| rule(problems, node))
        .collect();
    Some(Baseline {
        name: name.to_owned(),
        operating_system: body.member("OperatingSystem").unwrap_or("WINDOWS").to_owned(),
        description: body.member("Description").map(str::to_owned),
        global_filters: body.get("GlobalFilters").map(filters).unwrap_or_default(),
        rules: rules.into_iter().collect::<Option<_>>()?,
        approved_patches: patch_list(problems, body.get("ApprovedPatches")),
        approved_level: body.member("ApprovedPatchesComplianceLevel").map(str::to_owned),
        approved_non_security: body.is_set("ApprovedPatchesEnableNonSecurity"),
        rejected_patches: patch_list(problems, body.get("RejectedPatches")),
        rejected_action: body.member("RejectedPatchesAction").map(str::to_owned),
        updates_status: body
            .member("AvailableSecurityUpdatesComplianceStatus")
            .map(str::to_owned),
        sources: body
            .get("Sources")
            .map_or(&[][..], Node::items)
            .iter()
            .map(source)
            .collect(),
        patch_groups: Vec::new(),
        is_default: false,
        places: Places::of(body, &PLACES),
    })
}

fn rule(problems: &Problems, node: &Node) -> Option<Rule> {
    let days = node.get("ApproveAfterDays").and_then(Node::integer);
    let approval = match (days, node.member("ApproveUntilDate")) {
        (Some(_), Some(_)) => {
            let message = "a rule with ApproveAfterDays and ApproveUntilDate";
            problems.push(
                Problem::error(codes::RULE_BOTH, message)
                    .at(place_of(node, "ApproveUntilDate"))
                    .help("AWS asks for exactly one of them: drop one"),
            );
            return None;
        }
        (None, None) => {
            let message = "a rule with neither ApproveAfterDays nor ApproveUntilDate";
            let problem = Problem::error(codes::RULE_NEITHER, message).at(node.place.clone());
            problems.push(problem.help("add ApproveAfterDays=7"));
            return None;
        }
        (Some(days), None) => Approval::AfterDays(days),
        (None, Some(date)) => until(problems, date, place_of(node, "ApproveUntilDate"))?,
    };
    Some(Rule {
        filters: node.get("PatchFilterGroup").map(filters).unwrap_or_default(),
        approval,
        level: node.member("ComplianceLevel").map(str::to_owned),
        non_security: node.is_set("EnableNonSecurity"),
        places: Places::of(node, &RULE_PLACES),
    })
}

/// A cut-off date, which must be one.
pub(super) fn until(problems: &Problems, date: &str, place: Place) -> Option<Approval> {
    if date.len() == 10 && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok() {
        return Some(Approval::UntilDate(date.to_owned()));
    }
    let problem = Problem::error(codes::DATE, format!("\"{date}\" is no date")).at(place);
    problems.push(problem.help("write a date such as 2024-01-09"));
    None
}

/// The filters of a `PatchFilterGroup`.
fn filters(group: &Node) -> Vec<Filter> {
    let filter = |node: &Node| Filter {
        key: node.member("Key").unwrap_or_default().to_owned(),
        values: node.member_texts("Values"),
    };
    group
        .get("PatchFilters")
        .map_or(&[][..], Node::items)
        .iter()
        .map(filter)
        .collect()
}

fn source(node: &Node) -> Source {
    let text = |member: &str| node.member(member).unwrap_or_default().to_owned();
    Source {
        name: text("Name"),
        products: node.member_texts("Products"),
        configuration: text("Configuration"),
        places: Places::of(node, &SOURCE_PLACES),
    }
}

/// Entries of an approved or rejected list. One text with commas is one entry to AWS, and names no
/// patch; AWS's own documentation prints such texts, so it is split, and told. Semantics, section 9.4.
pub(super) fn patch_list(problems: &Problems, list: Option<&Node>) -> Vec<String> {
    let mut entries = Vec::new();
    for node in list.map_or(&[][..], Node::items) {
        let Data::Text(text) = &node.data else { continue };
        let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
        if text.contains(',') {
            let message = format!(
                "\"{text}\" is one entry to AWS, and names no patch; it is read as {}",
                parts().count()
            );
            problems.push(
                Problem::warning(codes::IMPORT, message)
                    .at(node.place.clone())
                    .help("separate the entries by blanks instead of commas"),
            );
        }
        entries.extend(parts().map(str::to_owned));
    }
    for entry in &entries {
        if entry.chars().count() > 100 {
            let place = list.map_or((0, 0..0), |node| node.place.clone());
            let message = "an entry of a list of patches has 1 to 100 characters";
            problems.push(Problem::error(codes::REQUEST, message).at(place));
        }
    }
    entries
}
