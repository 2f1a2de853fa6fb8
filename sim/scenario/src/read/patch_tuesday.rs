//! `kind = "patch_tuesday"`: Microsoft's monthly rhythm.

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{OutOfBand, PatchTuesday, ReleaseStream, UpdateTemplate};
use patchbench_model::ssm::{FilterKey, OperatingSystem};

use super::baselines::operating_system;
use super::distributions::distribution;
use super::filter_values::check_value;
use super::releases::{ReleaseContext, always, period, products, severity_key, weighted};
use super::section::{Problems, Section, optional, text};
use super::values::{flag, probability};
use crate::codes;
use crate::document::Item;
use crate::problem::Problem;

/// What repairs are called in the ids of patches; no update may have this name.
const OUT_OF_BAND: &str = "out-of-band";

/// Reads the stream, and says how many patches it has at most.
pub(crate) fn patch_tuesday(
    context: &ReleaseContext<'_>,
    section: &Section<'_>,
    name: &str,
) -> Option<(ReleaseStream, u64)> {
    let problems = context.problems;
    let os = operating_system(problems, section);
    let products = products(problems, section);
    let period = period(context, section);
    let list = section.list("update");
    let found = list.iter().filter_map(|item| update(problems, item, os));
    let mut updates: Vec<UpdateTemplate> = Vec::new();
    for (update, item) in found {
        if updates.iter().any(|known| known.name == update.name) || update.name == OUT_OF_BAND {
            let message = format!("there is another update \"{}\" in this stream", update.name);
            problems.push(Problem::error(codes::DUPLICATE, message).at(item.place()));
        }
        updates.push(update);
    }
    let complete = updates.len() == list.len();
    if list.is_empty() {
        updates.push(cumulative());
    }
    let out_of_band = optional(section.get("out_of_band"), |item| out_of_band(problems, item)).ok()?;
    let (products, (from, until)) = (products?, period?);
    let a_month = (updates.len() + usize::from(out_of_band.is_some())) as u64 * products.len() as u64;
    let stream = PatchTuesday {
        name: name.to_owned(),
        operating_system: os?,
        products,
        updates,
        out_of_band,
        from,
        until,
    };
    complete.then(|| {
        let patches = a_month.saturating_mul(months_between(from, until));
        (ReleaseStream::PatchTuesday(stream), patches)
    })
}

/// About how many months lie between two instants.
pub(crate) fn months_between(from: SimTime, until: SimTime) -> u64 {
    ((until - from).as_days_f64() / 30.4).ceil().max(0.0) as u64
}

/// What every month has when nothing else is said.
fn cumulative() -> UpdateTemplate {
    UpdateTemplate {
        name: "cumulative".to_owned(),
        classification: "SecurityUpdates".to_owned(),
        severity: always("Critical"),
        probability: 1.0,
        cumulative: true,
    }
}

fn update<'d>(
    problems: &'d Problems,
    item: &'d Item,
    os: Option<OperatingSystem>,
) -> Option<(UpdateTemplate, &'d Item)> {
    let section = Section::open(problems, item, "an update of the stream", None)?;
    let name_item = section.require("name", "name = \"cumulative\"");
    let name = name_item.and_then(|item| text(problems, item));
    let classification = section
        .require("classification", "classification = \"SecurityUpdates\"")
        .and_then(|item| {
            let name = text(problems, item)?;
            if let Some(os) = os {
                check_value(problems, os, FilterKey::Classification, name, item.place());
            }
            Some(name)
        });
    let severity = section.get("severity").map_or_else(
        || Some(always("Critical")),
        |item| weighted(problems, item, severity_key(os), os),
    );
    let share = section
        .get("probability")
        .map_or(Some(1.0), |item| probability(problems, item));
    let cumulative = section
        .get("cumulative")
        .map_or(Some(false), |item| flag(problems, item));
    section.close();
    let update = UpdateTemplate {
        name: name?.to_owned(),
        classification: classification?.to_owned(),
        severity: severity?,
        probability: share?,
        cumulative: cumulative?,
    };
    Some((update, name_item?))
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
