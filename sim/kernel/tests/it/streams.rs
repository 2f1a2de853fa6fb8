//! Addresses of chance: layout, independence, random access.

use patchbench_kernel::{StreamKey, Streams};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::statistics::{assert_near, assert_plausible};

/// A full address; the parts in the order in which they are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    seed: u64,
    replication: u64,
    purpose: u32,
    attempt: u32,
    entity: u64,
}

impl Address {
    const FIRST: Self = Self {
        seed: 42,
        replication: 0,
        purpose: 2,
        attempt: 0,
        entity: 0,
    };

    fn generator(self) -> patchbench_kernel::Generator {
        Streams::new(self.seed, self.replication).generator(StreamKey {
            purpose: self.purpose,
            entity: self.entity,
            attempt: self.attempt,
        })
    }

    fn words(self, count: usize) -> Vec<u32> {
        let mut words = vec![0; count];
        self.generator().fill_u32(&mut words);
        words
    }
}

/// The parts of an address, each as a way to another address.
type Part = (&'static str, u32, fn(Address, u64) -> Address);

const PARTS: [Part; 5] = [
    ("seed", 64, |address, value| Address {
        seed: value,
        ..address
    }),
    ("replication", 64, |address, value| Address {
        replication: value,
        ..address
    }),
    ("purpose", 32, |address, value| Address {
        purpose: value as u32,
        ..address
    }),
    ("attempt", 32, |address, value| Address {
        attempt: value as u32,
        ..address
    }),
    ("entity", 64, |address, value| Address {
        entity: value,
        ..address
    }),
];

/// Worked out from the definition of ChaCha with 8 rounds by a program of its own: key = seed,
/// replication, purpose, attempt (little endian), then zeros; block counter 64 bits; nonce = entity.
#[test]
fn the_layout_of_an_address_is_pinned() {
    assert_eq!(
        Address::FIRST.words(4),
        [0x09AB_05F7, 0xB455_80A9, 0x4A71_22DD, 0x457D_BDD9]
    );
    let address = Address {
        seed: 0x0123_4567_89AB_CDEF,
        replication: 0x1122_3344_5566_7788,
        purpose: 0xA1B2_C3D4,
        attempt: 0x0F1E_2D3C,
        entity: 0xFEDC_BA98_7654_3210,
    };
    let words = address.words(19);
    assert_eq!(words[..4], [0x86F5_CBF2, 0x4571_3A1A, 0x0F33_0C52, 0xAFC5_6D61]);
    assert_eq!(words[17..], [0xFD46_BE18, 0xB56E_6232]);
}

proptest! {
    #[test]
    fn an_address_is_laid_out_literally_in_key_and_stream_number(
        seed: u64, replication: u64, purpose: u32, attempt: u32, entity: u64
    ) {
        let mut key = [0; 32];
        let parts = [&seed.to_le_bytes()[..], &replication.to_le_bytes(), &purpose.to_le_bytes(), &attempt.to_le_bytes()];
        key[..24].copy_from_slice(&parts.concat());
        let mut plain = ChaCha8Rng::from_seed(key);
        plain.set_stream(entity);
        let words = Address { seed, replication, purpose, attempt, entity }.words(40);
        let expected: Vec<u32> = (0..40).map(|_| plain.next_u32()).collect();
        prop_assert_eq!(words, expected);
    }

    #[test]
    fn any_place_of_a_stream_is_reached_without_the_way_there(entity: u64, position in 0usize..1500, count in 0usize..200) {
        let address = Address { entity, ..Address::FIRST };
        let sequential = address.words(position + count + 2);
        let mut generator = address.generator();
        // From anywhere: forward from the start, then back again.
        for _ in 0..2 {
            generator.at_word(position as u64);
            let mut words = vec![0; count];
            generator.fill_u32(&mut words);
            prop_assert_eq!(&words[..], &sequential[position..position + count]);
            let (low, high) = (sequential[position + count], sequential[position + count + 1]);
            prop_assert_eq!(generator.next_u64(), u64::from(high) << 32 | u64::from(low));
        }
    }

    #[test]
    fn numbers_below_a_bound_are_below_it(n in prop_oneof![1u64..100, any::<u64>().prop_map(|n| n.max(1))], entity: u64) {
        let mut generator = Address { entity, ..Address::FIRST }.generator();
        for _ in 0..20 {
            prop_assert!(generator.below(n) < n);
        }
    }
}

#[test]
fn far_places_of_a_stream_are_places_of_their_own() {
    let mut generator = Address::FIRST.generator();
    let mut seen = std::collections::BTreeSet::new();
    // 68 bits of words belong to a stream; every place of 64 bits can be asked for.
    for bit in 0..64 {
        generator.at_word(1 << bit);
        assert!(seen.insert(generator.next_u64()), "word 2^{bit} was seen before");
    }
}

#[test]
fn every_bit_of_an_address_matters() {
    let mut seen = std::collections::BTreeSet::from([Address::FIRST.words(4)]);
    for (name, bits, with) in PARTS {
        let value = match name {
            "seed" => 42,
            "purpose" => 2,
            _ => 0,
        };
        for bit in 0..bits {
            let other = with(Address::FIRST, value ^ 1 << bit);
            assert_ne!(other, Address::FIRST);
            assert!(
                seen.insert(other.words(4)),
                "bit {bit} of the {name} gives a stream that was there"
            );
        }
    }
    assert_eq!(seen.len(), 64 * 3 + 32 * 2 + 1);
}

#[test]
fn the_streams_of_a_grid_of_addresses_are_all_different() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..6u64.pow(5) {
        let address = PARTS
            .iter()
            .enumerate()
            .fold(Address::FIRST, |address, (index, (_, _, with))| {
                with(address, number / 6u64.pow(index as u32) % 6)
            });
        assert!(
            seen.insert(address.words(4)),
            "{address:?} repeats another stream"
        );
    }
}

/// Correlation of two rows of words, times the root of their number: standard normal if they are
/// independent.
fn correlation(a: &[u32], b: &[u32]) -> f64 {
    // Mean and variance of a uniform word are known.
    let centred = |word: &u32| (f64::from(*word) + 0.5) / 4_294_967_296.0 - 0.5;
    let sum: f64 = a.iter().zip(b).map(|(a, b)| centred(a) * centred(b)).sum();
    sum * 12.0 / (a.len() as f64).sqrt()
}

#[test]
fn neighbouring_addresses_are_not_correlated() {
    const PAIRS: u64 = 100;
    for (name, _, with) in PARTS {
        let mut squares = 0.0;
        for value in 0..PAIRS {
            let (here, next) = (with(Address::FIRST, value), with(Address::FIRST, value + 1));
            let z = correlation(&here.words(1024), &next.words(1024));
            // Of 500 independent normals the largest is beyond 4.7 once in 800 tries.
            assert!(z.abs() < 4.7, "{name} {value} and {}: {z}", value + 1);
            squares += z * z;
        }
        // The squares of 100 normals: mean 100, variance 200.
        assert_near(name, squares, (2.0 * PAIRS as f64).sqrt(), PAIRS as f64);
    }
}

#[test]
fn the_first_words_of_neighbouring_addresses_make_no_pattern() {
    for (name, _, with) in PARTS {
        let firsts: Vec<u32> = (0..20_000)
            .map(|value| with(Address::FIRST, value).words(1)[0])
            .collect();
        for lag in [1, 2, 16] {
            let z = correlation(&firsts[lag..], &firsts[..firsts.len() - lag]);
            assert!(z.abs() < 4.0, "{name}, lag {lag}: {z}");
        }
        let mut counts = [0; 64];
        for word in &firsts {
            counts[(word >> 26) as usize] += 1;
        }
        assert_plausible(name, &counts, &[20_000.0 / 64.0; 64]);
    }
}

#[test]
fn the_words_of_all_streams_together_are_uniform() {
    const STREAMS: u64 = 2048;
    const WORDS: usize = 64;
    let mut counts = vec![[0u64; 256]; 4];
    let mut pairs = vec![0u64; 256];
    for entity in 0..STREAMS {
        let words = Address {
            entity,
            ..Address::FIRST
        }
        .words(WORDS);
        for word in &words {
            for (byte, counts) in word.to_le_bytes().iter().zip(&mut counts) {
                counts[*byte as usize] += 1;
            }
        }
        // Successive words: the two normals and the coins of a node lie side by side.
        for pair in words.chunks_exact(2) {
            pairs[(pair[0] >> 28 << 4 | pair[1] >> 28) as usize] += 1;
        }
    }
    let words = STREAMS as f64 * WORDS as f64;
    for (byte, counts) in counts.iter().enumerate() {
        assert_plausible(&format!("byte {byte}"), counts, &[words / 256.0; 256]);
    }
    assert_plausible("pairs", &pairs, &[words / 2.0 / 256.0; 256]);
}

#[test]
fn numbers_below_a_bound_are_equally_likely() {
    let mut generator = Address::FIRST.generator();
    for n in [2u64, 3, 10, 37] {
        let mut counts = vec![0; n as usize];
        (0..40_000).for_each(|_| counts[generator.below(n) as usize] += 1);
        assert_plausible(
            &format!("below {n}"),
            &counts,
            &vec![40_000.0 / n as f64; n as usize],
        );
    }
    assert_eq!(generator.below(1), 0);
    // A bound of three quarters of all words: a plain remainder would draw the lower third twice as often.
    let n = 3 << 62;
    let low = (0..40_000).filter(|_| generator.below(n) < n / 3).count() as f64;
    assert_near(
        "lower third",
        low,
        (40_000.0f64 * 2.0 / 9.0).sqrt(),
        40_000.0 / 3.0,
    );
}

#[test]
fn unit_numbers_are_uniform_and_never_an_end() {
    let mut generator = Address::FIRST.generator();
    let draws: Vec<f64> = (0..100_000).map(|_| generator.unit_f64()).collect();
    assert!(draws.iter().all(|draw| *draw > 0.0 && *draw < 1.0));
    let n = draws.len() as f64;
    assert_near(
        "mean",
        draws.iter().sum::<f64>() / n,
        (1.0 / 12.0 / n).sqrt(),
        0.5,
    );
    let mut counts = [0; 100];
    for draw in &draws {
        counts[(draw * 100.0) as usize] += 1;
    }
    assert_plausible("hundredths", &counts, &[n / 100.0; 100]);
}
