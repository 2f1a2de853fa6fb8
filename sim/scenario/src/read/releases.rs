//! `[releases.…]`: where patches come from.

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{
    OutOfBand, PatchTuesday, PoissonStream, ReleaseStream, UpdateTemplate, WeightedName,
};

use super::baselines::operating_system;
use super::preset::preset;
use super::release_csv::read_releases;
use super::section::{Problems, Section, choice, text, texts, wrong_type};
use super::values::{distribution, flag, number, probability, sim_time};
use crate::FileReader;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::{Problem, Sources};
use crate::scenario::Limits;

/// What reading streams needs besides the document.
pub(crate) struct ReleaseContext<'a> {
    pub(crate) problems: &'a Problems,
    pub(crate) files: &'a dyn FileReader,
    pub(crate) start: SimTime,
    pub(crate) horizon: SimTime,
    pub(crate) limits: &'a Limits,
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    PatchTuesday,
    Poisson,
    Preset,
}

const KINDS: [(&str, Kind); 4] = [
    ("file", Kind::File),
    ("patch_tuesday", Kind::PatchTuesday),
    ("poisson", Kind::Poisson),
    ("preset", Kind::Preset),
];

/// Reads all streams.
pub(crate) fn releases(
    context: &ReleaseContext<'_>,
    entries: &[Entry],
    sources: &mut Sources,
) -> Vec<ReleaseStream> {
    entries
        .iter()
        .filter_map(|entry| stream(context, entry, sources))
        .collect()
}

fn stream(context: &ReleaseContext<'_>, entry: &Entry, sources: &mut Sources) -> Option<ReleaseStream> {
    let problems = context.problems;
    let title = format!("[releases.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let kind = section
        .require("kind", "kind = \"patch_tuesday\"")
        .and_then(|item| choice(problems, item, &KINDS));
    let stream = match kind {
        Some(Kind::File) => file(context, &section, &entry.key, sources),
        Some(Kind::PatchTuesday) => patch_tuesday(context, &section, &entry.key),
        Some(Kind::Poisson) => poisson(context, &section, &entry.key),
        Some(Kind::Preset) => preset(context, &section, &entry.key),
        // Without a kind nobody can say which keys belong here.
        None => return None,
    };
    section.close();
    stream
}

fn file(
    context: &ReleaseContext<'_>,
    section: &Section<'_>,
    name: &str,
    sources: &mut Sources,
) -> Option<ReleaseStream> {
    let problems = context.problems;
    let item = section.require("path", "path = \"releases.csv\"")?;
    let products = section.get("products").map(|item| texts(problems, item));
    let path = text(problems, item)?;
    let content = match context.files.read(path) {
        Ok(content) => content,
        Err(error) => {
            problems.push(
                Problem::error(codes::FILE, format!("{path} cannot be read: {error}")).at(item.place()),
            );
            return None;
        }
    };
    let (mut patches, found) = read_releases(path, &content, sources);
    problems.extend(found);
    if let Some(products) = products {
        patches.retain(|patch| {
            products
                .iter()
                .any(|(product, _)| patch.product.as_deref() == Some(product))
        });
    }
    if patches.len() as u64 > context.limits.max_patches {
        let message = format!(
            "{path} has {} patches; the limit is {}",
            patches.len(),
            context.limits.max_patches
        );
        problems.push(Problem::error(codes::SIZE, message).at(item.place()));
        return None;
    }
    Some(ReleaseStream::Recorded {
        name: name.to_owned(),
        patches,
    })
}

pub(crate) fn period(context: &ReleaseContext<'_>, section: &Section<'_>) -> (SimTime, SimTime) {
    let time = |key: &'static str, default: SimTime| {
        section
            .get(key)
            .and_then(|item| sim_time(context.problems, item))
            .unwrap_or(default)
    };
    let (from, until) = (time("from", context.start), time("until", context.horizon));
    if until < from {
        let message = format!("{} ends before it begins", section.name());
        context
            .problems
            .push(Problem::error(codes::PERIOD, message).at(section.place()));
    }
    (from, until)
}

fn products(context: &ReleaseContext<'_>, section: &Section<'_>) -> Vec<String> {
    let item = section.require("products", "products = [\"WindowsServer2022\"]");
    item.map_or_else(Vec::new, |item| product_names(context.problems, item))
}

/// At least one product.
pub(crate) fn product_names(problems: &Problems, item: &Item) -> Vec<String> {
    let found = texts(problems, item);
    if found.is_empty() {
        problems.push(Problem::error(codes::RANGE, "at least one product is needed").at(item.place()));
    }
    found.into_iter().map(|(product, _)| product.to_owned()).collect()
}

fn patch_tuesday(context: &ReleaseContext<'_>, section: &Section<'_>, name: &str) -> Option<ReleaseStream> {
    let os = operating_system(context.problems, section);
    let products = products(context, section);
    let (from, until) = period(context, section);
    let mut updates: Vec<UpdateTemplate> = section
        .list("update")
        .iter()
        .filter_map(|item| update(context.problems, item))
        .collect();
    if updates.is_empty() {
        updates.push(UpdateTemplate {
            name: "cumulative".to_owned(),
            classification: "SecurityUpdates".to_owned(),
            severity: vec![WeightedName {
                name: "Critical".to_owned(),
                weight: 1.0,
            }],
            probability: 1.0,
            cumulative: true,
        });
    }
    let out_of_band = section
        .get("out_of_band")
        .and_then(|item| out_of_band(context.problems, item));
    (!products.is_empty()).then(|| {
        ReleaseStream::PatchTuesday(PatchTuesday {
            name: name.to_owned(),
            operating_system: os,
            products,
            updates,
            out_of_band,
            from,
            until,
        })
    })
}

fn update(problems: &Problems, item: &Item) -> Option<UpdateTemplate> {
    let section = Section::open(problems, item, "[[releases.….update]]", None)?;
    let name = section
        .require("name", "name = \"cumulative\"")
        .and_then(|item| text(problems, item));
    let classification = section
        .require("classification", "classification = \"SecurityUpdates\"")
        .and_then(|item| text(problems, item));
    let severity = section.get("severity").map_or_else(
        || {
            vec![WeightedName {
                name: "Critical".to_owned(),
                weight: 1.0,
            }]
        },
        |item| weighted(problems, item),
    );
    let share = section
        .get("probability")
        .and_then(|item| probability(problems, item))
        .unwrap_or(1.0);
    let cumulative = section
        .get("cumulative")
        .and_then(|item| flag(problems, item))
        .unwrap_or(false);
    section.close();
    Some(UpdateTemplate {
        name: name?.to_owned(),
        classification: classification?.to_owned(),
        severity,
        probability: share,
        cumulative,
    })
}

fn out_of_band(problems: &Problems, item: &Item) -> Option<OutOfBand> {
    let section = Section::open(problems, item, "out_of_band", None)?;
    let share = section
        .require("probability", "probability = 0.2")
        .and_then(|item| probability(problems, item));
    let delay = section
        .require(
            "delay",
            "delay = { lognormal = { median = \"9d\", sigma = 0.5 } }",
        )
        .and_then(|item| distribution(problems, item, "delay"));
    section.close();
    Some(OutOfBand {
        probability: share?,
        delay: delay?,
        within: None,
    })
}

/// One name, or a table of names with weights.
fn weighted(problems: &Problems, item: &Item) -> Vec<WeightedName> {
    match &item.value {
        Value::Text(name) => vec![WeightedName {
            name: name.clone(),
            weight: 1.0,
        }],
        Value::Table(entries) if !entries.is_empty() => entries
            .iter()
            .filter_map(|entry| {
                let weight = number(problems, &entry.item)?;
                if weight <= 0.0 {
                    problems.push(
                        Problem::error(codes::RANGE, "a weight must be positive").at(entry.item.place()),
                    );
                    return None;
                }
                Some(WeightedName {
                    name: entry.key.clone(),
                    weight,
                })
            })
            .collect(),
        _ => {
            problems.push(wrong_type(
                item,
                "a name, or a table of names with weights, is expected",
            ));
            Vec::new()
        }
    }
}

fn poisson(context: &ReleaseContext<'_>, section: &Section<'_>, name: &str) -> Option<ReleaseStream> {
    let problems = context.problems;
    let os = operating_system(problems, section);
    let products = products(context, section);
    let (from, until) = period(context, section);
    let rate = section.require("per_month", "per_month = 12").and_then(|item| {
        let rate = number(problems, item)?;
        let expected = rate * (until - from).as_days_f64().max(0.0) / 30.0;
        if rate <= 0.0 || expected > context.limits.max_patches as f64 {
            let limit = context.limits.max_patches;
            let message = format!(
                "{rate} releases a month would be about {expected:.0} patches; 1 to {limit} are possible"
            );
            problems.push(Problem::error(codes::SIZE, message).at(item.place()));
            return None;
        }
        Some(rate)
    });
    let weekdays = section
        .get("weekdays")
        .map_or([1.0; 7], |item| weekdays(problems, item));
    let names = |key: &'static str, default: &str| {
        let one = || {
            vec![WeightedName {
                name: default.to_owned(),
                weight: 1.0,
            }]
        };
        section.get(key).map_or_else(one, |item| weighted(problems, item))
    };
    let windows = os.family() == patchbench_model::ssm::Family::Windows;
    let classification = names(
        "classification",
        if windows { "SecurityUpdates" } else { "Security" },
    );
    let severity = names("severity", "Important");
    (!products.is_empty() && !classification.is_empty() && !severity.is_empty()).then_some(())?;
    Some(ReleaseStream::Poisson(PoissonStream {
        name: name.to_owned(),
        operating_system: os,
        products,
        per_month: rate?,
        weekdays,
        classification,
        severity,
        from,
        until,
    }))
}

fn weekdays(problems: &Problems, item: &Item) -> [f64; 7] {
    const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let mut weights = [1.0; 7];
    let Some(section) = Section::open(problems, item, "weekdays", None) else {
        return weights;
    };
    for (name, weight) in NAMES.into_iter().zip(&mut weights) {
        if let Some(value) = section.get(name).and_then(|item| number(problems, item)) {
            *weight = value;
        }
    }
    section.close();
    if weights.iter().any(|weight| *weight < 0.0) || weights.iter().sum::<f64>() <= 0.0 {
        let message = "weights of weekdays must not be negative, nor all zero";
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
        return [1.0; 7];
    }
    weights
}
