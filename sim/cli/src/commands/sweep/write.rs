//! The result folder of a sweep, written from the journal design by design.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use patchbench_report::{
    Hashed, Shown, SweepManifest, SweepReport, csv_line, design_columns, design_row, metric_columns,
    metric_rows, sweep_json, sweep_markdown, sweep_pictures,
};
use patchbench_scenario::Sweep;
use patchbench_study::{Designs, Selector};

use super::journal::{DESIGNS, Journal, line};
use super::parquet::Tables;
use crate::folder;

/// The figures of a sweep that are shown, and the least and the largest number of replications.
pub(super) struct Figures {
    pub(super) shown: Vec<Shown>,
    pub(super) replications: (u64, u64),
}

/// Sweep, design points and seed, and whether tables are written as Parquet, too.
#[derive(Clone, Copy)]
pub(super) struct Swept<'a> {
    pub(super) scenario: &'a str,
    pub(super) sweep: &'a Sweep,
    pub(super) designs: &'a Designs<'a>,
    pub(super) seed: u64,
    pub(super) parquet: bool,
}

impl<'a> Swept<'a> {
    pub(super) fn report(self, figures: &'a Figures) -> SweepReport<'a> {
        SweepReport {
            scenario: self.scenario,
            sweep: self.sweep,
            designs: self.designs,
            seed: self.seed,
            shown: &figures.shown,
            replications: figures.replications,
        }
    }
}

pub(super) type Output = Hashed<BufWriter<File>>;

pub(super) fn create(folder: &Path, name: &str) -> io::Result<Output> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Ok(Hashed::new(BufWriter::new(File::create(path)?)))
}

/// Writes all files of a result into a folder, the manifest last, and gives the figures that are shown.
pub(super) fn write(
    folder: &Path,
    swept: Swept<'_>,
    (keys, journal): (&[String], &mut Journal),
    selectors: &[Selector],
    mut manifest: SweepManifest,
) -> io::Result<Figures> {
    let mut designs = create(folder, "designs.csv")?;
    let mut metrics = create(folder, "metrics.csv")?;
    let mut records = create(folder, DESIGNS)?;
    designs.write_all(&csv_line(design_columns(swept.sweep)))?;
    metrics.write_all(&csv_line(metric_columns()))?;
    let mut parquet = if swept.parquet {
        Some(Tables::begin(folder, swept.sweep)?)
    } else {
        None
    };
    let mut figures = Figures {
        shown: selectors.iter().cloned().map(Shown::new).collect(),
        replications: (u64::MAX, 0),
    };
    for (number, key) in (0u64..).zip(keys) {
        let design = journal.get(key)?;
        let point = swept.designs.point(number);
        let row = design_row(swept.sweep, number, &point, &design);
        designs.write_all(&csv_line(&row))?;
        if let Some(tables) = &mut parquet {
            tables.designs.push(&row)?;
        }
        for row in metric_rows(number, &design) {
            metrics.write_all(&csv_line(&row))?;
            if let Some(tables) = &mut parquet {
                tables.metrics.push(&row)?;
            }
        }
        records.write_all(line(&design).as_bytes())?;
        let (least, most) = figures.replications;
        figures.replications = (least.min(design.replications), most.max(design.replications));
        for shown in &mut figures.shown {
            shown.push(&design);
        }
    }
    let report = swept.report(&figures);
    let mut summary = create(folder, "summary.json")?;
    sweep_json(report, &mut summary)?;
    let mut markdown = create(folder, "summary.md")?;
    markdown.write_all(sweep_markdown(report).as_bytes())?;
    let pictures = sweep_pictures(report, &manifest.arguments).map_err(io::Error::other)?;
    manifest.outputs = vec![
        summary.finish("summary.json")?,
        markdown.finish("summary.md")?,
        designs.finish("designs.csv")?,
        metrics.finish("metrics.csv")?,
        records.finish(DESIGNS)?,
    ];
    if let Some(tables) = parquet {
        manifest.outputs.extend(tables.finish()?);
    }
    for file in pictures {
        let mut output = create(folder, &file.path)?;
        output.write_all(&file.bytes)?;
        manifest.outputs.push(output.finish(&file.path)?);
    }
    std::fs::write(folder.join("manifest.json"), manifest.to_text())?;
    folder::sync_below(folder)?;
    Ok(figures)
}
