//! What can be installed, and the streams that release it.
//!
//! A stream is recorded, or one of a few general processes; [`presets`] holds the figures that make
//! a process look like a vendor's releases.

mod advisory;
mod bad_patch;
mod batches;
mod by_year;
mod compound;
mod counts;
mod generate;
mod patch;
mod patch_tuesday;
pub mod presets;
mod release;
mod renewal;

pub use advisory::AdvisoryTemplate;
pub use bad_patch::{Affected, BadPatches, Flaw, Symptom, SymptomWeights, WhichAreBad};
pub(crate) use bad_patch::{draw_flaws, patch_entity};
pub use batches::{BatchFigures, BatchStream, Revision};
pub use by_year::ByYear;
pub use compound::{BulkDays, CompoundFigures, CompoundStream};
pub(crate) use generate::release;
pub use generate::release_patches;
pub(crate) use patch::ById;
pub use patch::{Patch, PatchSet};
pub use patch_tuesday::{OutOfBand, PatchTuesday};
pub use release::{PoissonStream, ReleaseStream, UpdateTemplate, WeightedName};
pub use renewal::{RenewalFigures, RenewalStream};
