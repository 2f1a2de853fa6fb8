//! How concurrency rises as invocations are acknowledged, and what a cancelled command does to nodes
//! that are at it.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{CutoffBehavior, ModelConfig, Operation, Ramp, Task};
use patchbench_model::ssm::InvocationStatus;

use super::world::{History, Told, at, behavior, play, task, windows_world};

/// A scan of so many minutes on each node, so many at once, acknowledged after so many.
fn scans(nodes: u32, concurrency: u32, minutes: i64, delay: i64) -> ModelConfig {
    let mut config = windows_world(nodes, vec![task(Operation::Scan, concurrency, nodes)]);
    config.behaviors[0] = behavior(minutes, 0, 0);
    config.settings.ack_delay = SimDuration::from_minutes(delay);
    config
}

fn sends(config: &ModelConfig) -> Vec<SimTime> {
    play(config).sends().into_iter().map(|(at, _)| at).collect()
}

#[test]
fn a_slot_starts_when_its_step_is_acknowledged_and_is_refilled_from_then_on() {
    let cases: [(u32, u32, i64, i64); 6] = [
        (40, 10, 30, 2),
        (40, 10, 2, 30),
        (64, 8, 10, 10),
        (3, 50, 10, 1),
        (100, 64, 7, 3),
        (5, 1, 10, 10),
    ];
    for (nodes, concurrency, minutes, delay) in cases {
        let start = at("16:00");
        // Slot j starts at a · floor(log2(j + 1)), then every d.
        let mut expected: Vec<SimTime> = (0..concurrency)
            .flat_map(|slot| {
                let steps = i64::from((slot + 1).ilog2());
                (0..nodes).map(move |round| {
                    start + SimDuration::from_minutes(delay * steps + minutes * i64::from(round))
                })
            })
            .collect();
        expected.sort_unstable();
        expected.truncate(nodes as usize);
        let found = sends(&scans(nodes, concurrency, minutes, delay));
        assert_eq!(
            found, expected,
            "{nodes} nodes, c {concurrency}, d {minutes}, a {delay}"
        );
    }
}

#[test]
fn without_a_delay_or_another_ramp_acknowledgements_say_nothing() {
    let at_once = sends(&scans(20, 8, 10, 0));
    let mut config = scans(20, 8, 10, 5);
    assert_ne!(sends(&config), at_once);
    config.settings.ramp = Ramp::Off;
    assert_eq!(sends(&config), at_once);
}

#[test]
fn an_error_before_the_next_acknowledgement_stops_with_few_sent() {
    let mut config = scans(40, 16, 10, 10);
    config.windows[0].tasks[0] = task(Operation::Scan, 16, 0);
    config.behaviors[0].scan_failure = 1.0;
    assert_eq!(play(&config).command(0).counts.sent(), 1);
    config.settings.ack_delay = SimDuration::from_minutes(4);
    // One at 16:00, two at 16:04, four at 16:08; the first error is at 16:10.
    assert_eq!(play(&config).command(0).counts.sent(), 7);
}

/// Scans of five hours in a window whose cutoff cancels at 19:00.
fn cancelled(probability: f64) -> History {
    let mut config = scans(400, 400, 300, 0);
    config.windows[0].tasks[0] = Task {
        cutoff_behavior: CutoffBehavior::CancelTask,
        ..task(Operation::Scan, 400, 0)
    };
    config.settings.cancel_kills_running = probability;
    play(&config)
}

/// Nodes on which the cutoff stopped the scan.
fn killed(history: &History) -> Vec<u32> {
    let ended = history.told.iter().filter_map(|(ended, told)| match told {
        Told::Ended { node, status, .. } if *status == InvocationStatus::Cancelled => {
            assert_eq!(*ended, at("19:00"));
            Some(*node)
        }
        _ => None,
    });
    let mut nodes: Vec<u32> = ended.collect();
    nodes.sort_unstable();
    nodes
}

#[test]
fn a_cancel_stops_each_node_with_the_probability_that_the_setting_gives() {
    let of = |probability| killed(&cancelled(probability));
    assert_eq!((of(0.0).len(), of(1.0).len()), (0, 400));
    let (few, many) = (of(0.3), of(0.7));
    assert!((90..150).contains(&few.len()), "{}", few.len());
    assert!((250..310).contains(&many.len()), "{}", many.len());
    // Each node's luck has an address of its own: a higher probability stops more of the same.
    assert!(few.iter().all(|node| many.contains(node)));
    let history = cancelled(0.3);
    let counts = history.command(0).counts;
    assert_eq!(counts.get(InvocationStatus::Success) as usize, 400 - few.len());
    assert_eq!(
        history.command(0).ended,
        Some(at("21:00")),
        "the others end as they would"
    );
}
