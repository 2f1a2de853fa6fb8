//! How usual invocations on nodes of one cohort would go, worked out for a block of nodes at once.
//!
//! It is [`super::invocation::work_out`] for [`super::invocation::Work::usual`], without a branch, so that
//! several nodes are worked out together. What is foreseen holds for nodes of the cohort alone, and only until
//! other patches are to be had.

use std::ops::Range;

use patchbench_kernel::SimTime;
use patchbench_kernel::rows::{RowWork, at_full_width};

use super::command::Command;
use super::draws::LuckRows;
use super::invocation::install_ms;
use super::reboots::Reboots;
use super::runs::{FAILS, Meets, REBOOTS, Run};
use super::sending::Alike;
use super::site::Site;
use crate::config::{Operation, RebootOption, Task};
use crate::fleet::Behavior;

/// It is for [`super::invocation::work_out`] to say how it goes.
const UNUSUAL: u32 = 4;

/// What is foreseen of the nodes of a block.
#[derive(Debug, Default)]
pub(super) struct Foresight {
    /// Those that are sent to next, in this order.
    pub(super) ahead: Range<u32>,
    block: Range<u32>,
    /// The cohort of nodes that it is meant for.
    cohort: u32,
    /// Their snapshot holds before this instant.
    until: SimTime,
    /// The first of the kinds of their runs.
    kinds: u32,
    rows: RunRows,
}

/// How the runs go, by node of the block.
#[derive(Debug, Default)]
struct RunRows {
    busy_ms: Vec<u32>,
    reboot_ms: Vec<u32>,
    /// [`FAILS`], [`REBOOTS`], [`UNUSUAL`].
    marks: Vec<u32>,
}

impl Foresight {
    /// Nothing is foreseen any more.
    pub(super) fn forget(&mut self) {
        self.block = 0..0;
        self.ahead = 0..0;
    }

    /// The run of the node that is sent to next, at an instant, if it is foreseen, and its marks.
    #[inline]
    pub(super) fn next(&mut self, cohorts: &[u32], at: SimTime) -> Option<(Run, u32)> {
        let node = self.ahead.start;
        if node >= self.ahead.end || at >= self.until {
            return None;
        }
        let place = (node - self.block.start) as usize;
        let marks = self.rows.marks[place];
        if marks >= UNUSUAL || cohorts[node as usize] != self.cohort {
            return None;
        }
        self.ahead.start += 1;
        let run = Run {
            node,
            kind: self.kinds + marks,
            busy_ms: self.rows.busy_ms[place],
            reboot_ms: self.rows.reboot_ms[place],
        };
        Some((run, marks))
    }
}

impl<'p> Command<'p> {
    /// Foresees the runs of a block of nodes from the next one on; whether that one's may be among them.
    pub(super) fn look_ahead(&mut self, site: &mut Site<'p>, at: SimTime) -> bool {
        let Some(next) = self.order.rising(site) else {
            return false;
        };
        if !self.foresight.block.contains(&next.start) || at >= self.foresight.until {
            self.foresight.forget();
            let alike = self.alike(site, self.order.pool);
            let usual = alike.usual && self.ends_as_usual();
            if !(usual && self.foresee_block(site, next.start, alike, at)) {
                return false;
            }
        }
        let block = &self.foresight.block;
        let place = (next.start - block.start) as usize;
        let usual = self.foresight.rows.marks[place] < UNUSUAL
            && site.nodes[next.start as usize] == self.foresight.cohort;
        if usual {
            self.foresight.ahead = next.start..next.end.min(block.end);
        }
        usual
    }

    fn foresee_block(&mut self, site: &mut Site<'p>, node: u32, alike: Alike<'p>, at: SimTime) -> bool {
        let class = alike.class;
        let (block, luck) = self.draws.around(node, alike.nodes, alike.behavior);
        let cohort = common_cohort(&site.nodes, block);
        let (snapshot, until) = match alike.snapshot {
            Some(snapshot) => (snapshot, SimTime::MAX),
            None => (
                site.catalog.snapshot(class, self.record.opened, at),
                site.catalog.snapshot_until(class, self.record.opened, at),
            ),
        };
        let level = site.cohorts[class].get(cohort).level;
        let transition = site.transition_from(level, class, snapshot);
        let change = site.transition(class, transition);
        if change.is_suspect() || change.waits {
            return false;
        }
        let law = Law::new(self.task, alike.behavior, change.missing.len());
        self.foresight.rows.work_out(&law, luck);
        let meets = Meets {
            class: class as u32,
            cohort,
            transition,
        };
        self.foresight.kinds = self.runs.kinds_of(meets, law.installs);
        self.foresight.block = block.clone();
        self.foresight.cohort = cohort;
        self.foresight.until = until;
        true
    }
}

/// The cohort that most nodes of a block belong to, as far as three of them say.
fn common_cohort(cohorts: &[u32], block: &Range<u32>) -> u32 {
    let [first, middle, last] = [block.start, u32::midpoint(block.start, block.end), block.end - 1]
        .map(|node| cohorts[node as usize]);
    if first == last { first } else { middle }
}

/// What the runs of nodes of one pool and cohort follow.
struct Law {
    installs: bool,
    /// Install time in milliseconds for a factor of 1.
    install_ms: f64,
    /// Reboots of a run that reboots at all, and whether they are too many.
    reboots: f64,
    too_many: bool,
    fails: Below,
    scan_fails: Below,
    reboots_at_all: Below,
    step_ms: u32,
}

impl Law {
    fn new(task: &Task, behavior: &Behavior, missing: usize) -> Self {
        let installs = task.operation == Operation::Install && missing > 0;
        let may_reboot = installs && task.reboot_option == RebootOption::RebootIfNeeded;
        let rounds = Reboots::of(behavior, installs);
        Self {
            installs,
            install_ms: if installs {
                install_ms(behavior, missing)
            } else {
                0.0
            },
            reboots: f64::from(rounds.count),
            too_many: rounds.too_many,
            fails: Below::when(installs, behavior.failure),
            scan_fails: Below::when(!installs, behavior.scan_failure),
            reboots_at_all: Below::when(may_reboot, behavior.reboot_probability),
            step_ms: task
                .step_timeout_seconds
                .saturating_mul(1000)
                .min(LONGEST_STEP_MS),
        }
    }
}

/// Words that [`super::draws::happens`] is true of: those up to a last one, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Below {
    last: u32,
    any: bool,
}

impl Below {
    fn when(asked: bool, probability: f64) -> Self {
        let words = (probability * 4_294_967_296.0).clamp(0.0, 4_294_967_296.0);
        // Words below it, so many there are.
        let count = words as u64 + u64::from(words.fract() > 0.0);
        Self {
            last: count.saturating_sub(1) as u32,
            any: asked && count > 0,
        }
    }

    #[expect(clippy::inline_always, reason = "it is compiled for each width of vectors")]
    #[inline(always)]
    fn holds(self, word: u32) -> bool {
        self.any && word <= self.last
    }
}

impl RunRows {
    fn work_out(&mut self, law: &Law, luck: &LuckRows) {
        let nodes = luck.fails.len();
        for row in [&mut self.busy_ms, &mut self.reboot_ms, &mut self.marks] {
            row.resize(nodes, 0);
        }
        at_full_width(Pass {
            law,
            luck,
            runs: self,
        });
    }
}

/// In milliseconds, and more than the two days that a step may last.
const LONGEST_STEP_MS: u32 = 1_000_000_000;

/// The pass over a block.
struct Pass<'a> {
    law: &'a Law,
    luck: &'a LuckRows,
    runs: &'a mut RunRows,
}

impl RowWork for Pass<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "it is compiled for each width of vectors")]
    #[inline(always)]
    fn call(self) {
        let Self { law, luck, runs } = self;
        let words = luck.fails.iter().zip(&luck.reboots).zip(&luck.scan_fails);
        let times = luck.install_factor.iter().zip(&luck.reboot_ms).zip(&luck.scan_ms);
        let runs = runs
            .busy_ms
            .iter_mut()
            .zip(&mut runs.reboot_ms)
            .zip(&mut runs.marks);
        let reboots_mark = if law.too_many { UNUSUAL } else { REBOOTS };
        let (step, install_ms, rounds) = (law.step_ms, law.install_ms, law.reboots);
        let [fails_below, scans_below, reboots_below] = [law.fails, law.scan_fails, law.reboots_at_all];
        for ((((busy, reboot), marks), ((factor, reboot_time), scan)), ((fails, reboots), scan_fails)) in
            runs.zip(times).zip(words)
        {
            let fails = fails_below.holds(*fails);
            let reboots = !fails && reboots_below.holds(*reboots);
            let reboot_time = if reboots { reboot_time * rounds } else { 0.0 };
            let held = rounded(scan + install_ms * factor + reboot_time);
            let odd = scans_below.holds(*scan_fails) || held > step;
            *busy = held.max(1);
            *reboot = rounded(reboot_time);
            *marks = (if fails { FAILS } else { 0 })
                | (if reboots { reboots_mark } else { 0 })
                | (if odd { UNUSUAL } else { 0 });
        }
    }
}

/// [`patchbench_kernel::round_ms`] as far as a step may last: to the nearest millisecond, halves up.
#[inline(always)]
fn rounded(ms: f64) -> u32 {
    // Adding 2^52 rounds to whole and leaves the number in the lowest bits; what was rounded up is
    // taken back, since all are to be cut off.
    const ONES: f64 = 4_503_599_627_370_496.0;
    let up = (ms + 0.5).min(f64::from(LONGEST_STEP_MS) + 1.0);
    let sum = up + ONES;
    let excess = sum - ONES > up;
    (sum.to_bits() as u32).wrapping_sub(u32::from(excess))
}

#[cfg(test)]
mod tests {
    use patchbench_kernel::{Distribution, SimDuration, round_ms};
    use proptest::prelude::*;

    use super::super::draws::{NodeLuck, happens};
    use super::super::invocation::{Work, work_out};
    use super::*;
    use crate::config::{CutoffBehavior, Overrides};
    use crate::fleet::Transient;
    use crate::ssm::InvocationStatus;
    use crate::units::RateLimit;

    fn behavior() -> impl Strategy<Value = Behavior> {
        let probability = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64];
        let ms = || prop_oneof![Just(0i64), 0i64..10_000, 0i64..400_000_000];
        let chances = (probability.clone(), probability.clone(), probability);
        (chances, ms(), ms(), 1u32..8).prop_map(
            |((failure, scan_failure, reboot_probability), install, per_patch, reboot_rounds)| Behavior {
                failure,
                scan_failure,
                reboot_probability,
                install_time: Distribution::Constant(SimDuration::from_millis(install)),
                install_time_per_patch: SimDuration::from_millis(per_patch),
                reboot_rounds,
                name: "any".to_owned(),
                scan_time: Distribution::Constant(SimDuration::ZERO),
                reboot_time: Distribution::Constant(SimDuration::ZERO),
                transient: Transient::default(),
                outages: None,
                sickness: None,
                repair_time: Distribution::Constant(SimDuration::ZERO),
            },
        )
    }

    fn luck() -> impl Strategy<Value = NodeLuck> {
        let ms = || prop_oneof![Just(0.0), 0.0..1e4f64, 0.0..4e8f64];
        let words = (any::<u32>(), any::<u32>(), any::<u32>());
        (0.0..100.0f64, ms(), ms(), words).prop_map(
            |(install_factor, reboot_ms, scan_ms, (fails, reboots, scan_fails))| NodeLuck {
                install_factor,
                reboot_ms,
                scan_ms,
                fails,
                reboots,
                scan_fails,
            },
        )
    }

    fn task() -> impl Strategy<Value = Task> {
        let operation = prop_oneof![Just(Operation::Scan), Just(Operation::Install)];
        let reboot = prop_oneof![Just(RebootOption::RebootIfNeeded), Just(RebootOption::NoReboot)];
        (operation, reboot, prop_oneof![5u32..100, Just(172_800)]).prop_map(
            |(operation, reboot_option, step_timeout_seconds)| Task {
                operation,
                reboot_option,
                step_timeout_seconds,
                name: "any".to_owned(),
                targets: Vec::new(),
                overrides: Overrides::default(),
                priority: 1,
                max_concurrency: RateLimit::Count(1),
                max_errors: RateLimit::Count(0),
                cutoff_behavior: CutoffBehavior::CancelTask,
                timeout_seconds: 600,
            },
        )
    }

    fn rows_of(lucks: &[NodeLuck]) -> LuckRows {
        let mut rows = LuckRows::default();
        rows.install_factor = lucks.iter().map(|luck| luck.install_factor).collect();
        rows.reboot_ms = lucks.iter().map(|luck| luck.reboot_ms).collect();
        rows.scan_ms = lucks.iter().map(|luck| luck.scan_ms).collect();
        rows.fails = lucks.iter().map(|luck| luck.fails).collect();
        rows.reboots = lucks.iter().map(|luck| luck.reboots).collect();
        rows.scan_fails = lucks.iter().map(|luck| luck.scan_fails).collect();
        rows
    }

    proptest! {
        #[test]
        fn what_is_foreseen_is_what_is_worked_out(
            behavior in behavior(),
            task in task(),
            missing in 0usize..4,
            lucks in prop::collection::vec(luck(), 1..40),
        ) {
            let mut runs = RunRows::default();
            let law = Law::new(&task, &behavior, missing);
            runs.work_out(&law, &rows_of(&lucks));
            for (place, luck) in lucks.iter().enumerate() {
                let marks = runs.marks[place];
                let (job, busy_ms) = work_out(&task, &Work::usual(&behavior, *luck, missing, false));
                let fails = job.status == InvocationStatus::Failed;
                let usual = job.status == InvocationStatus::Success || (fails && job.installs);
                prop_assert_eq!(marks < UNUSUAL, usual, "{:?}", job);
                if usual {
                    prop_assert_eq!(marks & FAILS != 0, fails);
                    prop_assert_eq!(marks & REBOOTS != 0, job.reboots);
                    prop_assert_eq!(i64::from(runs.busy_ms[place]), busy_ms);
                    prop_assert_eq!(i64::from(runs.reboot_ms[place]), job.reboot_ms);
                    prop_assert_eq!(law.installs, job.installs);
                }
            }
        }

        #[test]
        fn words_below_a_probability_happen(word: u32, probability in 0.0..=1.0f64) {
            prop_assert_eq!(Below::when(true, probability).holds(word), happens(word, probability));
            let edge = (probability * 4_294_967_296.0) as u32;
            prop_assert_eq!(Below::when(true, probability).holds(edge), happens(edge, probability));
        }

        #[test]
        fn times_are_rounded_as_everywhere(ms in 0.0..9e8f64, half in 0u32..1_000_000) {
            for ms in [ms, f64::from(half) + 0.5, f64::from(half) + 0.499_999_999] {
                prop_assert_eq!(i64::from(rounded(ms)), round_ms(ms));
            }
        }
    }
}
