//! What the trace of a replication says of a node and a patch: read record by record up to an instant,
//! without a look at the explanation.

use chrono::DateTime;
use patchbench_kernel::SimTime;
use patchbench_model::config::{Operation, Task};
use patchbench_model::ssm::{NotApproved, OperatingSystem};
use patchbench_model::world::{Catalog, ClassPatch, OverriddenClass, Plan, applies};
use patchbench_study::{TraceRecord, TraceValue};

/// What became of an opportunity, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Opportunity {
    /// When it was settled; the end of time while it is not.
    settled: i64,
    opens: i64,
    place: (usize, usize, usize, usize),
    state: String,
    /// Something that brings the patch was a candidate.
    offered: bool,
}

/// What the trace says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Has it since then.
    Has(SimTime),
    /// Has it not, for this reason.
    HasNot(String),
}

/// Something that brings a patch, as the baselines of a class judge it one after the other.
struct Carrier<'a> {
    id: String,
    class: usize,
    /// Its place among the patches of the class.
    place: u32,
    /// From when until when each judges, and what it says.
    judged: Vec<(i64, i64, &'a ClassPatch)>,
}

impl Carrier<'_> {
    /// Whether it is a candidate at an instant by the rules of another.
    fn offered(&self, rules_of: i64, when: i64) -> bool {
        let in_force = self.judged.iter().rfind(|(from, ..)| *from <= rules_of).unwrap();
        let candidate = in_force.2.candidate;
        candidate.is_some_and(|(from, until)| from.millis() <= when && when < until.millis())
    }

    /// Whether it was a candidate at some time by an instant.
    fn began(&self, at: SimTime) -> bool {
        self.judged.iter().any(|(since, before, known)| {
            known.candidate.is_some_and(|(from, until)| {
                let from = from.millis().max(*since);
                from < until.millis().min(*before) && from <= at.millis()
            })
        })
    }
}

/// Reads the trace for one node and one patch.
pub(crate) struct Reader<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) trace: &'a [TraceRecord],
}

fn millis(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

fn text<'r>(record: &'r TraceRecord, key: &str) -> &'r str {
    match record.about.get(key) {
        Some(TraceValue::Text(text)) => text,
        other => panic!("{key} is {other:?} in {record:?}"),
    }
}

fn list<'r>(record: &'r TraceRecord, key: &str) -> &'r [String] {
    match record.about.get(key) {
        Some(TraceValue::List(list)) => list,
        other => panic!("{key} is {other:?} in {record:?}"),
    }
}

impl Reader<'_> {
    /// The node's class, and the ids of all that brings the patch to it.
    fn carriers(&self, class: usize, patch: usize) -> Vec<Carrier<'_>> {
        let known = &self.catalog.classes[class].patches;
        let mut brings = vec![patch];
        while let Some(more) = known.iter().find(|other| {
            let replaces = |id: &String| brings.iter().any(|by| self.catalog.patches[*by].id == *id);
            !brings.contains(&other.patch)
                && self.catalog.patches[other.patch].supersedes.iter().any(replaces)
        }) {
            brings.push(more.patch);
        }
        let places = (0..known.len()).filter(|place| brings.contains(&known[*place].patch));
        places
            .map(|place| Carrier {
                id: self.catalog.patches[known[place].patch].id.clone(),
                class,
                place: place as u32,
                judged: self
                    .catalog
                    .eras(class)
                    .map(|now| (now.from.millis(), now.until.millis(), &now.class.patches[place]))
                    .collect(),
            })
            .collect()
    }

    pub(crate) fn told(&self, node: u32, patch: usize, at: SimTime) -> Told {
        let pool = self.plan.pool_of(node);
        let class = self.plan.pool_class[pool];
        let Some(own) = self.catalog.classes[class]
            .patches
            .iter()
            .find(|known| known.patch == patch)
        else {
            let without = self.plan.classes[class].baseline.is_none();
            let fits = applies(&self.plan.classes[class], &self.catalog.patches[patch]);
            let why = if without && fits.is_ok() {
                "no_baseline"
            } else {
                "not_applicable"
            };
            return Told::HasNot(why.to_owned());
        };
        let carriers = self.carriers(class, patch);
        let through = self.plan.config.pools[pool].patched_through;
        let there = |known: &ClassPatch| known.candidate.is_some_and(|(from, _)| from <= through);
        if carriers.iter().any(|carrier| there(carrier.judged[0].2)) {
            return Told::Has(self.plan.config.start);
        }
        let (had, opportunities) = self.scan(node, class, &carriers, at);
        if let Some(since) = had {
            return Told::Has(SimTime::from_millis(since));
        }
        let last = opportunities
            .into_iter()
            .filter(|opportunity| opportunity.offered)
            .max();
        if let Some(last) = last {
            return Told::HasNot(last.state);
        }
        if !carriers.iter().any(|carrier| carrier.began(at)) {
            let own = self.catalog.patches[own.patch].id.as_str();
            let own = carriers.iter().find(|carrier| carrier.id == own).unwrap();
            let (.., now) = own
                .judged
                .iter()
                .rfind(|(from, ..)| *from <= at.millis())
                .unwrap();
            return Told::HasNot(self.gate(now, at).to_owned());
        }
        let operations = self.operations(node, at);
        if !operations.contains(&Operation::Install) {
            let why = if operations.is_empty() {
                "not_targeted"
            } else {
                "only_scanned"
            };
            return Told::HasNot(why.to_owned());
        }
        if self.all_leave_out(node, &carriers, at) {
            return Told::HasNot("left_out_by_overrides".to_owned());
        }
        let offered = carriers
            .iter()
            .any(|carrier| carrier.offered(at.millis(), at.millis()));
        let known = &self.catalog.classes[class].patches;
        let taken = carriers.iter();
        let taken = taken.filter_map(|carrier| self.taken_back(known[carrier.place as usize].patch, at));
        let taken = taken.max_by_key(|(back, why)| (*back, *why == "rejected_by_alarm"));
        let why = match taken {
            _ if offered => "no_opening",
            Some((_, why)) => why,
            None => "approval_ended",
        };
        Told::HasNot(why.to_owned())
    }

    fn gate(&self, own: &ClassPatch, at: SimTime) -> &'static str {
        if self.catalog.patches[own.patch].visible_from() > at {
            return "not_released";
        }
        match &own.verdict.approval {
            Err(NotApproved::OtherOperatingSystem) => "other_operating_system",
            Err(NotApproved::Rejected) => "rejected",
            Err(NotApproved::GlobalFilter(_)) => "global_filter",
            Err(NotApproved::NoRule) => "no_rule",
            Ok(_) if own.candidate.is_none() => {
                let superseded = own.superseded_at.filter(|since| *since <= at);
                let taken = self.taken_back(own.patch, at);
                match (superseded, taken) {
                    (Some(since), Some((back, _))) if since.millis() < back => "superseded_before_approval",
                    (_, Some((_, why))) => why,
                    (Some(_), None) => "superseded_before_approval",
                    (None, None) => "awaiting_approval",
                }
            }
            Ok(_) => "awaiting_approval",
        }
    }

    /// When a patch had been taken back by an instant, and by whom: the vendor's dates are the
    /// catalogue's, the alarms the trace's.
    fn taken_back(&self, patch: usize, at: SimTime) -> Option<(i64, &'static str)> {
        let flaws = self.catalog.flaws_of(patch).iter();
        let vendor = flaws.filter_map(|flaw| flaw.withdrawn_at).min();
        let vendor = vendor.map(|at| (at.millis(), "withdrawn"));
        let id = self.catalog.patches[patch].id.as_str();
        let mut alarms = self.trace.iter().filter(|record| record.fact == "alarm");
        let alarm = alarms.find(|record| text(record, "patch") == id);
        let alarm = alarm.map(|record| (millis(&record.at), "rejected_by_alarm"));
        let first = vendor.into_iter().chain(alarm).min_by_key(|(back, _)| *back);
        first.filter(|(back, _)| *back <= at.millis())
    }

    /// Whether a task installs one of these at an instant, by its overrides or by the rules of another instant.
    fn offers(&self, task: &Task, carriers: &[Carrier<'_>], (rules_of, when): (i64, i64)) -> bool {
        carriers
            .iter()
            .any(|carrier| match self.overridden(task, carrier) {
                Some(over) => within(over.installs(carrier.place), when),
                None => carrier.offered(rules_of, when),
            })
    }

    /// What the overrides of a task make of the class of something, if they decide.
    fn overridden(&self, task: &Task, carrier: &Carrier<'_>) -> Option<&OverriddenClass> {
        let over = self.plan.overrides_of(task)?;
        self.catalog.overridden[over][carrier.class].as_ref()
    }

    /// Every task that installs on the node has overrides, and none of them ever brings the patch.
    fn all_leave_out(&self, node: u32, carriers: &[Carrier<'_>], at: SimTime) -> bool {
        let mut installing = self
            .tasks(node, at)
            .filter(|task| task.operation == Operation::Install);
        installing.all(|task| {
            let brings = |carrier: &Carrier<'_>| match self.overridden(task, carrier) {
                Some(over) => over.installs(carrier.place).is_some(),
                None => carrier.judged.iter().any(|(.., known)| known.candidate.is_some()),
            };
            self.plan.overrides_of(task).is_some() && !carriers.iter().any(brings)
        })
    }

    fn operations(&self, node: u32, at: SimTime) -> Vec<Operation> {
        self.tasks(node, at).map(|task| task.operation).collect()
    }

    /// Tasks that are sent to a node in the forms that windows have by an instant.
    fn tasks(&self, node: u32, at: SimTime) -> impl Iterator<Item = &Task> {
        let versions = self.plan.versions.iter().flatten();
        versions
            .filter(move |version| version.from <= at)
            .flat_map(|version| version.window.tasks.iter().zip(&version.targets))
            .filter(move |(_, parts)| parts.iter().any(|targets| targets.contains(node)))
            .map(|(task, _)| task)
    }

    /// When the node got the patch, and its opportunities up to an instant.
    fn scan(
        &self,
        node: u32,
        class: usize,
        carriers: &[Carrier<'_>],
        at: SimTime,
    ) -> (Option<i64>, Vec<Opportunity>) {
        let mut scan = Scan {
            reader: self,
            node,
            name: self.plan.node_name(node),
            snapshot: self.plan.classes[class].operating_system == OperatingSystem::Windows,
            carriers,
            had: None,
            opportunities: Vec::new(),
            started: Vec::new(),
            alarm: None,
            alarmed: Vec::new(),
        };
        let known = self
            .trace
            .iter()
            .take_while(|record| millis(&record.at) <= at.millis());
        for record in known {
            scan.take(record);
        }
        let Scan {
            snapshot,
            had,
            mut opportunities,
            ..
        } = scan;
        for opportunity in opportunities
            .iter_mut()
            .filter(|opportunity| opportunity.state == "waiting_for_turn")
        {
            let when = if snapshot { opportunity.opens } else { at.millis() };
            let (window, opened, task, _) = opportunity.place;
            let task = &self.plan.window(window, opened).tasks[task];
            opportunity.offered = self.offers(task, carriers, (opportunity.opens, when));
        }
        (had, opportunities)
    }

    /// Window, opening and task that a record speaks of (task 0 where it names none).
    fn place(&self, record: &TraceRecord) -> (usize, usize, usize) {
        let config = self.plan.config;
        let name = text(record, "window");
        let window = config
            .windows
            .iter()
            .position(|known| known.name == name)
            .unwrap();
        let opened = millis(text(record, "opened"));
        let openings = &self.plan.openings[window];
        let opening = openings
            .iter()
            .position(|known| known.opens.millis() == opened)
            .unwrap();
        let task = record.about.get("task").map_or(0, |_| {
            let tasks = &self.plan.window(window, opening).tasks;
            tasks
                .iter()
                .position(|task| task.name == text(record, "task"))
                .unwrap()
        });
        (window, opening, task)
    }
}

/// Reads record by record what concerns one node.
struct Scan<'a> {
    reader: &'a Reader<'a>,
    node: u32,
    name: String,
    /// It runs Windows: what is a candidate is settled when the window opens.
    snapshot: bool,
    carriers: &'a [Carrier<'a>],
    /// When the node got the patch.
    had: Option<i64>,
    opportunities: Vec<Opportunity>,
    /// The part of each task that is being sent: one after the other.
    started: Vec<((usize, usize, usize), usize)>,
    /// The last alarm, unless a cutoff came after it.
    alarm: Option<i64>,
    /// Tasks of which an alarm cancelled something.
    alarmed: Vec<(usize, usize, usize)>,
}

impl Scan<'_> {
    /// Whether a task of an opening would install something that brings the patch.
    fn offered(&self, (window, opening, task): (usize, usize, usize), rules: (i64, i64)) -> bool {
        let task = &self.reader.plan.window(window, opening).tasks[task];
        self.reader.offers(task, self.carriers, rules)
    }

    fn brings(&self, ids: &[String]) -> bool {
        ids.iter()
            .any(|id| self.carriers.iter().any(|carrier| carrier.id == *id))
    }

    fn take(&mut self, record: &TraceRecord) {
        let now = millis(&record.at);
        match record.fact {
            "window_opened" => self.window(record, now, i64::MAX, "waiting_for_turn"),
            "window_skipped_overlapping" => self.window(record, now, now, "skipped_overlapping"),
            "command_started" => {
                let task = self.reader.place(record);
                match self.started.iter_mut().find(|(known, _)| *known == task) {
                    Some((_, part)) => *part += 1,
                    None => self.started.push((task, 0)),
                }
            }
            "task_ended" => self.task_ended(record, now),
            "alarm" => self.alarm = Some(now),
            "cutoff" => self.alarm = None,
            "invocation_not_sent" | "invocation_ended"
                if text(record, "status") == "Cancelled" && self.alarm == Some(now) =>
            {
                let task = self.reader.place(record);
                self.alarmed.push(task);
                if text(record, "node") == self.name {
                    self.invocation(record, now);
                }
            }
            "invocation_sent"
            | "invocation_not_sent"
            | "invocation_ended"
            | "node_unreachable"
            | "invocation_delivered"
                if text(record, "node") == self.name =>
            {
                self.invocation(record, now);
            }
            _ => {}
        }
    }

    fn window(&mut self, record: &TraceRecord, now: i64, settled: i64, state: &str) {
        let (window, opening, _) = self.reader.place(record);
        let version = self.reader.plan.version(window, opening);
        let tasks = &version.window.tasks;
        for (task, parts) in version.targets.iter().enumerate() {
            for (part, targets) in parts.iter().enumerate() {
                if targets.contains(self.node) && tasks[task].operation == Operation::Install {
                    self.opportunities.push(Opportunity {
                        settled,
                        opens: now,
                        place: (window, opening, task, part),
                        state: state.to_owned(),
                        offered: self.offered((window, opening, task), (now, now)),
                    });
                }
            }
        }
    }

    fn task_ended(&mut self, record: &TraceRecord, now: i64) {
        let task = self.reader.place(record);
        let begun = self.started.iter().find(|(known, _)| *known == task);
        let next = begun.map_or(0, |(_, part)| part + 1);
        for index in 0..self.opportunities.len() {
            let (window, opening, of, part) = self.opportunities[index].place;
            if (window, opening, of) == task && part >= next {
                let cutoff = self.reader.plan.openings[window][opening].cutoff;
                let state = if self.alarmed.contains(&task) || now < cutoff.millis() {
                    "cancelled_by_alarm"
                } else {
                    "never_started"
                };
                self.unsent(index, now, state);
            }
        }
    }

    fn unsent(&mut self, index: usize, now: i64, state: &str) {
        let when = if self.snapshot {
            self.opportunities[index].opens
        } else {
            now
        };
        let (window, opening, task, _) = self.opportunities[index].place;
        let rules = (self.opportunities[index].opens, when);
        self.opportunities[index].offered = self.offered((window, opening, task), rules);
        self.opportunities[index].settle(now, state);
    }

    fn invocation(&mut self, record: &TraceRecord, now: i64) {
        let (window, opening, task) = self.reader.place(record);
        let of = |(known, _): &&((usize, usize, usize), usize)| *known == (window, opening, task);
        let part = self.started.iter().find(of).unwrap().1;
        let place = (window, opening, task, part);
        let ends = record.fact == "invocation_ended";
        if ends && self.had.is_none() && self.brings(list(record, "installed")) {
            self.had = Some(now);
        }
        let Some(index) = self
            .opportunities
            .iter()
            .position(|opportunity| opportunity.place == place)
        else {
            return;
        };
        match record.fact {
            "invocation_sent" | "invocation_delivered" => {
                self.opportunities[index].offered =
                    self.had.is_none() && self.brings(list(record, "missing"));
                "in_progress".clone_into(&mut self.opportunities[index].state);
            }
            "node_unreachable" => "unreachable".clone_into(&mut self.opportunities[index].state),
            "invocation_ended" => {
                let cancelled = text(record, "status") == "Cancelled";
                let away = self.opportunities[index].state == "unreachable";
                let cause = record.about.get("ended_by").map(|_| text(record, "ended_by"));
                let state = match (cause, ended(text(record, "status"))) {
                    _ if cancelled && self.alarm == Some(now) => "cancelled_by_alarm",
                    _ if cancelled && away => "cancelled_unreached",
                    (Some("bad_patch"), _) => "broken_by_bad_patch",
                    (Some(cause @ ("sick_node" | "transient_failure")), _) => cause,
                    (_, state) => state,
                };
                self.opportunities[index].settle(now, state);
            }
            _ if text(record, "status") == "Pending" => {}
            _ if text(record, "status") == "Cancelled" && self.alarm == Some(now) => {
                self.unsent(index, now, "cancelled_by_alarm");
            }
            _ => self.unsent(index, now, unsent(text(record, "status"))),
        }
    }
}

/// Whether an instant is within a period.
fn within(period: Option<(SimTime, SimTime)>, when: i64) -> bool {
    period.is_some_and(|(from, until)| from.millis() <= when && when < until.millis())
}

impl Opportunity {
    fn settle(&mut self, at: i64, state: &str) {
        self.settled = at;
        state.clone_into(&mut self.state);
    }
}

fn ended(status: &str) -> &'static str {
    match status {
        "Success" => "success",
        "Failed" => "failed",
        "ExecutionTimedOut" => "execution_timed_out",
        "DeliveryTimedOut" => "delivery_timed_out",
        "Undeliverable" => "undeliverable",
        "InvalidPlatform" => "invalid_platform",
        "AccessDenied" => "access_denied",
        "Cancelled" => "killed_at_cutoff",
        other => panic!("an invocation ended as {other}"),
    }
}

fn unsent(status: &str) -> &'static str {
    match status {
        "Terminated" => "stopped_by_errors",
        "Cancelled" => "cut_off",
        other => panic!("an invocation was not sent as {other}"),
    }
}
