//! Targets: which nodes a window or task is about. Semantics, section 5.

use std::collections::BTreeSet;

use patchbench_model::ssm::{Target, TargetKey};

use super::section::{Place, Problems, Section, texts};
use crate::codes;
use crate::document::{Entry, Item};
use crate::numbers::grouped;
use crate::problem::Problem;
use crate::suggest::nearest;

/// Reads the entries of a target; all must hold.
pub(crate) fn target_entries(problems: &Problems, item: &Item, name: &str) -> Vec<Target> {
    let Some(section) = Section::open(problems, item, name, None) else {
        return Vec::new();
    };
    let entries = section.entries();
    let targets: Vec<Target> = entries
        .iter()
        .filter_map(|entry| target(problems, entry, name))
        .collect();
    if targets.len() > 5 {
        let message = format!("{name} has {} keys; AWS allows 5", targets.len());
        problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
    }
    if entries.is_empty() {
        let message = format!("{name} names no nodes");
        problems.push(
            Problem::error(codes::MISSING, message)
                .at(item.place())
                .help("add \"tag:Patch Group\" = [\"…\"]"),
        );
    }
    targets
}

fn target(problems: &Problems, entry: &Entry, name: &str) -> Option<Target> {
    let key = match entry.key.as_str() {
        "InstanceIds" => TargetKey::InstanceIds,
        "tag-key" => TargetKey::TagKey,
        tag if tag.starts_with("tag:") => TargetKey::Tag(tag[4..].to_owned()),
        other => {
            problems.push(unknown_key(other, entry, name));
            return None;
        }
    };
    let values = texts(problems, &entry.item)?;
    if values.len() > 50 {
        let message = format!(
            "{} values of {}; AWS allows 50 in one target",
            grouped(values.len() as u64),
            entry.key
        );
        let problem = Problem::error(codes::QUOTA, message).at(entry.place());
        problems.push(problem.help("target a tag instead, or spread them over several targets"));
    }
    if key == TargetKey::InstanceIds {
        listed_twice(problems, &values);
    }
    Some(Target {
        key,
        values: values.into_iter().map(|(value, _)| value.to_owned()).collect(),
    })
}

fn unknown_key(key: &str, entry: &Entry, name: &str) -> Problem {
    let problem = Problem::error(
        codes::UNKNOWN_KEY,
        format!("unknown target key `{key}` in {name}"),
    )
    .at(entry.place())
    .note("allowed: InstanceIds, tag-key, and tag:KEY with any tag key");
    if key.starts_with("resource-groups:") {
        return problem.help("resource groups are not simulated: name the tags that they select by");
    }
    let known = ["InstanceIds", "tag-key", "tag:Patch Group"];
    match nearest(key, known) {
        Some(meant) => problem.meant(Some(meant)),
        None => problem.help(format!("for a tag write \"tag:{key}\"")),
    }
}

/// Semantics, section 5: the same id twice is refused.
fn listed_twice(problems: &Problems, values: &[(&str, Place)]) {
    let mut seen = BTreeSet::new();
    for (value, place) in values {
        if !seen.insert(*value) {
            problems.push(
                Problem::error(codes::DUPLICATE, format!("node \"{value}\" is listed twice"))
                    .at(place.clone())
                    .note("AWS answers DuplicateInstanceId"),
            );
        }
    }
}
