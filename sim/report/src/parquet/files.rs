//! Which tables a result folder has as Parquet.

use super::{ParquetColumn, ParquetError, ParquetTable};
use crate::compare::tables_of as comparison_tables;
use crate::fit::{contest_tables, fit_tables};
use crate::table::Table;
use crate::{ComparisonReport, ContestReport, FitReport, Report, ReportFile, result_tables};

/// The tables of a run.
///
/// # Errors
/// When one cannot be written.
pub fn result_parquet(report: Report<'_>) -> Result<Vec<ReportFile>, ParquetError> {
    files(&result_tables(report))
}

/// The tables of a comparison.
///
/// # Errors
/// When one cannot be written.
pub fn comparison_parquet(report: ComparisonReport<'_>) -> Result<Vec<ReportFile>, ParquetError> {
    files(&comparison_tables(report))
}

/// The tables of a search for a level.
///
/// # Errors
/// When one cannot be written.
pub fn fit_parquet(report: FitReport<'_>) -> Result<Vec<ReportFile>, ParquetError> {
    files(&fit_tables(report))
}

/// The tables of a contest.
///
/// # Errors
/// When one cannot be written.
pub fn contest_parquet(report: ContestReport<'_>) -> Result<Vec<ReportFile>, ParquetError> {
    files(&contest_tables(report))
}

fn files(tables: &[Table]) -> Result<Vec<ReportFile>, ParquetError> {
    let one = |table: &Table| {
        let columns: Vec<ParquetColumn> = table.columns.iter().map(ParquetColumn::from).collect();
        let mut file = ParquetTable::begin(Vec::new(), (table.name, table.description), &columns)?;
        for row in &table.rows {
            file.push(row)?;
        }
        Ok(ReportFile::new(format!("{}.parquet", table.name), file.finish()?))
    };
    tables.iter().map(one).collect()
}
