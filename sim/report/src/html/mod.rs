//! Pages: one file, nothing loaded from outside, readable without scripts, the same bytes for the same
//! input.

mod asked;
mod compare;
mod figure;
mod inferred;
mod page;
mod run;
mod svg;
mod sweep;
mod table;
mod verdict;

pub(crate) use compare::comparison_page;
pub(crate) use run::run_page;
pub(crate) use sweep::sweep_page;
