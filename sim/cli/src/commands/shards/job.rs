//! What is cut into shards: the distinct designs of a sweep, or the one of a run.

use std::collections::BTreeSet;

use patchbench_report::{PART_FORMAT, sha256};
use patchbench_scenario::Scenario;
use patchbench_study::{CHUNK, NUMERIC_PROFILE, Precision, Work};

use super::rounds::Failure;
use super::store::{ShardPlan, Store};
use crate::exit::Exit;

/// A design, as much of it as must be known of all of them.
#[derive(Clone, Debug)]
pub(in crate::commands) struct JobDesign {
    /// Number of the design in the sweep.
    pub(in crate::commands) number: u64,
    /// What its estimates depend on.
    pub(in crate::commands) key: String,
    /// Replications that are asked for.
    pub(in crate::commands) replications: u64,
    /// The precision, where one is wanted.
    pub(in crate::commands) precision: Option<Precision>,
}

/// Gives the scenario of a design.
pub(in crate::commands) type LoadDesign<'a> = dyn Fn(u64) -> Result<Scenario, String> + Sync + 'a;

/// What is cut into shards.
pub(in crate::commands) struct Job<'a> {
    /// Hash of everything that the parts depend on.
    pub(super) hash: String,
    /// Designs, each once.
    pub(super) designs: Vec<JobDesign>,
    pub(super) load: &'a LoadDesign<'a>,
}

impl<'a> Job<'a> {
    /// Designs that come to the same scenario are played once.
    pub(in crate::commands) fn new(
        kind: &'static str,
        designs: Vec<JobDesign>,
        load: &'a LoadDesign<'a>,
    ) -> Self {
        let mut known = BTreeSet::new();
        let mut own = designs;
        own.retain(|design| known.insert(design.key.clone()));
        Self {
            hash: hash(kind, &own),
            designs: own,
            load,
        }
    }

    /// What is played before anything is known.
    pub(super) fn first_round(&self) -> Work {
        let ranges = self.designs.iter().map(|design| {
            let first = design.precision.as_ref().map(Precision::first_count);
            0..first.unwrap_or(design.replications)
        });
        Work::new(ranges.collect())
    }

    /// Whether it is known from the start how many replications there are.
    pub(super) fn is_fixed(&self) -> bool {
        self.designs.iter().all(|design| design.precision.is_none())
    }

    /// Whether the plan of a folder is of this job: the scenario may have changed since.
    pub(super) fn check_plan(&self, store: &Store, plan: &ShardPlan) -> Result<(), Failure> {
        if plan.plan == self.hash {
            return Ok(());
        }
        Err((other_plan(store, plan, &plan.words), Exit::WrongCommandLine))
    }

    /// The plan that a folder of parts is to have: the one that it has, if it is of the same job.
    pub(super) fn plan_in(
        &self,
        store: &Store,
        words: &[String],
        shards: Option<u64>,
    ) -> Result<ShardPlan, String> {
        match store.plan()? {
            Some(known) if known.plan == self.hash => Ok(known),
            Some(known) => Err(other_plan(store, &known, words)),
            None => Ok(ShardPlan {
                patchbench_plan: PART_FORMAT,
                plan: self.hash.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                numbers: NUMERIC_PROFILE.to_owned(),
                chunk: CHUNK,
                chunks: self.first_round().chunks(),
                shards: shards.unwrap_or(1),
                words: words.to_vec(),
            }),
        }
    }
}

/// `kind` is `run` or `sweep`.
fn hash(kind: &str, designs: &[JobDesign]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("{PART_FORMAT}\n{version}\n{NUMERIC_PROFILE}\n{CHUNK}\n{kind}\n");
    for design in designs {
        text.push_str(&design.key);
        text.push('\n');
    }
    sha256(text.as_bytes())
}

fn other_plan(store: &Store, known: &ShardPlan, words: &[String]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let why = if known.version != version {
        format!(
            "they were played by version {}, and this is {version}",
            known.version
        )
    } else if known.numbers != NUMERIC_PROFILE {
        "another numeric profile worked them out".to_owned()
    } else if known.words == words {
        "the scenario, or a file that it names, has changed since".to_owned()
    } else {
        format!("they are of `patchbench {}`", known.words.join(" "))
    };
    format!(
        "{} holds parts of another plan: {why}\n   = help: choose another folder, or remove that one",
        store.folder.display()
    )
}
