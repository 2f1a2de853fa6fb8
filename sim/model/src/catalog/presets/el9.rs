//! The RHEL 9 family as one plain server sees it: base packages, and the kernel by itself.
//!
//! Patch data, section 1.2, counts the security advisories of AlmaLinux 9 (which mirror Red Hat's)
//! that touch some 70 base packages, by week: mean, ratio of variance to mean, and share of weeks
//! with any. Section 1.10 names the processes. The two presets are fitted so that their *sum* has
//! these three figures in every year; the kernel alone has its own.
//!
//! - Bulk releases (minor releases, in May and November) make most of the variance. Section 1.10
//!   puts them at 10 to 15 base advisories; 2024 and 2025 allow fewer, or the variance would exceed
//!   what was counted.
//! - What is left in an ordinary week is Poisson, except in 2023, when it came in clumps.
//! - The weekday shares that are published include bulk releases, which fall on Tuesdays: the
//!   weights of ordinary days are what remains without them.
//! - The shape of the kernel's gaps is chosen for the weekly ratio. Section 1.10 proposes 2 to 2.5
//!   for all years, which is too irregular for 2024 and 2025.
//!
//! Bug fix and enhancement errata are left out: the source does not have them after 2022.

use chrono::Weekday;

use super::{Preset, PresetOptions, figure, rpm_advisories, weighted};
use crate::catalog::{BulkDays, ByYear, CompoundFigures, CompoundStream};
use crate::catalog::{ReleaseStream, RenewalFigures, RenewalStream};
use crate::ssm::OperatingSystem;

const OPERATING_SYSTEM: OperatingSystem = OperatingSystem::RedhatEnterpriseLinux;

const COUNTED: &str = "counted in the AlmaLinux errata to August 2026 (patch data 1.2)";

pub(super) const EL9: Preset = Preset {
    name: "el9",
    summary: "RHEL 9 family: security advisories of base packages, without the kernel",
    operating_system: OPERATING_SYSTEM,
    products: &["RedhatEnterpriseLinux9"],
    years: &[2023, 2024, 2025, 2026],
    figures: &[
        figure(
            "advisories a week",
            "1.12 (2023), 1.13 (2024), 1.06 (2025), 1.93 (2026), minor releases included",
            COUNTED,
        ),
        figure(
            "weekly variance / mean",
            "with el9-kernel: 5.5 (2023), 3.3 (2024), 2.0 (2025), 2.6 (2026)",
            COUNTED,
        ),
        figure(
            "minor releases",
            "a Tuesday in May and one in November: 10 to 14 advisories at once (2023), 8 to 12 (2024), 6 to 10 (2025), 10 to 15 (2026)",
            "patch data 1.10, with sizes fitted to the variance",
        ),
        figure(
            "ordinary weeks",
            "one advisory at a time at constant rate; in 2023 in clumps of 1.6 on average",
            "fitted to the variance and to the share of weeks with any (patch data 1.2)",
        ),
        figure(
            "weekdays",
            "Monday 21 %, Tuesday 49 %, Wednesday 17 %, Thursday 13 %, minor releases included",
            COUNTED,
        ),
        figure(
            "Critical/Important/Moderate/Low",
            "1.2/39/55/4.7 (2023), 0.2/40/55/4.7 (2024), 0.3/53/45/1.3 (2025), 1.4/74/23/2.0 % (2026)",
            "all AlmaLinux 9 advisories (patch data 1.2)",
        ),
        figure(
            "left out",
            "bug fix and enhancement errata; packages beyond a plain server",
            "patch data 1.2: not counted after 2022; which packages are base is judgement",
        ),
    ],
    build: background,
};

pub(super) const KERNEL: Preset = Preset {
    name: "el9-kernel",
    summary: "RHEL 9 family: kernel advisories, each replacing the one before",
    operating_system: OPERATING_SYSTEM,
    products: &["RedhatEnterpriseLinux9"],
    years: &[2023, 2024, 2025, 2026],
    figures: &[
        figure(
            "advisories a year",
            "8 (2023), 17 (2024), 38 (2025), 61 (2026)",
            COUNTED,
        ),
        figure(
            "weekly variance / mean",
            "0.86 (2023), 0.69 (2024), 0.38 (2025), 0.62 (2026): gamma gaps of shape 2.5, 4, 7 and 2",
            COUNTED,
        ),
        figure(
            "days",
            "Monday to Thursday; what falls on another day comes on Monday",
            "patch data 1.2; waiting is judgement",
        ),
        figure(
            "Important/Moderate/Low",
            "100/0/0 (2023), 30/70/0 (2024), 42/58/0 (2025), 67/31/3 % (2026)",
            "counted in the AlmaLinux errata; few advisories before 2025",
        ),
    ],
    build: kernel,
};

/// One year of the base packages.
struct BasePackages {
    year: i32,
    /// Advisories a week in all.
    per_week: f64,
    /// Mean size of a clump.
    clump: f64,
    /// Sizes of a bulk release.
    bulk: (u64, u64),
    /// Critical, Important, Moderate, Low of all advisories, in per cent.
    severity: [f64; 4],
}

const YEARS: [BasePackages; 4] = [
    BasePackages {
        year: 2023,
        per_week: 1.12,
        clump: 1.62,
        bulk: (10, 14),
        severity: [1.2, 39.0, 55.0, 4.7],
    },
    BasePackages {
        year: 2024,
        per_week: 1.13,
        clump: 1.0,
        bulk: (8, 12),
        severity: [0.2, 40.0, 55.0, 4.7],
    },
    BasePackages {
        year: 2025,
        per_week: 1.06,
        clump: 1.0,
        bulk: (6, 10),
        severity: [0.3, 53.0, 45.0, 1.3],
    },
    BasePackages {
        year: 2026,
        per_week: 1.93,
        clump: 1.0,
        bulk: (10, 15),
        severity: [1.4, 74.0, 23.0, 2.0],
    },
];

/// Months of bulk releases.
const BULK_MONTHS: [u32; 2] = [5, 11];

/// Monday to Sunday, bulk releases left out: shares of 21, 49, 17 and 13 % less the 31 % of all
/// advisories that are part of a bulk release.
const ORDINARY_DAYS: [f64; 7] = [21.0, 49.0 - 31.0, 17.0, 13.0, 0.0, 0.0, 0.0];

fn figures(known: BasePackages) -> (i32, CompoundFigures) {
    let BasePackages {
        year,
        per_week,
        clump,
        bulk,
        severity,
    } = known;
    let in_bulk = (bulk.0 + bulk.1) as f64 / 2.0 * BULK_MONTHS.len() as f64 * 7.0 / 365.25;
    let [critical, important, moderate, low] = severity;
    let severity = weighted(&[
        ("Critical", critical),
        ("Important", important),
        ("Moderate", moderate),
        ("Low", low),
    ]);
    let per_week = per_week - in_bulk;
    (
        year,
        CompoundFigures {
            per_week,
            clump,
            bulk,
            severity,
        },
    )
}

fn background(options: PresetOptions) -> ReleaseStream {
    let figures = ByYear::new(YEARS.into_iter().map(figures).collect());
    ReleaseStream::Compound(CompoundStream {
        name: options.name,
        advisories: rpm_advisories(OPERATING_SYSTEM, options.products),
        weekdays: ORDINARY_DAYS,
        figures: figures.pinned_if(options.year),
        bulk: Some(BulkDays {
            months: BULK_MONTHS.to_vec(),
            weekday: Weekday::Tue,
        }),
        from: options.from,
        until: options.until,
    })
}

fn kernel(options: PresetOptions) -> ReleaseStream {
    let year = |year, per_year, shape, severity: &[(&str, f64)]| {
        let figures = RenewalFigures {
            per_year,
            shape,
            severity: weighted(severity),
        };
        (year, figures)
    };
    let figures = ByYear::new(vec![
        year(2023, 8.0, 2.5, &[("Important", 1.0)]),
        year(2024, 17.0, 4.0, &[("Important", 5.0), ("Moderate", 12.0)]),
        year(2025, 38.0, 7.0, &[("Important", 16.0), ("Moderate", 22.0)]),
        year(
            2026,
            61.0,
            2.0,
            &[("Important", 26.0), ("Moderate", 12.0), ("Low", 1.0)],
        ),
    ]);
    ReleaseStream::Renewal(RenewalStream {
        name: options.name,
        advisories: rpm_advisories(OPERATING_SYSTEM, options.products),
        release_days: [true, true, true, true, false, false, false],
        figures: figures.pinned_if(options.year),
        cumulative: true,
        from: options.from,
        until: options.until,
    })
}
