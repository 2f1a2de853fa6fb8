//! From a document to a scenario: the sections in the order in which they need each other.

mod baselines;
mod behaviors;
mod freezes;
mod node_csv;
mod nodes;
mod preset;
mod release_csv;
mod releases;
mod section;
mod settings;
mod study;
mod values;
mod windows;

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::ModelConfig;
use sha2::{Digest, Sha256};

use crate::FileReader;
use crate::codes;
use crate::document::{Item, Value, canonical_scenario, parse};
use crate::lint::{Placed, lint};
use crate::overrides::{Override, apply};
use crate::problem::{Problem, Sources};
use crate::scenario::{InputFile, Limits, Loaded, Scenario};
use section::Section;
pub(crate) use section::{Place, Problems};
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
    if found.is_empty() {
        for change in overrides {
            apply(&mut document, change, &mut sources, &mut found);
        }
    }
    let problems = Problems::default();
    let broken = !found.is_empty();
    problems.extend(found);
    // A document that is no TOML is read no further: what is missing from it may be in its errors.
    let scenario = if broken {
        None
    } else {
        read(&document, &problems, files, limits, &mut sources)
    };
    let failed = problems.has_errors();
    let mut problems = problems.into_vec();
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    Loaded {
        sources,
        problems,
        scenario: scenario.filter(|_| !failed),
    }
}

fn read(
    document: &Item,
    problems: &Problems,
    files: &dyn FileReader,
    limits: &Limits,
    sources: &mut Sources,
) -> Option<Scenario> {
    let section = Section::open(problems, document, "the scenario", Some((document.source, 0..0)))?;
    format(problems, &section);
    let name = section.text("name").unwrap_or("scenario").to_owned();
    let period = period(problems, &section);
    let settings = settings::settings(problems, section.get("settings"));
    let (study, replications_place) = study::study(problems, section.get("study"), limits);
    let behaviors = behaviors::behaviors(problems, section.tables("behavior"));
    let own_behaviors = behaviors.len();
    let (start, horizon) = period.unwrap_or((SimTime::from_millis(0), SimTime::from_millis(0)));
    let context = nodes::NodeContext {
        problems,
        files,
        both_tags: settings.reading.both_tags,
        start,
        limits,
    };
    let nodes = nodes::nodes(&context, section.tables("nodes"), behaviors, sources);
    let baselines = baselines::baselines(problems, section.tables("baseline"), &settings.reading);
    let release_context = releases::ReleaseContext {
        problems,
        files,
        start,
        horizon,
        limits,
    };
    let releases = releases::releases(&release_context, section.tables("releases"), sources);
    let windows = windows::windows(problems, section.tables("window"), &settings);
    let freezes = freezes::freezes(problems, section.tables("freeze"), &windows.windows);
    let known = study::Known {
        pools: &nodes.pools,
        windows: &windows.windows,
    };
    let number = |items: &'_ [Item]| (1..=items.len()).collect::<Vec<_>>();
    let list = section.list("assert");
    let assertions = list
        .iter()
        .zip(number(list))
        .filter_map(|(item, at)| study::assertion(problems, item, at, &known))
        .collect();
    let list = section.list("outcome");
    let outcomes = list
        .iter()
        .zip(number(list))
        .filter_map(|(item, at)| study::outcome(problems, item, at, &known))
        .collect();
    section.close();
    period?;
    let config = ModelConfig {
        name: name.clone(),
        start,
        horizon,
        releases,
        baselines: baselines.baselines,
        registrations: baselines.registrations,
        default_baselines: baselines.defaults,
        pools: nodes.pools,
        behaviors: nodes.behaviors,
        windows: windows.windows,
        freezes,
        outcomes,
        settings: settings.model,
    };
    let placed = Placed {
        baselines: &baselines.places,
        pools: &nodes.places,
        windows: &windows.places,
        own_behaviors,
        replications: (study.replications, replications_place),
    };
    if !problems.has_errors() {
        lint(problems, &config, &placed, limits);
    }
    let inputs = inputs(sources);
    let hash = hash(document, &inputs);
    Some(Scenario {
        name,
        config,
        study,
        assertions,
        settings: settings.choices,
        inputs,
        hash,
    })
}

fn format(problems: &Problems, section: &Section<'_>) {
    let Some(item) = section.require("format", "format = 1") else {
        return;
    };
    if !matches!(item.value, Value::Integer(1)) {
        problems.push(
            Problem::error(codes::FORMAT, "this version understands format 1")
                .at(item.place())
                .help("write format = 1"),
        );
    }
}

/// Start and horizon; the horizon is an instant or a time from the start.
fn period(problems: &Problems, section: &Section<'_>) -> Option<(SimTime, SimTime)> {
    let start = section
        .require("start", "start = 2024-01-01T00:00:00Z")
        .and_then(|item| values::sim_time(problems, item));
    let item = section.require("horizon", "horizon = \"180d\"")?;
    let horizon = match (&item.value, start) {
        (Value::Text(text), Some(start)) if values::parse_instant(text).is_none() => {
            values::duration(problems, item).and_then(|span| start.checked_add(span))
        }
        (Value::Text(text), None) if values::parse_instant(text).is_none() => {
            values::duration(problems, item);
            None
        }
        _ => values::sim_time(problems, item),
    };
    let (start, horizon) = (start?, horizon?);
    let longest = SimDuration::from_days(3_652);
    if horizon <= start {
        problems
            .push(Problem::error(codes::PERIOD, "the horizon does not lie after the start").at(item.place()));
        return None;
    }
    if horizon - start > longest {
        problems.push(Problem::error(codes::SIZE, "at most ten years can be simulated").at(item.place()));
        return None;
    }
    Some((start, horizon))
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
    use super::values::parse_duration;
    use patchbench_kernel::SimDuration;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, span) in [
            ("22m", Some(SimDuration::from_minutes(22))),
            ("1h30m", Some(SimDuration::from_minutes(90))),
            ("1.5h", Some(SimDuration::from_minutes(90))),
            ("2w", Some(SimDuration::from_days(14))),
            ("0s", Some(SimDuration::ZERO)),
            ("22", None),
            ("", None),
            ("m", None),
            ("-5m", None),
            ("1y", None),
            ("99999999w", None),
            ("..5m", None),
        ] {
            assert_eq!(parse_duration(text), span, "{text}");
        }
    }
}
