//! A condition of a node that comes and goes.

use patchbench_kernel::{Distribution, Generator, SimDuration, SimTime, round_ms};

/// A two-state chain (an alternating renewal process): a node is in the condition for a drawn time,
/// then free of it for an exponential time, and so on. The chain is in equilibrium at the start, so
/// that at any instant the condition holds with the same probability.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoState {
    /// Share of the time, and so of the nodes at any instant, in which the condition holds; in (0, 1).
    share: f64,
    /// How long the condition lasts.
    time: Distribution,
}

/// Why something is no two-state chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoStateError {
    /// The share does not lie within 0 (exclusive) and 1 (exclusive).
    Share,
    /// The time is none of constant, exponential and lognormal: what is left of it at the start has
    /// no simple form for the others.
    Kind,
    /// The time is zero.
    Time,
}

impl TwoState {
    /// A condition that holds for a share of the time, each time for so long.
    ///
    /// # Errors
    /// A share out of range or a time of another kind.
    pub fn new(share: f64, time: Distribution) -> Result<Self, TwoStateError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(TwoStateError::Share);
        }
        match time {
            Distribution::Exponential { .. } | Distribution::Lognormal { .. } => {}
            Distribution::Constant(span) if span > SimDuration::ZERO => {}
            Distribution::Constant(_) => return Err(TwoStateError::Time),
            _ => return Err(TwoStateError::Kind),
        }
        Ok(Self { share, time })
    }

    /// Share of the time in which the condition holds, in (0, 1).
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// How long the condition lasts.
    pub const fn time(&self) -> &Distribution {
        &self.time
    }

    /// Mean time between the end of the condition and its next beginning, in milliseconds.
    fn mean_free_ms(&self) -> f64 {
        self.time.mean_ms() * (1.0 - self.share) / self.share
    }

    /// What is left of the condition for a node that is in it at an arbitrary instant: a uniform part
    /// of a time that is drawn in proportion to its length.
    fn rest(&self, luck: &mut Generator) -> SimDuration {
        let part = luck.unit_f64();
        let whole = match &self.time {
            // The median of a lognormal grows by exp(sigma²) when lengths are weighted by themselves.
            Distribution::Lognormal { sigma, .. } => {
                let growth = patchbench_kernel::math::exp((sigma * sigma).min(700.0));
                self.time.scale_ms() * growth * self.time.factor_with(luck)
            }
            // An exponential time has no memory.
            Distribution::Exponential { .. } => return self.time.sample(luck),
            _ => self.time.scale_ms(),
        };
        SimDuration::from_millis(round_ms(whole * part))
    }
}

/// Where the chain of one node stands. Every draw of a node lies at the number of its turn, so that
/// the chain is the same whenever and however often it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoStateChain {
    holds: bool,
    until: SimTime,
    turn: u32,
}

/// Words of its stream that belong to one turn of a chain.
const WORDS: u64 = 8;

impl TwoStateChain {
    /// The chain of a node whose luck is this stream, at the start.
    pub fn begin(law: &TwoState, luck: &mut Generator, start: SimTime) -> Self {
        luck.at_word(0);
        let holds = luck.unit_f64() < law.share;
        let mut chain = Self {
            holds,
            until: start,
            turn: 0,
        };
        chain.lengthen(law, luck, true);
        chain
    }

    /// Lets the chain go on to an instant, which must not lie before one it was asked for earlier.
    pub fn advance(&mut self, law: &TwoState, luck: &mut Generator, at: SimTime) {
        while self.until <= at {
            self.holds = !self.holds;
            self.turn += 1;
            self.lengthen(law, luck, false);
        }
    }

    /// Whether the condition holds, and until when it will (or will not).
    pub const fn state(&self) -> (bool, SimTime) {
        (self.holds, self.until)
    }

    fn lengthen(&mut self, law: &TwoState, luck: &mut Generator, first: bool) {
        luck.at_word(WORDS * (1 + u64::from(self.turn)));
        let span = match (self.holds, first) {
            (true, true) => law.rest(luck),
            (true, false) => law.time.sample(luck),
            (false, _) => {
                let free = -patchbench_kernel::math::ln(luck.unit_f64()) * law.mean_free_ms();
                // A millennium is as good as never, and far from the end of time.
                SimDuration::from_millis((free as i64).min(SimDuration::from_days(365_000).millis()))
            }
        };
        // At least a millisecond: a chain that is asked goes on.
        let span = span.max(SimDuration::from_millis(1));
        self.until = self.until.saturating_add(span);
    }
}
