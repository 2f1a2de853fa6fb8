//! Tests of the calendar.
mod acceptance;
mod conformance;
mod errors;
mod properties;
