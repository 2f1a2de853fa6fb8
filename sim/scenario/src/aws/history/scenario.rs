//! The scenario that behaviours are put into.

use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::Family;

use super::super::Imported;
use super::left::Left;
use super::place::Editable;
use super::write::Behavior;
use crate::codes;
use crate::problem::Problem;
use crate::scenario::Loaded;
use crate::suggest::listing;
use crate::{FileReader, Limits, NoFiles, Severity, load_text, template};

/// A scenario with the files that it names.
pub(super) struct Target {
    loaded: Loaded,
    files: Box<dyn FileReader>,
}

impl Target {
    pub(super) fn new(loaded: Loaded, files: Box<dyn FileReader>) -> Self {
        Self { loaded, files }
    }

    /// The end of the import if the scenario is none.
    pub(super) fn refused(&self) -> Option<Imported> {
        self.loaded.scenario.is_none().then(|| Imported {
            read: Vec::new(),
            sources: self.loaded.sources.clone(),
            problems: self.loaded.problems.clone(),
            dropped: Vec::new(),
            scenario: None,
        })
    }

    fn pools(&self) -> &[NodePool] {
        let scenario = self.loaded.scenario.as_ref();
        scenario.map_or(&[], |scenario| &scenario.config.pools)
    }

    /// Names of its behaviours.
    pub(super) fn behaviors(&self) -> impl Iterator<Item = &str> {
        let scenario = self.loaded.scenario.iter();
        scenario.flat_map(|scenario| scenario.config.behaviors.iter().map(|known| known.name.as_str()))
    }

    /// Whether a pool is in a patch group, or in none.
    pub(super) fn has(&self, group: Option<&str>) -> bool {
        self.of(group).next().is_some()
    }

    fn of(&self, group: Option<&str>) -> impl Iterator<Item = &NodePool> {
        self.pools()
            .iter()
            .filter(move |pool| pool.patch_group.as_deref() == group)
    }

    /// Whether the first pool of a group runs Windows.
    pub(super) fn runs_windows(&self, group: Option<&str>) -> Option<bool> {
        let pool = self.of(group).next()?;
        Some(pool.operating_system.family() == Family::Windows)
    }

    /// What a pool loses: a behaviour may have more than what was observed.
    fn replaced(&self, pool: &NodePool, by: &str) -> String {
        let behaviors = self
            .loaded
            .scenario
            .iter()
            .flat_map(|scenario| &scenario.config.behaviors);
        let old = behaviors.map(|known| known.name.as_str()).nth(pool.behavior);
        format!(
            "[nodes.{}] has behavior {by} in place of {}, of which nothing is kept",
            pool.name,
            old.unwrap_or("its own")
        )
    }

    /// The scenario with behaviours in it.
    pub(super) fn with(
        &self,
        fitted: &[Behavior<'_>],
        tables: &str,
        left: &mut Left,
    ) -> Result<String, Problem> {
        if fitted.is_empty() {
            let groups = self.pools().iter().filter_map(|pool| pool.patch_group.as_deref());
            let mut groups: Vec<&str> = groups.collect();
            groups.dedup();
            let message = "no node of the scenario is in a patch group of the history";
            let problem = Problem::error(codes::HISTORY, message);
            return Err(problem.note(format!("the scenario has: {}", listing(groups.into_iter()))));
        }
        let editable = Editable::new(self.loaded.sources.text(0)).map_err(not_edited)?;
        let mut pools = Vec::new();
        for known in fitted {
            let file = known.observed.files.first().copied().unwrap_or(0);
            for pool in self.of(known.group) {
                if editable.has(pool) {
                    left.say(&(file, 0..0), self.replaced(pool, &known.name));
                    pools.push((pool.name.clone(), known.name.clone()));
                } else {
                    let reason = format!(
                        "nodes of {} that a file lists: put {} into its column behavior",
                        known.title(),
                        known.name
                    );
                    left.say(&(file, 0..0), reason);
                }
            }
        }
        editable.put(&pools, tables).map_err(not_edited)
    }
}

fn not_edited(error: String) -> Problem {
    Problem::error(codes::HISTORY, format!("the scenario cannot be edited: {error}"))
}

/// The text, if reading it finds nothing wrong: a scenario, or tables to be pasted into one.
pub(super) fn checked(text: String, target: Option<&Target>) -> Result<String, Problem> {
    let whole = match target {
        Some(_) => text.clone(),
        None => format!("{}\n{text}", template()),
    };
    let files: &dyn FileReader = target.map_or(&NoFiles, |target| target.files.as_ref());
    let loaded = load_text("the scenario made of it", &whole, files, &[], &Limits::default());
    let error = loaded
        .problems
        .iter()
        .find(|problem| problem.severity == Severity::Error);
    match error {
        None => Ok(text),
        Some(error) => {
            let message = format!("the scenario made of it is refused: {}", error.message);
            let problem = Problem::error(error.code, message);
            let shown = error
                .labels
                .first()
                .map(|label| loaded.sources.line(label.source, label.span.start));
            Err(match shown {
                Some(line) => problem.note(format!("its line: {}", line.trim())),
                None => problem,
            })
        }
    }
}
