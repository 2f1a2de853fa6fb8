//! The tables of a sweep as Parquet.

use std::io;
use std::path::Path;

use patchbench_report::{OutputFile, SweptTable};
use patchbench_scenario::Sweep;

use super::write::{Output, create};

const DESIGNS: &str = "designs.parquet";
const METRICS: &str = "metrics.parquet";

/// Both tables, row by row.
pub(super) struct Tables {
    pub(super) designs: SweptTable<Output>,
    pub(super) metrics: SweptTable<Output>,
}

impl Tables {
    pub(super) fn begin(folder: &Path, sweep: &Sweep) -> io::Result<Self> {
        Ok(Self {
            designs: SweptTable::designs(create(folder, DESIGNS)?, sweep)?,
            metrics: SweptTable::metrics(create(folder, METRICS)?)?,
        })
    }

    pub(super) fn finish(self) -> io::Result<[OutputFile; 2]> {
        Ok([
            self.designs.finish()?.finish(DESIGNS)?,
            self.metrics.finish()?.finish(METRICS)?,
        ])
    }
}
