//! Design points of a sweep: counted before any is built, and given by their numbers.

use std::fmt;

use patchbench_kernel::{StreamKey, Streams};
use patchbench_model::world::Purpose;
use patchbench_scenario::{Axis, DesignKind, Problem, Sweep};

/// Combinations of levels that a condition is asked about: it has to be asked about each.
const MOST_LOOKED_AT: u128 = 10_000_000;

/// A combination of levels, by axis; `None`: as in the scenario.
pub type DesignPoint = Vec<Option<usize>>;

/// The design points of a sweep, numbered from 0.
#[derive(Clone, Debug)]
pub struct Designs<'s> {
    sweep: &'s Sweep,
    layout: Layout,
    /// The candidates that meet the condition, when not all do.
    kept: Option<Vec<u64>>,
    count: u64,
}

/// How the candidates of a design are numbered.
#[derive(Clone, Debug)]
enum Layout {
    /// The last axis varies fastest.
    FullFactorial,
    /// The level of each axis at each point.
    LatinHypercube(Vec<Vec<usize>>),
    /// The scenario as it is, then level after level of axis after axis.
    OneAtATime,
}

/// Why the design points of a sweep cannot be had.
#[derive(Clone, Debug)]
pub enum DesignsError {
    /// There are too many.
    TooMany {
        /// How many there would be.
        count: u128,
        /// How many there may be.
        most: u64,
        /// Whether that is before a condition sorts out some.
        before_condition: bool,
    },
    /// The condition cannot be evaluated at some levels.
    Condition(Box<Problem>),
    /// The condition leaves nothing.
    NoneLeft {
        /// How many combinations there are.
        of: u128,
    },
}

impl fmt::Display for DesignsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany {
                count,
                most,
                before_condition,
            } => {
                let most = grouped(u128::from(*most));
                let count = match *count {
                    u128::MAX => "more than 10^38".to_owned(),
                    count => grouped(count),
                };
                if *before_condition {
                    write!(
                        f,
                        "{count} combinations of levels; a condition is asked about at most {most}"
                    )
                } else {
                    write!(f, "{count} designs; at most {most} are played")
                }
            }
            Self::Condition(problem) => f.write_str(&problem.message),
            Self::NoneLeft { of } => write!(f, "none of {} combinations of levels is kept", grouped(*of)),
        }
    }
}

impl<'s> Designs<'s> {
    /// The design points of a sweep; the points of a Latin hypercube depend on the seed.
    ///
    /// # Errors
    /// When there would be more than `most`, none, or when the condition cannot be evaluated.
    pub fn new(sweep: &'s Sweep, seed: u64, most: u64) -> Result<Self, DesignsError> {
        let candidates = candidates(sweep);
        let filtered = sweep.condition().is_some();
        let bound = if filtered {
            MOST_LOOKED_AT
        } else {
            u128::from(most)
        };
        if candidates > bound {
            return Err(DesignsError::TooMany {
                count: candidates,
                most: bound as u64,
                before_condition: filtered,
            });
        }
        let layout = match sweep.kind {
            DesignKind::FullFactorial => Layout::FullFactorial,
            DesignKind::OneAtATime => Layout::OneAtATime,
            DesignKind::LatinHypercube { points } => {
                let axes = sweep.axes.iter().enumerate();
                let places = axes.map(|(number, axis)| latin(axis.levels(), points, (seed, number)));
                Layout::LatinHypercube(places.collect())
            }
        };
        let mut designs = Self {
            sweep,
            layout,
            kept: None,
            count: candidates as u64,
        };
        if filtered {
            designs.keep(most)?;
        }
        Ok(designs)
    }

    /// Keeps the candidates that meet the condition.
    fn keep(&mut self, most: u64) -> Result<(), DesignsError> {
        let (mut kept, mut count) = (Vec::new(), 0u64);
        for candidate in 0..self.count {
            let point = self.candidate(candidate);
            if self.sweep.keeps(&point).map_err(DesignsError::Condition)? {
                count += 1;
                if count <= most {
                    kept.push(candidate);
                }
            }
        }
        if count > most {
            return Err(DesignsError::TooMany {
                count: u128::from(count),
                most,
                before_condition: false,
            });
        }
        if count == 0 {
            let of = u128::from(self.count);
            return Err(DesignsError::NoneLeft { of });
        }
        (self.count, self.kept) = (count, Some(kept));
        Ok(())
    }

    /// How many there are.
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A design point, by its number.
    pub fn point(&self, number: u64) -> DesignPoint {
        let kept = self.kept.as_ref();
        self.candidate(kept.map_or(number, |kept| kept[number as usize]))
    }

    /// How many combinations the condition sorted out.
    pub fn sorted_out(&self) -> u64 {
        match self.kept {
            None => 0,
            Some(_) => candidates(self.sweep) as u64 - self.count,
        }
    }

    fn candidate(&self, number: u64) -> DesignPoint {
        let axes = &self.sweep.axes;
        match &self.layout {
            Layout::FullFactorial => {
                let mut rest = number;
                let mut point = vec![None; axes.len()];
                for (axis, level) in axes.iter().zip(&mut point).rev() {
                    let levels = axis.levels() as u64;
                    *level = Some((rest % levels) as usize);
                    rest /= levels;
                }
                point
            }
            Layout::LatinHypercube(places) => places
                .iter()
                .map(|levels| Some(levels[number as usize]))
                .collect(),
            Layout::OneAtATime => one_at_a_time(axes, number),
        }
    }
}

/// Point 0 is the scenario as it is.
fn one_at_a_time(axes: &[Axis], number: u64) -> DesignPoint {
    let mut point = vec![None; axes.len()];
    let Some(mut rest) = number.checked_sub(1) else {
        return point;
    };
    for (axis, level) in axes.iter().zip(&mut point) {
        let levels = axis.levels() as u64;
        if rest < levels {
            *level = Some(rest as usize);
            break;
        }
        rest -= levels;
    }
    point
}

/// How many combinations there are before any condition; at most 2^128 - 1.
fn candidates(sweep: &Sweep) -> u128 {
    let levels = sweep.axes.iter().map(|axis| axis.levels() as u128);
    match sweep.kind {
        DesignKind::FullFactorial => levels.fold(1, u128::saturating_mul),
        DesignKind::LatinHypercube { points } => u128::from(points),
        DesignKind::OneAtATime => levels.fold(1, u128::saturating_add),
    }
}

/// The level of an axis at each point: its levels are cut into as many strata as there are points, in an
/// order that is drawn, and each stratum gives one point, drawn within it.
fn latin(levels: usize, points: u64, (seed, axis): (u64, usize)) -> Vec<usize> {
    let mut generator = Streams::new(seed, 0).generator(StreamKey {
        purpose: Purpose::Design as u32,
        entity: axis as u64,
        attempt: 0,
    });
    let mut strata: Vec<u64> = (0..points).collect();
    for last in (1..strata.len()).rev() {
        let other = generator.below(last as u64 + 1) as usize;
        strata.swap(last, other);
    }
    strata
        .into_iter()
        .map(|stratum| {
            // A place in [0, points) with 32 bits below the point, scaled to the levels.
            let place = (u128::from(stratum) << 32) | u128::from(generator.next_u32());
            ((place * levels as u128) / (u128::from(points) << 32)) as usize
        })
        .collect()
}

/// A whole number with its thousands set apart.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(levels: &[usize], kind: DesignKind) -> Sweep {
        use std::fmt::Write as _;
        let mut text = patchbench_scenario::template().to_owned();
        text.push_str("\n[sweep]\n");
        match kind {
            DesignKind::FullFactorial => {}
            DesignKind::OneAtATime => text.push_str("design = \"one_at_a_time\"\n"),
            DesignKind::LatinHypercube { points } => {
                let _ = writeln!(text, "design = \"latin_hypercube\"\npoints = {points}");
            }
        }
        for (number, levels) in levels.iter().enumerate() {
            // Keys that the scenario need not have: a sweep is not played here.
            let _ = writeln!(
                text,
                "[[sweep.factor]]\npath = \"study.f{number}\"\nfrom = 0\nto = {}",
                levels - 1
            );
        }
        let loaded = patchbench_scenario::load_text(
            "template.toml",
            &text,
            &patchbench_scenario::NoFiles,
            &[],
            &patchbench_scenario::Limits::default(),
        );
        loaded.scenario.unwrap().sweep.unwrap()
    }

    #[test]
    fn the_last_factor_of_a_full_factorial_varies_fastest() {
        let sweep = sweep(&[2, 3], DesignKind::FullFactorial);
        let designs = Designs::new(&sweep, 42, 100).unwrap();
        let points: Vec<Vec<usize>> = (0..designs.len())
            .map(|number| designs.point(number).into_iter().flatten().collect())
            .collect();
        assert_eq!(points, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    }

    #[test]
    fn one_at_a_time_begins_with_the_scenario_as_it_is() {
        let sweep = sweep(&[2, 1], DesignKind::OneAtATime);
        let designs = Designs::new(&sweep, 42, 100).unwrap();
        let points: Vec<DesignPoint> = (0..designs.len()).map(|number| designs.point(number)).collect();
        assert_eq!(
            points,
            [
                vec![None, None],
                vec![Some(0), None],
                vec![Some(1), None],
                vec![None, Some(0)],
            ]
        );
    }

    #[test]
    fn each_stratum_of_a_latin_hypercube_has_one_point() {
        let sweep = sweep(&[1_000, 5], DesignKind::LatinHypercube { points: 20 });
        let designs = Designs::new(&sweep, 42, 100).unwrap();
        let column = |axis: usize| -> Vec<usize> {
            let levels = (0..designs.len()).map(|number| designs.point(number)[axis].unwrap());
            levels.collect()
        };
        let mut strata: Vec<usize> = column(0).iter().map(|level| level / 50).collect();
        strata.sort_unstable();
        assert_eq!(strata, (0..20).collect::<Vec<_>>());
        for level in 0..5 {
            assert_eq!(column(1).iter().filter(|at| **at == level).count(), 4);
        }
        let other = Designs::new(&sweep, 43, 100).unwrap();
        assert!(
            (0..20).any(|number| other.point(number) != designs.point(number)),
            "the seed draws"
        );
    }

    #[test]
    fn too_many_designs_are_counted_and_not_built() {
        let sweep = sweep(&[1_000_000; 7], DesignKind::FullFactorial);
        let refused = Designs::new(&sweep, 42, 100_000).unwrap_err().to_string();
        assert_eq!(refused, "more than 10^38 designs; at most 100,000 are played");
    }
}
