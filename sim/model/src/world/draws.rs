//! The luck of a command's nodes, drawn ahead in blocks in node order.
//!
//! Each node owns four words of its command's stream, at a place given by its number: the same node
//! meets the same luck whatever the order in which nodes are sent to.

use std::ops::Range;

use patchbench_kernel::{Distribution, Generator, StreamKey, Streams, rows};

use super::observe::CommandId;
use super::purpose::Purpose;
use crate::fleet::Behavior;

/// Nodes drawn at once where they are sent to by number.
const BLOCK: u32 = 256;

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

/// The luck of the nodes of a block: each of the rows has a place for each node, and means what the field
/// of [`NodeLuck`] says. Several nodes are worked out at once.
#[derive(Debug, Default)]
pub(super) struct LuckRows {
    pub(super) install_factor: Vec<f64>,
    pub(super) reboot_ms: Vec<f64>,
    pub(super) scan_ms: Vec<f64>,
    pub(super) fails: Vec<u32>,
    pub(super) reboots: Vec<u32>,
    pub(super) scan_fails: Vec<u32>,
    /// Words behind the normals, words and normals of which nothing is made.
    spare: [Vec<u32>; 3],
    unused: Vec<f64>,
}

impl LuckRows {
    #[inline]
    fn at(&self, place: usize) -> NodeLuck {
        NodeLuck {
            install_factor: self.install_factor[place],
            reboot_ms: self.reboot_ms[place],
            scan_ms: self.scan_ms[place],
            fails: self.fails[place],
            reboots: self.reboots[place],
            scan_fails: self.scan_fails[place],
        }
    }

    fn resize(&mut self, nodes: usize) {
        let times = [
            &mut self.install_factor,
            &mut self.reboot_ms,
            &mut self.scan_ms,
            &mut self.unused,
        ];
        for row in times {
            row.resize(nodes, 0.0);
        }
        let words = [&mut self.fails, &mut self.reboots, &mut self.scan_fails];
        for row in words.into_iter().chain(&mut self.spare) {
            row.resize(nodes, 0);
        }
    }
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
    rows: LuckRows,
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
            rows: LuckRows::default(),
        }
    }

    /// The luck of `node`; `alike` are the numbers of nodes that share its behaviour.
    #[inline]
    pub(super) fn of(&mut self, node: u32, alike: &Range<u32>, behavior: &Behavior) -> NodeLuck {
        if !self.block.contains(&node) {
            self.draw_around(node, alike, behavior);
        }
        self.rows.at((node - self.block.start) as usize)
    }

    /// The luck of the nodes around one, and which they are.
    pub(super) fn around(
        &mut self,
        node: u32,
        alike: &Range<u32>,
        behavior: &Behavior,
    ) -> (&Range<u32>, &LuckRows) {
        if !self.block.contains(&node) {
            self.draw_around(node, alike, behavior);
        }
        (&self.block, &self.rows)
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

    #[inline(never)]
    fn draw_around(&mut self, node: u32, alike: &Range<u32>, behavior: &Behavior) {
        let first = node / self.ahead * self.ahead;
        let end = first.saturating_add(self.ahead).min(alike.end);
        let block = first.max(alike.start)..end;
        self.rows.resize(block.len());
        self.draw_runs(block.start, behavior);
        self.draw_scans(block.start, behavior);
        self.draw_odd_times(&block, behavior);
        self.block = block;
    }

    fn draw_runs(&mut self, start: u32, behavior: &Behavior) {
        let LuckRows {
            install_factor,
            reboot_ms,
            fails,
            reboots,
            spare: [radii, angles, _],
            ..
        } = &mut self.rows;
        self.invocation.at_word(u64::from(start) * WORDS);
        self.invocation.fill_rows([radii, angles, fails, reboots]);
        rows::normal_pairs(radii, angles, (install_factor, reboot_ms));
        to_times(&behavior.install_time, 1.0, install_factor);
        to_times(&behavior.reboot_time, behavior.reboot_time.scale_ms(), reboot_ms);
    }

    fn draw_scans(&mut self, start: u32, behavior: &Behavior) {
        let constant = matches!(behavior.scan_time, Distribution::Constant(_));
        let LuckRows {
            scan_ms,
            scan_fails,
            spare: [radii, angles, fourth],
            unused,
            ..
        } = &mut self.rows;
        if constant && behavior.scan_failure == 0.0 {
            scan_ms.fill(behavior.scan_time.scale_ms());
            scan_fails.fill(0);
            return;
        }
        self.scan.at_word(u64::from(start) * WORDS);
        self.scan.fill_rows([radii, angles, scan_fails, fourth]);
        rows::normal_pairs(radii, angles, (scan_ms, unused));
        to_times(&behavior.scan_time, behavior.scan_time.scale_ms(), scan_ms);
    }

    /// Times that do not follow from a normal: each such node has a place in a stream of its own.
    fn draw_odd_times(&mut self, block: &Range<u32>, behavior: &Behavior) {
        let odd =
            |time: &Distribution| !matches!(time, Distribution::Constant(_) | Distribution::Lognormal { .. });
        let times = [&behavior.install_time, &behavior.reboot_time, &behavior.scan_time];
        let rows = [
            &mut self.rows.install_factor,
            &mut self.rows.reboot_ms,
            &mut self.rows.scan_ms,
        ];
        let scales = [
            1.0,
            behavior.reboot_time.scale_ms(),
            behavior.scan_time.scale_ms(),
        ];
        let parts = [0, TIME_WORDS / 4, TIME_WORDS / 2];
        for (((time, row), scale), part) in times.into_iter().zip(rows).zip(scales).zip(parts) {
            if !odd(time) {
                continue;
            }
            for (node, place) in block.clone().zip(row) {
                self.times.at_word(u64::from(node) * TIME_WORDS + part);
                *place = scale * time.factor_with(&mut self.times);
            }
        }
    }
}

/// Turns normals into times: a scale times the factors of a constant or lognormal time; the scale itself
/// for the others, which are drawn apart.
fn to_times(time: &Distribution, scale: f64, normals: &mut [f64]) {
    if let Distribution::Lognormal { sigma, .. } = time {
        rows::scaled_exp(scale, *sigma, normals);
    } else {
        normals.fill(scale);
    }
}

/// Whether a uniform word falls below a probability.
#[inline]
pub(super) fn happens(word: u32, probability: f64) -> bool {
    f64::from(word) < probability * 4_294_967_296.0
}
