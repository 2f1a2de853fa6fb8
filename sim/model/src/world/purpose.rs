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
}
