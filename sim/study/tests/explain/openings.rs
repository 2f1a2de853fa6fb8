//! What an opening did and left is what the trace says of it.

use std::collections::BTreeMap;

use patchbench_model::world::Plan;
use patchbench_study::explain::{Explainer, OpeningExplanation};
use patchbench_study::{TraceRecord, TraceValue, trace_replication};
use proptest::prelude::*;

use crate::worlds::asked;

fn is_of(record: &TraceRecord, told: &OpeningExplanation) -> bool {
    let text = |key: &str, value: &str| matches!(record.about.get(key), Some(TraceValue::Text(text)) if text == value);
    text("window", &told.window) && text("opened", &told.opened.to_string())
}

fn count(trace: &[&TraceRecord], fact: &str) -> u32 {
    trace.iter().filter(|record| record.fact == fact).count() as u32
}

fn agrees(told: &OpeningExplanation, trace: &[TraceRecord]) -> Result<(), TestCaseError> {
    let own: Vec<&TraceRecord> = trace.iter().filter(|record| is_of(record, told)).collect();
    prop_assert_eq!(
        told.skipped_for.is_some(),
        count(&own, "window_skipped_overlapping") == 1
    );
    let commands = || told.tasks.iter().flat_map(|task| &task.commands);
    let sum = |of: &dyn Fn(&patchbench_study::explain::CommandLeft) -> u32| commands().map(of).sum::<u32>();
    // Invocations that the cutoff kills on their nodes were sent, too.
    let mut by_status: BTreeMap<String, u32> = BTreeMap::new();
    for record in own.iter().filter(|record| record.fact == "invocation_ended") {
        if let Some(TraceValue::Text(status)) = record.about.get("status") {
            *by_status.entry(status.clone()).or_default() += 1;
        }
    }
    for (status, number) in by_status.iter().filter(|(status, _)| *status != "Cancelled") {
        let ours = sum(&|command| {
            let same = command
                .invocations
                .iter()
                .filter(|(known, _)| known.as_str() == status);
            same.map(|(_, count)| count).sum()
        });
        prop_assert_eq!(ours, *number, "{}", status);
    }
    let stopped = |record: &&&TraceRecord| {
        let left = matches!(record.about.get("nodes_left"), Some(TraceValue::Number(left)) if *left > 0);
        record.fact == "error_threshold_passed" && left
    };
    let stops = commands().filter_map(|command| command.stop.as_ref());
    prop_assert_eq!(stops.clone().count(), own.iter().filter(stopped).count());
    for stop in stops {
        prop_assert_eq!(stop.nodes.len(), stop.errors as usize);
    }
    let errors = ["Failed", "ExecutionTimedOut"].map(|status| by_status.get(status).copied().unwrap_or(0));
    prop_assert_eq!(sum(&|command| command.errors.count), errors.iter().sum::<u32>());
    let unsent = sum(&|command| command.left.iter().map(|(_, nodes)| nodes.count).sum());
    prop_assert_eq!(
        sum(&|command| command.targets) - unsent,
        count(&own, "invocation_sent")
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn an_opening_is_as_the_trace_tells_it(world in asked()) {
        let plan = Plan::new(&world.config);
        let (_, trace) = trace_replication(&plan, world.seed, 0);
        let explainer = Explainer::new(&plan, world.seed, 0);
        for window in 0..plan.openings.len() {
            for opening in (0..plan.openings[window].len()).step_by(3) {
                agrees(&explainer.opening(window, opening), &trace)?;
            }
        }
    }
}
