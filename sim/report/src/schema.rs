//! The schema of `summary.json` (JSON Schema, draft 2020-12): its tables from their columns, and the
//! parts around them as `json` writes them.

use patchbench_scenario::Estimate;
use patchbench_study::Verdict;
use serde_json::{Map, Value, json};

use crate::json::FORMAT_VERSION;
use crate::table::{Column, Kind};
use crate::tables::SUMMARY_TABLES;

/// The schema of `summary.json`, and of what `run --format json` prints. Keys may be added without a
/// new format version, so that it does not refuse others.
pub fn summary_schema() -> Value {
    let mut keys = vec![
        (
            "format_version",
            described(
                "Grows when something is removed or changes its meaning.",
                json!({ "const": FORMAT_VERSION }),
            ),
        ),
        ("scenario", text("Name of the scenario.")),
        (
            "scenario_hash",
            described(
                "SHA-256 of its canonical form and its inputs, without seed and number of replications.",
                json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            ),
        ),
        ("seed", count("Seed of all draws.")),
        ("replications", count("How often it was played.")),
        ("start", instant("Where the simulation begins.")),
        ("horizon", instant("Where it ends.")),
        (
            "precision",
            list(
                "How narrow intervals became; empty without --precision.",
                precision(),
            ),
        ),
        (
            "settings_not_default",
            list("Undocumented rules that were chosen otherwise.", setting()),
        ),
        (
            "assertions",
            list("What had to hold, and whether it does.", assertion()),
        ),
        ("groups", list("Patch groups.", group())),
        (
            "metrics",
            list("Response metrics; metrics.csv has the same as a table.", metric()),
        ),
    ];
    let tables = SUMMARY_TABLES.iter().map(|(name, description, columns)| {
        let meaning = match *name {
            "compliance" => format!("{description}; every tenth sample of compliance.csv"),
            _ => (*description).to_owned(),
        };
        (*name, list(&meaning, row(columns)))
    });
    keys.extend(tables);
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), "patchbench summary".into());
    if let Value::Object(root) = object(
        "The result of a scenario. What is missing is null, never zero.",
        keys,
    ) {
        schema.extend(root);
    }
    let definitions = json!({
        "interval": interval(),
        "proportion": proportion(),
        "distribution": distribution(),
    });
    schema.insert("$defs".to_owned(), definitions);
    Value::Object(schema)
}

/// An object with these keys, all of which are there.
fn object(meaning: &str, keys: Vec<(&str, Value)>) -> Value {
    let required: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
    let properties: Map<String, Value> = keys
        .iter()
        .map(|(key, schema)| ((*key).to_owned(), schema.clone()))
        .collect();
    json!({
        "description": meaning,
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

/// A schema with a description in front.
fn described(meaning: &str, schema: Value) -> Value {
    let mut all = Map::new();
    all.insert("description".to_owned(), meaning.into());
    if let Value::Object(schema) = schema {
        all.extend(schema);
    }
    Value::Object(all)
}

fn text(meaning: &str) -> Value {
    described(meaning, json!({ "type": "string" }))
}

fn optional_text(meaning: &str) -> Value {
    described(meaning, json!({ "type": ["string", "null"] }))
}

fn optional_number(meaning: &str) -> Value {
    described(meaning, json!({ "type": ["number", "null"] }))
}

fn count(meaning: &str) -> Value {
    described(meaning, json!({ "type": "integer", "minimum": 0 }))
}

fn instant(meaning: &str) -> Value {
    described(meaning, json!({ "type": "string", "pattern": INSTANT }))
}

/// RFC 3339 in UTC.
const INSTANT: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$";

fn list(meaning: &str, items: Value) -> Value {
    described(meaning, json!({ "type": "array", "items": items }))
}

fn reference(meaning: &str, name: &str) -> Value {
    described(meaning, json!({ "$ref": format!("#/$defs/{name}") }))
}

/// A row of a table: every column is there, and null where a cell is empty.
fn row(columns: &[Column]) -> Value {
    let column = |column: &Column| {
        let meaning = match column.unit {
            "" => column.description.to_owned(),
            unit => format!("{} ({unit})", column.description),
        };
        let schema = match column.kind {
            Kind::Text => json!({ "type": ["string", "null"] }),
            Kind::Number => json!({ "type": ["number", "null"] }),
            Kind::Integer => json!({ "type": ["integer", "null"], "minimum": 0 }),
            Kind::Instant => json!({ "type": ["string", "null"], "pattern": INSTANT }),
        };
        (column.name, described(&meaning, schema))
    };
    object("A row.", columns.iter().map(column).collect())
}

fn precision() -> Value {
    object(
        "A response whose interval was to become narrow.",
        vec![
            ("response", text("Which response.")),
            (
                "of",
                text(
                    "What is estimated of it: its mean or probability; its median, or the share that is censored, where values are censored.",
                ),
            ),
            ("unit", text("Unit of both widths.")),
            (
                "wanted",
                optional_number("Half width of the interval that was asked for."),
            ),
            ("half_width", optional_number("Half width that was reached.")),
            (
                "met",
                described("Whether it is narrow enough.", json!({ "type": "boolean" })),
            ),
        ],
    )
}

fn setting() -> Value {
    object(
        "A setting at other than its default.",
        vec![
            ("setting", text("Its name.")),
            ("value", text("Its value.")),
            ("semantics", text("Section of the semantics that explains it.")),
        ],
    )
}

fn assertion() -> Value {
    let outcomes = [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive].map(Verdict::as_str);
    let estimates = Estimate::ALL.map(Estimate::as_str);
    let mut estimate = object(
        "The estimate that is bounded; null where a share of the replications is.",
        vec![
            (
                "of",
                described("What of the distribution.", json!({ "enum": estimates })),
            ),
            ("unit", text("Its unit.")),
            ("estimate", optional_number("The estimate.")),
            ("interval", reference("Its 95 % interval.", "interval")),
            ("n", count("Replications that say anything.")),
            ("censored", count("Of these, not reached within the horizon.")),
        ],
    );
    estimate["type"] = json!(["object", "null"]);
    object(
        "An assertion.",
        vec![
            ("name", text("Its name.")),
            ("sentence", text("What it demands, in words.")),
            (
                "outcome",
                described("Whether it holds.", json!({ "enum": outcomes })),
            ),
            (
                "observed",
                reference("Replications in which it held.", "proportion"),
            ),
            ("estimate", estimate),
        ],
    )
}

fn group() -> Value {
    object(
        "A patch group.",
        vec![
            ("group", text("Its name; empty: nodes without one.")),
            ("nodes", count("How many nodes it has.")),
            (
                "baselines",
                list(
                    "Baselines in use, by operating system.",
                    json!({ "type": "string" }),
                ),
            ),
            (
                "targeted",
                described(
                    "Whether any task is sent to its nodes.",
                    json!({ "type": "boolean" }),
                ),
            ),
            (
                "installs",
                described(
                    "Whether any task installs on its nodes.",
                    json!({ "type": "boolean" }),
                ),
            ),
        ],
    )
}

fn metric() -> Value {
    let mut schema = object(
        "A response over the replications.",
        vec![
            ("metric", text("Its name, as in reports/README.md.")),
            (
                "group",
                optional_text("Patch group; null: all together, or not about groups."),
            ),
            ("severity", optional_text("Severity of the patches; null: all.")),
            (
                "task",
                optional_text("Window and task, or window; null: all together, or not about one."),
            ),
            ("sla", optional_text("Deadline; null: not about one.")),
            ("unit", text("Unit of the values.")),
            (
                "distribution",
                reference("Its values, one for each replication.", "distribution"),
            ),
        ],
    );
    schema["properties"]["probability"] = reference("Where it is a probability: its estimate.", "proportion");
    schema
}

fn interval() -> Value {
    described(
        "Lower and upper end of a 95 % interval.",
        json!({
            "type": ["array", "null"],
            "items": { "type": ["number", "null"] },
            "minItems": 2,
            "maxItems": 2,
        }),
    )
}

fn proportion() -> Value {
    object(
        "A share of replications.",
        vec![
            ("estimate", optional_number("The share.")),
            ("interval", reference("Its 95 % interval.", "interval")),
            ("count", count("How many of them.")),
            ("of", count("Of how many.")),
        ],
    )
}

fn distribution() -> Value {
    let quantile = |share: &'static str, meaning: &str| (share, optional_number(meaning));
    object(
        "A distribution over the replications. Figures that censored values leave unknown are null.",
        vec![
            ("n", count("Replications that say anything.")),
            ("censored", count("Of these, not reached within the horizon.")),
            ("estimate", optional_number("The mean.")),
            ("interval", reference("Its 95 % interval.", "interval")),
            ("standard_deviation", optional_number("Over the replications.")),
            (
                "quantiles",
                object(
                    "Quantiles by their share.",
                    vec![
                        quantile("0", "The least."),
                        quantile("0.05", "The 5th percentile."),
                        quantile("0.5", "The median."),
                        quantile("0.95", "The 95th percentile."),
                        quantile("1", "The greatest."),
                    ],
                ),
            ),
            (
                "median_interval",
                reference("95 % interval of the median.", "interval"),
            ),
            (
                "p95_interval",
                reference("95 % interval of the 95th percentile.", "interval"),
            ),
        ],
    )
}
