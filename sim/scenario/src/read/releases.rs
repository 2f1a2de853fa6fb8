//! `[releases.…]`: where patches come from.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{PoissonStream, ReleaseStream, WeightedName};
use patchbench_model::ssm::{Family, FilterKey, OperatingSystem};

use super::baselines::operating_system;
use super::file_problem;
use super::filter_values::check_value;
use super::patch_tuesday::patch_tuesday;
use super::preset::preset;
use super::release_csv::read_releases;
use super::section::{Place, Problems, Section, Tables, choice, text, texts, wrong_type};
use super::values::{amount, number, sim_time};
use crate::FileReader;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::numbers::grouped;
use crate::problem::{Problem, Sources};
use crate::scenario::Limits;
use crate::suggest::{listing, nearest};

/// What reading streams needs besides the document.
pub(crate) struct ReleaseContext<'a> {
    pub(crate) problems: &'a Problems,
    pub(crate) files: &'a dyn FileReader,
    /// Start and horizon, if both could be read.
    pub(crate) period: Option<(SimTime, SimTime)>,
    pub(crate) limits: &'a Limits,
}

/// Streams with the places that later checks point to.
#[derive(Default)]
pub(crate) struct Releases {
    pub(crate) streams: Vec<ReleaseStream>,
    pub(crate) places: Vec<Place>,
    /// False when one of them could not be read.
    pub(crate) complete: bool,
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
pub(crate) fn releases(context: &ReleaseContext<'_>, tables: &Tables<'_>, sources: &mut Sources) -> Releases {
    let mut all = Releases {
        complete: tables.complete,
        ..Releases::default()
    };
    let mut total = 0u64;
    for entry in tables.entries {
        let Some((stream, patches)) = stream(context, entry, sources) else {
            all.complete = false;
            continue;
        };
        let before = total;
        total = total.saturating_add(patches);
        let most = context.limits.max_patches;
        if total > most && before <= most {
            let message = format!(
                "[releases.{}] brings the streams to about {} patches; the limit is {}",
                entry.key,
                grouped(total),
                grouped(most)
            );
            let problem = Problem::error(codes::SIZE, message).at(entry.place());
            context
                .problems
                .push(problem.help("fewer products, a lower rate, or a shorter period make it smaller"));
        }
        all.streams.push(stream);
        all.places.push(entry.place());
    }
    released_twice(context.problems, &all);
    all
}

/// An id that two streams have would be two patches with one name.
fn released_twice(problems: &Problems, all: &Releases) {
    let mut first: BTreeMap<String, Vec<(usize, SimTime, SimTime)>> = BTreeMap::new();
    for (number, stream) in all.streams.iter().enumerate() {
        let ids: Vec<(String, SimTime, SimTime)> = match stream {
            ReleaseStream::Recorded { patches, .. } => {
                let ids = patches.iter().map(|patch| patch.id.clone());
                ids.map(|id| (id, SimTime::MIN, SimTime::MAX)).collect()
            }
            ReleaseStream::PatchTuesday(stream) => {
                let ids = stream.products.iter().flat_map(|product| {
                    let updates = stream.updates.iter();
                    updates.map(move |update| format!("update \"{}\" of {product}", update.name))
                });
                ids.map(|id| (id, stream.from, stream.until)).collect()
            }
            // Their ids begin with the name of the stream.
            ReleaseStream::Poisson(_)
            | ReleaseStream::Compound(_)
            | ReleaseStream::Renewal(_)
            | ReleaseStream::Batches(_) => continue,
        };
        let mut told = false;
        for (id, from, until) in ids {
            let known = first.entry(id.clone()).or_default();
            let other = known.iter().find(|(_, start, end)| *start < until && from < *end);
            if let (Some((other, ..)), false) = (other, told) {
                told = true;
                let message = format!(
                    "stream \"{}\" releases what \"{}\" releases too: {id}",
                    stream.name(),
                    all.streams[*other].name()
                );
                let problem = Problem::error(codes::DUPLICATE, message).at(all.places[number].clone());
                problems.push(problem.at(all.places[*other].clone()).saying("the other stream"));
            }
            known.push((number, from, until));
        }
    }
}

/// Reads one stream, and says about how many patches it has.
fn stream(
    context: &ReleaseContext<'_>,
    entry: &Entry,
    sources: &mut Sources,
) -> Option<(ReleaseStream, u64)> {
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
) -> Option<(ReleaseStream, u64)> {
    let problems = context.problems;
    let products = section
        .get("products")
        .map(|item| (item, texts(problems, item).unwrap_or_default()));
    let item = section.require("path", "path = \"releases.csv\"")?;
    let path = text(problems, item)?;
    let content = match context.files.read(path) {
        Ok(content) => content,
        Err(error) => {
            problems.push(file_problem(path, &error, item.place()));
            return None;
        }
    };
    let most = context.limits.max_patches;
    let (mut patches, found) = read_releases((path, &item.place()), &content, most, sources);
    problems.extend(found);
    if let Some((item, products)) = products {
        let there = || patches.iter().filter_map(|patch| patch.product.as_deref());
        for (product, place) in &products {
            if !patches.is_empty() && !there().any(|known| known == *product) {
                problems.push(unknown_product(path, product, place, there()));
            }
        }
        if products.is_empty() {
            problems.push(no_products(item));
        }
        let wanted = |product: &str| products.iter().any(|(name, _)| *name == product);
        patches.retain(|patch| patch.product.as_deref().is_some_and(wanted));
    }
    let count = patches.len() as u64;
    let name = name.to_owned();
    Some((ReleaseStream::Recorded { name, patches }, count))
}

fn unknown_product<'a>(
    path: &str,
    product: &str,
    place: &Place,
    known: impl Iterator<Item = &'a str>,
) -> Problem {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    Problem::error(
        codes::REFERENCE,
        format!("{path} has no patch of product \"{product}\""),
    )
    .at(place.clone())
    .note(format!("products: {}", listing(known.iter().copied())))
    .meant(nearest(product, known.iter().copied()))
}

fn no_products(item: &Item) -> Problem {
    Problem::error(codes::RANGE, "at least one product is needed")
        .at(item.place())
        .help("write products = [\"WindowsServer2022\"]")
}

/// When a stream begins and ends: within the simulated period unless it says otherwise. `None` when
/// a part of it could not be read.
pub(crate) fn period(context: &ReleaseContext<'_>, section: &Section<'_>) -> Option<(SimTime, SimTime)> {
    let problems = context.problems;
    let time = |key: &'static str, default: Option<SimTime>| match section.get(key) {
        Some(item) => sim_time(problems, item).map(|at| (at, Some(item))),
        None => default.map(|at| (at, None)),
    };
    let from = time("from", context.period.map(|(start, _)| start));
    let until = time("until", context.period.map(|(_, horizon)| horizon));
    let ((from, first), (until, last)) = (from?, until?);
    if until < from {
        let place = last.or(first).map_or(section.place(), Item::place);
        let message = format!("{} ends ({until}) before it begins ({from})", section.name());
        problems.push(Problem::error(codes::PERIOD, message).at(place));
        return None;
    }
    Some((from, until))
}

/// The products of a generated stream, each once.
pub(crate) fn products(problems: &Problems, section: &Section<'_>) -> Option<Vec<String>> {
    let item = section.require("products", "products = [\"WindowsServer2022\"]")?;
    product_names(problems, item)
}

/// At least one product, each once.
pub(crate) fn product_names(problems: &Problems, item: &Item) -> Option<Vec<String>> {
    let found = texts(problems, item)?;
    if found.is_empty() {
        problems.push(no_products(item));
        return None;
    }
    let mut seen = BTreeSet::new();
    for (product, place) in &found {
        if product.is_empty() {
            problems.push(Problem::error(codes::RANGE, "a product without a name").at(place.clone()));
        } else if !seen.insert(*product) {
            let message = format!("product \"{product}\" stands twice");
            problems.push(Problem::error(codes::DUPLICATE, message).at(place.clone()));
        }
    }
    Some(found.into_iter().map(|(product, _)| product.to_owned()).collect())
}

/// Always the same name.
pub(crate) fn always(name: &str) -> Vec<WeightedName> {
    vec![WeightedName {
        name: name.to_owned(),
        weight: 1.0,
    }]
}

/// One name, or a table of names with weights; each is looked up in AWS's lists.
pub(crate) fn weighted(
    problems: &Problems,
    item: &Item,
    key: FilterKey,
    os: Option<OperatingSystem>,
) -> Option<Vec<WeightedName>> {
    let check = |name: &str, place: Place| {
        if let Some(os) = os {
            check_value(problems, os, key, name, place);
        }
    };
    match &item.value {
        Value::Text(name) => {
            check(name, item.place());
            Some(always(name))
        }
        Value::Table(entries) if !entries.is_empty() => {
            let one = |entry: &Entry| {
                check(&entry.key, entry.place());
                let weight = amount(problems, &entry.item)?;
                if weight > 0.0 {
                    let name = entry.key.clone();
                    return Some(WeightedName { name, weight });
                }
                let message = format!("the weight of `{}` must be positive", entry.key);
                let problem = Problem::error(codes::RANGE, message).at(entry.item.place());
                problems.push(problem.help("leave out what never happens"));
                None
            };
            let found: Vec<WeightedName> = entries.iter().filter_map(one).collect();
            (found.len() == entries.len()).then_some(found)
        }
        _ => {
            let expected = "a name, or a table of names with weights such as { Critical = 1, Important = 3 }";
            problems.push(wrong_type(item, expected));
            None
        }
    }
}

/// The key that filters severities on an operating system.
pub(crate) fn severity_key(os: Option<OperatingSystem>) -> FilterKey {
    match os.map(OperatingSystem::family) {
        Some(Family::Windows) | None => FilterKey::MsrcSeverity,
        Some(_) => FilterKey::Severity,
    }
}

fn poisson(context: &ReleaseContext<'_>, section: &Section<'_>, name: &str) -> Option<(ReleaseStream, u64)> {
    let problems = context.problems;
    let os = operating_system(problems, section);
    let products = products(problems, section);
    let period = period(context, section);
    let rate = section
        .require("per_month", "per_month = 12")
        .and_then(|item| per_month(context, item, period));
    let weekdays = section
        .get("weekdays")
        .map_or(Some([1.0; 7]), |item| weekdays(problems, item));
    let names = |key: &'static str, filter: FilterKey, default: &str| {
        section.get(key).map_or_else(
            || Some(always(default)),
            |item| weighted(problems, item, filter, os),
        )
    };
    let windows = os.is_none_or(|os| os.family() == Family::Windows);
    let security = if windows { "SecurityUpdates" } else { "Security" };
    let classification = names("classification", FilterKey::Classification, security);
    let severity = names("severity", severity_key(os), "Important");
    let ((from, until), (per_month, expected)) = (period?, rate?);
    let stream = PoissonStream {
        name: name.to_owned(),
        operating_system: os?,
        products: products?,
        per_month,
        weekdays: weekdays?,
        classification: classification?,
        severity: severity?,
        from,
        until,
    };
    Some((ReleaseStream::Poisson(stream), expected as u64))
}

/// A rate with the number of releases to expect; a negative one is refused, and one that is too
/// high before it is played.
fn per_month(
    context: &ReleaseContext<'_>,
    item: &Item,
    period: Option<(SimTime, SimTime)>,
) -> Option<(f64, f64)> {
    let rate = number(context.problems, item)?;
    if rate <= 0.0 {
        let message = format!("`{}` is {rate}, but must be positive", item.name);
        context
            .problems
            .push(Problem::error(codes::RANGE, message).at(item.place()));
        return None;
    }
    let (from, until) = period?;
    let expected = rate * (until - from).as_days_f64() / 30.0;
    let most = context.limits.max_patches;
    if expected > most as f64 {
        let message = format!(
            "{rate} releases a month are about {} patches; the limit is {}",
            grouped(expected.min(1e18) as u64),
            grouped(most)
        );
        context
            .problems
            .push(Problem::error(codes::SIZE, message).at(item.place()));
        return None;
    }
    Some((rate, expected))
}

/// Keys of `weekdays`.
pub(crate) const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

fn weekdays(problems: &Problems, item: &Item) -> Option<[f64; 7]> {
    let section = Section::open(problems, item, "weekdays", None)?;
    let given = WEEKDAYS.map(|name| section.get(name).map(|item| amount(problems, item)));
    section.close();
    let mut weights = [1.0; 7];
    for (weight, given) in weights.iter_mut().zip(given) {
        if let Some(given) = given {
            *weight = given?;
        }
    }
    if weights.iter().sum::<f64>() <= 0.0 {
        let message = "the weights of the weekdays cannot all be zero";
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
        return None;
    }
    Some(weights)
}
