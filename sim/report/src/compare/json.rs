//! A comparison as JSON.

use patchbench_scenario::{Leaf, LeafChange};
use patchbench_study::{ComparedDesign, ComparedResponse, PairedDifference, ResponseEstimate};
use serde_json::{Value, json};

use super::ComparisonReport;
use crate::json::{FORMAT_VERSION, assertion, interval, number, precision, proportion, summary, table_json};
use crate::tables::approvals_table;

/// `summary.json` of a comparison, and what `compare --format json` prints.
pub fn comparison_json(report: ComparisonReport<'_>) -> Value {
    let comparison = report.comparison;
    let base = &comparison.designs[0].outcome;
    let ranking = comparison.ranking.as_ref().map(|ranking| {
        let name = |design: &usize| comparison.designs[*design].name.as_str();
        json!({
            "response": comparison.responses[0].key.to_string(),
            "order": ranking.order.iter().map(name).collect::<Vec<_>>(),
            "among_the_best": ranking.among_the_best().iter().map(name).collect::<Vec<_>>(),
            "confidence_of_each_pair": number(Some(ranking.confidence)),
            "least_effect": number(Some(ranking.least_effect)),
        })
    });
    json!({
        "format_version": FORMAT_VERSION,
        "seed": base.seed,
        "replications": base.replications,
        "base": comparison.designs[0].name,
        "only": report.only,
        "confidence_of_each_difference": number(Some(comparison.confidence)),
        "designs": comparison.designs.iter().map(design).collect::<Vec<_>>(),
        "ranking": ranking,
        "precision": comparison.precision.iter().map(precision).collect::<Vec<_>>(),
        "responses": comparison.responses.iter().enumerate()
            .map(|(index, one)| response(report, one, index < comparison.chosen))
            .collect::<Vec<_>>(),
    })
}

fn design(design: &ComparedDesign) -> Value {
    json!({
        "name": design.name,
        "scenario_hash": design.scenario_hash,
        "identical_to_base": design.identical,
        "changes": design.changes.iter().map(change).collect::<Vec<_>>(),
        "assertions": design.outcome.assertions.iter().map(assertion).collect::<Vec<_>>(),
        "rate_control": design.outcome.limits.iter().map(|limits| json!({
            "window": limits.window,
            "task": limits.task,
            "targets": limits.targets,
            "max_concurrency": limits.max_concurrency,
            "max_errors": limits.max_errors,
        })).collect::<Vec<_>>(),
        "approvals": table_json(&approvals_table(&design.approvals)),
    })
}

fn change(change: &LeafChange) -> Value {
    let values = |leaves: &[Leaf]| {
        let values = leaves
            .iter()
            .map(|leaf| json!({ "path": leaf.path.to_string(), "value": leaf.value }));
        values.collect::<Vec<_>>()
    };
    let path = change.path().to_string();
    match change {
        LeafChange::Added { leaves, .. } => {
            json!({ "change": "added", "path": path, "values": values(leaves) })
        }
        LeafChange::Removed { leaves, .. } => {
            json!({ "change": "removed", "path": path, "values": values(leaves) })
        }
        LeafChange::Changed { from, to, .. } => {
            json!({ "change": "changed", "path": path, "from": from, "to": to })
        }
    }
}

fn response(report: ComparisonReport<'_>, response: &ComparedResponse, chosen: bool) -> Value {
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    let designs = report.comparison.designs.iter().zip(&response.estimates);
    json!({
        "metric": response.key.metric,
        "group": text(&response.key.group),
        "severity": text(&response.key.severity),
        "task": text(&response.key.task),
        "sla": text(&response.key.sla),
        "unit": response.unit,
        "better": response.better,
        "least_effect": number(Some(response.least_effect)),
        "headline": chosen,
        "designs": designs
            .map(|(design, estimate)| estimate_json(&design.name, estimate.as_ref()))
            .collect::<Vec<_>>(),
    })
}

fn estimate_json(name: &str, estimate: Option<&ResponseEstimate>) -> Value {
    let Some(estimate) = estimate else {
        return json!({ "design": name, "distribution": Value::Null });
    };
    json!({
        "design": name,
        "probability": estimate.proportion.as_ref().map(proportion),
        "distribution": summary(&estimate.summary),
        "difference": estimate.difference.as_ref().map(difference),
        "change": estimate.change,
    })
}

fn difference(found: &PairedDifference) -> Value {
    json!({
        "of": found.of,
        "estimate": number(found.estimate),
        "interval": interval(found.interval),
        "replications": found.replications,
        "smaller": found.smaller,
        "larger": found.larger,
        "variance_with_independent_seeds": number(found.gain.map(|gain| gain.independent)),
        "variance_paired": number(found.gain.map(|gain| gain.paired)),
        "common_luck_is_worth": number(found.gain.map(|gain| gain.factor())),
    })
}
