//! W2: a year of releases over three rings, as a model that any event list can drive.

use crate::{DAY, Sampler, WEEKS, release_days};

const FAILURE: f64 = 0.02;
const REBOOT: f64 = 0.7;
const REBOOT_TIME: (f64, f64) = (180.0, 0.4);
/// Installing `k` patches takes `BASE + k * PER_PATCH` seconds times a lognormal factor.
const BASE: f64 = 120.0;
const PER_PATCH: f64 = 15.0;
const FACTOR: (f64, f64) = (1.0, 0.5);
/// No node starts later after an opening.
const LAST_START: f64 = 3.0 * 3_600.0;
const HORIZON: f64 = 7.0 * WEEKS as f64 * DAY;

/// Shares of a ring's nodes whose dates are noted, in percent.
pub const SHARES: [u32; 4] = [50, 90, 95, 100];

/// Nodes that are patched together. Times are in seconds.
#[derive(Clone, Debug)]
pub struct Ring {
    /// Name.
    pub name: &'static str,
    /// Number of the first node.
    pub first: u32,
    /// Number of nodes.
    pub nodes: u32,
    /// From a patch's release to its approval.
    pub delay: f64,
    /// From Monday, 00:00, to the opening of the weekly window.
    pub opens: f64,
}

impl Ring {
    fn slots(&self) -> u32 {
        self.nodes / 10
    }

    fn tolerated(&self) -> u32 {
        self.nodes / 20
    }
}

/// The fleet and the patches.
#[derive(Clone, Debug)]
pub struct W2 {
    /// Nodes of all rings.
    pub nodes: u32,
    /// Rings, in the order of their nodes.
    pub rings: Vec<Ring>,
    /// Release times in seconds, rising.
    pub releases: Vec<f64>,
}

impl W2 {
    /// A fleet of this size, a multiple of ten.
    pub fn new(nodes: u32) -> Self {
        let ring = |name, tenths: [u32; 2], delay, day| Ring {
            name,
            first: nodes / 10 * tenths[0],
            nodes: nodes / 10 * (tenths[1] - tenths[0]),
            delay: delay * DAY,
            opens: day * DAY + 2.0 * 3_600.0,
        };
        Self {
            nodes: nodes / 10 * 10,
            rings: vec![
                ring("dev", [0, 1], 0.0, 2.0),
                ring("test", [1, 3], 3.0, 3.0),
                ring("prod", [3, 10], 7.0, 6.0),
            ],
            releases: release_days(1_000).iter().map(|days| days * DAY).collect(),
        }
    }

    /// Patches that a ring has approved: so many of the first.
    fn approved(&self, ring: &Ring, now: f64) -> u32 {
        self.releases
            .partition_point(|release| release + ring.delay <= now) as u32
    }
}

/// One node in one window.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Number of the ring.
    pub ring: u8,
    /// Number of the node.
    pub node: u32,
    /// What it will have: so many of the first patches.
    pub until: u32,
}

/// What may happen.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A ring's window opens.
    Opens(u8),
    /// A node has installed, or failed to.
    InstallEnds(Session),
    /// A node is back.
    RebootEnds(Session),
}

/// How a ring fared.
#[derive(Clone, Debug)]
pub struct RingOutcome {
    /// Its name.
    pub name: &'static str,
    /// Node-days from release to install, or to the horizon.
    pub exposure: f64,
    /// Days from release until each of [`SHARES`] has the patch: the median patch of those approved.
    pub days: [f64; SHARES.len()],
}

/// How the year went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Nodes that started, summed over the windows.
    pub sessions: u64,
    /// Installs that failed.
    pub failed: u64,
    /// Nodes that rebooted.
    pub reboots: u64,
    /// Patches installed, summed over the nodes.
    pub installed: u64,
    /// By ring.
    pub rings: Vec<RingOutcome>,
}

/// A ring's window, and what its nodes have.
struct Progress {
    opened: f64,
    approved: u32,
    next: u32,
    failed: u32,
    /// Nodes that make up each of the shares.
    marks: [u32; SHARES.len()],
    spreads: Vec<Spread>,
    /// Of what is installed, in node-seconds.
    exposure: f64,
}

/// How far a patch has spread in a ring.
#[derive(Clone)]
struct Spread {
    nodes: u32,
    /// Shares reached, and when.
    passed: usize,
    reached: [f64; SHARES.len()],
}

impl Spread {
    fn one_more(&mut self, marks: &[u32; SHARES.len()], now: f64) {
        self.nodes += 1;
        while marks.get(self.passed) == Some(&self.nodes) {
            self.reached[self.passed] = now;
            self.passed += 1;
        }
    }
}

/// The year under way.
pub struct Year {
    w2: W2,
    sampler: Sampler,
    /// By node: it has so many of the first patches.
    levels: Vec<u32>,
    rings: Vec<Progress>,
    outcome: Outcome,
}

impl Year {
    /// The first Monday, 00:00.
    pub fn new(w2: &W2, seed: u64) -> Self {
        let nowhere = Spread {
            nodes: 0,
            passed: 0,
            reached: [f64::INFINITY; SHARES.len()],
        };
        let progress = |ring: &Ring| Progress {
            opened: 0.0,
            approved: 0,
            next: 0,
            failed: 0,
            marks: SHARES.map(|share| (ring.nodes * share).div_ceil(100)),
            spreads: vec![nowhere.clone(); w2.releases.len()],
            exposure: 0.0,
        };
        Self {
            w2: w2.clone(),
            sampler: Sampler::new(seed),
            levels: vec![0; w2.nodes as usize],
            rings: w2.rings.iter().map(progress).collect(),
            outcome: Outcome {
                sessions: 0,
                failed: 0,
                reboots: 0,
                installed: 0,
                rings: Vec::new(),
            },
        }
    }

    /// Every opening of the year, with its time.
    pub fn openings(&self) -> Vec<(f64, Event)> {
        let week = |week: usize| {
            let monday = 7.0 * week as f64 * DAY;
            let rings = self.w2.rings.iter().zip(0..);
            rings.map(move |(ring, number)| (monday + ring.opens, Event::Opens(number)))
        };
        (0..WEEKS).flat_map(week).collect()
    }

    /// Handles an event; `schedule(seconds, event)` asks for another one so much later.
    pub fn handle(&mut self, now: f64, event: Event, schedule: &mut impl FnMut(f64, Event)) {
        match event {
            Event::Opens(ring) => self.open(ring, now, schedule),
            Event::InstallEnds(session) => {
                if self.sampler.happens(FAILURE) {
                    self.rings[session.ring as usize].failed += 1;
                    self.outcome.failed += 1;
                } else if self.sampler.happens(REBOOT) {
                    self.outcome.reboots += 1;
                    let time = self.sampler.lognormal(REBOOT_TIME.0, REBOOT_TIME.1);
                    schedule(time, Event::RebootEnds(session));
                    return;
                } else {
                    self.installed(session, now);
                }
                self.start(session.ring, now, schedule);
            }
            Event::RebootEnds(session) => {
                self.installed(session, now);
                self.start(session.ring, now, schedule);
            }
        }
    }

    fn open(&mut self, number: u8, now: f64, schedule: &mut impl FnMut(f64, Event)) {
        let ring = &self.w2.rings[number as usize];
        let progress = &mut self.rings[number as usize];
        progress.opened = now;
        progress.approved = self.w2.approved(ring, now);
        progress.next = 0;
        progress.failed = 0;
        for _ in 0..ring.slots() {
            self.start(number, now, schedule);
        }
    }

    /// Gives a free slot to the next node that misses anything.
    fn start(&mut self, number: u8, now: f64, schedule: &mut impl FnMut(f64, Event)) {
        let ring = &self.w2.rings[number as usize];
        let progress = &mut self.rings[number as usize];
        let own = &self.levels[ring.first as usize..][..ring.nodes as usize];
        let up_to_date = |level: &&u32| **level == progress.approved;
        progress.next += own[progress.next as usize..]
            .iter()
            .take_while(up_to_date)
            .count() as u32;
        let ended = progress.failed > ring.tolerated() || now - progress.opened > LAST_START;
        if ended || progress.next == ring.nodes {
            return;
        }
        let missing = progress.approved - own[progress.next as usize];
        let session = Session {
            ring: number,
            node: ring.first + progress.next,
            until: progress.approved,
        };
        progress.next += 1;
        self.outcome.sessions += 1;
        let factor = self.sampler.lognormal(FACTOR.0, FACTOR.1);
        let time = (BASE + PER_PATCH * f64::from(missing)) * factor;
        schedule(time, Event::InstallEnds(session));
    }

    fn installed(&mut self, session: Session, now: f64) {
        let until = session.until as usize;
        let level = &mut self.levels[session.node as usize];
        let from = std::mem::replace(level, session.until) as usize;
        let progress = &mut self.rings[session.ring as usize];
        let released = &self.w2.releases[from..until];
        for (spread, release) in progress.spreads[from..until].iter_mut().zip(released) {
            progress.exposure += now.min(HORIZON) - release;
            spread.one_more(&progress.marks, now);
        }
        self.outcome.installed += (until - from) as u64;
    }

    /// The outcome, once nothing is left to happen.
    pub fn finish(self) -> Outcome {
        let rings = self.w2.rings.iter().zip(&self.rings);
        let rings = rings.map(|(ring, progress)| RingOutcome {
            name: ring.name,
            exposure: self.exposure(ring, progress),
            days: self.days(ring, progress),
        });
        Outcome {
            rings: rings.collect(),
            ..self.outcome
        }
    }

    fn exposure(&self, ring: &Ring, progress: &Progress) -> f64 {
        let spreads = self.w2.releases.iter().zip(&progress.spreads);
        let open =
            spreads.map(|(release, spread)| f64::from(ring.nodes - spread.nodes) * (HORIZON - release));
        (progress.exposure + open.sum::<f64>()) / DAY
    }

    fn days(&self, ring: &Ring, progress: &Progress) -> [f64; SHARES.len()] {
        let approved = self.w2.approved(ring, HORIZON) as usize;
        std::array::from_fn(|share| {
            let patches = self.w2.releases.iter().zip(&progress.spreads).take(approved);
            let mut days: Vec<f64> = patches
                .map(|(release, spread)| (spread.reached[share] - release) / DAY)
                .collect();
            days.sort_by(f64::total_cmp);
            days[days.len().div_ceil(2) - 1]
        })
    }
}
