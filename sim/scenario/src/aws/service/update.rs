//! What updates make of a baseline or a window. Semantics, section 9.1.

use super::Service;
use crate::aws::baseline::baseline;
use crate::aws::node::{Data, Node, Pair};
use crate::aws::window::window;
use crate::codes;
use crate::problem::Problem;

/// What each baseline and window was made of, as it is now.
#[derive(Default)]
pub(super) struct Bodies {
    pub(super) baselines: Vec<Node>,
    pub(super) windows: Vec<Node>,
}

impl Service<'_> {
    pub(super) fn update_baseline(&mut self, body: &Node) -> Option<()> {
        let index = self.baseline_of(body)?;
        let merged = self.merged(
            &self.bodies.baselines[index],
            body,
            &["Name"],
            &["OperatingSystem"],
        )?;
        let before = std::mem::take(&mut self.account.baselines[index]);
        let mut made = baseline(self.problems, &merged)?;
        for key in ["patch_groups", "default"] {
            if let Some(place) = before.places.get(key) {
                made.places.insert(key, place.clone());
            }
        }
        made.patch_groups = before.patch_groups;
        made.is_default = before.is_default;
        self.account.baselines[index] = made;
        self.bodies.baselines[index] = merged;
        Some(())
    }

    pub(super) fn update_window(&mut self, body: &Node) -> Option<()> {
        const REQUIRED: [&str; 5] = [
            "Name",
            "Schedule",
            "Duration",
            "Cutoff",
            "AllowUnassociatedTargets",
        ];
        let index = self.window_of(body)?;
        let known = &self.bodies.windows[index];
        let merged = self.merged(known, body, &REQUIRED, &["Enabled"])?;
        let before = std::mem::take(&mut self.account.windows[index]);
        // What the command that created it does not say has been told.
        let unsaid = known.get("AllowUnassociatedTargets").is_none();
        let stand_in = Pair {
            key: "AllowUnassociatedTargets".to_owned(),
            place: merged.place.clone(),
            node: Node::new(merged.place.clone(), Data::Flag(false)),
        };
        let said = merged.get("AllowUnassociatedTargets").is_some();
        let complete = if said {
            merged.clone()
        } else {
            with(&merged, stand_in)
        };
        let mut made = window(self.problems, &complete)?;
        if unsaid && !said {
            made.allow_unassociated_targets = before.allow_unassociated_targets;
            made.places.forget("allow_unassociated_targets");
        }
        made.targets = before.targets;
        made.tasks = before.tasks;
        made.enabled = merged.get("Enabled").and_then(Node::flag);
        made.places.insert_node("enabled", merged.get("Enabled"));
        self.account.windows[index] = made;
        self.bodies.windows[index] = merged;
        Some(())
    }

    /// A body with the members of an update. With `Replace` members that the update does not have are
    /// gone, but for those that stay; the required ones must be there.
    fn merged(&self, known: &Node, update: &Node, required: &[&str], stay: &[&str]) -> Option<Node> {
        let replaces = update.is_set("Replace");
        let mut fine = true;
        for member in required
            .iter()
            .filter(|member| replaces && update.get(member).is_none())
        {
            fine = false;
            let message = format!("an update that replaces needs {member}");
            let problem = Problem::error(codes::REQUEST, message).at(update.place.clone());
            self.problems
                .push(problem.help("without --replace what an update does not say stays as it is"));
        }
        let given = |key: &str| update.get(key).is_some();
        let kept = known.pairs().iter().filter(|pair| !given(&pair.key));
        let kept = kept.filter(|pair| !replaces || stay.contains(&pair.key.as_str()));
        let own = ["BaselineId", "WindowId", "Replace"];
        let new = update
            .pairs()
            .iter()
            .filter(|pair| !own.contains(&pair.key.as_str()));
        let pairs = kept.chain(new).cloned().collect();
        fine.then(|| Node::new(known.place.clone(), Data::Map(pairs)))
    }
}

fn with(node: &Node, pair: Pair) -> Node {
    let mut pairs = node.pairs().to_vec();
    pairs.push(pair);
    Node::new(node.place.clone(), Data::Map(pairs))
}
