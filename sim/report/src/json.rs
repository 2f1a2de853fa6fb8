//! Results as JSON.

use std::borrow::Cow;

use patchbench_model::catalog::Patch;
use patchbench_study::{ApprovalRow, AssertionResult, PrecisionReached, Proportion, StudyResults, Summary};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::Report;
use crate::table::{Cell, Column, Table, number_text};
use crate::tables::{approvals_table, bad_patches_table, compliance_rows, releases_table, result_tables};

/// Version of the layout of every JSON that is written; it grows when something is removed or
/// changes its meaning.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Of the samples of compliance, `summary.json` holds every so manieth; `compliance.csv` holds all.
const COMPLIANCE_EVERY: usize = 10;

/// `summary.json`, and what `run --format json` prints.
pub fn summary_json(report: Report<'_>) -> Value {
    serde_json::to_value(summary_of(report, &result_tables(report))).unwrap_or_default()
}

/// The parts of `summary.json` in their order. Tables are written row by row: hundreds of thousands of rows
/// as trees of values would take more memory than all else.
pub(crate) struct Parts<'a>(Vec<(&'static str, Part<'a>)>);

enum Part<'a> {
    Value(Value),
    Table(Cow<'a, Table>),
}

/// The same, from the tables of the result.
pub(crate) fn summary_of<'a>(report: Report<'_>, tables: &'a [Table]) -> Parts<'a> {
    let Report {
        scenario, results, ..
    } = report;
    let non_default: Vec<Value> = scenario
        .settings
        .iter()
        .filter(|setting| !setting.is_default)
        .map(|setting| json!({ "setting": setting.name, "value": setting.value, "semantics": setting.section }))
        .collect();
    let table = |name: &str| {
        let known = tables.iter().find(|table| table.name == name);
        known.map_or(Part::Value(Value::Null), |table| {
            Part::Table(Cow::Borrowed(table))
        })
    };
    let compliance = compliance_rows(report, |sample| sample % COMPLIANCE_EVERY == 0);
    let precise: Vec<Value> = results.precision.iter().map(precision).collect();
    Parts(vec![
        ("format_version", Part::Value(FORMAT_VERSION.into())),
        ("scenario", Part::Value(scenario.name.as_str().into())),
        ("scenario_hash", Part::Value(scenario.hash.as_str().into())),
        ("seed", Part::Value(results.seed.into())),
        ("replications", Part::Value(results.replications.into())),
        ("start", Part::Value(scenario.config.start.to_string().into())),
        ("horizon", Part::Value(scenario.config.horizon.to_string().into())),
        ("precision", Part::Value(precise.into())),
        ("settings_not_default", Part::Value(non_default.into())),
        ("assertions", Part::Value(assertions(results).into())),
        ("groups", Part::Value(groups(results).into())),
        ("metrics", Part::Value(metrics(results).into())),
        ("patches", table("patches")),
        ("bad_patches", Part::Table(Cow::Owned(bad_patches_table(report)))),
        ("windows", table("windows")),
        ("tasks", table("tasks")),
        ("compliance", Part::Table(Cow::Owned(compliance))),
    ])
}

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, part)| (name, part)))
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Part::Value(value) => value.serialize(serializer),
            Part::Table(table) => {
                serializer.collect_seq(table.rows.iter().map(|row| row_json(table.columns, row)))
            }
        }
    }
}

/// How narrow an interval became.
pub(crate) fn precision(reached: &PrecisionReached) -> Value {
    json!({
        "response": reached.response,
        "of": reached.of,
        "unit": reached.unit,
        "wanted": number(Some(reached.wanted)),
        "half_width": number(Some(reached.half_width)),
        "met": reached.is_met(),
    })
}

fn assertions(results: &StudyResults) -> Vec<Value> {
    results.assertions.iter().map(assertion).collect()
}

/// An assertion with its outcome.
pub(crate) fn assertion(assertion: &AssertionResult) -> Value {
    let estimate = assertion.estimate.as_ref().map(|asserted| {
        json!({
            "of": asserted.of.as_str(),
            "unit": asserted.unit,
            "estimate": number(asserted.estimate),
            "interval": interval(asserted.interval),
            "n": asserted.n,
            "censored": asserted.censored,
        })
    });
    json!({
        "name": assertion.name,
        "sentence": assertion.sentence,
        "outcome": assertion.verdict.as_str(),
        "observed": proportion(&assertion.observed),
        "estimate": estimate,
    })
}

fn groups(results: &StudyResults) -> Vec<Value> {
    let one = |group: &patchbench_study::GroupResult| {
        json!({
            "group": group.name,
            "nodes": group.nodes,
            "baselines": group.baselines,
            "targeted": group.targeted,
            "installs": group.installs,
        })
    };
    results.groups.iter().map(one).collect()
}

fn metrics(results: &StudyResults) -> Vec<Value> {
    let one = |row: &patchbench_study::MetricRow| {
        let mut object = Map::new();
        object.insert("metric".to_owned(), row.metric.into());
        for (name, text) in [
            ("group", &row.group),
            ("severity", &row.severity),
            ("task", &row.task),
            ("sla", &row.sla),
        ] {
            object.insert(
                name.to_owned(),
                if text.is_empty() {
                    Value::Null
                } else {
                    text.as_str().into()
                },
            );
        }
        object.insert("unit".to_owned(), row.unit.into());
        if let Some(share) = &row.proportion {
            object.insert("probability".to_owned(), proportion(share));
        }
        object.insert("distribution".to_owned(), summary(&row.summary));
        Value::Object(object)
    };
    results.metrics.iter().map(one).collect()
}

pub(crate) fn number(value: Option<f64>) -> Value {
    let parsed = value.and_then(|value| number_text(value).parse::<f64>().ok());
    parsed
        .and_then(serde_json::Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

pub(crate) fn interval(interval: Option<patchbench_study::Interval>) -> Value {
    interval.map_or(Value::Null, |interval| {
        json!([number(Some(interval.low)), number(Some(interval.high))])
    })
}

pub(crate) fn proportion(share: &Proportion) -> Value {
    json!({
        "estimate": number(Some(share.share)),
        "interval": interval(Some(share.interval)),
        "count": share.count,
        "of": share.of,
    })
}

pub(crate) fn summary(summary: &Summary) -> Value {
    json!({
        "n": summary.n,
        "censored": summary.censored,
        "estimate": number(summary.mean),
        "interval": interval(summary.mean_interval),
        "standard_deviation": number(summary.standard_deviation),
        "quantiles": {
            "0": number(summary.min),
            "0.05": number(summary.p05),
            "0.5": number(summary.p50),
            "0.95": number(summary.p95),
            "1": number(summary.max),
        },
        "median_interval": interval(summary.p50_interval),
        "p95_interval": interval(summary.p95_interval),
    })
}

pub(crate) fn table_json(table: &Table) -> Value {
    let rows = table.rows.iter();
    rows.map(|row| row_json(table.columns, row)).collect()
}

fn row_json(columns: &[Column], row: &[Cell]) -> Value {
    let cells = columns.iter().zip(row);
    let cells = cells.map(|(column, cell)| (column.name.to_owned(), cell_json(cell)));
    Value::Object(cells.collect())
}

fn cell_json(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Number(value) => number(Some(*value)),
        Cell::Integer(value) => (*value).into(),
        Cell::Instant(at) => at.to_string().into(),
    }
}

/// What `approvals --format json` prints.
pub fn approvals_json(rows: &[ApprovalRow]) -> Value {
    json!({ "format_version": FORMAT_VERSION, "approvals": table_json(&approvals_table(rows)) })
}

/// What `releases --format json` prints.
pub fn releases_json(patches: &[Patch]) -> Value {
    json!({ "format_version": FORMAT_VERSION, "releases": table_json(&releases_table(patches)) })
}

/// JSON with line breaks, and one at the end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// JSON lines.
pub(crate) fn lines<T: serde::Serialize>(records: &[T]) -> String {
    let line = |record: &T| serde_json::to_string(record).unwrap_or_default() + "\n";
    records.iter().map(line).collect()
}
