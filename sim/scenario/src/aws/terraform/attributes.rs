//! Attributes of the Terraform provider's resources, and the members of AWS's requests that the provider makes
//! of them. Semantics, section 9.3.

use super::super::api::{LEVELS, NO_OUTPUT, NO_ROLES, NO_TAGS, OPERATING_SYSTEMS, TEXT};
use super::super::node::{Data, Node, Pair};
use super::super::shape::{Member, Shape};
use super::RuleBoth;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};

const ANY_TEXT: Shape = Shape::Text(0, usize::MAX);
const TEXTS: Shape = Shape::List(&ANY_TEXT, 0, 50);
const ONLY_CURRENT: &str = "the current version of the document is simulated";

const FILTER: Shape = Shape::Structure(&[
    Member::required("key", TEXT),
    Member::required("values", Shape::List(&Shape::Text(1, 64), 1, 20)),
]);

const RULE: Shape = Shape::Structure(&[
    Member::optional("approve_after_days", Shape::Integer(0, 360)),
    Member::optional("approve_until_date", TEXT),
    Member::optional("compliance_level", Shape::Choice(LEVELS)),
    Member::optional("enable_non_security", Shape::Flag),
    Member::optional("patch_filter", Shape::List(&FILTER, 0, 10)),
]);

const SOURCE: Shape = Shape::Structure(&[
    Member::required("name", TEXT),
    Member::required("products", Shape::List(&TEXT, 1, 20)),
    Member::required("configuration", Shape::Text(1, 1024)),
]);

/// `aws_ssm_patch_baseline`, as a resource and as a data source.
pub(super) const BASELINE: Shape = Shape::Structure(&[
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
    Member::optional("default_baseline", Shape::Flag),
    Member::optional("name_prefix", TEXT),
    Member::optional("owner", TEXT),
    Member::dropped("tags", Shape::Anything, NO_TAGS),
    // Those of the resource and those of the provider.
    Member::optional("tags_all", Shape::Anything),
]);

/// `aws_ssm_patch_group`
pub(super) const GROUP: Shape = Shape::Structure(&[
    Member::required("baseline_id", TEXT),
    Member::required("patch_group", TEXT),
    Member::optional("id", TEXT),
    Member::optional("region", TEXT),
]);

/// `aws_ssm_default_patch_baseline`
pub(super) const DEFAULT: Shape = Shape::Structure(&[
    Member::required("baseline_id", TEXT),
    Member::optional("operating_system", TEXT),
    Member::optional("id", TEXT),
    Member::optional("region", TEXT),
]);

/// `aws_ssm_maintenance_window`
pub(super) const WINDOW: Shape = Shape::Structure(&[
    Member::required("name", TEXT),
    Member::required("schedule", Shape::Text(1, 256)),
    Member::required("duration", Shape::Integer(1, 24)),
    Member::required("cutoff", Shape::Integer(0, 23)),
    Member::optional("description", Shape::Text(1, 128)),
    Member::optional("allow_unassociated_targets", Shape::Flag),
    Member::optional("enabled", Shape::Flag),
    Member::optional("schedule_timezone", TEXT),
    Member::optional("schedule_offset", Shape::Integer(1, 6)),
    Member::optional("start_date", TEXT),
    Member::optional("end_date", TEXT),
    Member::optional("id", TEXT),
    Member::optional("region", TEXT),
    Member::dropped("tags", Shape::Anything, NO_TAGS),
    Member::optional("tags_all", Shape::Anything),
]);

const TARGETS: Shape = Shape::List(
    &Shape::Structure(&[
        Member::required("key", Shape::Text(1, 163)),
        Member::required("values", Shape::List(&TEXT, 0, 50)),
    ]),
    0,
    5,
);

/// `aws_ssm_maintenance_window_target`
pub(super) const TARGET: Shape = Shape::Structure(&[
    Member::required("window_id", TEXT),
    // The provider takes it in any case.
    Member::required("resource_type", TEXT),
    Member::required("targets", TARGETS),
    Member::optional("name", Shape::Text(3, 128)),
    Member::optional("description", Shape::Text(1, 128)),
    Member::optional("owner_information", Shape::Text(1, 128)),
    Member::optional("id", TEXT),
    Member::optional("region", TEXT),
]);

const PARAMETERS: Shape = Shape::List(
    &Shape::Structure(&[Member::required("name", TEXT), Member::optional("values", TEXTS)]),
    0,
    200,
);

const RUN_COMMAND: Shape = Shape::Structure(&[
    Member::optional("comment", ANY_TEXT),
    Member::optional("parameter", PARAMETERS),
    Member::optional("timeout_seconds", Shape::Integer(30, 2_592_000)),
    Member::dropped("cloudwatch_config", Shape::Anything, NO_OUTPUT),
    Member::dropped("document_hash", Shape::Anything, ONLY_CURRENT),
    Member::dropped("document_hash_type", Shape::Anything, ONLY_CURRENT),
    Member::dropped("document_version", Shape::Anything, ONLY_CURRENT),
    Member::dropped("notification_config", Shape::Anything, NO_OUTPUT),
    Member::dropped("output_s3_bucket", Shape::Anything, NO_OUTPUT),
    Member::dropped("output_s3_key_prefix", Shape::Anything, NO_OUTPUT),
    Member::dropped("service_role_arn", Shape::Anything, NO_ROLES),
]);

const INVOCATION: Shape = Shape::Structure(&[
    Member::optional("run_command_parameters", Shape::List(&RUN_COMMAND, 0, 1)),
    Member::optional("automation_parameters", Shape::Anything),
    Member::optional("lambda_parameters", Shape::Anything),
    Member::optional("step_functions_parameters", Shape::Anything),
]);

/// `aws_ssm_maintenance_window_task`
pub(super) const TASK: Shape = Shape::Structure(&[
    Member::required("window_id", TEXT),
    Member::required("task_arn", TEXT),
    Member::required("task_type", TEXT),
    Member::optional("targets", TARGETS),
    Member::optional("task_invocation_parameters", Shape::List(&INVOCATION, 0, 1)),
    // Of older providers.
    Member::optional("task_parameters", PARAMETERS),
    Member::optional("priority", Shape::Integer(0, i32::MAX as i64)),
    Member::optional("max_concurrency", TEXT),
    Member::optional("max_errors", TEXT),
    Member::optional("name", Shape::Text(3, 128)),
    Member::optional("description", Shape::Text(1, 128)),
    Member::optional(
        "cutoff_behavior",
        Shape::Choice(&["CONTINUE_TASK", "CANCEL_TASK"]),
    ),
    Member::optional("id", TEXT),
    Member::optional("arn", TEXT),
    Member::optional("region", TEXT),
    Member::optional("window_task_id", TEXT),
    Member::dropped("service_role_arn", Shape::Anything, NO_ROLES),
    Member::dropped("logging_info", Shape::Anything, NO_OUTPUT),
]);

/// The tags of `aws_instance`.
pub(super) const TAGS: Shape = Shape::Map(&Shape::Text(0, 256));

/// A value without what the provider has for what is not set: null, empty texts, lists and structures, and
/// zeros where AWS takes none.
pub(super) fn set(node: &Node) -> Node {
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(set).collect()),
        Data::Map(pairs) => Data::Map(pairs.iter().filter_map(set_pair).collect()),
        data => data.clone(),
    };
    Node::new(node.place.clone(), data)
}

fn set_pair(pair: &Pair) -> Option<Pair> {
    let node = set(&pair.node);
    let unset = match &node.data {
        Data::Null => true,
        Data::Text(text) => text.is_empty(),
        Data::List(items) => items.is_empty(),
        Data::Map(pairs) => pairs.is_empty(),
        Data::Number(text) => {
            let none = ["schedule_offset", "timeout_seconds"].contains(&pair.key.as_str());
            none && text == "0"
        }
        Data::Flag(_) => false,
    };
    (!unset).then(|| Pair { node, ..pair.clone() })
}

/// The member of AWS that an attribute is: `approve_after_days` is `ApproveAfterDays`.
fn member_name(attribute: &str) -> String {
    let mut name = String::new();
    for word in attribute.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

pub(super) fn member(key: &str, node: Node) -> Pair {
    Pair {
        key: key.to_owned(),
        place: node.place.clone(),
        node,
    }
}

pub(super) fn structure(place: &Place, pairs: Vec<Pair>) -> Node {
    Node::new(place.clone(), Data::Map(pairs))
}

/// A structure with AWS's names, however deep.
fn renamed(node: &Node) -> Node {
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(renamed).collect()),
        Data::Map(pairs) => Data::Map(pairs.iter().map(renamed_pair).collect()),
        data => data.clone(),
    };
    Node::new(node.place.clone(), data)
}

fn renamed_pair(pair: &Pair) -> Pair {
    Pair {
        key: member_name(&pair.key),
        place: pair.place.clone(),
        node: renamed(&pair.node),
    }
}

/// The attributes of a resource as members; what these are named for needs more than a name.
fn members(values: &Node, except: &[&str]) -> Vec<Pair> {
    let pairs = values.pairs().iter();
    let plain = pairs.filter(|pair| !except.contains(&pair.key.as_str()));
    plain.map(renamed_pair).collect()
}

/// The body of `CreatePatchBaseline`; `None` where a rule is refused.
pub(super) fn baseline(problems: &Problems, values: &Node, both: RuleBoth) -> Option<Node> {
    let mut pairs = members(values, &["approval_rule", "global_filter", "source"]);
    let mut fine = true;
    if let Some(rules) = values.get("approval_rule") {
        let made = rules.items().iter().map(|known| rule(problems, known, both));
        let made: Vec<Option<Node>> = made.collect();
        fine = made.iter().all(Option::is_some);
        let list = Node::new(
            rules.place.clone(),
            Data::List(made.into_iter().flatten().collect()),
        );
        let list = vec![member("PatchRules", list)];
        pairs.push(member("ApprovalRules", structure(&rules.place, list)));
    }
    if let Some(filters) = values.get("global_filter") {
        let list = vec![member("PatchFilters", renamed(filters))];
        pairs.push(member("GlobalFilters", structure(&filters.place, list)));
    }
    if let Some(sources) = values.get("source") {
        pairs.push(member("Sources", renamed(sources)));
    }
    fine.then(|| structure(&values.place, pairs))
}

fn rule(problems: &Problems, values: &Node, both: RuleBoth) -> Option<Node> {
    let days = values.pair("approve_after_days");
    let date = values.get("approve_until_date");
    let except = ["patch_filter", "approve_after_days"];
    let mut pairs = members(values, &except);
    let filters = values.get("patch_filter").map(renamed);
    let filters = filters.unwrap_or_else(|| Node::new(values.place.clone(), Data::List(Vec::new())));
    let list = vec![member("PatchFilters", filters)];
    pairs.push(member("PatchFilterGroup", structure(&values.place, list)));
    // The provider's state has 0 for what is not set, and sends 0 for it unless there is a date.
    match (days, date) {
        (Some(days), Some(date)) if days.node.integer() != Some(0) => {
            told_of_both(problems, date, both);
            if both == RuleBoth::Error {
                return None;
            }
        }
        (_, Some(_)) => {}
        (Some(days), None) => pairs.push(renamed_pair(days)),
        (None, None) => {
            let none = Node::new(values.place.clone(), Data::Number("0".to_owned()));
            pairs.push(member("ApproveAfterDays", none));
        }
    }
    Some(structure(&values.place, pairs))
}

fn told_of_both(problems: &Problems, date: &Node, both: RuleBoth) {
    let text = date.text().unwrap_or_default();
    let message = format!("a rule with approve_after_days and approve_until_date {text}");
    let problem = match both {
        RuleBoth::Error => Problem::error(codes::RULE_BOTH, message),
        RuleBoth::DateWins => Problem::warning(codes::RULE_BOTH, message),
    };
    let problem = problem.at(date.place.clone());
    problems.push(problem.note("the Terraform provider sends the date alone: the delay does nothing"));
}

/// The body of `RegisterPatchBaselineForPatchGroup` or `RegisterDefaultPatchBaseline`.
pub(super) fn registration(values: &Node) -> Node {
    structure(&values.place, members(values, &[]))
}

/// The body of `CreateMaintenanceWindow`. Whether unassociated targets are allowed is always sent.
pub(super) fn window(values: &Node) -> Node {
    let mut pairs = members(values, &["enabled"]);
    if values.get("allow_unassociated_targets").is_none() {
        let no = Node::new(values.place.clone(), Data::Flag(false));
        pairs.push(member("AllowUnassociatedTargets", no));
    }
    structure(&values.place, pairs)
}

/// The body of `RegisterTargetWithMaintenanceWindow`; the name is this where there is none.
pub(super) fn target(values: &Node, label: &Node) -> Node {
    let mut pairs = members(values, &[]);
    named(&mut pairs, label);
    structure(&values.place, pairs)
}

/// The body of `RegisterTaskWithMaintenanceWindow`.
pub(super) fn task(values: &Node, label: &Node) -> Node {
    let deep = ["task_invocation_parameters", "task_parameters"];
    let mut pairs = members(values, &deep);
    named(&mut pairs, label);
    let only = |node: &Node, name: &str| node.get(name)?.items().first().cloned();
    if let Some(run) = only(values, deep[0]).and_then(|kinds| only(&kinds, "run_command_parameters")) {
        let mut told = members(&run, &["parameter"]);
        if let Some(list) = run.get("parameter") {
            told.push(member("Parameters", parameters(list, |values| values)));
        }
        let run = vec![member("RunCommand", structure(&run.place, told))];
        pairs.push(member("TaskInvocationParameters", structure(&values.place, run)));
    }
    if let Some(list) = values.get(deep[1]) {
        let wrapped = |values: Node| structure(&values.place.clone(), vec![member("Values", values)]);
        pairs.push(member("TaskParameters", parameters(list, wrapped)));
    }
    structure(&values.place, pairs)
}

fn named(pairs: &mut Vec<Pair>, label: &Node) {
    if !pairs.iter().any(|pair| pair.key == "Name") {
        pairs.push(member("Name", label.clone()));
    }
}

/// Blocks with a name and values as AWS's map.
fn parameters(list: &Node, value: impl Fn(Node) -> Node) -> Node {
    let pair = |block: &Node| {
        let name = block.get("name")?;
        let values = block.get("values").cloned();
        let values = values.unwrap_or_else(|| Node::new(name.place.clone(), Data::List(Vec::new())));
        Some(Pair {
            key: name.text()?.to_owned(),
            place: name.place.clone(),
            node: value(values),
        })
    };
    let pairs = list.items().iter().filter_map(pair);
    Node::new(list.place.clone(), Data::Map(pairs.collect()))
}
