//! The luck of a command's nodes, drawn ahead in blocks in node order.
//!
//! Each node owns four words of its command's stream, at a place given by its number: the same node
//! meets the same luck whatever the order in which nodes are sent to.

use std::ops::Range;

use patchbench_kernel::{Distribution, Generator, StreamKey, Streams, math};

use super::observe::CommandId;
use super::purpose::Purpose;
use crate::fleet::Behavior;

/// Nodes drawn at once where they are sent to by number.
const BLOCK: u32 = 512;

/// Words that a node owns in each stream.
const WORDS: u64 = 4;

/// Words that a node owns where distributions need more than a normal.
const TIME_WORDS: u64 = 256;

/// What is drawn for one node in one command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeLuck {
    /// Factor of the install time.
    pub(super) install_factor: f64,
    /// Reboot time in milliseconds, should it reboot.
    pub(super) reboot_ms: f64,
    /// Scan time in milliseconds.
    pub(super) scan_ms: f64,
    /// Uniform word behind the failure of an install.
    pub(super) fails: u32,
    /// Uniform word behind the reboot.
    pub(super) reboots: u32,
    /// Uniform word behind the failure of a scan.
    pub(super) scan_fails: u32,
}

/// Draws ahead for one command.
#[derive(Debug)]
pub(super) struct Draws {
    invocation: Generator,
    scan: Generator,
    times: Generator,
    transient: Generator,
    /// How many nodes are drawn at once.
    ahead: u32,
    block: Range<u32>,
    lucks: Vec<NodeLuck>,
    words: Vec<u32>,
    normals: Normals,
}

impl Draws {
    /// The luck of a command's nodes; `rising` says that they are asked for by number. In another
    /// order what is drawn ahead is of no use.
    pub(super) fn new(luck: &Streams, command: CommandId, rising: bool) -> Self {
        let entity = command.stream_entity();
        let stream = |purpose: Purpose| {
            luck.generator(StreamKey {
                purpose: purpose as u32,
                entity,
                attempt: command.opening as u32,
            })
        };
        Self {
            invocation: stream(Purpose::Invocation),
            scan: stream(Purpose::Scan),
            times: stream(Purpose::Times),
            transient: stream(Purpose::Transient),
            ahead: if rising { BLOCK } else { 1 },
            block: 0..0,
            lucks: Vec::new(),
            words: Vec::new(),
            normals: Normals::default(),
        }
    }

    /// The luck of `node`; `alike` are the numbers of nodes that share its behaviour.
    #[inline]
    pub(super) fn of(&mut self, node: u32, alike: &Range<u32>, behavior: &Behavior) -> NodeLuck {
        if !self.block.contains(&node) {
            let first = node / self.ahead * self.ahead;
            let end = first.saturating_add(self.ahead).min(alike.end);
            self.draw(first.max(alike.start)..end, behavior);
        }
        self.lucks[(node - self.block.start) as usize]
    }

    /// Attempts of a node's install that fail for transient reasons.
    #[inline]
    pub(super) fn failed_attempts(&mut self, node: u32, behavior: &Behavior) -> u32 {
        if behavior.transient.probability <= 0.0 {
            return 0;
        }
        self.transient.at_word(u64::from(node));
        behavior.transient.failed_attempts(self.transient.next_u32())
    }

    fn draw(&mut self, block: Range<u32>, behavior: &Behavior) {
        let nodes = block.len();
        self.words.resize(nodes * WORDS as usize, 0);
        self.lucks.clear();
        self.lucks.resize(nodes, NodeLuck::default());
        self.invocation.at_word(u64::from(block.start) * WORDS);
        self.invocation.fill_u32(&mut self.words);
        self.normals.draw(&self.words);
        let Normals { first, second, .. } = &mut self.normals;
        to_factors(&behavior.install_time, first);
        to_factors(&behavior.reboot_time, second);
        let reboot_scale = behavior.reboot_time.scale_ms();
        let words = self.words.chunks_exact(WORDS as usize);
        for (((luck, words), install), reboot) in self.lucks.iter_mut().zip(words).zip(first).zip(second) {
            luck.install_factor = *install;
            luck.reboot_ms = reboot_scale * *reboot;
            luck.fails = words[2];
            luck.reboots = words[3];
        }
        self.draw_scans(&block, behavior);
        self.draw_odd_times(&block, behavior);
        self.block = block;
    }

    fn draw_scans(&mut self, block: &Range<u32>, behavior: &Behavior) {
        let constant = matches!(behavior.scan_time, Distribution::Constant(_));
        if constant && behavior.scan_failure == 0.0 {
            self.lucks
                .iter_mut()
                .for_each(|luck| luck.scan_ms = behavior.scan_time.scale_ms());
            return;
        }
        self.scan.at_word(u64::from(block.start) * WORDS);
        self.scan.fill_u32(&mut self.words);
        self.normals.draw(&self.words);
        let factors = &mut self.normals.first;
        to_factors(&behavior.scan_time, factors);
        let scale = behavior.scan_time.scale_ms();
        let words = self.words.chunks_exact(WORDS as usize);
        for ((luck, words), factor) in self.lucks.iter_mut().zip(words).zip(factors) {
            luck.scan_ms = scale * *factor;
            luck.scan_fails = words[2];
        }
    }

    /// Times that do not follow from a normal: each such node has a place in a stream of its own.
    fn draw_odd_times(&mut self, block: &Range<u32>, behavior: &Behavior) {
        let odd =
            |time: &Distribution| !matches!(time, Distribution::Constant(_) | Distribution::Lognormal { .. });
        let (scan, install, reboot) = (&behavior.scan_time, &behavior.install_time, &behavior.reboot_time);
        if !(odd(scan) || odd(install) || odd(reboot)) {
            return;
        }
        for (node, luck) in block.clone().zip(&mut self.lucks) {
            self.times.at_word(u64::from(node) * TIME_WORDS);
            if odd(install) {
                luck.install_factor = install.factor_with(&mut self.times);
            }
            self.times.at_word(u64::from(node) * TIME_WORDS + TIME_WORDS / 4);
            if odd(reboot) {
                luck.reboot_ms = reboot.scale_ms() * reboot.factor_with(&mut self.times);
            }
            self.times.at_word(u64::from(node) * TIME_WORDS + TIME_WORDS / 2);
            if odd(scan) {
                luck.scan_ms = scan.scale_ms() * scan.factor_with(&mut self.times);
            }
        }
    }
}

/// Two normals for each node, in rows of their own: several numbers are worked out at once.
#[derive(Debug, Default)]
struct Normals {
    radii: Vec<u32>,
    angles: Vec<u32>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Normals {
    /// From the first two of each node's words.
    fn draw(&mut self, words: &[u32]) {
        let nodes = words.chunks_exact(WORDS as usize);
        self.first.resize(nodes.len(), 0.0);
        self.second.resize(nodes.len(), 0.0);
        self.radii.clear();
        self.radii.extend(nodes.clone().map(|words| words[0]));
        self.angles.clear();
        self.angles.extend(nodes.map(|words| words[1]));
        let words = self.radii.iter().zip(&self.angles);
        for ((first, second), (radius, angle)) in self.first.iter_mut().zip(&mut self.second).zip(words) {
            (*first, *second) = math::normal_pair(*radius, *angle);
        }
    }
}

/// Turns normals into the factors of a constant or lognormal time; 1 for the others, which are drawn
/// apart.
fn to_factors(time: &Distribution, normals: &mut [f64]) {
    if let Distribution::Lognormal { sigma, .. } = time {
        for normal in normals {
            *normal = math::exp(sigma * *normal);
        }
    } else {
        normals.fill(1.0);
    }
}

/// Whether a uniform word falls below a probability.
#[inline]
pub(super) fn happens(word: u32, probability: f64) -> bool {
    f64::from(word) < probability * 4_294_967_296.0
}
