//! `[configuration_class.…]`, `[bad_patches.…]`, `[monitoring]` and `[[outcome]]`.

use patchbench_model::catalog::Symptom;
use serde_json::{Value, json};

use super::Definitions;
use super::build::{Table, by_default, choice, choice_of, list, named, one_of, reference, text};
use crate::read::faults::ALARM_ACTIONS;
use crate::read::outcomes::RESULTS;

pub(super) fn sections(root: Table) -> Table {
    root.optional(
        "configuration_class",
        "Nodes with something in common that bad patches may meet, by name.",
        named(reference("configuration_class")),
    )
    .optional(
        "bad_patches",
        "Patches that break nodes, by name.",
        named(reference("bad_patches")),
    )
    .optional("monitoring", "", monitoring())
    .optional(
        "outcome",
        "Outcomes that are given instead of drawn.",
        list(reference("outcome")),
    )
}

pub(super) fn definitions() -> Definitions {
    vec![
        ("configuration_class", configuration_class()),
        ("bad_patches", bad_patches()),
        ("outcome", outcome()),
    ]
}

fn configuration_class() -> Value {
    Table::new("Which nodes belong to the class.")
        .optional("nodes", "Nodes by tags or ids.", reference("target"))
        .optional("share", "Any nodes: this share of all.", reference("probability"))
        .rule("oneOf", one_of(&["nodes", "share"]))
        .build()
}

fn bad_patches() -> Value {
    let affects = json!({
        "anyOf": [
            { "required": ["penetrance"], "properties": { "affects": { "maxItems": 0 } } },
            { "required": ["affects"], "not": { "required": ["penetrance"] }, "properties": { "affects": { "minItems": 1 } } },
        ],
    });
    Table::new("Which patches are bad, how that shows, and on which nodes.")
        .optional("releases", "Only patches of this release stream.", text())
        .optional(
            "probability",
            "Any patch is bad with this probability.",
            reference("probability"),
        )
        .optional(
            "repaired",
            "Those are bad that a successor replaces before the next Patch Tuesday.",
            json!({ "const": true }),
        )
        .optional(
            "patches",
            "These are bad, by id or knowledge base number.",
            reference("texts"),
        )
        .optional(
            "symptom",
            "When it shows: one word, or weights of several.",
            symptom(),
        )
        .optional(
            "latent_after",
            "Time from the end of the install until a latent fault shows.",
            reference("distribution"),
        )
        .optional(
            "withdrawn_after",
            "Time from the release until the vendor withdraws it; never when absent.",
            reference("distribution"),
        )
        .optional(
            "reaction",
            "Time from the withdrawal until it is no longer offered to nodes.",
            by_default(reference("duration"), "1d"),
        )
        .optional(
            "penetrance",
            "Probability that it breaks a node, whichever.",
            reference("probability"),
        )
        .optional("affects", "The classes that it breaks instead.", list(affected()))
        .rule("oneOf", one_of(&["probability", "repaired", "patches"]))
        .rule("allOf", json!([affects]))
        .build()
}

fn symptom() -> Value {
    let symptoms = [Symptom::Install, Symptom::Reboot, Symptom::Latent].map(Symptom::as_str);
    let weights = symptoms.into_iter().fold(
        Table::new("Weights; 0 when absent, and not all of them 0."),
        |table, symptom| table.optional(symptom, "Its weight.", reference("amount")),
    );
    json!({ "anyOf": [choice(symptoms), weights.build()] })
}

fn affected() -> Value {
    Table::new("A class of nodes that a bad patch may break.")
        .optional("class", "The class by name; all nodes when absent.", text())
        .optional(
            "probability",
            "Probability that a bad patch breaks this class at all.",
            by_default(reference("probability"), 1),
        )
        .required(
            "penetrance",
            "Probability that it then breaks a node of it.",
            reference("probability"),
        )
        .build()
}

fn monitoring() -> Value {
    Table::new("Somebody watches for nodes that patches broke: an alarm rejects the patch in every baseline.")
        .optional(
            "nodes",
            "Nodes that are watched; all when absent.",
            reference("target"),
        )
        .optional(
            "detection",
            "Probability that a symptom on a watched node is noticed.",
            by_default(reference("probability"), 0.9),
        )
        .optional(
            "false_alarm",
            "Probability that a good patch raises an alarm once a watched node has installed it.",
            by_default(reference("probability"), 0),
        )
        .optional(
            "delay",
            "Time from the symptom to the alarm.",
            by_default(reference("duration"), "30m"),
        )
        .optional(
            "action",
            "Whether commands in progress are cancelled, too.",
            by_default(choice_of(&ALARM_ACTIONS), "reject"),
        )
        .build()
}

fn outcome() -> Value {
    Table::new("How a run on a node ends.")
        .required("node", "The node, such as web-3.", text())
        .optional("window", "Only in this window.", text())
        .optional("task", "Only in this task of the window.", text())
        .optional("on", "Only in openings of this date (UTC).", reference("date"))
        .required("result", "How it ends.", choice_of(&RESULTS))
        .build()
}
