//! Amazon Linux 2023: advisories that become installable with a release of the repository.
//!
//! Patch data, sections 1.3 and 1.10: a release every 12 days give or take 3, a Poisson number of
//! advisories in each, rates by year from the numbering of advisories. AL2023 locks to a version of
//! its repository, so that an advisory's date precedes the day it can be installed; AWS's guide has
//! an example of six days (Semantics, section 2.5), and the four sampled AL2023 advisories whose
//! release is known lie four or five days before it. Half of the advisories are edited later, which
//! restarts the approval delay. The model knows the edit from the start: a delay that ends before
//! the edit is restarted, too.

use patchbench_kernel::{Distribution, SimDuration};

use super::{Preset, PresetOptions, figure, rpm_advisories, weighted};
use crate::catalog::{BatchFigures, BatchStream, ByYear, ReleaseStream, Revision};
use crate::ssm::OperatingSystem;

pub(super) const AL2023: Preset = Preset {
    name: "al2023",
    summary: "Amazon Linux 2023: batches every twelve days, dated before they can be installed",
    operating_system: OperatingSystem::AmazonLinux2023,
    products: &["AmazonLinux2023"],
    years: &[2024, 2025, 2026],
    figures: &[
        figure(
            "repository releases",
            "every 12 d with standard deviation 3 d (gamma); on working days",
            "counted, March to October 2024 (patch data 1.3, 1.10); waiting over the weekend is judgement",
        ),
        figure(
            "advisories in 30 days",
            "27 (2024), 46 (2025), 60 (2026); a Poisson number in each release",
            "numbering of the advisories (patch data 1.3, 1.10)",
        ),
        figure(
            "date before the release",
            "3 to 6 d, any as likely, the same for all of a release",
            "judgement, from AWS's example of 6 d and samples of 4 and 5 d (patch data 1.3)",
        ),
        figure(
            "edited later",
            "50 %, 5 to 15 d after their date, those of a release together",
            "judgement, from four samples (patch data 1.3)",
        ),
        figure(
            "Critical/Important/Medium/Low",
            "2/40/51/7 %",
            "judgement (patch data 1.3)",
        ),
        figure(
            "left out",
            "bulk edits of a year's advisories, live patches, recalled releases",
            "patch data 1.3: too few to count",
        ),
    ],
    build: stream,
};

const PER_MONTH: [(i32, f64); 3] = [(2024, 27.0), (2025, 46.0), (2026, 60.0)];

const SEVERITIES: [(&str, f64); 4] = [
    ("Critical", 2.0),
    ("Important", 40.0),
    ("Medium", 51.0),
    ("Low", 7.0),
];

fn stream(options: PresetOptions) -> ReleaseStream {
    let day = SimDuration::from_days;
    let uniform = |low, high| Distribution::Uniform {
        low: day(low),
        high: day(high),
    };
    let of_year = |(year, per_month)| {
        let severity = weighted(&SEVERITIES);
        (year, BatchFigures { per_month, severity })
    };
    let figures = ByYear::new(PER_MONTH.into_iter().map(of_year).collect());
    ReleaseStream::Batches(BatchStream {
        name: options.name,
        advisories: rpm_advisories(OperatingSystem::AmazonLinux2023, options.products),
        release_days: [true, true, true, true, true, false, false],
        gap: day(12),
        // Standard deviation 3 days: (12 / 3) squared.
        shape: 16.0,
        lag: uniform(3, 6),
        revision: Some(Revision {
            probability: 0.5,
            delay: uniform(5, 15),
        }),
        figures: figures.pinned_if(options.year),
        from: options.from,
        until: options.until,
    })
}
