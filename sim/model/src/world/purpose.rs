//! What chance is asked for: the first part of every random stream's address.

/// Purposes of random streams. The numbers are part of what makes a seed repeat: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// What a release stream releases. Entity: stream, and product or part of it; attempt: month, or
    /// number of the release.
    Release = 1,
    /// Normals, failure and reboot of each node in a command, four words a node.
    /// Entity: window, task and part; attempt: number of the opening.
    Invocation = 2,
    /// Scan times, four words a node; addressed like [`Purpose::Invocation`].
    Scan = 3,
    /// Times of distributions that need uniform draws; addressed like [`Purpose::Invocation`].
    Times = 4,
    /// The order in which a command's nodes are sent to.
    Order = 5,
    /// What is wrong with a patch. Entity: hash of its id; attempt: process of bad patches.
    Flaw = 6,
    /// Whether a bad patch breaks a node, and what follows: addressed like [`Purpose::Flaw`], 64
    /// words a node.
    Break = 7,
    /// Whether a node belongs to a configuration class. Entity: class; a node's place: its number.
    Membership = 8,
    /// Outages of a node. Entity: node.
    Outage = 9,
    /// Sickness of a node. Entity: node.
    Sickness = 10,
    /// Attempts of an install that fail; addressed like [`Purpose::Invocation`], one word a node.
    Transient = 11,
    /// Whether a good patch raises a false alarm. Entity: hash of its id.
    FalseAlarm = 12,
    /// Whether a cancelled command stops on a node; addressed like [`Purpose::Invocation`], one word a
    /// node.
    Kill = 20,
    /// Points of a Latin hypercube. Entity: axis of the sweep; replication 0.
    Design = 30,
}
