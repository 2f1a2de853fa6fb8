//! One text of shorthand by itself, as the AWS CLI parses it before any operation looks at it.

use serde_json::Value;

use super::node::{Data, Node};
use super::passage::Passage;
use super::shorthand::shorthand;
use crate::FileReader;
use crate::codes;
use crate::problem::{Problem, Sources};

/// What a text of shorthand says.
#[derive(Clone, Debug)]
pub struct ParsedShorthand {
    /// The text, which problems point into.
    pub sources: Sources,
    /// The mistake, if there is one; otherwise warnings.
    pub problems: Vec<Problem>,
    /// An object of texts, lists and objects with its members in the order of the text, unless there was
    /// a mistake. Nothing is a number or a flag yet: that is up to the operation.
    pub value: Option<Value>,
}

/// Parses a parameter in shorthand, such as `Key=tag:Env,Values=Prod,Stage`, to the value that the AWS
/// CLI's own parser gives (Semantics, section 9.4). It differs in its depth alone: more than 32 brackets
/// inside each other are refused. `files` are those that `@=file://PATH` names.
pub fn parse_shorthand(text: &str, files: &dyn FileReader) -> ParsedShorthand {
    let mut sources = Sources::default();
    let passage = Passage::whole(sources.add("shorthand", text), text);
    let (mut problems, value) = match shorthand(&passage, files) {
        Ok(read) => {
            let twice = read.replaced.into_iter().map(|pair| {
                let message = format!("`{}` stands twice in one {{ }}: the last one counts", pair.key);
                Problem::warning(codes::REQUEST, message).at(pair.place)
            });
            (twice.collect(), Some(value(&read.node)))
        }
        Err(mistake) => (vec![mistake.problem(&passage, "shorthand")], None),
    };
    for problem in &mut problems {
        sources.fit(problem);
    }
    ParsedShorthand {
        sources,
        problems,
        value,
    }
}

/// A value in JSON.
fn value(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Flag(flag) => (*flag).into(),
        Data::Number(text) | Data::Text(text) => text.as_str().into(),
        Data::List(items) => items.iter().map(value).collect(),
        Data::Map(pairs) => pairs
            .iter()
            .map(|pair| (pair.key.clone(), value(&pair.node)))
            .collect(),
    }
}
