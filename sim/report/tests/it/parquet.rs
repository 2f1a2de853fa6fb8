//! Parquet files, read back, have the values that the CSV has.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use parquet::basic::{LogicalType, Repetition, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use patchbench_kernel::SimTime;
use patchbench_model::world::Plan;
use patchbench_report::table::{Cell, Column, Kind, Table, number_text};
use patchbench_report::{ParquetColumn, ParquetTable, Report, ReportFile, result_parquet, result_tables};
use patchbench_scenario::{Limits, load};
use patchbench_study::{Silent, Study, StudySums};

const fn column(name: &'static str, kind: Kind, unit: &'static str) -> Column {
    Column {
        name,
        kind,
        unit,
        description: "a meaning",
    }
}

const COLUMNS: &[Column] = &[
    column("text", Kind::Text, ""),
    column("number", Kind::Number, "days"),
    column("count", Kind::Integer, ""),
    column("at", Kind::Instant, ""),
];

fn written(table: &Table) -> Vec<u8> {
    let columns: Vec<ParquetColumn> = table.columns.iter().map(ParquetColumn::from).collect();
    let mut file = ParquetTable::begin(Vec::new(), (table.name, table.description), &columns).unwrap();
    for row in &table.rows {
        file.push(row).unwrap();
    }
    file.finish().unwrap()
}

fn reader(bytes: &[u8]) -> SerializedFileReader<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    SerializedFileReader::new(file).unwrap()
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    reader(bytes).into_iter().map(Result::unwrap).collect()
}

/// What a cell is to be.
fn field(cell: &Cell) -> Field {
    match cell {
        Cell::Empty => Field::Null,
        Cell::Text(text) => Field::Str(text.clone()),
        Cell::Number(number) => number_text(*number).parse().map_or(Field::Null, Field::Double),
        Cell::Integer(number) => Field::ULong(*number),
        Cell::Instant(at) => Field::TimestampMillis(at.millis()),
    }
}

fn assert_same(table: &Table, bytes: &[u8]) {
    let found = rows(bytes);
    assert_eq!(found.len(), table.rows.len(), "{}", table.name);
    for (found, row) in found.iter().zip(&table.rows) {
        let columns = found.get_column_iter().zip(table.columns).zip(row);
        for (((name, found), column), cell) in columns {
            let wanted = match (column.kind, cell) {
                (Kind::Number, Cell::Integer(number)) => Field::Double(*number as f64),
                _ => field(cell),
            };
            assert_eq!((name.as_str(), found), (column.name, &wanted), "{}", table.name);
        }
    }
}

fn example(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        name: "example",
        description: "what a row is",
        columns: COLUMNS,
        rows,
    }
}

#[test]
fn every_kind_of_cell_comes_back_and_what_is_empty_is_null() {
    let full = vec![
        Cell::from("Müller, \"x\"\n"),
        Cell::Number(1.0 / 3.0),
        Cell::Integer(u64::MAX),
        Cell::Instant(SimTime::from_millis(1_704_816_000_123)),
    ];
    let numbers = [0.0, -2.5, 1e300, f64::NAN, f64::INFINITY];
    let mut rows = vec![full, vec![Cell::Empty; 4]];
    rows.extend(numbers.map(|number| vec![Cell::Empty, Cell::Number(number), Cell::Integer(0), Cell::Empty]));
    let table = example(rows);
    assert_same(&table, &written(&table));
}

#[test]
fn long_tables_come_back_whole() {
    let row = |number: u64| {
        let text = if number.is_multiple_of(3) {
            String::new()
        } else {
            format!("{}", number % 7)
        };
        vec![
            Cell::from(text),
            Cell::from(number as f64 / 7.0),
            Cell::from(number),
            Cell::Empty,
        ]
    };
    for length in [0, 1, 65_536, 140_000] {
        let table = example((0..length).map(row).collect());
        assert_same(&table, &written(&table));
    }
}

#[test]
fn files_say_what_their_columns_are() {
    let bytes = written(&example(Vec::new()));
    let reader = reader(&bytes);
    let file = reader.metadata().file_metadata();
    let fields = file.schema().get_fields();
    let logical: Vec<_> = fields
        .iter()
        .map(|field| field.get_basic_info().logical_type_ref().cloned())
        .collect();
    assert_eq!(
        logical,
        [
            Some(LogicalType::String),
            None,
            Some(LogicalType::integer(64, false)),
            Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
        ]
    );
    for field in fields {
        assert_eq!(field.get_basic_info().repetition(), Repetition::OPTIONAL);
    }
    let metadata = file.key_value_metadata().unwrap();
    let told = |key: &str| metadata.iter().find(|pair| pair.key == key)?.value.as_deref();
    assert_eq!(told("table"), Some("example"));
    assert_eq!(told("description"), Some("what a row is"));
    assert_eq!(told("number:description"), Some("a meaning"));
    assert_eq!((told("number:unit"), told("text:unit")), (Some("days"), None));
    let version = format!("patchbench version {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(file.created_by(), Some(version.as_str()));
}

#[test]
fn a_value_that_its_column_cannot_hold_is_refused() {
    let columns: Vec<ParquetColumn> = COLUMNS.iter().map(ParquetColumn::from).collect();
    let mut file = ParquetTable::begin(Vec::new(), ("example", ""), &columns).unwrap();
    let wrong = file.push(&[Cell::Integer(1), Cell::Empty, Cell::Empty, Cell::Empty]);
    assert!(wrong.is_err());
}

/// The tables of a scenario with bad patches, so that all of them are there.
fn with_report<T>(read: impl FnOnce(Report<'_>) -> T) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/canary-catches-bad-patch.toml");
    let scenario = load(&path, &[], &Limits::default()).scenario.unwrap();
    let plan = Plan::new(&scenario.config);
    let study = Study::new(&plan, 1, &[]);
    let results = study.play::<StudySums>(0..4, &Silent).finish(&study, Vec::new());
    read(Report {
        scenario: &scenario,
        plan: &plan,
        results: &results,
    })
}

#[test]
fn the_tables_of_a_result_come_back_and_are_the_same_bytes_each_time() {
    with_report(|report| {
        let tables = result_tables(report);
        let files: Vec<ReportFile> = result_parquet(report).unwrap();
        assert_eq!(files.len(), tables.len());
        assert_eq!(tables.len(), 7);
        for (file, table) in files.iter().zip(&tables) {
            assert_eq!(file.path, format!("{}.parquet", table.name));
            assert!(!table.rows.is_empty(), "{}", table.name);
            assert_same(table, &file.bytes);
        }
        assert_eq!(files, result_parquet(report).unwrap());
    });
}
