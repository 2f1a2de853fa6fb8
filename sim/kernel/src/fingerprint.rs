//! A running hash of what happened, to compare two runs.

use crate::{Entry, Phased};

/// A running 64-bit hash. Equal runs have equal fingerprints; it is no cryptographic hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Nothing absorbed yet.
    pub const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// Absorbs an event: its time, phase, sequence and kind.
    pub fn absorb<E: Phased>(&mut self, entry: &Entry<E>) {
        self.absorb_word(entry.at.millis() as u64);
        self.absorb_word(u64::from(entry.phase) << 8 | u64::from(entry.event.kind()));
        self.absorb_word(entry.sequence);
    }

    /// Absorbs a word.
    pub const fn absorb_word(&mut self, word: u64) {
        // One round of a multiply-xorshift mix over state and word.
        let mut mixed = (self.0 ^ word).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        mixed ^= mixed >> 33;
        mixed = mixed.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        self.0 = mixed ^ (mixed >> 29) ^ self.0.rotate_left(23);
    }

    /// The hash so far.
    pub const fn value(&self) -> u64 {
        self.0
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}
