//! Presets on the screen.

use std::fmt::Write as _;

use patchbench_model::catalog::presets::Preset;

/// Every preset, a line each.
pub fn presets_text() -> String {
    let wide = Preset::ALL
        .iter()
        .map(|preset| preset.name.len())
        .max()
        .unwrap_or(0);
    let line = |preset: &Preset| format!("{:<wide$}  {}\n", preset.name, preset.summary);
    Preset::ALL.iter().map(line).collect()
}

/// One preset with its figures and where they come from.
pub fn preset_text(preset: &Preset) -> String {
    let products = if preset.products.is_empty() {
        "every one of the system".to_owned()
    } else {
        preset.products.join(", ")
    };
    let years: Vec<String> = preset.years.iter().map(i32::to_string).collect();
    let years = if years.is_empty() {
        "the same in every year".to_owned()
    } else {
        format!("by year: {}; else the nearest of these", years.join(", "))
    };
    let mut text = format!(
        "{}\n  {}\n\n  operating system  {}\n  products          {products}\n  figures           {years}\n",
        preset.name, preset.summary, preset.operating_system
    );
    for figure in preset.figures {
        let _ = write!(
            text,
            "\n  {}\n    {}\n    source: {}\n",
            figure.what, figure.value, figure.source
        );
    }
    text
}
