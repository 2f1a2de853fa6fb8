//! The tables of a sweep as Parquet, row by row, from the texts that the CSV has.

use std::io::Write;

use patchbench_model::clock::from_utc;
use patchbench_scenario::Sweep;

use super::{ParquetColumn, ParquetError, ParquetTable};
use crate::sweep::{DESIGN_COLUMNS, DESIGN_DESCRIPTION, design_columns};
use crate::table::{Cell, Column, Kind};
use crate::tables::{METRIC_COLUMNS, METRIC_DESCRIPTION, column};

/// A table of a sweep that is written as Parquet.
#[derive(Debug)]
pub struct SweptTable<W: Write> {
    table: ParquetTable<W>,
    columns: Vec<ParquetColumn>,
}

impl<W: Write + Send> SweptTable<W> {
    /// Begins `designs.parquet`: a factor's levels are texts, as they are written.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn designs(output: W, sweep: &Sweep) -> Result<Self, ParquetError> {
        const FACTOR: Column = column("", Kind::Text, "", "level of this factor");
        let known = |name: &str| DESIGN_COLUMNS.iter().find(|column| column.name == name);
        let names = design_columns(sweep).into_iter();
        let columns = names.map(|name| ParquetColumn::named(&name, known(&name).unwrap_or(&FACTOR)));
        Self::begin(output, ("designs", DESIGN_DESCRIPTION), columns.collect())
    }

    /// Begins `metrics.parquet`.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn metrics(output: W) -> Result<Self, ParquetError> {
        let design = DESIGN_COLUMNS.iter().filter(|column| column.name == "design");
        let columns = design.chain(METRIC_COLUMNS).map(ParquetColumn::from);
        Self::begin(output, ("metrics", METRIC_DESCRIPTION), columns.collect())
    }

    fn begin(output: W, name: (&str, &str), columns: Vec<ParquetColumn>) -> Result<Self, ParquetError> {
        let table = ParquetTable::begin(output, name, &columns)?;
        Ok(Self { table, columns })
    }

    /// Adds a row of the CSV.
    ///
    /// # Errors
    /// When a text is no value of its column, or the output cannot be written.
    pub fn push(&mut self, row: &[String]) -> Result<(), ParquetError> {
        let cells = self
            .columns
            .iter()
            .zip(row)
            .map(|(column, text)| cell(column, text));
        let cells = cells.collect::<Result<Vec<Cell>, ParquetError>>()?;
        self.table.push(&cells)
    }

    /// Ends the table, and gives the output back.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(self) -> Result<W, ParquetError> {
        self.table.finish()
    }
}

/// A cell from its text in a CSV.
fn cell(column: &ParquetColumn, text: &str) -> Result<Cell, ParquetError> {
    let instant = || chrono::DateTime::parse_from_rfc3339(text).ok();
    let read = match column.kind {
        _ if text.is_empty() => Some(Cell::Empty),
        Kind::Text => Some(Cell::from(text)),
        Kind::Number => text.parse::<f64>().ok().map(Cell::from),
        Kind::Integer => text.parse::<u64>().ok().map(Cell::from),
        Kind::Instant => instant().map(|at| Cell::from(from_utc(at.to_utc()))),
    };
    let wrong = || ParquetError::Write(format!("\"{text}\" does not fit into column {}", column.name));
    read.ok_or_else(wrong)
}
