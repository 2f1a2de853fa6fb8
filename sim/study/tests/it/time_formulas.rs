//! What holds for any durations.

use patchbench_model::world::RunRecord;

use crate::stage::{Law, Stage, pool, sample, scans};

fn scan(concurrency: &str, fleet: String) -> Stage {
    Stage {
        fleet,
        task: format!("operation = \"Scan\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"100%\""),
        ..Stage::default()
    }
}

/// Seconds from the opening to the end of the last invocation.
fn makespan(record: &RunRecord) -> f64 {
    let command = &record.commands[0];
    (command.ended.unwrap() - command.opened).millis() as f64 / 1000.0
}

#[test]
fn drawn_durations_keep_grahams_bounds() {
    for (nodes, slots) in [(40u64, 3u64), (25, 10), (90, 8)] {
        let behavior = scans(Law::Exponential, 600, 0.0);
        let fleet = || pool("web", nodes, &behavior);
        // With one slot a node, the makespan is the longest job; with one slot, the sum of all.
        let config = |slots: u64| scan(&slots.to_string(), fleet()).config().unwrap();
        let span = |slots: u64| sample(&config(slots), 200, makespan);
        let (longest, sum, list) = (span(nodes), span(1), span(slots));
        for ((longest, sum), list) in longest.iter().zip(&sum).zip(&list) {
            let share = sum / slots as f64;
            assert!(*list + 1e-6 >= share.max(*longest));
            assert!(*list <= share + (1.0 - 1.0 / slots as f64) * longest + 1e-6);
        }
    }
}
