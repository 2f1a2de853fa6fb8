//! `kind = "preset"`: a release stream with a vendor's figures.

use patchbench_model::catalog::ReleaseStream;
use patchbench_model::catalog::presets::{Preset, PresetOptions};

use super::releases::{ReleaseContext, period, product_names};
use super::section::{Section, choice};
use super::values::integer;
use crate::codes;
use crate::problem::Problem;

pub(crate) fn preset(
    context: &ReleaseContext<'_>,
    section: &Section<'_>,
    name: &str,
) -> Option<ReleaseStream> {
    let problems = context.problems;
    let names: Vec<(&str, &Preset)> = Preset::ALL.iter().map(|preset| (preset.name, preset)).collect();
    let preset = section
        .require("preset", "preset = \"windows-server-2022\"")
        .and_then(|item| choice(problems, item, &names));
    let products = section.get("products").map(|item| product_names(problems, item));
    let year = section.get("year").and_then(|item| {
        let year = integer(problems, item, 1970, 2199)?;
        Some((year as i32, item.place()))
    });
    let (from, until) = period(context, section);
    let preset = preset?;
    if let (Some((year, place)), true) = (&year, preset.years.is_empty()) {
        let message = format!(
            "`year = {year}` changes nothing: {} is the same in every year",
            preset.name
        );
        problems.push(Problem::warning(codes::UNUSED, message).at(place.clone()));
    }
    let stream = preset.stream(PresetOptions {
        name: name.to_owned(),
        products,
        year: year.map(|(year, _)| year),
        from,
        until,
    });
    let (expected, limit) = (stream.expected_patches(), context.limits.max_patches);
    if expected > limit as f64 {
        let message = format!(
            "{} would be about {expected:.0} patches; the limit is {limit}",
            section.name()
        );
        problems.push(Problem::error(codes::SIZE, message).at(section.place()));
        return None;
    }
    Some(stream)
}
