//! Reading and playing the designs of a sweep, many at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use patchbench_model::world::Plan;
use patchbench_report::{SweptDesign, design_key};
use patchbench_scenario::{
    Directory, FileReader, Limits, Loaded, Override, Scenario, Severity, Sweep, load_text,
};
use patchbench_study::{DesignSums, Designs, Precision, Progress, Silent, Study, Sums, TalliedResponse};
use rayon::prelude::*;

use super::journal::Journal;
use crate::args::StudyArguments;
use crate::commands::precision;
use crate::commands::shards::JobDesign;
use crate::progress::Bar;

/// Everything that designs are made of.
pub(super) struct Source<'a> {
    pub(super) name: String,
    pub(super) text: &'a str,
    pub(super) files: Files,
    /// `--set`, `--seed` and `--reps`, which come before the levels of a design.
    pub(super) overrides: &'a [Override],
    pub(super) limits: &'a Limits,
    pub(super) study: &'a StudyArguments,
    pub(super) sweep: &'a Sweep,
    pub(super) designs: &'a Designs<'a>,
}

/// Files that scenarios name, each read once: what changes on disk meanwhile changes no design.
pub(super) struct Files {
    folder: Directory,
    known: Mutex<BTreeMap<String, Result<String, String>>>,
}

impl Files {
    pub(super) fn beside(file: &Path) -> Self {
        Self {
            folder: Directory::new(file.parent().unwrap_or(Path::new("."))),
            known: Mutex::default(),
        }
    }
}

impl FileReader for Files {
    fn read(&self, path: &str) -> Result<String, String> {
        let mut known = self
            .known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let read = known
            .entry(path.to_owned())
            .or_insert_with(|| self.folder.read(path));
        read.clone()
    }
}

impl Source<'_> {
    pub(super) fn load(&self, design: u64) -> Loaded {
        let point = self.designs.point(design);
        let mut overrides = self.overrides.to_vec();
        overrides.extend(self.sweep.overrides(&point));
        load_text(&self.name, self.text, &self.files, &overrides, self.limits)
    }

    fn design(&self, number: u64, scenario: &Scenario) -> JobDesign {
        let study = scenario.study;
        let precision = precision(self.study, scenario);
        JobDesign {
            number,
            key: design_key(&scenario.hash, study.seed, study.replications, precision.as_ref()),
            replications: study.replications,
            precision,
        }
    }

    /// One replication of a design, to see which responses there are.
    pub(super) fn taste(&self, design: u64) -> Result<Vec<TalliedResponse>, String> {
        let scenario = self.load(design).scenario;
        let mut scenario = scenario.ok_or_else(|| format!("design {design} cannot be read"))?;
        scenario.study.replications = 1;
        play(&scenario, None).map(|(_, responses)| responses)
    }

    /// A design with few replications.
    pub(super) fn sample(&self, design: u64, replications: u64) -> Option<Scenario> {
        let mut scenario = self.load(design).scenario?;
        scenario.study.replications = replications.min(scenario.study.replications);
        Some(scenario)
    }
}

/// Plays a design; replications of the scenario, or as many as the wanted precision needs. Says how many
/// there were, and what they say.
pub(super) fn play(
    scenario: &Scenario,
    wanted: Option<&Precision>,
) -> Result<(u64, Vec<TalliedResponse>), String> {
    let plan = Plan::new(&scenario.config);
    let study = Study::new(&plan, scenario.study.seed, &[]);
    let sums: DesignSums = match wanted {
        None => study.play(0..scenario.study.replications, &Silent),
        Some(wanted) => {
            let played = study.play_until_precise(wanted, &Silent);
            played.map_err(|problem| problem.to_string())?.0
        }
    };
    Ok((sums.replications(), sums.responses(&study)))
}

/// Broken designs that are told.
const TOLD: usize = 10;

/// What must be known of all designs, or what is wrong with them.
pub(super) fn read_all(source: &Source<'_>) -> Result<Vec<JobDesign>, Vec<String>> {
    let designs = source.designs.len();
    let one = |design: u64| {
        let loaded = source.load(design);
        loaded
            .scenario
            .as_ref()
            .map(|scenario| source.design(design, scenario))
            .ok_or_else(|| broken(&loaded))
    };
    let read: Vec<Result<JobDesign, Vec<String>>> = (0..designs).into_par_iter().map(one).collect();
    let mut keys = Vec::new();
    // Each problem with the designs that have it: a level that is refused is so in many of them.
    let mut problems: Vec<(String, Vec<u64>)> = Vec::new();
    for (design, read) in (0..designs).zip(read) {
        match read {
            Ok(key) => keys.push(key),
            Err(texts) => {
                for text in texts {
                    match problems.iter().position(|(known, _)| *known == text) {
                        Some(known) => problems[known].1.push(design),
                        None if problems.len() < TOLD => problems.push((text, vec![design])),
                        None => {}
                    }
                }
            }
        }
    }
    if problems.is_empty() {
        return Ok(keys);
    }
    let told = problems.into_iter().map(|(text, of)| {
        let more = match of.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("design {}{more} ({}):\n{text}", of[0], levels(source, of[0]))
    });
    Err(told.collect())
}

/// The errors of a design as text.
fn broken(loaded: &Loaded) -> Vec<String> {
    let errors = loaded
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    errors
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect()
}

/// The levels of a design in words.
pub(super) fn levels(source: &Source<'_>, design: u64) -> String {
    let point = source.designs.point(design);
    let axes = source.sweep.axes.iter().zip(&point);
    let words: Vec<String> = axes
        .flat_map(|(axis, level)| {
            axis.factors.iter().filter_map(move |factor| {
                let level = (*level)?;
                Some(format!("{} = {}", factor.name, factor.label(level)))
            })
        })
        .collect();
    if words.is_empty() {
        "as it is".to_owned()
    } else {
        words.join(", ")
    }
}

/// What designs that are played together share.
struct Shared<'a> {
    source: &'a Source<'a>,
    keys: &'a [String],
    /// Designs that are to be played.
    open: &'a [u64],
    next: AtomicUsize,
    failed: AtomicBool,
    journal: Mutex<&'a mut Journal>,
    problem: Mutex<Option<String>>,
    bar: &'a Bar,
}

/// Plays all designs that the journal does not have, and says how many there were; as many at a time as there are threads: so many are
/// in memory, and no more, however many there are.
pub(super) fn play_all(
    source: &Source<'_>,
    keys: &[String],
    journal: &mut Journal,
    threads: usize,
    quiet: bool,
) -> Result<usize, String> {
    let mut planned = BTreeSet::new();
    // Designs that come to the same scenario are played once.
    let is_open = |design: &u64| {
        let key = keys[*design as usize].as_str();
        !journal.has(key) && planned.insert(key)
    };
    let open: Vec<u64> = (0..source.designs.len()).filter(is_open).collect();
    let bar = Bar::designs(open.len() as u64, quiet);
    let shared = Shared {
        source,
        keys,
        open: &open,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        journal: Mutex::new(journal),
        problem: Mutex::new(None),
        bar: &bar,
    };
    let workers = threads.min(open.len()).max(1);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let shared = &shared;
            let own = threads / workers + usize::from(worker < threads % workers);
            scope.spawn(move || work(shared, own));
        }
    });
    let problem = shared
        .problem
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    bar.finish();
    problem.map_or(Ok(open.len()), Err)
}

/// Plays one design after the other on some threads of its own.
fn work(shared: &Shared<'_>, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = match pool {
        Ok(pool) => pool,
        Err(error) => return shared.fail(format!("{threads} threads cannot be started: {error}")),
    };
    while !shared.failed.load(Ordering::Relaxed) {
        let Some(design) = shared.open.get(shared.next.fetch_add(1, Ordering::Relaxed)) else {
            return;
        };
        if let Err(problem) = pool.install(|| shared.play(*design)) {
            return shared.fail(problem);
        }
        shared.bar.done(1);
    }
}

impl Shared<'_> {
    fn play(&self, design: u64) -> Result<(), String> {
        let in_design =
            |problem: String| format!("design {design} ({}): {problem}", levels(self.source, design));
        let scenario = self.source.load(design).scenario;
        let scenario = scenario.ok_or_else(|| in_design("it cannot be read".to_owned()))?;
        let wanted = precision(self.source.study, &scenario);
        let (count, responses) = play(&scenario, wanted.as_ref()).map_err(in_design)?;
        let key = self.keys[design as usize].clone();
        let swept = SweptDesign::new(key, &scenario.hash, (count, &responses));
        let mut journal = self
            .journal
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        journal
            .add(&swept)
            .map_err(|error| format!("{} cannot be written: {error}", journal.path().display()))
    }

    fn fail(&self, problem: String) {
        self.failed.store(true, Ordering::Relaxed);
        let mut known = self
            .problem
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        known.get_or_insert(problem);
    }
}
