//! Explanations as JSON: the same sentences as on the screen, with the values behind them.

mod steps;

use patchbench_kernel::SimTime;
use patchbench_model::config::{Operation, Surface};
use patchbench_model::world::Cause;
use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{
    Away, Basis, Broken, CommandLeft, Fate, Funnel, FunnelGroup, Had, HadHow, Invocation, NodeExplanation,
    NodeNames, OpeningExplanation, Opportunity, PatchName, Reason, Step, Stop, TaskLeft, Trouble, Verdict,
};
use serde_json::{Value, json};

use crate::explain_text::{setting_of, step_lines, verdict_text};
use crate::json::FORMAT_VERSION;

use steps::{details, step_name, withdrawn_by};

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
            lost,
        } => json!({
            "kind": "installed",
            "window": window,
            "surface": surface.noun(),
            "opened": opened.to_string(),
            "task": task,
            "inside": inside.as_ref().map_or(Value::Null, patch),
            "reboot": if *rebooted { "done" } else if *pending_reboot { "pending" } else { "none" },
            "lost_at_reboot": broken(lost.as_deref()),
        }),
    }
}

/// A bad patch, and until when it takes the node.
fn broken(by: Option<&Broken>) -> Value {
    by.map_or(
        Value::Null,
        |broken| json!({ "bad_patch": patch(&broken.patch), "down_until": instant(broken.until) }),
    )
}

/// What keeps a node out of reach.
fn away(away: &Away) -> Value {
    json!({
        "since": away.since.to_string(),
        "back": away.back.to_string(),
        "bad_patch": away.patch.as_ref().map_or(Value::Null, patch),
    })
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
        Fate::NeverStarted { at, status, alarm } => {
            value["fate"] = "never_started".into();
            value["alarm_about"] = alarm.as_ref().map_or(Value::Null, patch);
            value["settled"] = instant(Some(*at));
            value["task_status"] = status.as_str().into();
        }
        Fate::Waiting => value["fate"] = "waiting".into(),
        Fate::NotSent { at, status, alarm } => {
            value["fate"] = "not_sent".into();
            value["alarm_about"] = alarm.as_ref().map_or(Value::Null, patch);
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
        "out_of_reach": sent.away.as_ref().map_or(Value::Null, away),
        "delivered": instant(sent.delivered),
        "ended": instant(sent.ended.map(|(at, _)| at)),
        "status": sent.ended.map_or("InProgress", |(_, status)| status.as_str()),
        "ended_by": sent.cause.map_or(Value::Null, |cause| cause.as_str().into()),
        "broken_by": broken(sent.broken_by.as_deref()),
        "alarm_about": sent.alarm.as_ref().map_or(Value::Null, patch),
        "sick": sent.sick.map_or(Value::Null, |spell| {
            json!({ "since": spell.since.to_string(), "until": spell.until.to_string() })
        }),
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
        "withdrawn": funnel.withdrawn.iter().map(|(of, at, by)| {
            json!({ "patch": patch(of), "at": at.to_string(), "by": withdrawn_by(*by) })
        }).collect::<Vec<_>>(),
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
        "broken": group.broken,
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
        "without_success": command.troubles.iter().map(trouble).collect::<Vec<_>>(),
        "alarm": command.alarm.as_ref().map_or(Value::Null, |(at, of)| {
            json!({ "at": at.to_string(), "patch": patch(of) })
        }),
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

fn trouble(trouble: &Trouble) -> Value {
    json!({
        "ended_by": trouble.cause.as_str(),
        "bad_patch": trouble.patch.as_ref().map_or(Value::Null, patch),
        "nodes": node_names(&trouble.nodes),
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
