//! `[window.…]`, `[command.…]`, `[patch_policy.…]`, `[freeze.…]` and `[[change]]`.

use serde_json::{Value, json};

use super::Definitions;
use super::baselines::AWS_NAME;
use super::build::{Table, by_default, choice_of, flag, integer, list, named, reference, text, text_of};
use crate::read::commands::{INSTALL_SCHEDULE, SCAN_SCHEDULE};
use crate::read::windows::{CUTOFF_BEHAVIORS, OPERATIONS, REBOOT_OPTIONS};

pub(super) fn sections(root: Table) -> Table {
    root.optional(
        "window",
        "Maintenance windows by name.",
        json!({
            "type": "object",
            "propertyNames": { "pattern": AWS_NAME },
            "additionalProperties": reference("window"),
        }),
    )
    .optional(
        "command",
        "Patching outside maintenance windows, once: Run Command and Patch now.",
        named(reference("command")),
    )
    .optional(
        "patch_policy",
        "Patch policies of Quick Setup by name.",
        named(reference("patch_policy")),
    )
    .optional(
        "freeze",
        "Periods in which windows do not open, by name.",
        named(reference("freeze")),
    )
    .optional(
        "change",
        "What is edited while the simulation runs.",
        list(reference("change")),
    )
}

pub(super) fn definitions() -> Definitions {
    vec![
        (
            "max_concurrency",
            limit(
                "",
                "How many nodes at once: a number from 1, or a percentage of the targets as text.",
            ),
        ),
        (
            "max_errors",
            limit(
                "0|0%|",
                "How many errors are allowed before no more nodes are sent to: a number from 0, or a percentage of the targets as text.",
            ),
        ),
        ("target", target()),
        ("install_override_list", install_override_list()),
        ("window", window()),
        ("task", task()),
        ("command", json!({ "anyOf": [run_command(), patch_now()] })),
        ("patch_policy", patch_policy()),
        ("freeze", freeze()),
        ("change", change()),
    ]
}

/// At most seven characters; none of them a leading zero.
fn limit(zero: &str, meaning: &str) -> Value {
    let least = i64::from(zero.is_empty());
    let pattern = format!("^({zero}[1-9][0-9]{{0,6}}|[1-9][0-9]?%|100%)$");
    json!({
        "description": meaning,
        "anyOf": [integer(least, 9_999_999), { "type": "string", "pattern": pattern }],
    })
}

fn target() -> Value {
    let values = json!({ "anyOf": [text(), { "type": "array", "items": text(), "maxItems": 50 }] });
    json!({
        "description": "Nodes by InstanceIds, tag-key or tag:KEY; all keys must hold.",
        "type": "object",
        "patternProperties": { "^(InstanceIds|tag-key|tag:[\\s\\S]*)$": values },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 5,
    })
}

/// What AWS-RunPatchBaseline is told on every surface, without its operation.
fn document(table: Table) -> Table {
    table
        .optional(
            "reboot_option",
            "Whether an install reboots where patches need it.",
            by_default(choice_of(&REBOOT_OPTIONS), "RebootIfNeeded"),
        )
        .optional(
            "timeout",
            "How long a node may take to receive the command, 30 s to 30 days.",
            by_default(reference("duration"), "1h"),
        )
        .optional(
            "step_timeout",
            "How long it may run on a node, 1 s to 10 h.",
            by_default(reference("duration"), "3h"),
        )
}

fn operation() -> Value {
    choice_of(&OPERATIONS)
}

fn overrides(table: Table) -> Table {
    table
        .optional(
            "install_override_list",
            "Install these patches whatever the baseline says.",
            reference("install_override_list"),
        )
        .optional(
            "baseline_override",
            "Baselines by name that count instead of the nodes' own, one for each operating system.",
            json!({ "anyOf": [text(), { "type": "array", "items": text(), "minItems": 1 }] }),
        )
}

fn install_override_list() -> Value {
    let entry = Table::new("A patch.")
        .required("id", "Its id.", text())
        .optional("title", "Nothing is done with it.", text())
        .build();
    json!({
        "description": "Ids of patches, or the path of a YAML file that lists them.",
        "anyOf": [
            text(),
            { "type": "array", "items": { "anyOf": [text(), entry] }, "minItems": 1 },
        ],
    })
}

fn window() -> Value {
    Table::new("A maintenance window, in AWS's words.")
        .optional(
            "aws",
            "JSON file with the input of create-maintenance-window or the answer of get-maintenance-window. Keys beside it count instead of its members.",
            text(),
        )
        .rule("anyOf", json!([{ "required": ["aws"] }, { "required": ["schedule", "duration", "cutoff"] }]))
        .optional("schedule", "When it opens: cron(…), rate(…) or at(…).", text())
        .optional(
            "schedule_timezone",
            "IANA name of the zone of the schedule; UTC when absent.",
            text(),
        )
        .optional(
            "schedule_offset",
            "Days that it opens after the date of a cron expression.",
            integer(1, 6),
        )
        .optional("start_date", "It does not open before.", reference("instant"))
        .optional("end_date", "It does not open after.", reference("instant"))
        .optional("duration", "How long it is open, in hours.", integer(1, 24))
        .optional(
            "cutoff",
            "Nothing starts in so many hours before its end; less than the duration.",
            integer(0, 23),
        )
        .optional("enabled", "Whether it opens at all.", by_default(flag(), true))
        .optional(
            "allow_unassociated_targets",
            "Whether tasks may name nodes that are no targets of the window.",
            by_default(flag(), false),
        )
        .optional("description", "Nothing is done with it.", text_of(1, 128))
        .optional("target", "Its targets by name.", named(reference("target")))
        .optional("task", "Its tasks.", list(reference("task")))
        .build()
}

fn task() -> Value {
    let one = json!([text(), reference("target")]);
    let targets = json!({
        "anyOf": [
            text(),
            reference("target"),
            { "type": "array", "items": { "anyOf": one }, "minItems": 1 },
        ],
    });
    let table = Table::new("A task of a window: AWS-RunPatchBaseline.")
        .optional(
            "name",
            "What it is called in results; task-1, task-2, … when absent.",
            text(),
        )
        .required(
            "targets",
            "Targets of the window by name, or targets of its own.",
            targets,
        )
        .required(
            "operation",
            "Whether patches are looked for or installed.",
            operation(),
        );
    overrides(document(table))
        .optional(
            "priority",
            "0 is the highest; the setting default_priority when absent.",
            integer(0, i64::from(u32::MAX)),
        )
        .required("max_concurrency", "", reference("max_concurrency"))
        .required("max_errors", "", reference("max_errors"))
        .optional(
            "cutoff_behavior",
            "What becomes of the task at the cutoff.",
            by_default(choice_of(&CUTOFF_BEHAVIORS), "CONTINUE_TASK"),
        )
        .build()
}

/// What every command has.
fn command(description: &'static str, kind: Value) -> Table {
    let table = Table::new(description)
        .optional("kind", "Who sends it; run_command when absent.", kind)
        .required("at", "When it is sent.", reference("instant"))
        .required("targets", "Its nodes.", reference("target"))
        .required(
            "operation",
            "Whether patches are looked for or installed.",
            operation(),
        );
    document(table)
}

fn run_command() -> Value {
    overrides(command(
        "A command that is sent once.",
        json!({ "const": "run_command" }),
    ))
    .optional("max_concurrency", "50 when absent.", reference("max_concurrency"))
    .optional("max_errors", "0 when absent.", reference("max_errors"))
    .build()
}

fn patch_now() -> Value {
    command(
        "Patch now of the console: AWS chooses the limits by the number of nodes.",
        json!({ "const": "patch_now" }),
    )
    .refused("max_concurrency")
    .refused("max_errors")
    .rule("required", json!(["kind", "at", "targets", "operation"]))
    .build()
}

fn patch_policy() -> Value {
    let table = Table::new("A patch policy: scans, and installs, on schedules of its own.")
        .optional(
            "targets",
            "Its nodes by tags; all when absent.",
            reference("target"),
        )
        .optional(
            "baselines",
            "Baselines by name, one for each operating system; AWS's own where there is none.",
            reference("texts"),
        )
        .optional(
            "operation",
            "Whether it installs besides scanning.",
            by_default(operation(), "Install"),
        );
    document(table)
        .required("max_concurrency", "", reference("max_concurrency"))
        .required("max_errors", "", reference("max_errors"))
        .optional(
            "scan_schedule",
            "When it scans.",
            by_default(text(), SCAN_SCHEDULE),
        )
        .optional(
            "install_schedule",
            "When it installs.",
            by_default(text(), INSTALL_SCHEDULE),
        )
        .optional(
            "schedule_timezone",
            "IANA name of the zone of both schedules; UTC when absent.",
            text(),
        )
        .build()
}

fn freeze() -> Value {
    Table::new("A period in which windows do not open; what has opened before goes on.")
        .required("from", "Its first instant.", reference("instant"))
        .required("until", "Its end, exclusive.", reference("instant"))
        .optional(
            "windows",
            "Windows by name that it holds back; all when absent.",
            reference("texts"),
        )
        .build()
}

fn change() -> Value {
    Table::new("An edit at a date: of baselines, windows or the tags of nodes.")
        .required("at", "When it takes effect.", reference("instant"))
        .optional("name", "What it is called in results.", text())
        .required(
            "set",
            "Values by path, such as \"window.NAME.enabled\" = false; tables alter what they name.",
            json!({ "type": "object", "minProperties": 1 }),
        )
        .build()
}
