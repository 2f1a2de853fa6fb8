//! Explanations as JSON: the same sentences as on the screen, with the values behind them.

use patchbench_kernel::SimTime;
use patchbench_model::config::{Operation, Surface};
use patchbench_model::world::Cause;
use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{
    Basis, CommandLeft, Fate, Funnel, FunnelGroup, Had, HadHow, Invocation, Mismatch, NodeExplanation,
    NodeNames, OpeningExplanation, Opportunity, PatchName, Reason, RuleOutcome, Step, Stop, TaskLeft,
    Verdict, What,
};
use serde_json::{Value, json};

use crate::explain_text::{setting_of, step_lines, verdict_text};
use crate::json::FORMAT_VERSION;

/// Why a node has a patch or not.
pub fn node_json(told: &NodeExplanation, settings: &[SettingChoice]) -> Value {
    let (has, since, how, reason) = match &told.verdict {
        Verdict::Has(had) => (true, instant(Some(had.since)), had_json(had), Value::Null),
        Verdict::HasNot { reason, .. } => (false, Value::Null, Value::Null, reason.as_str().into()),
    };
    let (last, others) = match &told.verdict {
        Verdict::Has(had) => (Value::Null, tally(&had.before)),
        Verdict::HasNot { last, others, .. } => (
            last.as_ref().map_or(Value::Null, |last| opportunity(last)),
            tally(others),
        ),
    };
    json!({
        "format_version": FORMAT_VERSION,
        "node": told.node,
        "patch_group": told.group,
        "patch": patch(&told.patch),
        "at": told.at.to_string(),
        "seed": told.seed,
        "replication": told.replication,
        "settings_not_default": changed(settings),
        "verdict": {
            "text": verdict_text(told),
            "has": if has { "yes" } else { "no" },
            "since": since,
            "how": how,
            "reason": reason,
            "last_opportunity": last,
            "other_opportunities": others,
            "depends_on_chance": if told.by_chance { "yes" } else { "no" },
        },
        "chain": told.chain.iter().map(|step| step_json(told, step, settings)).collect::<Vec<_>>(),
        "later": told.later.as_ref().map_or(Value::Null, |had| instant(Some(had.since))),
    })
}

fn step_json(told: &NodeExplanation, step: &Step, settings: &[SettingChoice]) -> Value {
    let lines = step_lines(told, step);
    let texts: Vec<Value> = lines
        .iter()
        .map(|line| json!({ "at": instant(line.at), "text": line.text }))
        .collect();
    let mut value = json!({
        "at": instant(step.at),
        "step": step_name(&step.what),
        "lines": texts,
        "basis": step.basis.iter().map(|rule| basis(rule, settings)).collect::<Vec<_>>(),
    });
    for (name, detail) in details(&step.what) {
        value[name] = detail;
    }
    value
}

/// The values of a step.
fn details(what: &What) -> Vec<(&'static str, Value)> {
    let named = |patch_name: &Option<PatchName>| patch_name.as_ref().map_or(Value::Null, patch);
    match what {
        What::Released { delay_from } => vec![("delay_from", instant(*delay_from))],
        What::DoesNotApply { patch, node, .. } => {
            vec![
                ("patch_is_for", patch.as_str().into()),
                ("node_has", node.as_str().into()),
            ]
        }
        What::Baseline { name, since, .. } => vec![
            ("baseline", name.as_str().into()),
            ("changed_at", instant(*since)),
        ],
        What::NoSource { product, sources } => vec![
            ("product", product.as_str().into()),
            ("sources", sources.clone().into()),
        ],
        What::Changed { name, edits } => vec![("change", json!(name)), ("set", set(edits))],
        What::ApprovedList { entry, .. } | What::RejectedList { entry } => {
            vec![("entry", entry.as_str().into())]
        }
        What::GlobalFilter(found) => vec![("mismatch", mismatch(found))],
        What::Rule { number, outcome, .. } => {
            let (says, detail) = rule(outcome);
            vec![
                ("rule", (*number).into()),
                ("says", says.into()),
                ("detail", detail),
            ]
        }
        What::Approved {
            successor,
            rule,
            level,
        } => vec![
            ("successor", named(successor)),
            ("rule", json!(rule)),
            ("compliance_level", level.as_str().into()),
        ],
        What::MoreSuccessors { count } => vec![("count", (*count).into())],
        What::Superseded { by, before_approval } => vec![
            ("by", named(by)),
            (
                "seconds_before_approval",
                json!(before_approval.map(|left| left.millis() / 1000)),
            ),
        ],
        What::ThereAtStart { patched_through } => {
            vec![("patched_through", patched_through.to_string().into())]
        }
        What::Frozen { window, freeze } => {
            vec![
                ("window", window.as_str().into()),
                ("freeze", freeze.as_str().into()),
            ]
        }
        What::Opportunity(of) => vec![("opportunity", opportunity(of))],
        What::Applies { .. }
        | What::ApprovalEnded
        | What::NoBaseline
        | What::OtherOperatingSystem
        | What::NoRules
        | What::NotTargeted
        | What::Rebooted => Vec::new(),
    }
}

/// What a dated change sets.
fn set(edits: &[(String, String)]) -> Value {
    let edit = |(path, value): &(String, String)| json!({ "path": path, "value": value });
    edits.iter().map(edit).collect::<Vec<_>>().into()
}

fn mismatch(found: &Mismatch) -> Value {
    json!({ "key": found.key, "asked_for": found.values, "patch_has": found.value })
}

/// What a rule says, and the value behind it.
fn rule(outcome: &RuleOutcome) -> (&'static str, Value) {
    match outcome {
        RuleOutcome::AfterDays { from, days } => (
            "approves",
            json!({ "from": from.to_string(), "approve_after_days": days }),
        ),
        RuleOutcome::AtOnce => ("approves", Value::Null),
        RuleOutcome::UntilDate { date } => ("approves", json!({ "approve_until_date": date.to_string() })),
        RuleOutcome::AfterCutOffDate { date } => {
            let date = date.map(|date| date.to_string());
            ("after_cut_off_date", json!({ "approve_until_date": date }))
        }
        RuleOutcome::Mismatch(found) => ("filter_mismatch", mismatch(found)),
        RuleOutcome::OtherPatchSet { .. } => ("other_patch_set", Value::Null),
        RuleOutcome::NotSecurity => ("not_security", Value::Null),
    }
}

const fn step_name(what: &What) -> &'static str {
    match what {
        What::Released { .. } => "released",
        What::Applies { .. } => "applies",
        What::DoesNotApply { .. } => "does_not_apply",
        What::Baseline { .. } => "baseline",
        What::NoSource { .. } => "no_source",
        What::NoBaseline => "no_baseline",
        What::OtherOperatingSystem => "other_operating_system",
        What::ApprovedList { .. } => "approved_list",
        What::RejectedList { .. } => "rejected_list",
        What::GlobalFilter(_) => "global_filter",
        What::Rule { .. } => "rule",
        What::NoRules => "no_rules",
        What::Approved { successor: None, .. } => "approved",
        What::Approved { .. } => "successor_approved",
        What::MoreSuccessors { .. } => "more_successors_approved",
        What::Superseded { .. } => "superseded",
        What::ThereAtStart { .. } => "there_at_start",
        What::NotTargeted => "not_targeted",
        What::Opportunity(_) => "opportunity",
        What::ApprovalEnded => "approval_ended",
        What::Changed { .. } => "changed",
        What::Frozen { .. } => "frozen",
        What::Rebooted => "rebooted",
    }
}

fn basis(rule: &Basis, settings: &[SettingChoice]) -> Value {
    let setting = setting_of(rule, settings).map_or(Value::Null, |choice| {
        json!({ "name": choice.name, "value": choice.value, "default": if choice.is_default { "yes" } else { "no" } })
    });
    json!({
        "semantics": rule.section,
        "mark": if rule.inferred.is_some() { "inferred" } else { "documented" },
        "rule": rule.inferred,
        "setting": setting,
    })
}

fn had_json(had: &Had) -> Value {
    match &had.how {
        HadHow::AtStart { patched_through } => {
            json!({ "kind": "at_start", "patched_through": patched_through.to_string() })
        }
        HadHow::Installed {
            window,
            surface,
            opened,
            task,
            inside,
            rebooted,
            pending_reboot,
        } => json!({
            "kind": "installed",
            "window": window,
            "surface": surface.noun(),
            "opened": opened.to_string(),
            "task": task,
            "inside": inside.as_ref().map_or(Value::Null, patch),
            "reboot": if *rebooted { "done" } else if *pending_reboot { "pending" } else { "none" },
        }),
    }
}

/// An instant that only windows have: their cutoff, their end.
fn of_window(surface: Surface, at: SimTime) -> Value {
    instant(Some(at).filter(|_| surface.closes()))
}

fn opportunity(opportunity: &Opportunity) -> Value {
    let mut value = json!({
        "window": opportunity.window,
        "surface": opportunity.surface.noun(),
        "opened": opportunity.opened.to_string(),
        "cutoff": of_window(opportunity.surface, opportunity.cutoff),
        "closes": of_window(opportunity.surface, opportunity.closes),
        "task": opportunity.task,
        "by_overrides": opportunity.by_overrides,
        "operation": operation(opportunity.operation),
        "target": opportunity.target.0,
        "targets_of_task": opportunity.target.1,
        "position": opportunity.position,
        "reason": opportunity.reason.map(Reason::as_str),
    });
    if let Some(execution) = &opportunity.execution {
        value["command"] = json!({
            "started": execution.started.to_string(),
            "nodes": execution.targets,
            "max_concurrency": execution.max_concurrency.0,
            "max_errors": execution.max_errors.0,
            "stop": execution.stop.as_ref().map_or(Value::Null, stop),
        });
    }
    match &opportunity.fate {
        Fate::Skipped { running_since } => {
            value["fate"] = "skipped_overlapping".into();
            value["running_since"] = instant(*running_since);
        }
        Fate::NeverStarted { at, status } => {
            value["fate"] = "never_started".into();
            value["settled"] = instant(Some(*at));
            value["task_status"] = status.as_str().into();
        }
        Fate::Waiting => value["fate"] = "waiting".into(),
        Fate::NotSent { at, status } => {
            value["fate"] = "not_sent".into();
            value["settled"] = instant(Some(*at));
            value["status"] = status.as_str().into();
        }
        Fate::Sent(sent) => {
            value["fate"] = "sent".into();
            value["invocation"] = invocation(sent);
        }
    }
    value
}

fn invocation(sent: &Invocation) -> Value {
    let report = sent.report.map_or(Value::Null, |report| {
        json!({
            "outcome": if report.compliant { "compliant" } else { "non_compliant" },
            "missing": report.missing,
            "failed": report.failed,
            "installed_pending_reboot": report.pending_reboot,
        })
    });
    json!({
        "sent": sent.sent.to_string(),
        "found_missing": sent.found.as_ref().map_or(Value::Null, patch),
        "ended": instant(sent.ended.map(|(at, _)| at)),
        "status": sent.ended.map_or("InProgress", |(_, status)| status.as_str()),
        "ended_by": sent.cause.map_or(Value::Null, |cause| cause.as_str().into()),
        "exit_code": sent.cause.and_then(Cause::exit_code),
        "installed": if sent.installed { "yes" } else { "no" },
        "reboot": if sent.rebooted { "done" } else if sent.pending_reboot { "pending" } else { "none" },
        "report": report,
    })
}

fn stop(stop: &Stop) -> Value {
    json!({
        "at": stop.at.to_string(),
        "errors": stop.errors,
        "nodes": stop.nodes,
        "nodes_left": stop.left,
    })
}

/// How far a patch came in the fleet.
pub fn funnel_json(funnel: &Funnel, settings: &[SettingChoice]) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "patches": funnel.patches.iter().map(patch).collect::<Vec<_>>(),
        "at": funnel.at.to_string(),
        "seed": funnel.seed,
        "replication": funnel.replication,
        "settings_not_default": changed(settings),
        "groups": funnel.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

fn group(group: &FunnelGroup) -> Value {
    let baselines = group.baselines.iter();
    let inside = group.inside.iter();
    let left = group.left.iter().map(|left| {
        let (window, opened) = left
            .opening
            .as_ref()
            .map_or((Value::Null, Value::Null), |(window, opens)| {
                (window.as_str().into(), instant(Some(*opens)))
            });
        json!({
            "reason": left.reason.as_str(),
            "semantics": left.reason.basis().section,
            "window": window,
            "opened": opened,
            "nodes": node_names(&left.nodes),
        })
    });
    json!({
        "group": group.group,
        "baselines": baselines.map(|(name, says)| json!({ "baseline": name, "says": says })).collect::<Vec<_>>(),
        "nodes": group.nodes,
        "applicable": group.applicable,
        "at_start": group.at_start,
        "approved": group.approved,
        "targeted": group.targeted,
        "opened": group.opened,
        "sent": group.sent,
        "installed": group.installed,
        "installed_patches": inside
            .map(|(of, nodes)| json!({ "patch": patch(of), "nodes": nodes }))
            .collect::<Vec<_>>(),
        "has": group.has(),
        "invocations": statuses(&group.invocations),
        "left": left.collect::<Vec<_>>(),
    })
}

/// What an opening did and left.
pub fn opening_json(told: &OpeningExplanation, settings: &[SettingChoice]) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "window": told.window,
        "surface": told.surface.noun(),
        "timezone": told.timezone,
        "opened": told.opened.to_string(),
        "cutoff": of_window(told.surface, told.cutoff),
        "closes": of_window(told.surface, told.closes),
        "opening": told.number.0,
        "openings": told.number.1,
        "seed": told.seed,
        "replication": told.replication,
        "settings_not_default": changed(settings),
        "status": told.status.as_str(),
        "details": told.details,
        "ended": instant(told.ended),
        "skipped_for_execution_of": instant(told.skipped_for),
        "tasks": told.tasks.iter().map(task).collect::<Vec<_>>(),
        "basis": told.basis.iter().map(|rule| basis(rule, settings)).collect::<Vec<_>>(),
    })
}

fn task(task: &TaskLeft) -> Value {
    json!({
        "task": task.name,
        "operation": operation(task.operation),
        "priority": task.priority,
        "max_concurrency": task.max_concurrency.to_string(),
        "max_errors": task.max_errors.to_string(),
        "status": task.status.as_str(),
        "commands": task.commands.iter().map(command).collect::<Vec<_>>(),
    })
}

fn command(command: &CommandLeft) -> Value {
    let left = command.left.iter();
    let installed = command.installed.iter();
    json!({
        "target": command.target,
        "nodes": command.targets,
        "max_concurrency": command.max_concurrency,
        "max_errors": command.max_errors,
        "started": instant(command.started),
        "ended": instant(command.ended),
        "overrun_seconds": command.overrun.map(|late| late.millis() as f64 / 1000.0),
        "status": command.status.as_str(),
        "sent": command.sent,
        "sent_before_cutoff": command.sent_before_cutoff,
        "invocations": statuses(&command.invocations),
        "stop": command.stop.as_ref().map_or(Value::Null, stop),
        "errors": node_names(&command.errors),
        "not_sent": left
            .map(|(status, nodes)| json!({ "status": status.as_str(), "nodes": node_names(nodes) }))
            .collect::<Vec<_>>(),
        "installed": installed
            .map(|(of, nodes)| json!({ "patch": patch(of), "nodes": nodes }))
            .collect::<Vec<_>>(),
        "rebooted": command.rebooted,
        "compliant": command.compliant.0,
        "non_compliant": command.compliant.1,
    })
}

fn instant(at: Option<SimTime>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}

const fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Scan => "Scan",
        Operation::Install => "Install",
    }
}

fn patch(patch: &PatchName) -> Value {
    json!({
        "id": patch.id,
        "kb": patch.kb,
        "title": patch.title,
        "classification": patch.classification,
        "severity": patch.severity,
    })
}

fn node_names(names: &NodeNames) -> Value {
    let ranges = names.ranges.iter();
    json!({
        "count": names.count,
        "ranges": ranges.map(|(first, last)| json!([first, last])).collect::<Vec<_>>(),
    })
}

fn statuses(counts: &[(patchbench_model::ssm::InvocationStatus, u32)]) -> Value {
    let pairs = counts
        .iter()
        .map(|(status, count)| (status.as_str().to_owned(), (*count).into()));
    Value::Object(pairs.collect())
}

fn tally(counts: &[(Reason, u32)]) -> Value {
    let pairs = counts
        .iter()
        .map(|(reason, count)| (reason.as_str().to_owned(), (*count).into()));
    Value::Object(pairs.collect())
}

fn changed(settings: &[SettingChoice]) -> Vec<Value> {
    let changed = settings.iter().filter(|choice| !choice.is_default);
    changed
        .map(|choice| json!({ "setting": choice.name, "value": choice.value, "semantics": choice.section }))
        .collect()
}
