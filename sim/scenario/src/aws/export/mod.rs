//! A scenario as requests of AWS: the way back from an import.
//!
//! The model configuration, in which names are bound and `--set` and defaults have had their say, becomes
//! the inputs of `CreatePatchBaseline`, `CreateMaintenanceWindow` and what belongs to them, each a value of
//! JSON. Ids exist only after creation, so they are no part of an input: a shell script makes the requests in
//! their order and gives the ids as options beside the inputs. What the model has no use for (descriptions,
//! configurations of sources) comes from the document. What AWS has no word for is listed; what it would
//! refuse is a problem with its place.

mod baselines;
mod left_out;
mod nodes;
mod script;
mod windows;

use patchbench_model::config::ModelConfig;
use serde_json::{Map, Value, json};

use crate::codes;
use crate::document::{Item, Value as Written};
use crate::problem::{Problem, Sources};
use crate::read::{Place, Problems};
use crate::scenario::{Loaded, Scenario};

/// What an export gave.
#[derive(Clone, Debug)]
pub struct AwsExport {
    /// Name of the scenario.
    pub name: String,
    /// The requests, in the order in which they are to be made.
    pub requests: Vec<AwsRequest>,
    /// What AWS would refuse, or take otherwise than the simulation does. They point into the sources of the
    /// scenario.
    pub problems: Vec<Problem>,
    /// What AWS has no word for, one line a kind.
    pub left_out: Vec<String>,
    /// Names of nodes that stand where AWS takes ids, with the file that each stands in.
    unknown_ids: Vec<(String, String)>,
}

/// A request of AWS. Semantics, section 9.1.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsRequest {
    /// The operation in the API's words, such as `CreatePatchBaseline`.
    pub operation: &'static str,
    /// Service and command in the words of the AWS CLI, such as `ssm create-patch-baseline`.
    pub command: &'static str,
    /// The input without what is known only when earlier requests are answered.
    pub input: Map<String, Value>,
    /// The file that holds the input; a request that only names ids needs none.
    pub file: Option<String>,
    /// The rest of the input, with variables as `$NAME`.
    pub options: Map<String, Value>,
    /// The variable that takes an id from the answer, and the member that holds it.
    pub variable: Option<(String, &'static str)>,
    /// What is to be said in the script.
    comment: Option<String>,
}

impl AwsRequest {
    fn new(operation: &'static str, command: &'static str) -> Self {
        Self {
            operation,
            command,
            input: Map::new(),
            file: None,
            options: Map::new(),
            variable: None,
            comment: None,
        }
    }

    fn input(mut self, input: Map<String, Value>, file: impl Into<String>) -> Self {
        self.input = input;
        self.file = Some(file.into());
        self
    }

    fn option(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.options.insert(member.to_owned(), value.into());
        self
    }

    fn variable(mut self, name: &str, member: &'static str) -> Self {
        self.variable = Some((name.to_owned(), member));
        self
    }

    fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// The request in a list, with or without its input.
    fn as_json(&self, with_input: bool) -> Value {
        let mut listed = Map::new();
        listed.insert("operation".to_owned(), self.operation.into());
        listed.insert("file".to_owned(), json!(self.file));
        listed.insert("options".to_owned(), Value::Object(self.options.clone()));
        if with_input {
            listed.insert("input".to_owned(), Value::Object(self.input.clone()));
        }
        Value::Object(listed)
    }
}

impl AwsExport {
    /// Everything as one document: for each request its operation, its input, the file that the input would be
    /// in, and the options that complete it.
    pub fn as_json(&self) -> Value {
        self.document(true)
    }

    /// The files of an export by name: the script, the inputs, and a list of them.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![(script::NAME.to_owned(), self.script())];
        for request in &self.requests {
            if let Some(file) = &request.file {
                let input = Value::Object(request.input.clone());
                files.push((file.clone(), format!("{input:#}\n")));
            }
        }
        files.push((
            "manifest.json".to_owned(),
            format!("{:#}\n", self.document(false)),
        ));
        files
    }

    fn document(&self, with_inputs: bool) -> Value {
        let requests = self.requests.iter().map(|request| request.as_json(with_inputs));
        json!({
            "format_version": 1,
            "kind": "aws",
            "scenario": self.name,
            "requests": requests.collect::<Vec<_>>(),
            "left_out": self.left_out,
        })
    }
}

/// A scenario as requests of AWS; `None` when it has errors.
pub fn export_aws(loaded: &Loaded) -> Option<AwsExport> {
    let (scenario, document) = (loaded.scenario.as_ref()?, loaded.document.as_ref()?);
    let mut exporter = Exporter {
        config: &scenario.config,
        document,
        problems: Problems::default(),
        requests: Vec::new(),
        unknown_ids: Vec::new(),
    };
    exporter.baselines();
    exporter.tags();
    exporter.windows();
    exporter.commands();
    Some(exporter.finish(scenario, &loaded.sources))
}

/// An export under way.
struct Exporter<'a> {
    config: &'a ModelConfig,
    document: &'a Item,
    problems: Problems,
    requests: Vec<AwsRequest>,
    unknown_ids: Vec<(String, String)>,
}

impl Exporter<'_> {
    fn finish(self, scenario: &Scenario, sources: &Sources) -> AwsExport {
        if self.requests.is_empty() {
            let message = "the scenario has nothing that AWS could be told";
            let problem = Problem::warning(codes::EXPORT, message).at((0, 0..0));
            self.problems
                .push(problem.note("baselines, windows and run_command commands are exported"));
        }
        let mut problems = self.problems.into_vec();
        problems.sort_by_key(Problem::rank);
        for problem in &mut problems {
            sources.fit(problem);
        }
        AwsExport {
            name: scenario.name.clone(),
            requests: self.requests,
            problems,
            left_out: left_out::left_out(self.document),
            unknown_ids: self.unknown_ids,
        }
    }

    /// Tells what becomes of something at a place.
    fn warn(&self, place: Place, message: impl Into<String>, note: &str) {
        let problem = Problem::warning(codes::EXPORT, message).at(place);
        self.problems.push(problem.note(note));
    }

    /// What the scenario has at a path; lists count from 0.
    fn written(&self, path: &[&str]) -> Option<&Item> {
        path.iter()
            .try_fold(self.document, |item, key| match &item.value {
                Written::Table(entries) => {
                    let entry = entries.iter().find(|entry| entry.key == *key)?;
                    Some(&entry.item)
                }
                Written::List(items) => items.get(key.parse::<usize>().ok()?),
                _ => None,
            })
    }

    /// A text that the model has no use for.
    fn text(&self, path: &[&str]) -> Option<&str> {
        match &self.written(path)?.value {
            Written::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where something stands, or the table around it.
    fn place(&self, path: &[&str]) -> Place {
        let known = (1..=path.len())
            .rev()
            .find_map(|length| self.written(&path[..length]));
        known.map_or((0, 0..0), Item::place)
    }
}

/// Whether AWS takes a text as the name of a baseline, window, target or task.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (3..=128).contains(&name.len()) && name.chars().all(allowed)
}

/// The word of a value, as the reader takes it.
fn word_of<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == value);
    found.map_or("", |(word, _)| *word)
}
