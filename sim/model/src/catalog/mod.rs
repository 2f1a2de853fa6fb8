//! What can be installed, and the streams that release it.

mod generate;
mod patch;
mod release;

pub use generate::release_patches;
pub use patch::{Patch, PatchSet};
pub use release::{OutOfBand, PatchTuesday, PoissonStream, ReleaseStream, UpdateTemplate, WeightedName};
