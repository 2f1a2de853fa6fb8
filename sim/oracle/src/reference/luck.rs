//! What chance brings, drawn at the addresses that `Purpose` gives: what is asked for, about whom, and
//! the how-manieth time; each node has a place of its own.

use patchbench_kernel::{Distribution, Generator, StreamKey, Streams, math, round_ms};
use patchbench_model::fleet::{Behavior, TwoState};
use patchbench_model::world::{CommandId, Purpose};

/// The luck of a replication.
#[derive(Clone, Copy)]
pub(crate) struct Luck(pub(crate) Streams);

/// What is drawn for one node in one command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeLuck {
    pub(crate) scan_ms: f64,
    pub(crate) install_factor: f64,
    pub(crate) reboot_ms: f64,
    /// Uniform words behind what happens with a probability.
    pub(crate) scan_fails: u32,
    pub(crate) install_fails: u32,
    pub(crate) reboots: u32,
    pub(crate) transient: u32,
    pub(crate) killed: u32,
}

/// Whether something of this probability happens for a uniform word.
pub(crate) fn happens(word: u32, probability: f64) -> bool {
    f64::from(word) / 4_294_967_296.0 < probability
}

impl Luck {
    pub(crate) fn stream(&self, purpose: Purpose, entity: u64, attempt: usize) -> Generator {
        self.0.generator(StreamKey {
            purpose: purpose as u32,
            entity,
            attempt: attempt as u32,
        })
    }

    /// A stream that is a patch's own: its entity is the hash (FNV-1a) of the id.
    pub(crate) fn of_patch(&self, purpose: Purpose, id: &str, attempt: usize) -> Generator {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in id.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.stream(purpose, hash, attempt)
    }

    /// The luck of a node in a command.
    pub(crate) fn of_node(&self, id: CommandId, node: u32, behavior: &Behavior) -> NodeLuck {
        let entity = (id.window << 40 | id.task << 20 | id.part) as u64;
        let of_command = |purpose| self.stream(purpose, entity, id.opening);
        let node = u64::from(node);
        let words = |purpose, place: u64| {
            let mut stream = of_command(purpose);
            stream.at_word(place);
            [(); 4].map(|()| stream.next_u32())
        };
        let own = words(Purpose::Invocation, 4 * node);
        let scan = words(Purpose::Scan, 4 * node);
        let (install, reboot) = math::normal_pair(own[0], own[1]);
        let (scanning, _) = math::normal_pair(scan[0], scan[1]);
        // A lognormal time follows from a normal, others from places of their own.
        let factor = |time: &Distribution, normal: f64, place: u64| match time {
            Distribution::Lognormal { sigma, .. } => math::exp(sigma * normal),
            other => {
                let mut stream = of_command(Purpose::Times);
                stream.at_word(256 * node + place);
                other.factor_with(&mut stream)
            }
        };
        let (scan_time, reboot_time) = (&behavior.scan_time, &behavior.reboot_time);
        NodeLuck {
            scan_ms: scan_time.scale_ms() * factor(scan_time, scanning, 128),
            install_factor: factor(&behavior.install_time, install, 0),
            reboot_ms: reboot_time.scale_ms() * factor(reboot_time, reboot, 64),
            scan_fails: scan[2],
            install_fails: own[2],
            reboots: own[3],
            transient: words(Purpose::Transient, node)[0],
            killed: words(Purpose::Kill, node)[0],
        }
    }

    /// Until when a condition of a node holds that holds at an instant; `None`: it does not hold then. The
    /// node has been in it and free of it by turns since the start, each turn at its own place.
    pub(crate) fn condition(
        &self,
        purpose: Purpose,
        node: u32,
        law: &TwoState,
        (start, at): (i64, i64),
    ) -> Option<i64> {
        let mut stream = self.stream(purpose, u64::from(node), 0);
        let mut holds = stream.unit_f64() < law.share();
        let mut until = start;
        for turn in 0.. {
            stream.at_word(8 * (1 + turn));
            let lasts = match (holds, turn) {
                (true, 0) => rest(law, &mut stream),
                (true, _) => law.time().sample(&mut stream).millis(),
                (false, _) => free(law, &mut stream),
            };
            until += lasts.max(1);
            if at < until {
                return holds.then_some(until);
            }
            holds = !holds;
        }
        unreachable!("time passes")
    }
}

/// What is left of a condition that is met in the middle: a uniform part of a time that is the likelier
/// to be met the longer it is. An exponential time has no memory.
fn rest(law: &TwoState, stream: &mut Generator) -> i64 {
    let part = stream.unit_f64();
    match law.time() {
        time @ Distribution::Exponential { .. } => time.sample(stream).millis(),
        time @ Distribution::Lognormal { sigma, .. } => {
            let longer = math::exp(sigma * sigma);
            round_ms(time.scale_ms() * longer * time.factor_with(stream) * part)
        }
        time => round_ms(time.scale_ms() * part),
    }
}

/// An exponential time between two conditions, as long as makes their share right; fractions of
/// milliseconds are cut off, and a millennium is the most.
fn free(law: &TwoState, stream: &mut Generator) -> i64 {
    let mean = law.time().mean_ms() * (1.0 - law.share()) / law.share();
    let millennium = 365_000.0 * 86_400_000.0;
    (-math::ln(stream.unit_f64()) * mean).min(millennium) as i64
}
