//! Lists of nodes: `id,operating_system,product,patch_group,tags,behavior`.

use std::collections::BTreeMap;

use patchbench_model::fleet::{NodePool, PATCH_GROUP_TAGS};
use patchbench_model::ssm::OperatingSystem;

use super::behaviors::preset_for;
use super::file_problem;
use super::nodes::{NodeContext, Nodes, patch_group, unknown_behavior};
use super::section::Place;
use crate::codes;
use crate::csv_file::{Columns, CsvFile, Row, RowProblems};
use crate::problem::{Problem, Sources};
use crate::suggest::{listing, nearest};

const COLUMNS: Columns<'_> = Columns {
    required: &["id", "operating_system"],
    optional: &["product", "patch_group", "tags", "behavior"],
    ignored: &[],
};

/// Reads a list of nodes into pools of consecutive like ones. Returns whether all could be read.
pub(crate) fn read_nodes(
    context: &NodeContext<'_>,
    (path, place): (&str, Place),
    nodes: &mut Nodes,
    sources: &mut Sources,
) -> bool {
    let text = match context.files.read(path) {
        Ok(text) => text,
        Err(error) => {
            context.problems.push(file_problem(path, &error, place));
            return false;
        }
    };
    let mut problems = RowProblems::new(codes::NODE_FILE);
    let most = context.limits.max_listed_nodes;
    if let Some(file) = CsvFile::open((path, &place), &text, &COLUMNS, most, sources, &mut problems) {
        let rows = file.rows(&mut problems, |row, problems| {
            if let Some(pool) = node(context, &file, row, nodes, problems) {
                add(nodes, pool, &file, row, problems);
            }
        });
        if rows == 0 {
            problems.error(format!("{path} lists no node"), (file.source, 0..0), None);
        }
    }
    let valid = !problems.has_errors();
    context.problems.extend(problems.into_vec());
    valid
}

/// Puts a node into the last pool if it is like it, else into a new one.
fn add(nodes: &mut Nodes, node: NodePool, file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) {
    let place = file.place(row, "id");
    if let Some(first) = nodes.names.listed_at(&node.name) {
        let problem = Problem::error(codes::NODE_FILE, format!("node \"{}\" stands twice", node.name))
            .at(place)
            .at(first.clone())
            .saying("first here");
        problems.push(problem);
        return;
    }
    let number = u32::try_from(nodes.count()).unwrap_or(u32::MAX);
    nodes.names.list(&node.name, number, place.clone());
    let alike = nodes.pools.last().is_some_and(|pool| {
        pool.names.is_some()
            && (pool.operating_system, &pool.product, &pool.tags, pool.behavior)
                == (node.operating_system, &node.product, &node.tags, node.behavior)
    });
    if alike {
        nodes.extend_last(node.name);
    } else {
        let names = Some(vec![node.name.clone()]);
        nodes.push(NodePool { names, ..node }, place);
    }
}

fn node(
    context: &NodeContext<'_>,
    file: &CsvFile<'_>,
    row: &Row,
    nodes: &mut Nodes,
    problems: &mut RowProblems,
) -> Option<NodePool> {
    let id = file.text(row, "id");
    if id.is_none() {
        problems.error("a node without an id", file.row_place(row), None);
    }
    let os = operating_system(file, row, problems);
    let tags = tags(file, row, problems);
    let behavior = match (file.text(row, "behavior"), os) {
        (None, os) => os.and_then(|os| nodes.behavior(preset_for(os))),
        (Some(name), _) => {
            let found = nodes.behavior(name);
            if found.is_none() {
                problems.push(unknown_behavior(name, file.place(row, "behavior"), nodes));
            }
            found
        }
    };
    let (id, os, tags, behavior) = (id?, os?, tags?, behavior?);
    let patch_group = patch_group(context.both_tags, &tags, &file.row_place(row))
        .map_err(|problem| problems.push(problem))
        .ok()?;
    Some(NodePool {
        name: id.to_owned(),
        count: 1,
        names: None,
        operating_system: os,
        product: file.text(row, "product").map(str::to_owned),
        applications: Vec::new(),
        tags,
        patch_group,
        policy_baseline: None,
        behavior,
        patched_through: context.start,
        rebooted_through: None,
    })
}

/// The operating system of a row.
pub(crate) fn operating_system(
    file: &CsvFile<'_>,
    row: &Row,
    problems: &mut RowProblems,
) -> Option<OperatingSystem> {
    let Some(name) = file.text(row, "operating_system") else {
        problems.error(
            "the operating system is missing",
            file.row_place(row),
            Some("such as WINDOWS".to_owned()),
        );
        return None;
    };
    let found = OperatingSystem::parse(name);
    if found.is_none() {
        let known = || OperatingSystem::ALL.iter().map(|os| os.as_str());
        let message = format!("`{name}` is no operating system of Systems Manager");
        let help = match nearest(name, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of {}", listing(known())),
        };
        problems.error(message, file.place(row, "operating_system"), Some(help));
    }
    found
}

/// Tags of a row: `key=value` pairs, separated by semicolons, and the patch group.
fn tags(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    let mut valid = true;
    let mut refuse = |message: String, help: &str| {
        problems.error(message, file.place(row, "tags"), Some(help.to_owned()));
        valid = false;
    };
    let pairs = file.text(row, "tags").unwrap_or("").split(';').map(str::trim);
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let Some((key, value)) = pair
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
        else {
            refuse(
                format!("`{pair}` is no tag"),
                "write key=value, several separated by semicolons",
            );
            continue;
        };
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            refuse(
                format!("tag `{key}` stands twice"),
                "a node has one value of a tag",
            );
        }
    }
    if let Some(group) = file.text(row, "patch_group") {
        let key = PATCH_GROUP_TAGS[0].to_owned();
        match tags.insert(key, group.to_owned()) {
            Some(other) if other != group => refuse(
                format!("the tags say patch group \"{other}\", the column says \"{group}\""),
                "keep one of the two",
            ),
            _ => {}
        }
    }
    valid.then_some(tags)
}
