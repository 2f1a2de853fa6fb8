//! What a build without Parquet has in its place: a refusal.

use std::io::Write;
use std::marker::PhantomData;

use super::{ParquetColumn, ParquetError};
use crate::table::Cell;

/// A table that this build cannot write: none can be begun.
#[derive(Debug)]
pub struct ParquetTable<W: Write> {
    never: std::convert::Infallible,
    writes: PhantomData<W>,
}

impl<W: Write + Send> ParquetTable<W> {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn begin(_output: W, _table: (&str, &str), _columns: &[ParquetColumn]) -> Result<Self, ParquetError> {
        Err(ParquetError::NotBuilt)
    }

    /// There is no table to add a row to.
    ///
    /// # Errors
    /// None.
    pub fn push(&mut self, _row: &[Cell]) -> Result<(), ParquetError> {
        match self.never {}
    }

    /// There is no table to end.
    ///
    /// # Errors
    /// None.
    pub fn finish(self) -> Result<W, ParquetError> {
        match self.never {}
    }
}
