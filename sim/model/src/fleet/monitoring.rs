//! Watching nodes for the symptoms of bad patches.

use patchbench_kernel::SimDuration;

use crate::ssm::Target;

/// A health signal that tells when a patch breaks nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitoring {
    /// The nodes that are watched, such as a canary group: those for which all entries hold.
    /// `None`: all nodes.
    pub nodes: Option<Vec<Target>>,
    /// Probability that a symptom on a watched node is noticed (recall), in [0, 1]; independent for
    /// each node and patch.
    pub detection: f64,
    /// Probability that a good patch raises an alarm once a watched node has installed it, in [0, 1].
    pub false_alarm: f64,
    /// From the symptom to the alarm, at least a millisecond.
    pub delay: SimDuration,
    /// What an alarm does.
    pub action: AlarmAction,
}

/// What an alarm does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmAction {
    /// The patch joins the rejected patches of every baseline. On Windows what has begun goes on by
    /// the rules of its window's opening (Semantics, section 7.4).
    Reject,
    /// So, and commands in progress that install the patch are cancelled.
    RejectAndCancel,
}
