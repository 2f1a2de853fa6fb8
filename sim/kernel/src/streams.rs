//! Randomness with an address.
//!
//! A draw is named by seed, replication, purpose, attempt and entity, laid out literally in the key
//! and stream number of ChaCha8: no hashing, no collisions, no order of creation. Whoever asks the
//! same question gets the same answer.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The streams of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    replication: u64,
}

/// Names one stream of a replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// What chance is asked for.
    pub purpose: u32,
    /// About whom.
    pub entity: u64,
    /// The how-manieth time.
    pub attempt: u32,
}

impl Streams {
    /// The streams of replication `replication` under a seed.
    pub const fn new(seed: u64, replication: u64) -> Self {
        Self { seed, replication }
    }

    /// The generator of a stream. Key: seed, replication, purpose, attempt (little endian, 8 + 8 +
    /// 4 + 4 bytes, then zeros); stream number: entity.
    pub fn generator(&self, key: StreamKey) -> Generator {
        let mut bytes = [0; 32];
        bytes[0..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.replication.to_le_bytes());
        bytes[16..20].copy_from_slice(&key.purpose.to_le_bytes());
        bytes[20..24].copy_from_slice(&key.attempt.to_le_bytes());
        let mut chacha = ChaCha8Rng::from_seed(bytes);
        chacha.set_stream(key.entity);
        Generator { chacha }
    }
}

/// A stream of uniform words.
#[derive(Clone, Debug)]
pub struct Generator {
    chacha: ChaCha8Rng,
}

impl Generator {
    /// The next word.
    pub fn next_u32(&mut self) -> u32 {
        self.chacha.next_u32()
    }

    /// The next two words.
    pub fn next_u64(&mut self) -> u64 {
        self.chacha.next_u64()
    }

    /// A uniform number in the open interval (0, 1), with 53 bits.
    pub fn unit_f64(&mut self) -> f64 {
        unit(self.next_u64())
    }

    /// A uniform whole number below `n`, without bias (Lemire 2019). `n` must not be 0.
    pub fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Goes to a place in the stream, counted in words of 32 bits.
    pub fn at_word(&mut self, position: u64) {
        self.chacha.set_word_pos(u128::from(position));
    }

    /// The next words, as many as `words` holds.
    pub fn fill_u32(&mut self, words: &mut [u32]) {
        for word in words {
            *word = self.chacha.next_u32();
        }
    }

    /// The next words, four to each of the rows: the first word of each four in the first row, and so on.
    pub fn fill_rows(&mut self, rows: [&mut [u32]; 4]) {
        const AT_ONCE: usize = 64;
        let [first, second, third, fourth] = rows;
        let mut bytes = [0; AT_ONCE * 16];
        let word = |bytes: &[u8], place: usize| {
            let bytes = &bytes[4 * place..4 * place + 4];
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        };
        let places = first.chunks_mut(AT_ONCE).zip(second.chunks_mut(AT_ONCE));
        let places = places
            .zip(third.chunks_mut(AT_ONCE))
            .zip(fourth.chunks_mut(AT_ONCE));
        for (((first, second), third), fourth) in places {
            let bytes = &mut bytes[..first.len() * 16];
            self.chacha.fill_bytes(bytes);
            let fours = bytes.chunks_exact(16);
            let places = first.iter_mut().zip(second).zip(third).zip(fourth);
            for ((((first, second), third), fourth), four) in places.zip(fours) {
                *first = word(four, 0);
                *second = word(four, 1);
                *third = word(four, 2);
                *fourth = word(four, 3);
            }
        }
    }
}

/// The middle of one of 2^53 - 1 equal steps of (0, 1).
fn unit(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    ((bits >> 11) as f64 + 0.5) * STEP * (1.0 - f64::EPSILON / 2.0)
}
