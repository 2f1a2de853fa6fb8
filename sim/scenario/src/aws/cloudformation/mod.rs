//! Templates of CloudFormation. Semantics, section 9.2.
//!
//! A template is read from JSON or YAML into one tree (`yaml_tree`); its functions are resolved as far
//! as a template alone gives their values (`intrinsics`, `conditions`); each resource that has to do
//! with patching becomes the requests that CloudFormation makes of it (`resources`). What stands for a
//! value that only AWS has is told where it matters.

mod associations;
mod base64;
mod conditions;
mod intrinsics;
mod origins;
mod properties;
mod references;
mod resources;
mod template;
mod texts;

use std::collections::BTreeMap;
use std::path::Path;

use self::intrinsics::Resolver;
use self::resources::Player;
pub(super) use self::resources::passed_over;
use super::json::json_with_replaced;
use super::node::{Data, Node};
use super::passage::Passage;
use super::yaml_tree::{twice, yaml};
use super::{Imported, Importer, LARGEST};
use crate::codes;
use crate::files::{input_name, read_input};
use crate::numbers::grouped;
use crate::problem::Problem;

/// What CloudFormation takes from a bucket, in bytes.
const LARGEST_TEMPLATE: usize = 1 << 20;

/// Imports a template of CloudFormation, in JSON or YAML, as a scenario; `-` is standard input.
///
/// `parameters` are values of the template's parameters, or of pseudo parameters such as
/// `AWS::Region`, by their names.
pub fn import_cloudformation(path: &Path, parameters: &[(String, String)]) -> Imported {
    let name = input_name(path);
    match read_input(path, LARGEST) {
        Ok(text) => import_cloudformation_text(&name, &text, parameters),
        Err(error) => Importer::unread(&name, &error),
    }
}

/// Imports the text of a template; `name` stands for it in messages.
pub fn import_cloudformation_text(name: &str, text: &str, parameters: &[(String, String)]) -> Imported {
    let mut importer = Importer::new(name, text);
    if text.len() > LARGEST_TEMPLATE {
        let message = format!(
            "the template has {} bytes; CloudFormation takes at most {}",
            grouped(text.len() as u64),
            grouped(LARGEST_TEMPLATE as u64)
        );
        importer
            .problems
            .push(Problem::error(codes::SIZE, message).at((importer.source, 0..0)));
        return importer.finish(None);
    }
    let root = tree(&importer);
    let Some(root) = root.filter(|_| !importer.problems.has_errors()) else {
        return importer.finish(None);
    };
    let given = given(&mut importer, parameters);
    let Some(mut template) = template::template(&importer.problems, &root, &given) else {
        return importer.finish(None);
    };
    let dropped = std::mem::take(&mut template.dropped);
    let mut player = Player::new(Resolver::new(&importer.problems, &template, &given));
    player.play();
    let (account, read) = (player.service.account, player.read);
    importer.dropped = dropped;
    importer.dropped.extend(player.dropped);
    importer.dropped.extend(player.service.dropped);
    if read == 0 && !importer.problems.has_errors() {
        let message =
            "the template has no patch baseline and no maintenance window: there is nothing to simulate";
        let problem = Problem::error(codes::IMPORT, message).at((importer.source, 0..0));
        importer.problems.push(problem.help("read are AWS::SSM::PatchBaseline, AWS::SSM::MaintenanceWindow with its targets and tasks, and AWS::EC2::Instance"));
    }
    let file = Path::new(name)
        .file_name()
        .map_or(name.into(), |file| file.to_string_lossy());
    let origin = format!("Imported from {file} by `patchbench import cloudformation`.");
    importer.scenario(&account, &format!("imported from {file}"), &origin)
}

/// Values of parameters, with places of their own.
fn given(importer: &mut Importer<'_>, parameters: &[(String, String)]) -> BTreeMap<String, Node> {
    let mut given = BTreeMap::new();
    for (name, value) in parameters {
        let source = importer.sources.add("--parameter", format!("{name}={value}"));
        let start = name.len() + 1;
        let node = Node::text_at((source, start..start + value.len()), value);
        if given.insert(name.clone(), node).is_some() {
            let message = format!("two values for parameter {name}");
            importer
                .problems
                .push(Problem::error(codes::DUPLICATE, message).at((source, 0..name.len())));
        }
    }
    given
}

/// The text as a tree. What begins with a brace is JSON.
fn tree(importer: &Importer<'_>) -> Option<Node> {
    let text = importer.text;
    let body = text.trim_start_matches('\u{feff}');
    if !body.trim_start().starts_with('{') {
        return yaml(&importer.problems, text, importer.source);
    }
    let mut passage = Passage::at(importer.source, text.len() - body.len());
    passage.push(body, text.len() - body.len());
    match json_with_replaced(&passage) {
        Ok((node, replaced)) => {
            /// More are not told.
            const MOST: usize = 50;
            for pair in replaced.iter().take(MOST) {
                importer.problems.push(twice(pair));
            }
            Some(within_quotes(node))
        }
        Err(mistake) => {
            importer.problems.push(mistake.problem(&passage, "JSON"));
            None
        }
    }
}

/// JSON whose texts have the places within their quotes, as those of YAML have: so a part of one can be
/// pointed at.
fn within_quotes(mut node: Node) -> Node {
    match &mut node.data {
        Data::Text(_) if node.place.1.len() > 2 => {
            node.place.1 = node.place.1.start + 1..node.place.1.end - 1;
        }
        Data::List(items) => {
            let inner = std::mem::take(items).into_iter().map(within_quotes);
            *items = inner.collect();
        }
        Data::Map(pairs) => {
            for pair in pairs {
                let node = Node::new(pair.place.clone(), Data::Null);
                let node = std::mem::replace(&mut pair.node, node);
                pair.node = within_quotes(node);
            }
        }
        _ => {}
    }
    node
}
