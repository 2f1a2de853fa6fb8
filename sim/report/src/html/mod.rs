//! Pages: one file, nothing loaded from outside, readable without scripts, the same bytes for the same
//! input.

mod asked;
mod figure;
mod inferred;
mod page;
mod run;
mod svg;
mod table;
mod verdict;

pub(crate) use run::run_page;
