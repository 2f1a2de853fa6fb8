//! Writing one Parquet file, row by row.

use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{ParquetColumn, ParquetError};
use crate::table::{Cell, Kind, number_text};

/// Rows that are collected before they are written.
const GROUP: usize = 65_536;

/// A table that is written as Parquet. The same rows give the same bytes: the file knows neither when nor
/// where it was made.
#[derive(Debug)]
pub struct ParquetTable<W: Write> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Values>,
    rows: usize,
}

/// Values of a column that are not written yet, and for each row whether it has one.
#[derive(Debug)]
struct Values {
    present: Vec<i16>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Texts(Vec<ByteArray>),
    Numbers(Vec<f64>),
    /// Whole numbers and instants.
    Integers(Vec<i64>),
}

fn told(error: impl Display) -> ParquetError {
    ParquetError::Write(error.to_string())
}

impl<W: Write + Send> ParquetTable<W> {
    /// Begins a table with its name, what one row is, and its columns.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn begin(
        output: W,
        (name, description): (&str, &str),
        columns: &[ParquetColumn],
    ) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_created_by(format!("patchbench version {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(meaning(name, description, columns)))
            .build();
        let writer = SerializedFileWriter::new(output, schema(name, columns)?, Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(told)?,
            columns: columns.iter().map(|column| Values::of(column.kind)).collect(),
            rows: 0,
        })
    }

    /// Adds a row, as long as there are columns.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn push(&mut self, row: &[Cell]) -> Result<(), ParquetError> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.push(cell)?;
        }
        self.rows += 1;
        if self.rows == GROUP { self.flush() } else { Ok(()) }
    }

    /// Ends the table, and gives the output back.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> Result<W, ParquetError> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.into_inner().map_err(told)
    }

    /// Writes the rows that are collected.
    fn flush(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group().map_err(told)?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close().map_err(told)?;
        self.rows = 0;
        Ok(())
    }
}

impl Values {
    fn of(kind: Kind) -> Self {
        let held = match kind {
            Kind::Text => Held::Texts(Vec::new()),
            Kind::Number => Held::Numbers(Vec::new()),
            Kind::Integer | Kind::Instant => Held::Integers(Vec::new()),
        };
        let present = Vec::new();
        Self { present, held }
    }

    /// Takes a value.
    fn push(&mut self, cell: &Cell) -> Result<(), ParquetError> {
        let present = match (&mut self.held, cell) {
            (_, Cell::Empty) => false,
            (Held::Texts(held), Cell::Text(text)) => {
                held.push(ByteArray::from(text.as_str()));
                true
            }
            // Rounded as in the CSV, where a number that is none is empty.
            (Held::Numbers(held), Cell::Number(number)) => {
                let rounded: Option<f64> = number_text(*number).parse().ok();
                held.extend(rounded);
                rounded.is_some()
            }
            (Held::Numbers(held), Cell::Integer(number)) => {
                held.push(*number as f64);
                true
            }
            (Held::Integers(held), Cell::Integer(number)) => {
                held.push(*number as i64);
                true
            }
            (Held::Integers(held), Cell::Instant(at)) => {
                held.push(at.millis());
                true
            }
            (_, cell) => return Err(told(format!("{cell:?} does not fit into its column"))),
        };
        self.present.push(i16::from(present));
        Ok(())
    }

    fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match &mut self.held {
            Held::Texts(held) => written::<ByteArrayType, W>(group, held, &self.present)?,
            Held::Numbers(held) => written::<DoubleType, W>(group, held, &self.present)?,
            Held::Integers(held) => written::<Int64Type, W>(group, held, &self.present)?,
        }
        self.present.clear();
        Ok(())
    }
}

/// Writes a column of a row group.
fn written<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    held: &mut Vec<T::T>,
    present: &[i16],
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()
        .map_err(told)?
        .ok_or_else(|| told("a column too many"))?;
    let typed = column.typed::<T>();
    typed.write_batch(held, Some(present), None).map_err(told)?;
    column.close().map_err(told)?;
    held.clear();
    Ok(())
}

fn schema(name: &str, columns: &[ParquetColumn]) -> Result<TypePtr, ParquetError> {
    let one = |column: &ParquetColumn| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Integer => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Kind::Instant => (
                Physical::INT64,
                Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            ),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        field.build().map(Arc::new).map_err(told)
    };
    let fields = columns.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder(name).with_fields(fields).build();
    schema.map(Arc::new).map_err(told)
}

/// What the table and its columns mean, for the metadata of the file.
fn meaning(name: &str, description: &str, columns: &[ParquetColumn]) -> Vec<KeyValue> {
    let pair = |key: String, value: &str| KeyValue::new(key, Some(value.to_owned()));
    let mut all = vec![
        pair("table".to_owned(), name),
        pair("description".to_owned(), description),
    ];
    for column in columns {
        all.push(pair(format!("{}:description", column.name), &column.description));
        if !column.unit.is_empty() {
            all.push(pair(format!("{}:unit", column.name), &column.unit));
        }
    }
    all
}
