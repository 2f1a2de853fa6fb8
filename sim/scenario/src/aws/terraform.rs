//! Resources of the Terraform provider, as their values stand in a plan. Semantics, section 9.3.

use super::account::{Approval, Baseline, Filter, Rule, Source};
use super::api::{LEVELS, OPERATING_SYSTEMS};
use super::baseline::{patch_list, until};
use super::node::{Data, Node};
use super::places::Places;
use super::shape::{Checker, Member, Notation, Shape};
use super::{Imported, Importer};
use crate::codes;
use crate::problem::Problem;
use crate::read::{Problems, aws_name};

/// What becomes of a rule with both a delay and a cut-off date (setting `rule_both`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleBoth {
    /// The date is used, as the provider sends only the date; told as a warning.
    #[default]
    DateWins,
    /// An error, as in a scenario.
    Error,
}

const TEXT: Shape = Shape::Text(0, usize::MAX);

const FILTER: Shape = Shape::Structure(&[
    Member::required("key", Shape::Text(1, usize::MAX)),
    Member::required("values", Shape::List(&Shape::Text(1, 64), 1, 20)),
]);

const RULE: Shape = Shape::Structure(&[
    Member::optional("approve_after_days", Shape::Integer(0, 360)),
    Member::optional("approve_until_date", TEXT),
    Member::optional("compliance_level", Shape::Choice(LEVELS)),
    Member::optional("enable_non_security", Shape::Flag),
    Member::required("patch_filter", Shape::List(&FILTER, 0, 10)),
]);

const SOURCE: Shape = Shape::Structure(&[
    Member::required("name", TEXT),
    Member::required("products", Shape::List(&TEXT, 1, 20)),
    Member::required("configuration", Shape::Text(1, 1024)),
]);

const COMPUTED: &str = "known to the provider alone";

/// `aws_ssm_patch_baseline`
const BASELINE: Shape = Shape::Structure(&[
    Member::required("name", TEXT),
    Member::optional("operating_system", Shape::Choice(OPERATING_SYSTEMS)),
    Member::optional("description", Shape::Text(0, 1024)),
    Member::optional("approval_rule", Shape::List(&RULE, 0, 10)),
    Member::optional("global_filter", Shape::List(&FILTER, 0, 4)),
    Member::optional("approved_patches", Shape::List(&TEXT, 0, 50)),
    Member::optional("approved_patches_compliance_level", Shape::Choice(LEVELS)),
    Member::optional("approved_patches_enable_non_security", Shape::Flag),
    Member::optional("rejected_patches", Shape::List(&TEXT, 0, 50)),
    Member::optional(
        "rejected_patches_action",
        // The provider's state has an empty text for what is not set.
        Shape::Choice(&["", "ALLOW_AS_DEPENDENCY", "BLOCK"]),
    ),
    Member::optional("source", Shape::List(&SOURCE, 0, 20)),
    Member::optional(
        "available_security_updates_compliance_status",
        Shape::Choice(&["", "COMPLIANT", "NON_COMPLIANT"]),
    ),
    Member::optional("arn", TEXT),
    Member::optional("id", TEXT),
    Member::optional("json", TEXT),
    Member::optional("region", TEXT),
    Member::dropped(
        "tags",
        Shape::Anything,
        "tags of the object itself decide nothing",
    ),
    Member::dropped("tags_all", Shape::Anything, COMPUTED),
]);

/// Keys of a baseline's values whose names the provider has otherwise, or the same.
const PLACES: [(&str, &str); 9] = [
    ("operating_system", "operating_system"),
    ("description", "description"),
    ("global_filter", "global_filter"),
    ("approved_patches", "approved_patches"),
    (
        "approved_patches_compliance_level",
        "approved_patches_compliance_level",
    ),
    (
        "approved_patches_enable_non_security",
        "approved_patches_enable_non_security",
    ),
    ("rejected_patches", "rejected_patches"),
    ("rejected_patches_action", "rejected_patches_action"),
    (
        "available_security_updates_compliance_status",
        "available_security_updates_compliance_status",
    ),
];

/// Keys of a rule's values.
const RULE_PLACES: [(&str, &str); 5] = [
    ("filter", "patch_filter"),
    ("approve_after_days", "approve_after_days"),
    ("approve_until_date", "approve_until_date"),
    ("compliance_level", "compliance_level"),
    ("enable_non_security", "enable_non_security"),
];

/// Keys of a source's values.
const SOURCE_PLACES: [(&str, &str); 3] = [
    ("name", "name"),
    ("products", "products"),
    ("configuration", "configuration"),
];

/// Reads the values of one `aws_ssm_patch_baseline` from JSON, as `terraform show -json` prints them,
/// into a `[baseline.…]` of a scenario.
pub fn terraform_baseline(name: &str, text: &str, both: RuleBoth) -> Imported {
    let mut importer = Importer::new(name, text);
    let baseline = importer
        .json()
        .and_then(|node| importer.check(&node, &BASELINE, "aws_ssm_patch_baseline"))
        .and_then(|values| baseline(&importer.problems, &values, both));
    let written = baseline.map(|baseline| super::write::baseline(&baseline, &importer.sources));
    importer.finish(written)
}

/// The baseline that the checked values of a resource describe.
pub(crate) fn baseline(problems: &Problems, values: &Node, both: RuleBoth) -> Option<Baseline> {
    let text = |member: &str| values.member(member).filter(|text| !text.is_empty());
    let name = text("name")?;
    let place = |member: &str| super::account::place_of(values, member);
    aws_name(problems, name, place("name"), "patch baseline");
    let rules: Vec<Option<Rule>> = blocks(values, "approval_rule")
        .iter()
        .map(|node| rule(problems, node, both))
        .collect();
    let list = |member: &str| patch_list(problems, values.get(member));
    Some(Baseline {
        name: name.to_owned(),
        operating_system: text("operating_system").unwrap_or("WINDOWS").to_owned(),
        description: text("description").map(str::to_owned),
        global_filters: filters(values, "global_filter"),
        rules: rules.into_iter().collect::<Option<_>>()?,
        approved_patches: list("approved_patches"),
        approved_level: text("approved_patches_compliance_level").map(str::to_owned),
        approved_non_security: values.is_set("approved_patches_enable_non_security"),
        rejected_patches: list("rejected_patches"),
        rejected_action: text("rejected_patches_action").map(str::to_owned),
        updates_status: text("available_security_updates_compliance_status").map(str::to_owned),
        sources: blocks(values, "source").iter().map(source).collect(),
        patch_groups: Vec::new(),
        is_default: false,
        places: Places::of(values, &PLACES),
    })
}

/// The blocks of one name; a block that may occur once is a list, too.
fn blocks<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    node.get(name).map_or(&[], Node::items)
}

fn rule(problems: &Problems, node: &Node, both: RuleBoth) -> Option<Rule> {
    // The provider's state has 0 and "" for what is not set.
    let days = node.get("approve_after_days").and_then(Node::integer);
    let date = node.member("approve_until_date").filter(|date| !date.is_empty());
    let place = super::account::place_of(node, "approve_until_date");
    if let (Some(1..), Some(date)) = (days, date) {
        let message = format!("a rule with approve_after_days and approve_until_date {date}");
        let problem = match both {
            RuleBoth::Error => Problem::error(codes::RULE_BOTH, message),
            RuleBoth::DateWins => Problem::warning(codes::RULE_BOTH, message),
        };
        problems.push(
            problem
                .at(place.clone())
                .note("the Terraform provider sends the date alone: the delay does nothing"),
        );
        if both == RuleBoth::Error {
            return None;
        }
    }
    let approval = match date {
        Some(date) => until(problems, date, place)?,
        // What is not set is sent as a delay of no days.
        None => Approval::AfterDays(days.unwrap_or(0)),
    };
    Some(Rule {
        filters: filters(node, "patch_filter"),
        approval,
        level: node.member("compliance_level").map(str::to_owned),
        non_security: node.is_set("enable_non_security"),
        places: Places::of(node, &RULE_PLACES),
    })
}

fn filters(node: &Node, name: &str) -> Vec<Filter> {
    let filter = |block: &Node| Filter {
        key: block.member("key").unwrap_or_default().to_owned(),
        values: block.member_texts("values"),
    };
    blocks(node, name).iter().map(filter).collect()
}

fn source(block: &Node) -> Source {
    let text = |member: &str| block.member(member).unwrap_or_default().to_owned();
    Source {
        name: text("name"),
        products: block.member_texts("products"),
        configuration: text("configuration"),
        places: Places::of(block, &SOURCE_PLACES),
    }
}

impl Importer<'_> {
    /// The source as JSON.
    fn json(&mut self) -> Option<Node> {
        let passage = super::passage::Passage::whole(self.source, self.text);
        match super::json::json(&passage) {
            Ok(node) => Some(node),
            Err(mistake) => {
                self.problems.push(mistake.problem(&passage, "JSON"));
                None
            }
        }
    }

    /// A value as its shape wants it; members that nothing is done with are told.
    fn check(&mut self, node: &Node, shape: &Shape, name: &str) -> Option<Node> {
        let mut checker = Checker {
            problems: &self.problems,
            notation: Notation::Json,
            dropped: Vec::new(),
        };
        let found = checker.value(node, shape, name);
        let told = checker
            .dropped
            .into_iter()
            .filter(|(pair, _)| !is_empty(&pair.node));
        let told: Vec<_> = told
            .map(|(pair, why)| (pair.place, format!("{}: {why}", pair.key)))
            .collect();
        self.dropped.extend(told);
        found
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.data {
        Data::Map(pairs) => pairs.is_empty(),
        Data::List(items) => items.is_empty(),
        _ => false,
    }
}
