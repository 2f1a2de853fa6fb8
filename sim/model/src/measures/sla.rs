//! Deadlines by which patches are to be installed.

use patchbench_kernel::{SimDuration, SimTime};

use crate::catalog::Patch;
use crate::ssm::VendorSeverity;

/// Deadlines that one scenario may have.
pub const MAX_SLAS: usize = 8;

/// A rule by which patches are to be installed within a time from their release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sla {
    /// Its name.
    pub name: String,
    /// Time from release, by vendor severity in the order of [`VendorSeverity::ALL`]; `None`: patches
    /// of this severity are none of its business.
    pub within: [Option<SimDuration>; VendorSeverity::ALL.len()],
}

impl Sla {
    /// Until when a patch is to be installed, if the rule covers it. It counts from the release, or
    /// from when the patch can be had if that is later.
    pub fn deadline(&self, patch: &Patch) -> Option<SimTime> {
        let severity = VendorSeverity::of(patch.severity.as_deref());
        self.within[severity as usize].map(|span| patch.visible_from().saturating_add(span))
    }

    /// The same, for patches that a simulation of this period can judge: others are not counted.
    pub fn judged(&self, patch: &Patch, (start, horizon): (SimTime, SimTime)) -> Option<SimTime> {
        self.deadline(patch).filter(|at| (start..=horizon).contains(at))
    }
}

/// A published rule, with its figures.
#[derive(Clone, Copy, Debug)]
pub struct SlaPreset {
    /// Its name in a scenario.
    pub name: &'static str,
    /// Where the figures are from, and what was left out.
    pub source: &'static str,
    /// Hours from release, by vendor severity in the order of [`VendorSeverity::ALL`].
    within_hours: [Option<u16>; VendorSeverity::ALL.len()],
}

/// Published rules. All count from the release here: the simulated world knows no earlier detection
/// and no later one.
pub const SLA_PRESETS: &[SlaPreset] = &[
    SlaPreset {
        name: "pci-dss",
        source: "PCI DSS 4.0.1, requirement 6.3.3: critical and high within one month (30 days here)",
        within_hours: [Some(720), Some(720), None, None, None],
    },
    SlaPreset {
        name: "cyber-essentials",
        source: "UK Cyber Essentials: 14 days for critical and high, or without a stated severity",
        within_hours: [Some(336), Some(336), None, None, Some(336)],
    },
    SlaPreset {
        name: "essential-eight",
        source: "Essential Eight, maturity levels 1 and 2, operating systems of internal servers and \
                 workstations: one month (30 days here)",
        within_hours: [Some(720); 5],
    },
    SlaPreset {
        name: "essential-eight-internet-facing",
        source: "Essential Eight, internet-facing operating systems: 48 hours if critical, else two weeks",
        within_hours: [Some(48), Some(336), Some(336), Some(336), Some(336)],
    },
    SlaPreset {
        name: "cisa-bod-19-02",
        source: "CISA BOD 19-02 (2019, revoked 2026-06-10), internet-facing: critical 15 days, high 30",
        within_hours: [Some(360), Some(720), None, None, None],
    },
];

impl SlaPreset {
    /// The preset with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SLA_PRESETS.iter().find(|preset| preset.name == name)
    }

    /// Its deadlines, as [`Sla::within`].
    pub fn within(&self) -> [Option<SimDuration>; VendorSeverity::ALL.len()] {
        self.within_hours
            .map(|hours| hours.map(|hours| SimDuration::from_hours(i64::from(hours))))
    }
}
