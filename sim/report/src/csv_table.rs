//! Tables as CSV.

use crate::table::{Cell, Table, number_text};

/// A table as CSV: UTF-8, commas, LF, one header line.
pub fn to_csv(table: &Table) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(table.columns.iter().map(|column| column.name));
    for row in &table.rows {
        let _ = writer.write_record(row.iter().map(cell_text));
    }
    writer.into_inner().unwrap_or_default()
}

pub(crate) fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number_text(*number),
        Cell::Integer(number) => number.to_string(),
        Cell::Instant(at) => at.to_string(),
    }
}
