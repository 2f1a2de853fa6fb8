//! `[nodes.…]` and `[behavior.…]`.

use serde_json::{Value, json};

use super::Definitions;
use super::build::{Table, by_default, choice, integer, integer_from, named, reference, text};
use crate::read::behaviors::PRESETS;

pub(super) fn sections(root: Table) -> Table {
    root.optional("nodes", "Pools of nodes by name.", named(reference("nodes")))
        .optional(
            "behavior",
            "How installs go, by name.",
            named(reference("behavior")),
        )
}

pub(super) fn definitions() -> Definitions {
    vec![
        ("nodes", json!({ "anyOf": [counted(), named_nodes(), listed()] })),
        ("behavior", behavior()),
        ("two_state", two_state()),
    ]
}

fn counted() -> Value {
    let table = Table::new("Nodes that are alike, called NAME-1, NAME-2, … after their pool.").required(
        "count",
        "How many there are.",
        integer_from(1),
    );
    alike(table).refused("ids").refused("path").build()
}

fn named_nodes() -> Value {
    let ids = json!({ "anyOf": [text(), { "type": "array", "items": text(), "minItems": 1 }] });
    let table = Table::new("Nodes that are alike, called by their ids.").required(
        "ids",
        "Their ids, such as i-0123456789abcdef0.",
        ids,
    );
    alike(table).refused("count").refused("path").build()
}

/// What nodes of a pool have in common.
fn alike(table: Table) -> Table {
    table
        .optional(
            "operating_system",
            "Their operating system.",
            reference("operating_system"),
        )
        .optional("product", "Their product, such as WindowsServer2022.", text())
        .optional(
            "applications",
            "Further products on them, such as Microsoft's applications.",
            reference("texts"),
        )
        .optional(
            "tags",
            "Their tags; \"Patch Group\" or PatchGroup names the patch group.",
            json!({ "type": "object", "additionalProperties": text() }),
        )
        .optional(
            "patched_through",
            "Everything that their baseline had approved by then is installed; the start when absent.",
            reference("instant"),
        )
        .optional(
            "rebooted_through",
            "Their last reboot before the start (setting external_pending_reboot).",
            reference("instant"),
        )
        .optional(
            "behavior",
            "A table [behavior.…] or a preset by name; a preset of their system when absent.",
            text(),
        )
}

fn listed() -> Value {
    Table::new("Nodes that a CSV file lists one by one.")
        .required("path", "The file, from the folder of the scenario.", text())
        .build()
}

fn behavior() -> Value {
    let time = || reference("distribution");
    Table::new("How scans, installs and reboots go on a node. What is left out comes from the preset.")
        .optional(
            "preset",
            "Where absent keys come from.",
            by_default(choice(PRESETS), PRESETS[0]),
        )
        .optional(
            "scan_time",
            "Time of a scan, also of the one that begins every install.",
            time(),
        )
        .optional(
            "install_time",
            "Time of an install without scan and reboot.",
            time(),
        )
        .optional(
            "install_time_per_patch",
            "What each missing patch adds to the scale of install_time.",
            by_default(reference("duration"), "0s"),
        )
        .optional("reboot_time", "Time of a reboot.", time())
        .optional(
            "reboot_probability",
            "Probability that a successful install reboots where it may.",
            reference("probability"),
        )
        .optional(
            "reboot_rounds",
            "Reboots until an install that reboots is through; five are survived.",
            integer(1, 100),
        )
        .optional(
            "failure",
            "Probability that an install with something to install fails.",
            reference("probability"),
        )
        .optional(
            "scan_failure",
            "Probability that a scan fails.",
            reference("probability"),
        )
        .optional(
            "repair_time",
            "How long a node that a bad patch broke cannot be reached.",
            time(),
        )
        .optional("transient", "", transient())
        .optional(
            "offline",
            "When a node cannot be reached: stopped, or its agent lost.",
            reference("two_state"),
        )
        .optional(
            "sick",
            "Nodes on which installs fail until somebody looks after them.",
            reference("two_state"),
        )
        .build()
}

fn transient() -> Value {
    Table::new("Failures that a second try may not meet.")
        .required(
            "probability",
            "Probability that a try meets one.",
            reference("probability"),
        )
        .optional(
            "retries",
            "How often the run tries again before it fails.",
            by_default(integer(0, 20), 0),
        )
        .build()
}

fn two_state() -> Value {
    Table::new("A condition that comes and goes.")
        .required(
            "share",
            "Share of the time that a node is in it, below 1.",
            reference("probability"),
        )
        .optional(
            "time",
            "How long it lasts: constant, exponential or lognormal.",
            reference("distribution"),
        )
        .build()
}
