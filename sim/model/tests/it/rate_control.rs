//! C01 to C14: MaxConcurrency, MaxErrors, and how commands end.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{
    CommandStatusRule, ModelConfig, Operation, PercentRounding, Ramp, ScriptedResult, TargetOrder,
    TaskStatus, TieOrder,
};
use patchbench_model::ssm::{
    CommandCounts, CommandStatus, InvocationStatus as Status, RateControl, RateLimits, SEND_COMMAND_DEFAULTS,
    Target, TargetKey, command_expiry, command_status, patch_now_defaults, resolve_max_concurrency,
    resolve_max_errors,
};
use patchbench_model::units::{RateLimit, RateLimitError};

use super::world::{History, at, behavior, play, scripted, task, windows_world};

const ROUNDINGS: [PercentRounding; 3] = [
    PercentRounding::Floor,
    PercentRounding::Ceil,
    PercentRounding::Nearest,
];

fn concurrency(text: &str) -> RateLimit {
    RateLimit::parse_max_concurrency(text).unwrap()
}

fn errors(text: &str) -> RateLimit {
    RateLimit::parse_max_errors(text).unwrap()
}

/// A command on `nodes` nodes with scans of constant length, from 16:00 on, never cut off.
fn command(nodes: u32, limits: (&str, &str), minutes: i64, failing: &[u32]) -> ModelConfig {
    let mut config = windows_world(nodes, vec![task(Operation::Scan, 1, 0)]);
    config.behaviors[0] = behavior(minutes, 0, 0);
    config.outcomes = scripted(failing, ScriptedResult::Failed);
    let task = &mut config.windows[0].tasks[0];
    task.max_concurrency = concurrency(limits.0);
    task.max_errors = errors(limits.1);
    config
}

/// Minutes since 16:00.
fn minutes(time: Option<SimTime>) -> Option<i64> {
    time.map(|time| (time - at("16:00")).millis() / 60_000)
}

/// Sent, succeeded, failed, terminated, minute of the stop, minute of the end.
type Summary = (u32, u32, u32, u32, Option<i64>, Option<i64>);

fn summary(history: &History) -> Summary {
    let command = history.command(0);
    let count = |status| command.counts.get(status);
    (
        command.counts.sent(),
        count(Status::Success),
        count(Status::Failed),
        count(Status::Terminated),
        minutes(command.stopped),
        minutes(command.ended),
    )
}

fn everyone(nodes: u32) -> Vec<u32> {
    (1..=nodes).collect()
}

#[test]
fn c01_c02_sending_stops_when_errors_exceed_the_limit() {
    for (targets, limit, stops_on) in [
        (50, "10%", 6),
        (50, "3", 4),
        (50, "0", 1),
        (1, "10%", 1),
        (5, "10%", 1),
        (19, "10%", 2),
        (25, "10%", 3),
        (55, "10%", 6),
        (101, "10%", 11),
    ] {
        let control = RateControl::resolve(concurrency("1"), errors(limit), targets, PercentRounding::Floor);
        assert!(!control.stops_at(stops_on - 1), "{limit} of {targets}");
        assert!(control.stops_at(stops_on), "{limit} of {targets}");
        if targets > stops_on {
            let history = play(&command(targets, ("1", limit), 10, &everyone(targets)));
            let terminated = targets - stops_on;
            let ended = Some(i64::from(stops_on) * 10);
            let expected = (stops_on, 0, stops_on, terminated, ended, ended);
            assert_eq!(summary(&history), expected, "{limit} of {targets}");
        }
    }
}

#[test]
fn c03_c04_worked_examples_of_section_6_7() {
    let all = everyone(50);
    // Nodes, concurrency, errors, minutes; who fails; sent, succeeded, failed, terminated; minutes
    // of stop and end.
    let rows: [(_, &[u32], _, _); 7] = [
        ((10, "2", "1", 30), &[3, 6, 8], (6, 4, 2, 4), (Some(90), 90)),
        ((50, "1", "0", 10), &[1], (1, 0, 1, 49), (Some(10), 10)),
        ((50, "10", "10%", 10), &all, (10, 0, 10, 40), (Some(10), 10)),
        ((50, "1", "10%", 10), &all, (6, 0, 6, 44), (Some(60), 60)),
        ((20, "5", "3", 10), &[4, 5, 9, 10], (10, 6, 4, 10), (Some(20), 20)),
        ((100, "10%", "0", 20), &[], (100, 100, 0, 0), (None, 200)),
        ((31, "8", "0", 10), &[], (31, 31, 0, 0), (None, 40)),
    ];
    for ((nodes, c, m, time), failing, counts, (stopped, ended)) in rows {
        let history = play(&command(nodes, (c, m), time, failing));
        let (sent, succeeded, failed, terminated) = counts;
        let expected = (sent, succeeded, failed, terminated, stopped, Some(ended));
        assert_eq!(
            summary(&history),
            expected,
            "{nodes} nodes, {c} at once, {m} errors"
        );
    }
}

/// In-flight invocations finish and may add errors beyond the limit.
#[test]
fn running_invocations_outlast_the_stop() {
    let mut config = command(10, ("2", "0"), 30, &[1, 2]);
    config.pools[0].count = 1;
    let mut slow = config.pools[0].clone();
    slow.count = 9;
    slow.name = "slow".to_owned();
    slow.behavior = 1;
    slow.tags.insert("Pool".to_owned(), "web".to_owned());
    config.pools.push(slow);
    config.behaviors.push(behavior(50, 0, 0));
    let history = play(&config);
    assert_eq!(summary(&history), (2, 0, 2, 8, Some(30), Some(50)));
    assert_eq!(history.command(0).errors_at_stop, 1);
}

#[test]
fn c05_a_hundred_percent_of_errors_never_stops() {
    let history = play(&command(5, ("1", "100%"), 10, &everyone(5)));
    assert_eq!(summary(&history), (5, 0, 5, 0, None, Some(50)));
    assert_eq!(history.command(0).status, CommandStatus::Incomplete);
    assert_eq!(history.record.windows[0].tasks, [TaskStatus::Failed]);
}

#[test]
fn c06_delivery_timeouts_are_no_errors_but_can_fail_the_command() {
    let mut config = command(10, ("10", "0"), 10, &[]);
    config.outcomes = scripted(&everyone(9), ScriptedResult::DeliveryTimedOut);
    let history = play(&config);
    let command = history.command(0);
    assert_eq!(command.counts.sent(), 10);
    assert_eq!(
        (
            command.counts.errors(),
            command.counts.get(Status::DeliveryTimedOut)
        ),
        (0, 9)
    );
    assert_eq!(command.status, CommandStatus::DeliveryTimedOut);
    assert_eq!(command.stopped, None);
    let delivery = SimDuration::from_secs(i64::from(config.windows[0].tasks[0].timeout_seconds));
    assert_eq!(command.ended, Some(at("16:00") + delivery));
}

#[test]
fn c07_undeliverable_invocations_fail_a_command_only_together() {
    for result in [
        ScriptedResult::Undeliverable,
        ScriptedResult::InvalidPlatform,
        ScriptedResult::AccessDenied,
    ] {
        for (nodes, status) in [(4, CommandStatus::Success), (5, CommandStatus::Failed)] {
            let mut config = command(5, ("5", "0"), 10, &[]);
            config.outcomes = scripted(&everyone(nodes), result);
            let history = play(&config);
            assert_eq!(history.command(0).status, status, "{nodes} of 5 {result:?}");
            assert_eq!(history.command(0).counts.errors(), 0);
        }
    }
}

#[test]
fn execution_timeouts_are_errors() {
    let mut config = command(10, ("1", "0"), 10, &[]);
    config.outcomes = scripted(&[2], ScriptedResult::ExecutionTimedOut);
    let history = play(&config);
    let command = history.command(0);
    assert_eq!((command.counts.errors(), command.counts.sent()), (1, 2));
    assert_eq!(command.status, CommandStatus::Failed);
}

#[test]
fn c08_formats_of_the_limits() {
    for (text, expected) in [
        ("1", Ok(RateLimit::Count(1))),
        ("100%", Ok(RateLimit::Percent(100))),
        ("9999999", Ok(RateLimit::Count(9_999_999))),
        ("0", Err(RateLimitError::Zero)),
        ("0%", Err(RateLimitError::Zero)),
        ("101%", Err(RateLimitError::AboveHundredPercent)),
        ("05", Err(RateLimitError::NotALimit)),
        ("5.5%", Err(RateLimitError::NotALimit)),
        ("", Err(RateLimitError::NotALimit)),
        ("%", Err(RateLimitError::NotALimit)),
        ("+5", Err(RateLimitError::NotALimit)),
        ("10000000", Err(RateLimitError::TooLong)),
    ] {
        assert_eq!(
            RateLimit::parse_max_concurrency(text),
            expected,
            "concurrency {text}"
        );
    }
    for (text, expected) in [
        ("0", Ok(RateLimit::Count(0))),
        ("0%", Ok(RateLimit::Percent(0))),
        ("00", Err(RateLimitError::NotALimit)),
        ("05%", Err(RateLimitError::NotALimit)),
        ("100%", Ok(RateLimit::Percent(100))),
        ("101%", Err(RateLimitError::AboveHundredPercent)),
    ] {
        assert_eq!(RateLimit::parse_max_errors(text), expected, "errors {text}");
    }
}

#[test]
fn c09_percentages_round_by_the_setting_and_leave_a_node_to_send_to() {
    for (targets, percent, expected) in [
        (5, "10%", [(1, 0), (1, 1), (1, 1)]),
        (4, "10%", [(1, 0), (1, 1), (1, 0)]),
        (15, "10%", [(1, 1), (2, 2), (2, 2)]),
        (14, "10%", [(1, 1), (2, 2), (1, 1)]),
        (50, "10%", [(5, 5), (5, 5), (5, 5)]),
        (1, "1%", [(1, 0), (1, 1), (1, 0)]),
    ] {
        let found = ROUNDINGS.map(|rounding| {
            (
                resolve_max_concurrency(concurrency(percent), targets, rounding),
                resolve_max_errors(errors(percent), targets, rounding),
            )
        });
        assert_eq!(found, expected, "{percent} of {targets}");
    }
}

#[test]
fn c10_a_complete_ramp_doubles_with_each_finished_step() {
    for (ramp, ended) in [(Ramp::Complete, 60), (Ramp::Off, 40), (Ramp::Ack, 40)] {
        let mut config = command(31, ("8", "0"), 10, &[]);
        config.settings.ramp = ramp;
        let history = play(&config);
        assert_eq!(minutes(history.command(0).ended), Some(ended), "{ramp:?}");
    }
    let mut config = command(31, ("8", "0"), 10, &[]);
    config.settings.ramp = Ramp::Complete;
    let mut steps: Vec<usize> = Vec::new();
    let sends = play(&config).sends();
    for step in sends.chunk_by(|a, b| a.0 == b.0) {
        steps.push(step.len());
    }
    assert_eq!(steps, [1, 2, 4, 8, 8, 8]);
}

#[test]
fn c11_send_command_defaults_allow_50_at_once_and_no_error() {
    assert_eq!(
        SEND_COMMAND_DEFAULTS,
        RateLimits {
            max_concurrency: RateLimit::Count(50),
            max_errors: RateLimit::Count(0),
        }
    );
    let mut config = command(60, ("1", "0"), 10, &[1]);
    let task = &mut config.windows[0].tasks[0];
    task.max_concurrency = SEND_COMMAND_DEFAULTS.max_concurrency;
    task.max_errors = SEND_COMMAND_DEFAULTS.max_errors;
    assert_eq!(summary(&play(&config)), (50, 49, 1, 10, Some(10), Some(10)));
}

#[test]
fn c13_patch_now_rates_grow_with_the_number_of_nodes() {
    let (count, percent) = (RateLimit::Count, RateLimit::Percent);
    for (nodes, max_concurrency, max_errors) in [
        (1, count(1), count(1)),
        (24, count(1), count(1)),
        (25, percent(5), count(5)),
        (100, percent(5), count(5)),
        (101, percent(8), count(10)),
        (1000, percent(8), count(10)),
        (1001, percent(10), count(10)),
    ] {
        let expected = RateLimits {
            max_concurrency,
            max_errors,
        };
        assert_eq!(
            patch_now_defaults(Operation::Install, nodes),
            expected,
            "{nodes} nodes"
        );
        let scan = RateLimits {
            max_concurrency: count(1000),
            max_errors: count(1000),
        };
        assert_eq!(patch_now_defaults(Operation::Scan, nodes), scan);
    }
}

#[test]
fn c14_a_command_expires_after_delivery_and_three_platform_steps() {
    let requested = at("16:00");
    for (timeout, step, seconds) in [(600, 7_200, 22_200), (600, 10_800, 33_000)] {
        let expires = command_expiry(requested, timeout, step);
        assert_eq!(expires - requested, SimDuration::from_secs(seconds));
    }
}

/// Two nodes finish together and one of them fails.
#[test]
fn completions_of_an_instant_come_before_its_sends_unless_the_setting_turns_them() {
    for (tie_order, sent) in [(TieOrder::CompletionsFirst, 2), (TieOrder::SendsFirst, 4)] {
        let mut config = command(10, ("2", "0"), 30, &[1]);
        config.settings.tie_order = tie_order;
        let history = play(&config);
        assert_eq!(history.command(0).counts.sent(), sent, "{tie_order:?}");
        assert_eq!(minutes(history.command(0).stopped), Some(30));
    }
}

#[test]
fn the_literal_rule_fails_a_command_that_reaches_its_limit() {
    for (rule, failing, status) in [
        (
            CommandStatusRule::StrictExceed,
            &[1][..],
            CommandStatus::Incomplete,
        ),
        (CommandStatusRule::Literal, &[1][..], CommandStatus::Failed),
        (CommandStatusRule::Literal, &[][..], CommandStatus::Success),
    ] {
        let mut config = command(4, ("1", "1"), 10, failing);
        config.settings.command_status_rule = rule;
        let history = play(&config);
        assert_eq!(history.command(0).counts.sent(), 4, "the limit is not exceeded");
        assert_eq!(history.command(0).status, status, "{rule:?}");
    }
}

/// How many invocations ended how.
type Ended<'a> = &'a [(Status, u32)];

/// The order of evaluation of section 6.6.
#[test]
fn command_statuses_in_their_order_of_evaluation() {
    use CommandStatus::{DeliveryTimedOut, Failed, Incomplete, NoInstancesInTag, Success};
    let (late, lost) = (Status::DeliveryTimedOut, Status::Undeliverable);
    let rows: [(Ended<'_>, u32, CommandStatus); 10] = [
        (&[], 0, NoInstancesInTag),
        (&[(Status::Failed, 2), (Status::Terminated, 3)], 1, Failed),
        (&[(late, 3)], 0, DeliveryTimedOut),
        (&[(late, 3)], 9, DeliveryTimedOut),
        (&[(late, 2), (lost, 1)], 9, Failed),
        (&[(late, 2), (Status::Success, 1)], 1, DeliveryTimedOut),
        (&[(late, 2), (Status::Success, 1)], 2, Incomplete),
        (&[(Status::Failed, 3)], 3, Incomplete),
        (
            &[(Status::ExecutionTimedOut, 1), (Status::Success, 9)],
            1,
            Incomplete,
        ),
        (&[(Status::AccessDenied, 4), (Status::Success, 1)], 0, Success),
    ];
    let strict = CommandStatusRule::StrictExceed;
    for (ended, max_errors, expected) in rows {
        let mut counts = CommandCounts::default();
        for (status, number) in ended {
            counts.add(*status, *number);
        }
        let found = command_status(&counts, max_errors, false, strict);
        assert_eq!(found, expected, "{ended:?} with {max_errors} allowed");
        let cancelled = command_status(&counts, max_errors, true, strict);
        assert_eq!(cancelled, CommandStatus::Cancelled);
    }
}

#[test]
fn target_orders_are_permutations_and_the_default_is_by_number() {
    let order = |target_order| {
        let mut config = command(50, ("1", "0"), 1, &[]);
        config.settings.target_order = target_order;
        play(&config)
            .sends()
            .into_iter()
            .map(|(_, node)| node)
            .collect::<Vec<_>>()
    };
    let mut shuffled = order(TargetOrder::Shuffled);
    assert_eq!(order(TargetOrder::Id), everyone(50));
    assert_ne!(shuffled, everyone(50));
    shuffled.sort_unstable();
    assert_eq!(shuffled, everyone(50));
}

#[test]
fn listed_targets_are_sent_to_in_the_order_of_their_ids() {
    for (target_order, expected) in [(TargetOrder::Listed, [4, 1, 3]), (TargetOrder::Id, [1, 3, 4])] {
        let mut config = command(5, ("1", "0"), 1, &[]);
        config.settings.target_order = target_order;
        config.windows[0].targets[0].targets = vec![Target {
            key: TargetKey::InstanceIds,
            values: ["web-4", "web-1", "web-3"].map(str::to_owned).to_vec(),
        }];
        let sent: Vec<u32> = play(&config).sends().into_iter().map(|(_, node)| node).collect();
        assert_eq!(sent, expected);
    }
}
