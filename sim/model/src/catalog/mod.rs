//! What can be installed, and the streams that release it.

mod counts;
mod generate;
mod patch;
mod patch_tuesday;
mod release;

pub use generate::release_patches;
pub use patch::{Patch, PatchSet};
pub use patch_tuesday::{OutOfBand, PatchTuesday};
pub use release::{PoissonStream, ReleaseStream, UpdateTemplate, WeightedName};
