//! Elementary functions over rows of numbers, with wide vectors where the machine has them, up to AVX2. Every
//! machine gives the bits of [`crate::math`]: wider vectors do the same operations, and none is fused
//! with another.

use std::sync::atomic::{AtomicU8, Ordering};

use pulp::Arch;
pub use pulp::NullaryFnOnce as RowWork;

use crate::math;

/// How wide vectors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What every machine of the kind has: SSE2 on x86-64.
    Baseline = 1,
    /// 256 bits.
    Avx2 = 2,
    /// 512 bits; never chosen by itself.
    Avx512 = 3,
}

impl Width {
    /// All widths.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];

    #[cfg(target_arch = "x86_64")]
    fn arch(self) -> Option<Arch> {
        match self {
            Self::Baseline => Some(Arch::Scalar),
            Self::Avx2 => pulp::x86::V3::try_new().map(Arch::V3),
            Self::Avx512 => pulp::x86::V4::try_new().map(Arch::V4),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn arch(self) -> Option<Arch> {
        (self == Self::Baseline).then(Arch::new)
    }
}

/// The width that was forced; 0 where none was.
static FORCED: AtomicU8 = AtomicU8::new(0);

/// Makes all rows of this process be worked on with vectors of one width, to check that results do not
/// depend on it. Says whether the machine has it; without it nothing changes.
pub fn force_width(width: Width) -> bool {
    let there = width.arch().is_some();
    if there {
        FORCED.store(width as u8, Ordering::Relaxed);
    }
    there
}

fn chosen() -> Arch {
    let forced = FORCED.load(Ordering::Relaxed);
    let known = Width::ALL.into_iter().find(|width| *width as u8 == forced);
    let width = known.unwrap_or(Width::Avx2).arch();
    width.or(Width::Baseline.arch()).unwrap_or_default()
}

/// Does some work on rows with vectors as wide as the machine has them, up to AVX2; its `call` must be inlined.
pub fn at_full_width<W: RowWork>(work: W) -> W::Output {
    chosen().dispatch(work)
}

/// Two standard normals for each pair of words; all rows have the same length. See
/// [`math::normal_pair`].
pub fn normal_pairs(radii: &[u32], angles: &[u32], (first, second): (&mut [f64], &mut [f64])) {
    at_full_width(NormalPairs {
        radii,
        angles,
        first,
        second,
    });
}

/// Turns each number x of a row into `scale` times e to the power `factor` times x.
pub fn scaled_exp(scale: f64, factor: f64, row: &mut [f64]) {
    at_full_width(ScaledExp { scale, factor, row });
}

/// Numbers that are worked out at once: several vectors, so that none waits for another.
const AT_ONCE: usize = 4;

struct NormalPairs<'a> {
    radii: &'a [u32],
    angles: &'a [u32],
    first: &'a mut [f64],
    second: &'a mut [f64],
}

impl RowWork for NormalPairs<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "it is compiled once for each width of vectors"
    )]
    #[inline(always)]
    fn call(self) {
        let (radii, last_radii) = self.radii.as_chunks::<AT_ONCE>();
        let (angles, last_angles) = self.angles.as_chunks::<AT_ONCE>();
        let (first, last_first) = self.first.as_chunks_mut::<AT_ONCE>();
        let (second, last_second) = self.second.as_chunks_mut::<AT_ONCE>();
        let rows = first.iter_mut().zip(second).zip(radii.iter().zip(angles));
        for ((first, second), (radii, angles)) in rows {
            (*first, *second) = math::normal_pair_each(*radii, *angles);
        }
        let rows = last_first.iter_mut().zip(last_second);
        for ((first, second), (radius, angle)) in rows.zip(last_radii.iter().zip(last_angles)) {
            (*first, *second) = math::normal_pair(*radius, *angle);
        }
    }
}

struct ScaledExp<'a> {
    scale: f64,
    factor: f64,
    row: &'a mut [f64],
}

impl RowWork for ScaledExp<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "it is compiled once for each width of vectors"
    )]
    #[inline(always)]
    fn call(self) {
        let (row, last) = self.row.as_chunks_mut::<AT_ONCE>();
        for numbers in row {
            *numbers = math::exp_each(numbers.map(|x| self.factor * x)).map(|exp| self.scale * exp);
        }
        for x in last {
            *x = self.scale * math::exp(self.factor * *x);
        }
    }
}
