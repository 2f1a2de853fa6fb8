//! `patchbench releases`

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::catalog::presets::{Preset, PresetOptions};
use patchbench_model::catalog::{Patch, ReleaseStream, release_patches};
use patchbench_report::{preset_text, presets_text, releases_json, releases_table, to_csv};

use super::load_with;
use super::run::study_options;
use patchbench_scenario::Limits;

use crate::args::{Releases, ReleasesFormat};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Seed of a preset unless another is given, as in scenarios.
const DEFAULT_SEED: u64 = 42;

pub(crate) fn releases(arguments: &Releases, terminal: &mut Terminal) -> Exit {
    if let Some(wanted) = &arguments.list {
        let preset = Preset::named(wanted);
        terminal.answer(preset.map_or_else(presets_text, preset_text));
        return Exit::Fine;
    }
    let patches = match (preset(arguments), &arguments.file) {
        (Some(stream), _) => of_preset(&stream, arguments, terminal),
        (None, Some(_)) => of_scenario(arguments, terminal),
        (None, None) => Err(Exit::WrongCommandLine),
    };
    let patches = match patches {
        Ok(patches) => patches,
        Err(exit) => return exit,
    };
    match arguments.format {
        ReleasesFormat::Csv => terminal.answer(to_csv(&releases_table(&patches))),
        ReleasesFormat::Json => terminal.answer(format!("{:#}\n", releases_json(&patches))),
    }
    Exit::Fine
}

/// The preset that was asked for, with its period.
fn preset(arguments: &Releases) -> Option<(&'static Preset, SimTime, SimTime)> {
    let preset = Preset::named(arguments.preset.as_deref()?)?;
    Some((preset, arguments.from?, arguments.to?))
}

fn of_preset(
    (preset, from, until): &(&Preset, SimTime, SimTime),
    arguments: &Releases,
    terminal: &Terminal,
) -> Result<Vec<Patch>, Exit> {
    if until < from {
        terminal.problem(&format!("error: --to {until} lies before --from {from}"));
        return Err(Exit::WrongCommandLine);
    }
    if let (Some(year), true) = (arguments.year, preset.years.is_empty()) {
        terminal.note(&format!(
            "note: --year {year} changes nothing: {} is the same in every year",
            preset.name
        ));
    }
    let products = arguments.products.clone();
    let stream = preset.stream(PresetOptions {
        name: preset.name.to_owned(),
        products: (!products.is_empty()).then_some(products),
        year: arguments.year,
        from: *from,
        until: *until,
    });
    let seed = arguments.seed.unwrap_or(DEFAULT_SEED);
    let patches = release_patches(&[stream], &Streams::new(seed, 0));
    if patches.is_empty() {
        terminal.note(&format!("note: nothing is released from {from} to {until}"));
    }
    Ok(patches)
}

fn of_scenario(arguments: &Releases, terminal: &Terminal) -> Result<Vec<Patch>, Exit> {
    let file = arguments.file.as_deref().ok_or(Exit::WrongCommandLine)?;
    let options = study_options(arguments.seed, None);
    let scenario = load_with(file, &arguments.scenario, (options, &Limits::default()), terminal)?;
    let seed = scenario.study.seed;
    let streams = &scenario.config.releases;
    if streams.iter().any(ReleaseStream::is_random) {
        terminal.note(&format!(
            "note: the release stream is drawn; these are the patches of replication 0, seed {seed}"
        ));
    }
    Ok(release_patches(streams, &Streams::new(seed, 0)))
}
