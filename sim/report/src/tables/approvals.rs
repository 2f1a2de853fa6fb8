//! The table of `patchbench approvals`.

use patchbench_study::ApprovalRow;

use super::column;
use crate::table::{Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per patch group and patch";

pub(super) const COLUMNS: &[Column] = &[
    column("group", Kind::Text, "", "patch group"),
    column("baseline", Kind::Text, "", "patch baseline of the group"),
    column("patch", Kind::Text, "", "id of the patch"),
    column("kb", Kind::Text, "", "knowledge base number"),
    column("classification", Kind::Text, "", "classification"),
    column("severity", Kind::Text, "", "vendor severity"),
    column(
        "released",
        Kind::Instant,
        "",
        "release, or availability if that is later",
    ),
    column("approved", Kind::Instant, "", "approval; empty: never"),
    column(
        "reason",
        Kind::Text,
        "",
        "the rule that approves it, or what keeps it from approval",
    ),
    column("superseded", Kind::Instant, "", "when a successor took its place"),
    column(
        "first_window",
        Kind::Instant,
        "",
        "first opening that installs it on the group",
    ),
];

/// The table of `patchbench approvals`.
pub fn approvals_table(rows: &[ApprovalRow]) -> Table {
    let row = |row: &ApprovalRow| {
        vec![
            row.group.as_str().into(),
            row.baseline.as_str().into(),
            row.patch.as_str().into(),
            row.kb.as_deref().into(),
            row.classification.as_deref().into(),
            row.severity.as_deref().into(),
            row.released.into(),
            row.approved.into(),
            row.reason.as_str().into(),
            row.superseded.into(),
            row.first_window.into(),
        ]
    };
    let rows = rows.iter().map(row).collect();
    Table {
        name: "approvals",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
