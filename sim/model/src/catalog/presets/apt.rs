//! Ubuntu and Debian: Poisson, thinned to what touches a base server.
//!
//! Patch data, sections 1.4 and 1.10. Of the notices for all packages a base server meets 10 to
//! 15 %, which is judgement; 12.5 % is used. Systems Manager approves these packages at once (they
//! have no usable date, Semantics, section 2.5) and filters them by priority and section alone, so
//! they carry a priority, which is judgement, and neither classification nor severity.

use super::{Figure, Preset, PresetOptions, figure, weighted};
use crate::catalog::{AdvisoryTemplate, ByYear, CompoundFigures, CompoundStream, ReleaseStream};
use crate::ssm::OperatingSystem;

/// Share of all notices that touch a base server.
const TOUCHES: f64 = 0.125;

const TOUCHING: Figure = figure(
    "of these on a base server",
    "12.5 %",
    "judgement: 10 to 15 % (patch data 1.10)",
);

const PRIORITIES: Figure = figure(
    "Required/Important/Standard/Optional",
    "5/15/10/70 %",
    "judgement; AWS filters apt packages by priority, not by severity",
);

pub(super) const UBUNTU: Preset = Preset {
    name: "ubuntu",
    summary: "Ubuntu: security notices that touch a base server, Monday to Thursday",
    operating_system: OperatingSystem::Ubuntu,
    products: &[],
    years: &[],
    figures: &[
        figure(
            "notices",
            "613 in 52 weeks of 2024",
            "counted from their numbers (patch data 1.4)",
        ),
        TOUCHING,
        figure(
            "days",
            "Monday to Thursday, alike",
            "Ubuntu's wiki (patch data 1.4)",
        ),
        PRIORITIES,
    ],
    build: ubuntu,
};

pub(super) const DEBIAN: Preset = Preset {
    name: "debian",
    summary: "Debian: security advisories that touch a base server, on any day",
    operating_system: OperatingSystem::Debian,
    products: &[],
    years: &[],
    figures: &[
        figure(
            "advisories",
            "20.6 in a calendar month",
            "counted in the security tracker, 2018 to 2022 (patch data 1.4)",
        ),
        TOUCHING,
        figure(
            "days",
            "Monday 13, Tuesday 16, Wednesday 15, Thursday 16, Friday 16, Saturday 11, Sunday 13 %",
            "counted in the same tracker, 2018 to March 2023",
        ),
        PRIORITIES,
    ],
    build: debian,
};

fn ubuntu(options: PresetOptions) -> ReleaseStream {
    let days = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    stream(options, OperatingSystem::Ubuntu, 613.0 / 52.0, days)
}

fn debian(options: PresetOptions) -> ReleaseStream {
    let days = [13.0, 16.0, 15.0, 16.0, 16.0, 11.0, 13.0];
    stream(options, OperatingSystem::Debian, 20.6 * 12.0 * 7.0 / 365.25, days)
}

/// Clumps of one and no bulk release: a plain Poisson process.
fn stream(
    options: PresetOptions,
    operating_system: OperatingSystem,
    per_week: f64,
    weekdays: [f64; 7],
) -> ReleaseStream {
    let priorities = [
        ("Required", 5.0),
        ("Important", 15.0),
        ("Standard", 10.0),
        ("Optional", 70.0),
    ];
    let figures = CompoundFigures {
        per_week: per_week * TOUCHES,
        clump: 1.0,
        bulk: (0, 0),
        severity: Vec::new(),
    };
    ReleaseStream::Compound(CompoundStream {
        name: options.name,
        advisories: AdvisoryTemplate {
            operating_system,
            products: options.products.unwrap_or_default(),
            classification: None,
            priority: weighted(&priorities),
        },
        weekdays,
        figures: ByYear::new(vec![(2024, figures)]),
        bulk: None,
        from: options.from,
        until: options.until,
    })
}
