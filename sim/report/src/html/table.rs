//! Tables in pages: the columns that hold anything, as many rows as there is room for.

use maud::{Markup, PreEscaped, html};

use super::svg::escaped;
use crate::date_time;
use crate::table::{Cell, Column, Kind, Table, number_text};

/// A table of results that takes at most so many bytes; `file` has all of it.
pub(crate) fn data_table(table: &Table, file: &str, budget: usize) -> Markup {
    let shown: Vec<usize> = (0..table.columns.len())
        .filter(|column| table.rows.iter().any(|row| row[*column] != Cell::Empty))
        .collect();
    let mut rows = String::new();
    let mut count = 0;
    for row in &table.rows {
        let text = row_text(table, &shown, row);
        if rows.len() + text.len() > budget {
            break;
        }
        rows.push_str(&text);
        count += 1;
    }
    let name = table.name;
    html! {
        details.table open[table.rows.len() <= 12] {
            summary { (title(name)) " " span.count { "(" (table.rows.len()) " rows)" } }
            p.about {
                (super::verdict::sentence(table.description))
                @if count < table.rows.len() {
                    " The first " (count) " of " (table.rows.len()) " rows; all are in " code { (file) } " beside this page."
                }
            }
            div.scroll tabindex="0" role="group" aria-label={ "Table: " (title(name)) } {
                table.data id={ "table-" (name) } {
                    thead { tr { @for column in &shown { (head(&table.columns[*column])) } } }
                    tbody { (PreEscaped(rows)) }
                }
            }
        }
    }
}

fn head(column: &Column) -> Markup {
    let number = matches!(column.kind, Kind::Number | Kind::Integer);
    html! {
        th scope="col" class=[number.then_some("n")] title=(column.description) data-name=(column.name) {
            (title(column.name))
            @if !column.unit.is_empty() { br; small { (column.unit) } }
        }
    }
}

/// A name of a table or column for people.
pub(super) fn title(name: &str) -> String {
    name.replace('_', " ")
}

fn row_text(table: &Table, shown: &[usize], row: &[Cell]) -> String {
    let mut text = String::from("<tr>");
    for column in shown {
        let number = matches!(table.columns[*column].kind, Kind::Number | Kind::Integer);
        text.push_str(if number { "<td class=n" } else { "<td" });
        let (exact, shown) = match &row[*column] {
            Cell::Empty => (String::new(), String::new()),
            Cell::Text(words) => (words.clone(), words.clone()),
            Cell::Integer(value) => (value.to_string(), value.to_string()),
            Cell::Number(value) => (number_text(*value), short(*value)),
            Cell::Instant(at) => (at.to_string(), date_time(*at)),
        };
        if exact != shown {
            text.push_str(" data-v=\"");
            text.push_str(&escaped(&exact));
            text.push('"');
        }
        text.push('>');
        text.push_str(&escaped(&shown));
    }
    text.push_str("</tr>\n");
    text
}

/// A number to five significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    number_text(rounded)
}
