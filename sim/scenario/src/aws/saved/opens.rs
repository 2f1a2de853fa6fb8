//! When a window with a rate opens: a rate says how often, and its answer tells the day and hour. Semantics,
//! section 4.3.

use super::super::account::Opens;
use super::super::node::{Data, Node};
use super::super::timestamp::instant;
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;

/// When the window of an answer opens, which has a rate and is enabled.
pub(super) fn opens(problems: &Problems, node: &Node, id: &str) -> Opens {
    let said = |member: &str| node.get(member).filter(|node| node.text() != Some(""));
    if let Some(next) = said("NextExecutionTime") {
        if let Some(at) = instant(next) {
            return Opens::At(at, next.place.clone());
        }
        let given = match &next.data {
            Data::Text(text) | Data::Number(text) => format!("\"{text}\""),
            _ => next.kind().to_owned(),
        };
        let message = format!("NextExecutionTime takes an ISO-8601 timestamp, not {given}");
        let problem = Problem::error(codes::DATE, message).at(next.place.clone());
        problems.push(problem.help("AWS writes 2024-01-09T16:00:00.123Z"));
        return Opens::Unknown;
    }
    if said("StartDate").is_some() {
        return Opens::AsScheduled;
    }
    let created = said("CreatedDate").and_then(|node| Some((instant(node)?, node.place.clone())));
    let message = format!(
        "neither NextExecutionTime nor StartDate says on which day and at what hour window {id} opens"
    );
    let place = node.get("Schedule").unwrap_or(node).place.clone();
    let problem = Problem::warning(codes::INCOMPLETE, message).at(place);
    let problem = problem.help(format!("save `aws ssm get-maintenance-window --window-id {id}`"));
    if let Some((at, place)) = created {
        problems.push(problem.note("whole periods after its creation are assumed"));
        return Opens::SinceCreation(at, place);
    }
    problems.push(problem.note("midnight UTC is assumed, one period after the scenario begins"));
    Opens::Unknown
}
