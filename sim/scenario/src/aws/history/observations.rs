//! Patching operations out of answers: each once, with its patch group, its time and its end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::answers::{Answers, Invocation, Operation, State};
use super::fit::ENOUGH;
use super::left::Left;
use super::outcome::Outcome;
use crate::read::Place;

/// Operations of one kind in a patch group.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    /// How long they took on their nodes, in milliseconds, rising.
    pub(super) times: Vec<i64>,
    /// Those of Installs that may have found nothing to install: moved into `times`, or left out.
    unsettled: Vec<i64>,
    /// Installs that were left out since they took no longer than Scans.
    pub(super) idle: u64,
    /// Those whose end is known.
    pub(super) ended: u64,
    /// Of these, how many failed or ran into their timeout.
    pub(super) failed: u64,
    /// Of these again, how many ran into their timeout.
    pub(super) timed_out: u64,
}

/// What was observed in a patch group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) scans: Sample,
    pub(super) installs: Sample,
    /// Commands sent to its nodes that were delivered, or could not be.
    pub(super) sent: u64,
    /// Those that could not be.
    pub(super) unreached: u64,
    pub(super) nodes: BTreeSet<String>,
    pub(super) period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Indices of the sources.
    pub(super) files: BTreeSet<usize>,
    /// Nodes that run Windows, and those that run something else.
    pub(super) windows: BTreeSet<String>,
    pub(super) others: BTreeSet<String>,
}

/// By patch group; `None` are nodes without one.
pub(super) type Groups = BTreeMap<Option<String>, Group>;

impl Sample {
    fn merge(&mut self, other: &Self) {
        self.times.extend(&other.times);
        self.times.sort_unstable();
        self.ended += other.ended;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
    }

    /// Adds an operation; `sure`: that it did something.
    fn add(&mut self, ms: Option<i64>, sure: bool) {
        let times = if sure {
            &mut self.times
        } else {
            &mut self.unsettled
        };
        times.extend(ms);
    }

    /// Takes in what was unsettled and lasted longer than `idle_until`.
    fn settle(&mut self, idle_until: Option<i64>) {
        for ms in std::mem::take(&mut self.unsettled) {
            if idle_until.is_some_and(|limit| ms <= limit) {
                self.idle += 1;
                self.ended -= 1;
            } else {
                self.times.push(ms);
            }
        }
        self.times.sort_unstable();
    }
}

impl Group {
    /// All groups as one.
    pub(super) fn all(groups: &Groups) -> Self {
        let mut all = Self::default();
        for group in groups.values() {
            all.scans.merge(&group.scans);
            all.installs.merge(&group.installs);
            all.sent += group.sent;
            all.unreached += group.unreached;
        }
        all
    }

    fn sample(&mut self, operation: Operation) -> &mut Sample {
        match operation {
            Operation::Scan => &mut self.scans,
            Operation::Install => &mut self.installs,
        }
    }
}

/// Longer operations are taken for mistakes of the record: 48 hours.
const LONGEST_MS: i64 = 48 * 3_600_000;

/// A node reports its state from within its invocation; clocks may differ by so many seconds.
const CLOCKS: TimeDelta = TimeDelta::seconds(60);

/// Documents that patch: Semantics, sections 7.1 and 7.6.
const DOCUMENTS: [&str; 4] = [
    "AWS-RunPatchBaseline",
    "AWS-RunPatchBaselineAssociation",
    "AWS-RunPatchBaselineWithHooks",
    "AWS-ApplyPatchBaseline",
];

/// All operations, by patch group; with `all_installs` also Installs that took no longer than Scans.
pub(super) fn observe(answers: &Answers, left: &mut Left, all_installs: bool) -> Groups {
    let mut observer = Observer {
        answers,
        left,
        by_node: by_node(answers),
        last_groups: BTreeMap::new(),
        reported: BTreeMap::new(),
        groups: Groups::new(),
    };
    // What ran without a command that was saved, after the states that belong to invocations.
    let mut alone = Vec::new();
    for ((instance, start), state) in &answers.states {
        if let Some(group) = &state.group {
            observer.last_groups.insert(instance, group);
        }
        match observer.invocation_of(instance, *start) {
            Some(key) => {
                observer.reported.insert(key, state);
            }
            None => alone.push((instance, *start, state)),
        }
    }
    for (instance, start, state) in alone {
        observer.state(instance, start, state);
    }
    for (key, invocation) in &answers.invocations {
        observer.invocation(key, invocation);
    }
    let mut groups = observer.groups;
    settle(&mut groups, all_installs);
    groups.retain(|_, group| !group.nodes.is_empty());
    groups
}

/// Nothing in an answer says whether an Install found something. One that did not is a Scan, in the
/// model and on a node; counted in, it would make the install time too short. So a successful Install
/// that took no longer than 99 % of the Scans is left out, where there are enough Scans.
fn settle(groups: &mut Groups, all_installs: bool) {
    let limit = |scans: &[i64]| {
        let rank = (scans.len() * 99).div_ceil(100);
        (scans.len() >= ENOUGH).then(|| scans[rank - 1])
    };
    for group in groups.values_mut() {
        group.scans.settle(None);
    }
    let of_all = limit(&Group::all(groups).scans.times);
    for group in groups.values_mut() {
        let of_group = limit(&group.scans.times).or(of_all);
        group.installs.settle(of_group.filter(|_| !all_installs));
    }
}

type Key = (String, String);

/// An invocation with its start and end.
type Timed<'a> = (DateTime<Utc>, DateTime<Utc>, &'a Key);

struct Observer<'a> {
    answers: &'a Answers,
    left: &'a mut Left,
    /// Invocations on each node that have times, by their start.
    by_node: BTreeMap<&'a str, Vec<Timed<'a>>>,
    /// The group that each node reported last.
    last_groups: BTreeMap<&'a str, &'a str>,
    /// What nodes reported from within an invocation.
    reported: BTreeMap<&'a Key, &'a State>,
    groups: Groups,
}

fn by_node(answers: &Answers) -> BTreeMap<&str, Vec<Timed<'_>>> {
    let mut all: BTreeMap<&str, Vec<Timed<'_>>> = BTreeMap::new();
    for (key, invocation) in &answers.invocations {
        let patches = document_of(answers, key, invocation).is_none_or(is_patching);
        if let (Some(start), Some(end), true) = (invocation.start, invocation.end, patches) {
            all.entry(&key.1).or_default().push((start, end, key));
        }
    }
    for list in all.values_mut() {
        list.sort_unstable();
    }
    all
}

fn document_of<'a>(answers: &'a Answers, key: &Key, invocation: &'a Invocation) -> Option<&'a str> {
    let of_command = || answers.commands.get(&key.0)?.document.as_deref();
    invocation.document.as_deref().or_else(of_command)
}

/// By name, or by the end of an ARN.
fn is_patching(document: &str) -> bool {
    let name = document.rsplit(['/', ':']).next().unwrap_or(document);
    DOCUMENTS.contains(&name)
}

impl<'a> Observer<'a> {
    /// The invocation within which a node began an operation.
    fn invocation_of(&self, instance: &str, start: DateTime<Utc>) -> Option<&'a Key> {
        let list = self.by_node.get(instance)?;
        let after = list.partition_point(|(begun, _, _)| *begun <= start + CLOCKS);
        let (_, end, key) = list.get(after.checked_sub(1)?)?;
        (start <= *end + CLOCKS).then_some(*key)
    }

    /// The group at the time of an operation as its node reported it; else the node's tag; else what
    /// the node reported last.
    fn group(&mut self, instance: &str, reported: Option<&State>) -> &mut Group {
        let name = reported
            .and_then(|state| state.group.as_deref())
            .or_else(|| self.answers.tags.get(instance).map(String::as_str))
            .or_else(|| self.last_groups.get(instance).copied());
        let group = self.groups.entry(name.map(str::to_owned)).or_default();
        if let Some(windows) = self.answers.windows.get(instance) {
            let nodes = if *windows {
                &mut group.windows
            } else {
                &mut group.others
            };
            nodes.insert(instance.to_owned());
        }
        group
    }

    /// An operation that only its node tells of. A Scan that is reported was none that failed, so it
    /// says nothing about how many do.
    fn state(&mut self, instance: &str, start: DateTime<Utc>, state: &State) {
        let Some(ms) = self.lasted(start, state.end, &state.place) else {
            return;
        };
        let group = self.group(instance, Some(state));
        note(group, instance, &state.place, Some((start, state.end)));
        let sample = group.sample(state.operation);
        sample.add(Some(ms), state.failed || state.operation == Operation::Scan);
        if state.operation == Operation::Install {
            sample.ended += 1;
            sample.failed += u64::from(state.failed);
        }
    }

    fn invocation(&mut self, key: &'a Key, invocation: &'a Invocation) {
        let (command, instance) = key;
        let reported = self.reported.get(key).copied();
        let document = document_of(self.answers, key, invocation);
        if let Some(document) = document.filter(|document| !is_patching(document)) {
            let reason = format!("invocations of {document}, which does not patch");
            self.left.say(&invocation.place, reason);
            return;
        }
        let of_command = self.answers.operation(command);
        let Some(operation) = of_command.or(reported.map(|state| state.operation)) else {
            let reason =
                "invocations whose operation no answer tells: save `list-commands` for these commands, too";
            self.left.say(&invocation.place, reason);
            return;
        };
        let span = invocation.start.zip(invocation.end);
        let reason = match invocation.outcome {
            Outcome::Running => "invocations that had not ended when they were saved",
            Outcome::NotRun => "invocations that were cancelled, terminated or refused before they ran",
            Outcome::Locked => {
                "invocations that failed since another patching run held the node (exit code 4)"
            }
            Outcome::Unreached => {
                let group = self.group(instance, reported);
                note(group, instance, &invocation.place, None);
                group.sent += 1;
                group.unreached += 1;
                return;
            }
            Outcome::Success | Outcome::TimedOut | Outcome::Failed => {
                self.ended((instance, operation), invocation, reported, span);
                return;
            }
        };
        self.left.say(&invocation.place, reason);
        if invocation.outcome == Outcome::Locked {
            self.group(instance, reported).sent += 1;
        }
    }

    fn ended(
        &mut self,
        (instance, operation): (&str, Operation),
        invocation: &Invocation,
        reported: Option<&State>,
        span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) {
        let ms = span.map(|(start, end)| self.lasted(start, end, &invocation.place));
        match ms {
            Some(None) => return,
            Some(Some(_)) => {}
            None => self.left.say(
                &invocation.place,
                "invocations without times, which count for failures alone: save them with --details",
            ),
        }
        let group = self.group(instance, reported);
        note(group, instance, &invocation.place, span);
        group.sent += 1;
        let sample = group.sample(operation);
        let sure = invocation.outcome != Outcome::Success || operation == Operation::Scan;
        sample.add(ms.flatten(), sure);
        sample.ended += 1;
        sample.failed += u64::from(invocation.outcome != Outcome::Success);
        sample.timed_out += u64::from(invocation.outcome == Outcome::TimedOut);
    }

    /// How long something took, unless that cannot be; told then.
    fn lasted(&mut self, start: DateTime<Utc>, end: DateTime<Utc>, place: &Place) -> Option<i64> {
        let micros = (end - start).num_microseconds().unwrap_or(i64::MAX);
        let ms = micros / 1_000 + i64::from(micros.rem_euclid(1_000) >= 500);
        let reason = match ms {
            _ if micros < 0 => "operations that end before they start",
            ms if ms > LONGEST_MS => "operations that last longer than 48 h",
            _ => return Some(ms),
        };
        self.left.say(place, reason);
        None
    }
}

fn note(group: &mut Group, instance: &str, place: &Place, span: Option<(DateTime<Utc>, DateTime<Utc>)>) {
    group.nodes.insert(instance.to_owned());
    group.files.insert(place.0);
    if let Some((start, end)) = span {
        let (first, last) = group.period.unwrap_or((start, end));
        group.period = Some((first.min(start), last.max(end)));
    }
}
