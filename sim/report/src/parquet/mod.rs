//! Tables as Parquet, in a build with the feature `parquet`: the values that the CSV has, with types.
//!
//! Text is a string, a number a double, a whole number an unsigned 64-bit integer, an instant a timestamp
//! in milliseconds of UTC. Every column may be null: what is empty is null, never zero.

#[cfg(not(feature = "parquet"))]
mod absent;
mod files;
mod swept;
#[cfg(feature = "parquet")]
mod writer;

use crate::table::{Column, Kind};

#[cfg(not(feature = "parquet"))]
pub use absent::ParquetTable;
pub use files::{comparison_parquet, contest_parquet, fit_parquet, result_parquet};
pub use swept::SweptTable;
#[cfg(feature = "parquet")]
pub use writer::ParquetTable;

/// Whether this build writes Parquet.
pub const PARQUET: bool = cfg!(feature = "parquet");

/// Why no Parquet was written.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The build has no Parquet.
    #[error("this build of patchbench writes no Parquet")]
    NotBuilt,
    /// A file could not be written.
    #[error("Parquet cannot be written: {0}")]
    Write(String),
}

impl From<ParquetError> for std::io::Error {
    fn from(error: ParquetError) -> Self {
        Self::other(error.to_string())
    }
}

/// A column of a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its unit; empty for none.
    pub unit: String,
    /// What it means.
    pub description: String,
}

impl ParquetColumn {
    /// A column by another name.
    fn named(name: &str, column: &Column) -> Self {
        Self {
            name: name.to_owned(),
            kind: column.kind,
            unit: column.unit.to_owned(),
            description: column.description.to_owned(),
        }
    }
}

impl From<&Column> for ParquetColumn {
    fn from(column: &Column) -> Self {
        Self::named(column.name, column)
    }
}
