//! `reports/README.md` says what each column means: it is written from the schema of the tables.

use std::path::Path;

/// What stands above the generated part.
const HEAD: &str = "\
# Results

`patchbench run` writes a folder here unless `--out` names another: `manifest.json` (what is needed
to repeat the result), `report.html` (the page to read first: one file that needs nothing else),
`summary.json` (its schema: `summary.schema.json`), `summary.md`, the tables below as CSV, `plots/` as
SVG and PNG, `calendar.ics`, and with `--trace` the history of the first replication, `trace.jsonl`.
`gallery/` holds the summaries of the shipped scenarios, pictures of their pages, and the hashes of what
is drawn.

With `--parquet` every table is there as Parquet, too, with the values of the CSV: text as strings,
numbers as doubles, integers as unsigned 64-bit integers, instants as timestamps in milliseconds of
UTC; what is empty is null, and units and meanings are in the metadata. That takes a build with the
feature `parquet` (`cargo install --path sim/cli --features parquet`).

An empty cell is a missing value, never zero. Times are RFC 3339 in UTC. Quantiles and means are
over the replications; times that were not reached within the horizon are censored, which the
columns say, and never dropped.

## calendar.ics

One entry for every opening of a window (instants in UTC, local times in the text), for every patch
group and day with approvals (a whole day in the zone in which its windows open, or in UTC where they
have several), and for every change freeze. A title says how many nodes succeed in the median over
the replications; of several commands it is that of the smallest share. An opening that a freeze holds
back is cancelled. Identifiers follow from the scenario's name and from kind, name and instant of an
entry, never from predictions, so that a newer calendar replaces an older one. The calendar's
description says what was left out: approvals whose dates are drawn, and openings beyond the first 4,000.

## plots/

`coverage-GROUP` is the share of a group's nodes that have every patch approved for them so far,
`compliance-GROUP` the share that is compliant, as AWS shows it and in truth. The simulated period is
drawn in 480 spans. In each, a line reaches from the lowest to the highest share that was seen: at
both ends, when a window opened after an approval, and when a command had ended. So a dip of an hour
shows as a line of full depth, however long the period. Lines are medians over the replications,
bands reach from the 5th percentile of the lowest to the 95th percentile of the highest share. Where
most patches come on dates that each replication draws, the line is the mean over the replications
and eight spans, and a thin line is the first replication. A share also rises when a successor is
released: what it replaces is no longer to be had, and the successor not yet approved.

`occupancy-WINDOW` shows the invocations in progress in one opening of a window, the first that finds
something approved for its nodes, at every second minute.

";

/// `UPDATE_GALLERY=1 cargo test -p patchbench-report` writes it anew.
#[test]
fn the_column_dictionary_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/README.md");
    let text = format!("{HEAD}{}", patchbench_report::column_dictionary());
    let text = format!("{}\n", text.trim_end());
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "reports/README.md is not current"
    );
}
