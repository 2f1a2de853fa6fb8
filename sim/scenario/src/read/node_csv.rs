//! Lists of nodes: `id,operating_system,product,patch_group,tags,behavior`.

use std::collections::BTreeMap;

use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::OperatingSystem;

use super::behaviors::preset_for;
use super::nodes::{NodeContext, Nodes, patch_group, unknown_behavior};
use super::section::Place;
use crate::codes;
use crate::csv_file::{Columns, CsvFile, Row, RowProblems};
use crate::problem::{Problem, Sources};
use crate::suggest::nearest;

const COLUMNS: Columns<'_> = Columns {
    required: &["id", "operating_system"],
    optional: &["product", "patch_group", "tags", "behavior"],
    ignored: &[],
};

/// Reads a list of nodes into pools of consecutive like ones.
pub(crate) fn read_nodes(
    context: &NodeContext<'_>,
    (path, place): (&str, Place),
    nodes: &mut Nodes,
    sources: &mut Sources,
) {
    let text = match context.files.read(path) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::error(codes::FILE, format!("{path} cannot be read: {error}"));
            context.problems.push(problem.at(place));
            return;
        }
    };
    let mut problems = RowProblems::new(codes::NODE_FILE);
    if let Some(file) = CsvFile::read(path, &text, &COLUMNS, sources, &mut problems) {
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for row in &file.rows {
            if let Some(pool) = node(context, &file, row, nodes, &mut problems) {
                let name = pool.name.clone();
                if let Some(first) = seen.insert(name.clone(), row.line) {
                    problems.error(
                        format!("node \"{name}\" stands twice, first in line {first}"),
                        file.place(row),
                        None,
                    );
                }
                add(nodes, pool, file.place(row));
            }
        }
        if file.rows.is_empty() {
            problems.error(format!("{path} lists no node"), (file.source, 0..0), None);
        }
    }
    context.problems.extend(problems.into_vec());
}

/// Puts a node into the last pool if it is like it, else into a new one.
fn add(nodes: &mut Nodes, node: NodePool, place: Place) {
    let alike = nodes.pools.last_mut().filter(|pool| {
        pool.names.is_some()
            && (pool.operating_system, &pool.product, &pool.tags, pool.behavior)
                == (node.operating_system, &node.product, &node.tags, node.behavior)
    });
    match alike {
        Some(pool) => {
            pool.count += 1;
            pool.names.get_or_insert_default().push(node.name);
        }
        None => {
            nodes.places.push(place);
            nodes.pools.push(NodePool {
                names: Some(vec![node.name.clone()]),
                ..node
            });
        }
    }
}

fn node(
    context: &NodeContext<'_>,
    file: &CsvFile<'_>,
    row: &Row,
    nodes: &mut Nodes,
    problems: &mut RowProblems,
) -> Option<NodePool> {
    let Some((id, _)) = file.field(row, "id") else {
        problems.error("a node without an id", file.place(row), None);
        return None;
    };
    let os = operating_system(file, row, problems)?;
    let mut tags = file
        .field(row, "tags")
        .map_or_else(BTreeMap::new, |(text, place)| tags(text, place, problems));
    if let Some((group, _)) = file.field(row, "patch_group") {
        tags.insert("Patch Group".to_owned(), group.to_owned());
    }
    let behavior = match file.field(row, "behavior") {
        None => nodes.behavior(preset_for(os)),
        Some((name, place)) => {
            let found = nodes.behavior(name);
            if found.is_none() {
                problems.push(unknown_behavior(name, place, nodes));
            }
            found
        }
    };
    let patch_group = patch_group(context, &tags, &file.place(row));
    Some(NodePool {
        name: id.to_owned(),
        count: 1,
        names: None,
        operating_system: os,
        product: file.field(row, "product").map(|(product, _)| product.to_owned()),
        applications: Vec::new(),
        tags,
        patch_group,
        behavior: behavior?,
        patched_through: context.start,
    })
}

/// The operating system of a row.
pub(crate) fn operating_system(
    file: &CsvFile<'_>,
    row: &Row,
    problems: &mut RowProblems,
) -> Option<OperatingSystem> {
    let Some((name, place)) = file.field(row, "operating_system") else {
        problems.error(
            "the operating system is missing",
            file.place(row),
            Some("such as WINDOWS".to_owned()),
        );
        return None;
    };
    let found = OperatingSystem::parse(name);
    if found.is_none() {
        let meant = nearest(name, OperatingSystem::ALL.iter().map(|os| os.as_str()));
        problems.error(
            format!("`{name}` is no operating system of Systems Manager"),
            place,
            meant.map(|name| format!("did you mean `{name}`?")),
        );
    }
    found
}

/// `key=value` pairs, separated by semicolons.
fn tags(text: &str, place: Place, problems: &mut RowProblems) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((key, value)) => {
                tags.insert(key.trim().to_owned(), value.trim().to_owned());
            }
            None => problems.error(
                format!("`{pair}` is no tag"),
                place.clone(),
                Some("write key=value, several separated by semicolons".to_owned()),
            ),
        }
    }
    tags
}
