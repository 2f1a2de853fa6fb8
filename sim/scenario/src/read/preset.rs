//! `kind = "preset"`: a release stream with a vendor's figures.

use patchbench_model::catalog::ReleaseStream;
use patchbench_model::catalog::presets::{Preset, PresetOptions};

use super::releases::{ReleaseContext, period, product_names};
use super::section::{Section, choice, optional};
use super::values::integer;
use crate::codes;
use crate::problem::Problem;

pub(crate) fn preset(
    context: &ReleaseContext<'_>,
    section: &Section<'_>,
    name: &str,
) -> Option<(ReleaseStream, u64)> {
    let problems = context.problems;
    let names: Vec<(&str, &Preset)> = Preset::ALL.iter().map(|preset| (preset.name, preset)).collect();
    let preset = section
        .require("preset", "preset = \"windows-server-2022\"")
        .and_then(|item| choice(problems, item, &names));
    let products = optional(section.get("products"), |item| product_names(problems, item));
    let year = optional(section.get("year"), |item| {
        let year = integer(problems, item, 1970, 2199)?;
        Some((year as i32, item.place()))
    });
    let period = period(context, section);
    let (preset, products, year, (from, until)) = (preset?, products.ok()?, year.ok()?, period?);
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
    let expected = stream.expected_patches().ceil() as u64;
    Some((stream, expected))
}
