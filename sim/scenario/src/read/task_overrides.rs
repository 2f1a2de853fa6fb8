//! `install_override_list` and `baseline_override` of a task. Semantics, section 7.4.

use std::cell::RefCell;
use std::collections::BTreeMap;

use patchbench_model::config::Overrides;
use patchbench_model::ssm::PatchBaseline;
use patchbench_model::world::MOST_OVERRIDES;

use super::file_problem;
use super::section::{Place, Problems, Section, text, texts, wrong_type};
use crate::FileReader;
use crate::codes;
use crate::document::{Item, Value};
use crate::numbers::grouped;
use crate::problem::{Problem, Sources};
use crate::suggest::{listing, nearest};
use crate::yaml;

/// The overrides of a scenario so far, and the files of their lists, each read once.
pub(crate) struct OverrideLists<'a> {
    files: &'a dyn FileReader,
    sources: RefCell<&'a mut Sources>,
    /// By path; nothing for those that could not be read.
    read: RefCell<BTreeMap<String, Option<Vec<String>>>>,
    /// Distinct overrides.
    distinct: RefCell<Vec<Overrides>>,
}

impl<'a> OverrideLists<'a> {
    pub(crate) fn new(files: &'a dyn FileReader, sources: &'a mut Sources) -> Self {
        Self {
            files,
            sources: RefCell::new(sources),
            read: RefCell::default(),
            distinct: RefCell::default(),
        }
    }
}

/// What the overrides of tasks may refer to.
pub(crate) struct OverrideContext<'a, 's> {
    pub(crate) problems: &'a Problems,
    pub(crate) lists: &'a OverrideLists<'s>,
    pub(crate) baselines: &'a [PatchBaseline],
    /// Those of them (indices) that their names stand for at the time.
    pub(crate) in_force: Vec<usize>,
    /// Names of the baselines of the scenario, also of those that could not be read.
    pub(crate) declared: Vec<&'a str>,
}

impl OverrideContext<'_, '_> {
    /// Reads both keys of a task.
    pub(crate) fn overrides(&self, task: &Section<'_>) -> Overrides {
        let list = task.get("install_override_list");
        let baselines = task.get("baseline_override");
        if let (Some(list), Some(baselines)) = (list, baselines) {
            let message = format!(
                "{} has an install override list and a baseline override",
                task.name()
            );
            self.problems.push(
                Problem::warning(codes::OVERRIDES, message)
                    .at(list.place())
                    .at(baselines.place())
                    .note("AWS cannot combine them: the run fails on every node with exit code 167"),
            );
        }
        let overrides = Overrides {
            install_list: list.map(|item| self.install_list(item).unwrap_or_default()),
            baselines: baselines.map_or_else(Vec::new, |item| self.baselines(item)),
        };
        if let Some(item) = list.or(baselines) {
            self.count(&overrides, item);
        }
        overrides
    }

    /// Too many distinct ones are refused.
    fn count(&self, overrides: &Overrides, item: &Item) {
        let mut known = self.lists.distinct.borrow_mut();
        if known.contains(overrides) {
            return;
        }
        known.push(overrides.clone());
        if known.len() == MOST_OVERRIDES + 1 {
            let message = format!(
                "more than {MOST_OVERRIDES} different override lists and baseline overrides in one scenario"
            );
            self.problems
                .push(Problem::error(codes::SIZE, message).at(item.place()));
        }
    }

    /// A list of ids, or a file that has it.
    fn install_list(&self, item: &Item) -> Option<Vec<String>> {
        match &item.value {
            Value::List(items) => self.entries(items, item.place()),
            Value::Text(path) if path.starts_with("s3://") || path.starts_with("https://") => {
                let message = format!("{path} is not fetched");
                let problem = Problem::error(codes::FILE, message).at(item.place());
                self.problems
                    .push(problem.help("save the list beside the scenario and write its path"));
                None
            }
            Value::Text(path) => {
                let known = self.lists.read.borrow().get(path).cloned();
                known.unwrap_or_else(|| {
                    let read = self.list_file(path, item.place());
                    self.lists.read.borrow_mut().insert(path.clone(), read.clone());
                    read
                })
            }
            _ => {
                let expected = "a list of patches, or the path of a YAML file";
                self.problems.push(wrong_type(item, expected));
                None
            }
        }
    }

    /// A YAML file with `patches:` on top.
    fn list_file(&self, path: &str, place: Place) -> Option<Vec<String>> {
        let text = match self.lists.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                self.problems.push(file_problem(path, &error, place));
                return None;
            }
        };
        let source = self.lists.sources.borrow_mut().add(path, text.as_str());
        let root = match yaml::parse(&text, source) {
            Ok(root) => root,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        let section = Section::open(self.problems, &root, path, Some((source, 0..0)))?;
        let patches = section.require("patches", "patches: and below it a list of - id: KB…")?;
        let Value::List(items) = &patches.value else {
            self.problems.push(wrong_type(patches, "a list of patches"));
            return None;
        };
        let entries = self.entries(items, patches.place());
        section.close();
        entries
    }

    fn entries(&self, items: &[Item], place: Place) -> Option<Vec<String>> {
        if items.is_empty() {
            let problem = Problem::error(codes::MISSING, "the install override list names no patch");
            self.problems.push(problem.at(place));
            return None;
        }
        let found: Vec<String> = items.iter().filter_map(|item| self.entry(item)).collect();
        (found.len() == items.len()).then_some(found)
    }

    /// `"KB5034441"` or `{ id = "KB5034441", title = "…" }`; the title says nothing more.
    fn entry(&self, item: &Item) -> Option<String> {
        let (id, place) = match &item.value {
            Value::Table(_) => {
                let section =
                    Section::open(self.problems, item, "an entry of the install override list", None)?;
                let id = section.require("id", "id = \"KB5034441\"");
                let _ = section.text("title");
                section.close();
                let id = id?;
                (text(self.problems, id)?, id.place())
            }
            Value::Text(id) => (id.as_str(), item.place()),
            _ => {
                self.problems.push(wrong_type(item, "ids of patches"));
                return None;
            }
        };
        if id.trim().is_empty() {
            let problem = Problem::error(codes::RANGE, "an entry of the install override list is empty");
            self.problems.push(problem.at(place));
            return None;
        }
        Some(id.trim().to_owned())
    }

    /// Names of baselines, one for an operating system.
    fn baselines(&self, item: &Item) -> Vec<usize> {
        let names = texts(self.problems, item).unwrap_or_default();
        if names.is_empty() && matches!(&item.value, Value::List(items) if items.is_empty()) {
            let problem = Problem::error(codes::MISSING, "the baseline override names no baseline");
            self.problems.push(problem.at(item.place()));
        }
        let mut found: Vec<(usize, Place)> = Vec::new();
        for (name, place) in names {
            let Some(index) = self.named(name, place.clone()) else {
                continue;
            };
            let os = |index: usize| self.baselines[index].operating_system;
            if let Some((other, first)) = found.iter().find(|(other, _)| os(*other) == os(index)) {
                let message = format!(
                    "baseline \"{}\" of the override is for {} already",
                    self.baselines[*other].name,
                    os(index)
                );
                self.problems.push(
                    Problem::error(codes::DUPLICATE, message)
                        .at(place)
                        .at(first.clone())
                        .saying("first here")
                        .help("an override has one baseline for each operating system"),
                );
                continue;
            }
            found.push((index, place));
        }
        found.into_iter().map(|(index, _)| index).collect()
    }

    fn named(&self, name: &str, place: Place) -> Option<usize> {
        let name_of = |index: &usize| self.baselines[*index].name.as_str();
        let found = self.in_force.iter().copied().find(|index| name_of(index) == name);
        if found.is_none() && !self.declared.contains(&name) {
            let own = || self.declared.iter().copied();
            let all = self.in_force.iter().map(name_of);
            let noted = match self.declared.len() {
                0 => "the scenario has no baselines of its own".to_owned(),
                few if few <= 20 => format!("its baselines: {}", listing(own())),
                many => format!("it has {} baselines", grouped(many as u64)),
            };
            self.problems.push(
                Problem::error(codes::REFERENCE, format!("there is no baseline \"{name}\""))
                    .at(place)
                    .note(format!("{noted}; AWS's own may be named, too"))
                    .meant(nearest(name, all)),
            );
        }
        found
    }
}
