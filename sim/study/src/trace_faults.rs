//! Bad patches, alarms and unreachable nodes in a history.

use patchbench_model::world::Fact;

use crate::trace::{About, Entry, Scribe, TraceValue, text};

impl Scribe<'_> {
    /// What happened to a node, or to a patch, apart from a command's sending and ending.
    pub(crate) fn fault_fact(&mut self, id: u64, fact: Fact<'_>) -> Entry {
        match fact {
            Fact::Unreachable { command, node } => {
                let mut about = self.command(command);
                about.insert("node", text(&self.plan.node_name(node)));
                (
                    "node_unreachable",
                    self.causes.sends.get(&(command, node)).copied(),
                    "the node is stopped or its agent lost: the invocation stays pending (semantics 5)",
                    about,
                )
            }
            Fact::Delivered {
                command,
                node,
                missing,
            } => {
                let mut about = self.command(command);
                about.insert("node", text(&self.plan.node_name(node)));
                about.insert("missing", self.patches_of(node, missing));
                (
                    "invocation_delivered",
                    self.causes.sends.get(&(command, node)).copied(),
                    "the node is back before the delivery timeout (semantics 5, 6.7)",
                    about,
                )
            }
            Fact::Symptom { node, patch, until } => {
                self.causes.symptoms.entry(patch).or_insert(id);
                let mut about = self.patch(patch);
                about.insert("node", text(&self.plan.node_name(node)));
                about.extend(until.map(|until| ("unreachable_until", text(&until.to_string()))));
                about.insert("unreachable", TraceValue::Flag(until.is_some()));
                let cause = self.causes.last_ends.get(&node).copied();
                ("bad_patch_shows", cause, "the patch is bad for this node", about)
            }
            Fact::Alarm { patch } => {
                let cause = self.causes.symptoms.get(&patch).copied();
                let because = if cause.is_some() {
                    "the monitoring noticed the symptom: every baseline rejects the patch from now on"
                } else {
                    "a false alarm: every baseline rejects the patch from now on"
                };
                ("alarm", cause, because, self.patch(patch))
            }
            Fact::Withdrawn { patch } => {
                let cause = self.causes.releases.get(&patch).copied();
                (
                    "withdrawn",
                    cause,
                    "the vendor took the patch back: it is no longer offered",
                    self.patch(patch),
                )
            }
            _ => ("unknown", None, "", About::new()),
        }
    }
}
