//! Sums over the ages at which many nodes got a patch, for exposure and for its weight by the curve of
//! exploitation, without a step for each node and patch.

use crate::measures::Exploitation;

/// When nodes made one transition: milliseconds since some base, rising.
pub(super) struct Times<'a> {
    pub(super) at: &'a [u32],
    total: Sums,
}

/// Number, sum and sum of squares of ages in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    nodes: i128,
    ages: i128,
    squares: i128,
}

impl<'a> Times<'a> {
    pub(super) fn new(at: &'a [u32]) -> Self {
        Self {
            at,
            total: Sums::of(at),
        }
    }

    /// How many come before an instant.
    pub(super) fn before(&self, since: i64) -> usize {
        self.at.partition_point(|at| i64::from(*at) < since)
    }

    fn part(&self, from: usize, until: usize) -> Sums {
        // Openings are short beside the pieces of a curve: mostly, the part is the whole.
        if (from, until) == (0, self.at.len()) {
            self.total
        } else {
            Sums::of(&self.at[from..until])
        }
    }

    /// Node-milliseconds from a release that lies `waited` milliseconds before the base. Nodes that
    /// had the patch before its release, in a successor that came out earlier, have waited no time.
    pub(super) fn exposure(&self, waited: i64) -> i128 {
        self.part(self.before(-waited), self.at.len()).later(waited).ages
    }

    /// Adds the ages to the piece of the curve on which each lies.
    pub(super) fn sort_into(&self, pieces: &mut [Sums], curve: &Exploitation, waited: i64) {
        let mut from = self.before(-waited);
        while let Some(first) = self.at.get(from) {
            let age = i64::from(*first) + waited;
            let piece = piece_at(curve, age);
            let until = if piece + 1 < curve.pieces() {
                self.before(curve.begins(piece + 1) - waited)
            } else {
                self.at.len()
            };
            pieces[piece].add(self.part(from, until).later(waited - curve.begins(piece)));
            from = until;
        }
    }
}

fn piece_at(curve: &Exploitation, age: i64) -> usize {
    (1..curve.pieces())
        .take_while(|piece| curve.begins(*piece) <= age)
        .last()
        .unwrap_or(0)
}

impl Sums {
    fn of(ages: &[u32]) -> Self {
        let (mut sum, mut squares) = (0u64, 0u128);
        for age in ages {
            let age = u64::from(*age);
            sum += age;
            squares += u128::from(age * age);
        }
        Self {
            nodes: ages.len() as i128,
            ages: i128::from(sum),
            squares: squares as i128,
        }
    }

    /// The same ages, all larger by so many milliseconds.
    fn later(self, by: i64) -> Self {
        let by = i128::from(by);
        Self {
            nodes: self.nodes,
            ages: self.ages + by * self.nodes,
            squares: self.squares + by * (2 * self.ages + by * self.nodes),
        }
    }

    fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.ages += other.ages;
        self.squares += other.squares;
    }
}

/// Adds nodes of one age.
pub(super) fn add_nodes(pieces: &mut [Sums], curve: &Exploitation, (nodes, age): (u32, i64)) {
    let piece = piece_at(curve, age);
    let one = Sums {
        nodes: i128::from(nodes),
        ..Sums::default()
    };
    pieces[piece].add(one.later(age - curve.begins(piece)));
}

/// The exploitable exposure (see `CoverageRecord::exploitable`) and the sum of the shares at the ages.
pub(super) fn weigh(pieces: &[Sums], curve: &Exploitation, doubled_areas: &[i128]) -> (i128, i128) {
    let (mut exposure, mut shares) = (0, 0);
    for (number, (sums, area)) in pieces.iter().zip(doubled_areas).enumerate() {
        let (low, rise, span) = curve.piece(number);
        exposure += sums.nodes * area + 2 * low * sums.ages + rise * sums.squares / span;
        shares += sums.nodes * low + rise * sums.ages / span;
    }
    (exposure, shares)
}
