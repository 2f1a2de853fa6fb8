//! How an invocation ended, as far as a behaviour is concerned. Semantics, sections 6.6 and 7.5.

use super::super::node::Node;

/// The end of an invocation. Of two answers about the same one, the greater counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Not ended when it was saved.
    Running,
    /// Cancelled or terminated, or refused for a reason of its own: says nothing about patching.
    NotRun,
    /// Not delivered: the node could not be reached. No error, and nothing about patching.
    Unreached,
    /// Failed since another patching run held the node.
    Locked,
    Success,
    /// Ended by its execution timeout: an error.
    TimedOut,
    Failed,
}

/// The outcome that an answer tells; `None` for a status that AWS does not have. `started`: there is a
/// time at which it began on the node.
pub(super) fn outcome(node: &Node, started: bool) -> Option<Outcome> {
    // GetCommandInvocation writes some details in several words.
    let plain = |member: &str| {
        let text = node.member(member).unwrap_or("");
        text.replace(' ', "").to_ascii_lowercase()
    };
    let (status, details) = (plain("Status"), plain("StatusDetails"));
    let found = [details, status].iter().find_map(|text| named(text, started))?;
    let locked = found == Outcome::Failed && response_codes(node).any(|code| code == 4);
    Some(if locked { Outcome::Locked } else { found })
}

fn named(text: &str, started: bool) -> Option<Outcome> {
    Some(match text {
        "success" => Outcome::Success,
        "failed" => Outcome::Failed,
        "executiontimedout" => Outcome::TimedOut,
        // Without details only the start tells which timeout it was.
        "timedout" if started => Outcome::TimedOut,
        "timedout" | "deliverytimedout" | "undeliverable" => Outcome::Unreached,
        "cancelled" | "terminated" | "invalidplatform" | "accessdenied" | "rateexceeded" => Outcome::NotRun,
        "pending" | "inprogress" | "delayed" | "cancelling" => Outcome::Running,
        _ => return None,
    })
}

fn response_codes(node: &Node) -> impl Iterator<Item = i64> {
    let plugins = node.get("CommandPlugins").map_or(&[][..], Node::items);
    let all = plugins.iter().chain(std::iter::once(node));
    all.filter_map(|node| node.get("ResponseCode")?.integer())
}
