//! W1: one window rollout. W3 is the same with both limits, many times.

/// Probability that an install fails.
pub const FAILURE: f64 = 0.01;
/// Probability that a successful install reboots.
pub const REBOOT: f64 = 0.7;
/// Install time: median in seconds, and deviation of its logarithm.
pub const INSTALL_TIME: (f64, f64) = (480.0, 0.6);
/// Reboot time, likewise.
pub const REBOOT_TIME: (f64, f64) = (180.0, 0.4);

/// What a rollout is given. Times are seconds after the window opens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct W1 {
    /// Nodes targeted.
    pub nodes: u32,
    /// Nodes in progress at once.
    pub slots: u32,
    /// Failures tolerated: one more ends the starting.
    pub tolerated: u32,
    /// No node starts later.
    pub last_start: f64,
}

impl W1 {
    /// A rollout that nothing ends before all nodes have started, a twentieth of them at a time.
    pub fn unlimited(nodes: u32) -> Self {
        Self {
            nodes,
            slots: (nodes / 20).max(1),
            tolerated: nodes,
            last_start: 1e9,
        }
    }

    /// The rollout that W3 repeats.
    pub fn w3() -> Self {
        Self {
            nodes: 10_000,
            slots: 500,
            tolerated: 110,
            last_start: 13_400.0,
        }
    }
}

/// How a rollout went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Nodes that installed, and rebooted if they had to.
    pub completed: u32,
    /// Nodes whose install failed.
    pub failed: u32,
    /// Nodes that never started.
    pub never: u32,
    /// Failures ended the starting.
    pub stopped: bool,
    /// End of the last started node, in seconds.
    pub makespan: f64,
    /// When starting ended: by failures, by the last second allowed, or with the last node.
    pub stop: f64,
}

/// The books of a rollout that is under way.
pub struct Rollout {
    w1: W1,
    started: u32,
    ended: bool,
    outcome: Outcome,
}

impl Rollout {
    /// A window that has just opened.
    pub fn new(w1: &W1) -> Self {
        Self {
            w1: *w1,
            started: 0,
            ended: w1.nodes == 0,
            outcome: Outcome::default(),
        }
    }

    /// Nodes in progress at once.
    pub fn slots(&self) -> u32 {
        self.w1.slots
    }

    /// The node that takes a slot which is free now, if one may start.
    pub fn start(&mut self, now: f64) -> Option<u32> {
        if now > self.w1.last_start {
            self.end(self.w1.last_start);
        }
        if self.ended {
            return None;
        }
        self.started += 1;
        if self.started == self.w1.nodes {
            self.end(now);
        }
        Some(self.started - 1)
    }

    /// A node is complete.
    pub fn completed(&mut self, now: f64) {
        self.outcome.completed += 1;
        self.outcome.makespan = now;
    }

    /// An install has failed.
    pub fn failed(&mut self, now: f64) {
        self.outcome.failed += 1;
        self.outcome.makespan = now;
        let one_too_many = self.outcome.failed > self.w1.tolerated && now <= self.w1.last_start;
        if one_too_many && !self.ended {
            self.outcome.stopped = true;
            self.end(now);
        }
    }

    fn end(&mut self, at: f64) {
        if !self.ended {
            self.ended = true;
            self.outcome.stop = at;
        }
    }

    /// The outcome, once no node is in progress.
    pub fn finish(self) -> Outcome {
        Outcome {
            never: self.w1.nodes - self.started,
            ..self.outcome
        }
    }
}
