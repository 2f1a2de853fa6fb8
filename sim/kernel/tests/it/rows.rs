//! Rows of numbers against the same numbers one by one: wide vectors give the bits of the plain
//! functions.

use patchbench_kernel::{Generator, StreamKey, Streams, math, rows};
use proptest::prelude::*;

fn generator(seed: u64) -> Generator {
    Streams::new(seed, 1).generator(StreamKey {
        purpose: 2,
        entity: 3,
        attempt: 4,
    })
}

fn bits(row: &[f64]) -> Vec<u64> {
    row.iter().map(|number| number.to_bits()).collect()
}

proptest! {
    #[test]
    fn rows_of_normals_have_the_bits_of_pairs(words in prop::collection::vec(any::<(u32, u32)>(), 0..70)) {
        let (radii, angles): (Vec<u32>, Vec<u32>) = words.iter().copied().unzip();
        let (mut first, mut second) = (vec![0.0; words.len()], vec![0.0; words.len()]);
        rows::normal_pairs(&radii, &angles, (&mut first, &mut second));
        let pairs = words
            .iter()
            .map(|(radius, angle)| math::normal_pair(*radius, *angle));
        let (one, other): (Vec<f64>, Vec<f64>) = pairs.unzip();
        prop_assert_eq!(bits(&first), bits(&one));
        prop_assert_eq!(bits(&second), bits(&other));
    }

    #[test]
    fn rows_of_exponentials_have_the_bits_of_single_ones(
        scale in 1.0..1e9f64,
        factor in 0.0..10.0f64,
        numbers in prop::collection::vec(-6.8..6.8f64, 0..70),
    ) {
        let mut row = numbers.clone();
        rows::scaled_exp(scale, factor, &mut row);
        let single: Vec<f64> = numbers.iter().map(|x| scale * math::exp(factor * x)).collect();
        prop_assert_eq!(bits(&row), bits(&single));
    }

    #[test]
    fn words_fill_four_rows_in_turn(seed: u64, start in 0u64..1_000, length in 0usize..200) {
        let mut rows = [0u32; 4].map(|word| vec![word; length]);
        let mut luck = generator(seed);
        luck.at_word(start);
        luck.fill_rows(rows.each_mut().map(Vec::as_mut_slice));
        let mut words = vec![0; 4 * length];
        let mut again = generator(seed);
        again.at_word(start);
        again.fill_u32(&mut words);
        for (place, four) in words.chunks_exact(4).enumerate() {
            let own = rows.each_ref().map(|row| row[place]);
            prop_assert_eq!(own.as_slice(), four);
        }
        prop_assert_eq!(luck.next_u32(), again.next_u32());
    }
}
