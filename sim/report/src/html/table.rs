//! Tables in pages: the columns that hold anything, as many rows as there is room for.

use maud::{Markup, PreEscaped, html};

use super::svg::escaped;
use super::verdict::sentence;
use crate::date_time;
use crate::table::{Cell, Column, Kind, Table, number_text};

/// Tables of so many rows are open.
const FEW: usize = 12;

/// The head of a column.
pub(super) struct Head {
    name: String,
    unit: String,
    meaning: String,
    number: bool,
}

impl Head {
    pub(super) fn new(name: &str, unit: &str, meaning: &str, number: bool) -> Self {
        let [name, unit, meaning] = [name, unit, meaning].map(str::to_owned);
        Self {
            name,
            unit,
            meaning,
            number,
        }
    }

    /// The head of a column of numbers.
    pub(super) fn number(name: &str, unit: &str, meaning: &str) -> Self {
        Self::new(name, unit, meaning, true)
    }

    fn of(column: &Column) -> Self {
        let number = matches!(column.kind, Kind::Number | Kind::Integer);
        Self::new(column.name, column.unit, column.description, number)
    }
}

/// A cell: what it holds exactly, and what is shown.
type Pair = (String, String);

/// A table of results that takes at most so many bytes; `file` has all of it.
pub(super) fn data_table(table: &Table, file: &str, budget: usize) -> Markup {
    let shown: Vec<usize> = (0..table.columns.len())
        .filter(|column| table.rows.iter().any(|row| row[*column] != Cell::Empty))
        .collect();
    let heads: Vec<Head> = shown
        .iter()
        .map(|column| Head::of(&table.columns[*column]))
        .collect();
    let rows = table
        .rows
        .iter()
        .map(|row| shown.iter().map(|column| pair(&row[*column])).collect());
    let words = (table.name, table.description, file);
    data_grid(words, &heads, rows, table.rows.len(), budget)
}

/// A table by its heads and rows: its name, what a row is, and the file that has all of them.
pub(super) fn data_grid(
    (name, description, file): (&str, &str, &str),
    heads: &[Head],
    rows: impl Iterator<Item = Vec<Pair>>,
    all: usize,
    budget: usize,
) -> Markup {
    let mut text = String::new();
    let mut count = 0;
    for row in rows {
        let row = row_text(heads, &row);
        if text.len() + row.len() > budget {
            break;
        }
        text.push_str(&row);
        count += 1;
    }
    html! {
        details.table open[all <= FEW] {
            summary { (title(name)) " " span.count { "(" (all) " rows)" } }
            p.about {
                (sentence(description))
                @if count < all { " The first " (count) " of " (all) " rows; all are in " code { (file) } " beside this page." }
            }
            div.scroll tabindex="0" role="group" aria-label={ "Table: " (title(name)) } {
                table.data id={ "table-" (name) } {
                    thead { tr { @for head in heads { (head_cell(head)) } } }
                    tbody { (PreEscaped(text)) }
                }
            }
        }
    }
}

fn head_cell(head: &Head) -> Markup {
    html! {
        th scope="col" class=[head.number.then_some("n")] title=(head.meaning) data-name=(head.name) {
            (title(&head.name))
            @if !head.unit.is_empty() { br; small { (head.unit) } }
        }
    }
}

/// A name of a table or column for people.
fn title(name: &str) -> String {
    name.replace('_', " ")
}

fn pair(cell: &Cell) -> Pair {
    match cell {
        Cell::Empty => (String::new(), String::new()),
        Cell::Text(words) => (words.clone(), words.clone()),
        Cell::Integer(value) => (value.to_string(), value.to_string()),
        Cell::Number(value) => (number_text(*value), short(*value)),
        Cell::Instant(at) => (at.to_string(), date_time(*at)),
    }
}

fn row_text(heads: &[Head], row: &[Pair]) -> String {
    let mut text = String::from("<tr>");
    for (head, (exact, shown)) in heads.iter().zip(row) {
        text.push_str(if head.number { "<td class=n" } else { "<td" });
        if exact != shown {
            text.push_str(" data-v=\"");
            text.push_str(&escaped(exact));
            text.push('"');
        }
        text.push('>');
        text.push_str(&escaped(shown));
    }
    text.push_str("</tr>\n");
    text
}

/// A number to five significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    number_text(rounded)
}
