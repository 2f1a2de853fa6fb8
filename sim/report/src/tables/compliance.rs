//! Compliance over time.

use patchbench_study::{ComplianceCurve, CompliancePoint};

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per patch group, instant and view";

pub(super) const COLUMNS: &[Column] = &[
    column("group", Kind::Text, "", "patch group"),
    column("at", Kind::Instant, "", "when"),
    column(
        "view",
        Kind::Text,
        "",
        "reported: as AWS shows it, as of each node's last report; actual: as it truly is",
    ),
    column(
        "nodes",
        Kind::Number,
        "nodes",
        "nodes that are counted (reported: those that have reported): mean",
    ),
    column(
        "compliant_p05",
        Kind::Number,
        "share",
        "compliant share of these nodes: 5th percentile",
    ),
    column(
        "compliant_p50",
        Kind::Number,
        "share",
        "compliant share of these nodes: median",
    ),
    column(
        "compliant_p95",
        Kind::Number,
        "share",
        "compliant share of these nodes: 95th percentile",
    ),
    column(
        "installed",
        Kind::Number,
        "patches",
        "patches that are INSTALLED, summed over the nodes: mean",
    ),
    column(
        "installed_other",
        Kind::Number,
        "patches",
        "patches that are INSTALLED_OTHER, summed over the nodes: mean",
    ),
    column(
        "installed_pending_reboot",
        Kind::Number,
        "patches",
        "patches that are INSTALLED_PENDING_REBOOT, summed over the nodes: mean",
    ),
    column(
        "installed_rejected",
        Kind::Number,
        "patches",
        "patches that are INSTALLED_REJECTED, summed over the nodes: mean",
    ),
    column(
        "missing",
        Kind::Number,
        "patches",
        "patches that are MISSING, summed over the nodes: mean",
    ),
    column(
        "failed",
        Kind::Number,
        "patches",
        "patches that are FAILED, summed over the nodes: mean",
    ),
    column(
        "not_applicable",
        Kind::Number,
        "patches",
        "patches that are NOT_APPLICABLE, summed over the nodes: mean",
    ),
    column(
        "available_security_update",
        Kind::Number,
        "patches",
        "patches that are AVAILABLE_SECURITY_UPDATE, summed over the nodes: mean",
    ),
    column(
        "non_compliant_nodes_unspecified",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is UNSPECIFIED: mean",
    ),
    column(
        "non_compliant_nodes_informational",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is INFORMATIONAL: mean",
    ),
    column(
        "non_compliant_nodes_low",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is LOW: mean",
    ),
    column(
        "non_compliant_nodes_medium",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is MEDIUM: mean",
    ),
    column(
        "non_compliant_nodes_high",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is HIGH: mean",
    ),
    column(
        "non_compliant_nodes_critical",
        Kind::Number,
        "nodes",
        "non-compliant nodes whose highest compliance level is CRITICAL: mean",
    ),
    column(
        "non_compliant_patches_critical",
        Kind::Number,
        "patches",
        "non-compliant patches of vendor severity Critical, summed over the nodes: mean",
    ),
    column(
        "non_compliant_patches_important",
        Kind::Number,
        "patches",
        "non-compliant patches of vendor severity Important, summed over the nodes: mean",
    ),
    column(
        "non_compliant_patches_moderate",
        Kind::Number,
        "patches",
        "non-compliant patches of vendor severity Moderate, summed over the nodes: mean",
    ),
    column(
        "non_compliant_patches_low",
        Kind::Number,
        "patches",
        "non-compliant patches of vendor severity Low, summed over the nodes: mean",
    ),
    column(
        "non_compliant_patches_unrated",
        Kind::Number,
        "patches",
        "non-compliant patches without a known vendor severity, summed over the nodes: mean",
    ),
];

pub(super) fn table(report: Report<'_>) -> Table {
    rows_of(report, |_| true)
}

/// The rows of some samples, by their number.
pub(crate) fn rows_of(report: Report<'_>, wanted: impl Fn(usize) -> bool) -> Table {
    let mut rows = Vec::new();
    for curve in &report.results.compliance {
        let points = curve.points.iter().enumerate();
        rows.extend(
            points
                .filter(|(index, _)| wanted(*index))
                .map(|(_, point)| row(report, curve, point)),
        );
    }
    Table {
        name: "compliance",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}

fn row(report: Report<'_>, curve: &ComplianceCurve, point: &CompliancePoint) -> Vec<Cell> {
    let share = |index: usize| -> Cell { point.compliant.map(|shares| shares[index]).into() };
    let mut cells: Vec<Cell> = vec![
        report.results.groups[curve.group].name.as_str().into(),
        point.at.into(),
        curve.view.as_str().into(),
        point.nodes.into(),
        share(0),
        share(1),
        share(2),
    ];
    let means = point
        .patches
        .iter()
        .chain(&point.non_compliant_by_level)
        .chain(&point.non_compliant_by_severity);
    cells.extend(means.map(|mean| Cell::from(*mean)));
    cells
}
