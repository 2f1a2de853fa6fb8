//! From a document to a scenario: the sections in the order in which they need each other.

pub(crate) mod baselines;
pub(crate) mod behaviors;
mod changes;
pub(crate) mod commands;
pub(crate) mod distributions;
mod edits;
pub(crate) mod faults;
pub(crate) mod filter_values;
mod freezes;
pub(crate) mod measures;
mod node_csv;
mod nodes;
pub(crate) mod outcomes;
mod patch_tuesday;
mod preset;
mod release_csv;
pub(crate) mod releases;
mod section;
pub(crate) mod settings;
pub(crate) mod study;
pub(crate) mod sweep;
mod targets;
mod task_overrides;
mod values;
pub(crate) mod windows;

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{ChangeFreeze, FaultModel, ModelConfig, ScriptedOutcome};
use patchbench_model::fleet::NodePool;
use patchbench_model::measures::Measures;
use sha2::{Digest, Sha256};

use crate::FileReader;
use crate::aws::reference;
use crate::codes;
use crate::document::{Item, Value, canonical_scenario, parse};
use crate::files::NO_SUCH_FILE;
use crate::lint::{Placed, lint};
use crate::overrides::{Override, apply};
use crate::problem::{Problem, Sources};
use crate::scenario::{Assertion, InputFile, Limits, Loaded, Scenario, StudySettings};
use crate::sweep::Sweep;
pub(crate) use baselines::aws_name;
pub(crate) use faults::FaultPlaces;
pub(crate) use nodes::NodeNames;
pub(crate) use patch_tuesday::months_between;
use section::Section;
pub(crate) use section::{Place, Problems, wrong_type};
pub use values::duration_of;
pub(crate) use values::parse_instant;
pub(crate) use windows::WindowPlaces;

/// Reads a scenario from a text; files that it names come from `files`.
pub fn load_text(
    name: &str,
    text: &str,
    files: &dyn FileReader,
    overrides: &[Override],
    limits: &Limits,
) -> Loaded {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found = Vec::new();
    let mut document = parse(text, source, &mut found);
    let broken = !found.is_empty();
    let problems = Problems::default();
    if !broken {
        // Which files there are is settled before they are read, and what they say may be overridden.
        let (references, others): (Vec<_>, Vec<_>) = overrides
            .iter()
            .partition(|change| change.ends_with(reference::KEY));
        for change in references {
            apply(&mut document, change, &mut sources, &mut found);
        }
        reference::follow(&mut document, &problems, files, &mut sources);
        for change in others {
            apply(&mut document, change, &mut sources, &mut found);
        }
    }
    problems.extend(found);
    // A document that is no TOML is read no further: what is missing from it may be in its errors.
    let scenario = if broken {
        None
    } else {
        read(&document, &problems, files, limits, &mut sources)
    };
    let failed = problems.has_errors();
    let mut problems = problems.into_vec();
    problems.sort_by_key(Problem::rank);
    for problem in &mut problems {
        sources.fit(problem);
    }
    Loaded {
        sources,
        problems,
        scenario: scenario.filter(|_| !failed),
        document: Some(document),
    }
}

/// What the sections of a document say, names bound.
struct Parts {
    name: String,
    period: Option<(SimTime, SimTime)>,
    settings: settings::AllSettings,
    study: (StudySettings, Place),
    behavior_places: Vec<Place>,
    nodes: nodes::Nodes,
    baselines: baselines::Baselines,
    releases: releases::Releases,
    windows: windows::Windows,
    changes: changes::Changes,
    freezes: Vec<ChangeFreeze>,
    measures: Measures,
    faults: (FaultModel, FaultPlaces),
    assertions: Vec<(Assertion, Place)>,
    outcomes: (Vec<ScriptedOutcome>, Vec<Place>),
    sweep: Option<Sweep>,
}

/// Reads windows, and what else is played as a window. Patch policies give pools their baselines.
fn windows_and_commands(
    (problems, section): (&Problems, &Section<'_>),
    settings: &settings::AllSettings,
    (baselines, declared): (&baselines::Baselines, &section::Tables<'_>),
    lists: &task_overrides::OverrideLists<'_>,
    pools: &mut [NodePool],
) -> windows::Windows {
    let overrides = task_overrides::OverrideContext {
        problems,
        lists,
        baselines: &baselines.list,
        in_force: (0..baselines.list.len()).collect(),
        declared: declared.names().collect(),
    };
    let mut all = windows::windows(problems, &section.tables("window"), settings, &overrides);
    commands::commands(&overrides, &section.tables("command"), settings, &mut all);
    let context = commands::PolicyContext {
        problems,
        settings,
        baselines,
    };
    commands::patch_policies(&context, &section.tables("patch_policy"), pools, &mut all);
    all
}

/// Reads the sections in the order in which they need each other.
fn sections(
    document: &Item,
    problems: &Problems,
    files: &dyn FileReader,
    limits: &Limits,
    sources: &mut Sources,
) -> Option<Parts> {
    let section = open(problems, document)?;
    format(problems, &section);
    let name = section.text("name").unwrap_or("scenario").to_owned();
    let period = period(problems, &section);
    let settings = settings::settings(problems, section.get("settings"));
    let study = study::study(problems, section.get("study"), limits);
    let behaviors = behaviors::behaviors(problems, &section.tables("behavior"));
    let behavior_places = behaviors.places.clone();
    let context = nodes::NodeContext {
        problems,
        files,
        both_tags: settings.reading.both_tags,
        start: period.map_or(SimTime::from_millis(0), |(start, _)| start),
        limits,
    };
    let mut nodes = nodes::nodes(&context, &section.tables("nodes"), behaviors, sources);
    let declared = section.tables("baseline");
    let mut baselines = baselines::baselines(problems, &declared, &settings.reading);
    let context = releases::ReleaseContext {
        problems,
        files,
        period,
        limits,
    };
    let releases = releases::releases(&context, &section.tables("releases"), sources);
    let lists = task_overrides::OverrideLists::new(files, sources);
    let place = (problems, &section);
    let known = (&baselines, &declared);
    let mut windows = windows_and_commands(place, &settings, known, &lists, &mut nodes.pools);
    let context = changes::ChangeContext {
        problems,
        settings: &settings,
        period,
        pools: &nodes.pools,
        lists: &lists,
    };
    let items = section.list("change");
    let changes = changes::changes(&context, document, items, &mut baselines, &mut windows);
    let freezes = freezes::freezes(problems, &section.tables("freeze"), &windows);
    let faults = faults::faults(problems, &section, &releases);
    let (measures, slas_complete) =
        measures::measures(problems, &section.tables("sla"), section.get("exploitation"));
    let slas = (measures.slas.as_slice(), slas_complete);
    let known = study::Known::new(&nodes, &windows, &releases, slas, &section);
    let assertions = assertions(problems, section.list("assert"), &known);
    let sweep = sweep::sweep(problems, section.get("sweep"), document, files);
    let outcomes = outcomes::outcomes(problems, section.list("outcome"), &nodes, &windows);
    section.close();
    Some(Parts {
        name,
        period,
        settings,
        study,
        behavior_places,
        nodes,
        baselines,
        releases,
        windows,
        changes,
        freezes,
        measures,
        faults,
        assertions,
        outcomes,
        sweep,
    })
}

fn read(
    document: &Item,
    problems: &Problems,
    files: &dyn FileReader,
    limits: &Limits,
    sources: &mut Sources,
) -> Option<Scenario> {
    let parts = sections(document, problems, files, limits, sources)?;
    let (start, horizon) = parts.period?;
    let (study, replications_place) = parts.study;
    let (outcomes, outcome_places) = parts.outcomes;
    let (faults, fault_places) = parts.faults;
    let config = ModelConfig {
        name: parts.name.clone(),
        start,
        horizon,
        releases: parts.releases.streams,
        baselines: parts.baselines.list,
        registrations: parts.baselines.registrations,
        default_baselines: parts.baselines.defaults,
        pools: parts.nodes.pools,
        behaviors: parts.nodes.behaviors,
        windows: parts.windows.list,
        freezes: parts.freezes,
        changes: parts.changes.list,
        outcomes,
        measures: parts.measures,
        faults,
        settings: parts.settings.model,
    };
    let placed = Placed {
        baselines: &parts.baselines.places,
        edited: &parts.changes.edited,
        changes: &parts.changes.places,
        releases: &parts.releases.places,
        pools: &parts.nodes.places,
        windows: &parts.windows.places,
        behaviors: &parts.behavior_places,
        outcomes: &outcome_places,
        faults: &fault_places,
        assertions: &parts.assertions,
        replications: (study.replications, replications_place),
        nodes: &parts.nodes.names,
    };
    let most_replications = if problems.has_errors() {
        0
    } else {
        lint(problems, &config, &placed, limits)
    };
    let inputs = inputs(sources);
    let hash = hash(document, &inputs);
    let assertions = parts.assertions.into_iter().map(|(assertion, _)| assertion);
    Some(Scenario {
        name: parts.name,
        config,
        study,
        assertions: assertions.collect(),
        settings: parts.settings.choices,
        inputs,
        hash,
        most_replications,
        sweep: parts.sweep,
    })
}

/// The document as a table that has something in it.
fn open<'d>(problems: &'d Problems, document: &'d Item) -> Option<Section<'d>> {
    let place = (document.source, 0..0);
    if matches!(&document.value, Value::Table(entries) if entries.is_empty()) {
        let problem = Problem::error(codes::MISSING, "the scenario is empty").at(place);
        problems.push(problem.help("`patchbench init` writes a scenario to start from"));
        return None;
    }
    Section::open(problems, document, "the scenario", Some(place))
}

fn assertions(problems: &Problems, items: &[Item], known: &study::Known<'_>) -> Vec<(Assertion, Place)> {
    let read = items.iter().enumerate().filter_map(|(index, item)| {
        let assertion = study::assertion(problems, item, index + 1, known)?;
        Some((assertion, item.place()))
    });
    read.collect()
}

/// A file that the scenario names and that cannot be read.
pub(crate) fn file_problem(path: &str, error: &str, place: Place) -> Problem {
    let problem = Problem::error(codes::FILE, format!("{path} cannot be read: {error}")).at(place);
    if error == NO_SUCH_FILE {
        problem.note("paths begin in the folder of the scenario")
    } else {
        problem
    }
}

fn format(problems: &Problems, section: &Section<'_>) {
    let Some(item) = section.require("format", "format = 1") else {
        return;
    };
    let message = match &item.value {
        Value::Integer(1) => return,
        Value::Integer(other) => format!("this is format {other}; this version understands format 1"),
        _ => format!("the format is the number 1, not {}", item.kind()),
    };
    problems.push(
        Problem::error(codes::FORMAT, message)
            .at(item.place())
            .help("write format = 1"),
    );
}

/// Start and horizon; the horizon is an instant or a time from the start.
fn period(problems: &Problems, section: &Section<'_>) -> Option<(SimTime, SimTime)> {
    let start = section
        .require("start", "start = 2024-01-01T00:00:00Z")
        .and_then(|item| values::sim_time(problems, item));
    let item = section.require("horizon", "horizon = \"180d\"")?;
    let horizon = match (&item.value, start) {
        (Value::Text(text), Some(start)) if is_duration_like(text) => {
            values::duration(problems, item).and_then(|span| start.checked_add(span))
        }
        (Value::Text(text), None) if is_duration_like(text) => {
            values::duration(problems, item);
            None
        }
        (Value::Integer(days), _) => {
            let problem = section::wrong_type(item, "a time from the start, such as \"180d\", or an instant");
            problems.push(problem.help(format!("for {days} days write \"{days}d\"")));
            None
        }
        _ => values::sim_time(problems, item),
    };
    let (start, horizon) = (start?, horizon?);
    let longest = SimDuration::from_days(3_652);
    if horizon <= start {
        let message = format!("the horizon ({horizon}) does not lie after the start ({start})");
        problems.push(Problem::error(codes::PERIOD, message).at(item.place()));
        return None;
    }
    if horizon - start > longest {
        let years = (horizon - start).as_days_f64() / 365.25;
        let message = format!("a period of {years:.0} years; the limit is ten years");
        problems.push(Problem::error(codes::SIZE, message).at(item.place()));
        return None;
    }
    Some((start, horizon))
}

/// Whether a horizon is meant as a time from the start rather than as an instant.
fn is_duration_like(text: &str) -> bool {
    values::parse_instant(text) == Err(values::InstantError::Form)
}

/// Files in the order in which they were read, without the scenario itself and overrides.
fn inputs(sources: &Sources) -> Vec<InputFile> {
    let mut inputs = Vec::new();
    for source in 1.. {
        let name = sources.name(source);
        if name.is_empty() {
            break;
        }
        if !name.starts_with("--") {
            inputs.push(InputFile {
                name: name.to_owned(),
                sha256: sha256(sources.text(source).as_bytes()),
            });
        }
    }
    inputs
}

fn hash(document: &Item, inputs: &[InputFile]) -> String {
    let mut text = canonical_scenario(document);
    for input in inputs {
        text.push_str(&input.sha256);
    }
    sha256(text.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::values::{DurationError, parse_duration};
    use patchbench_kernel::SimDuration;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, span) in [
            ("22m", Ok(SimDuration::from_minutes(22))),
            ("1h30m", Ok(SimDuration::from_minutes(90))),
            ("1.5h", Ok(SimDuration::from_minutes(90))),
            ("2w", Ok(SimDuration::from_days(14))),
            ("0s", Ok(SimDuration::ZERO)),
            ("22", Err(DurationError::Form)),
            ("", Err(DurationError::Form)),
            ("m", Err(DurationError::Form)),
            ("-5m", Err(DurationError::Form)),
            ("1y", Err(DurationError::Form)),
            ("99999999w", Err(DurationError::TooLong)),
            ("..5m", Err(DurationError::Form)),
        ] {
            assert_eq!(parse_duration(text), span, "{text}");
        }
    }
}
