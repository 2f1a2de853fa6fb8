//! Windows Server: a cumulative update each Patch Tuesday, and sometimes a repair.
//!
//! Rhythm, classification and supersedence: patch data, section 1.1. Frequency and delay of repairs:
//! section 1.5 (update histories of 2021 to 2025), with the lognormal fit of section 1.10. Severity
//! and .NET are judgement (sections 1.1 and 1.10).
//!
//! A repair stands for whatever Microsoft released out of band after a Patch Tuesday. It carries the
//! classification and severity of the update that it replaces, so that the rule that approves one
//! approves the other. Previews are left out: servers have had none since 2023. So are the updates
//! that AWS's default baseline does not take: malicious software tool, definitions, and for 2016 the
//! separate servicing stack.

use patchbench_kernel::{Distribution, SimDuration};

use super::{Figure, Preset, PresetOptions, figure, weighted};
use crate::catalog::{OutOfBand, PatchTuesday, ReleaseStream, UpdateTemplate};
use crate::ssm::OperatingSystem;

pub(super) const SERVER_2016: Preset = server(
    "windows-server-2016",
    "Windows Server 2016: Patch Tuesday; a fifth of the months is repaired out of band",
    &["WindowsServer2016"],
    &figures("12 of 60 months (20 %)"),
    |options| stream(options, 12.0 / 60.0),
);

pub(super) const SERVER_2019: Preset = server(
    "windows-server-2019",
    "Windows Server 2019: Patch Tuesday; a quarter of the months is repaired out of band",
    &["WindowsServer2019"],
    &figures("16 of 60 months (27 %)"),
    |options| stream(options, 16.0 / 60.0),
);

pub(super) const SERVER_2022: Preset = server(
    "windows-server-2022",
    "Windows Server 2022: Patch Tuesday; a fifth of the months is repaired out of band",
    &["WindowsServer2022"],
    &figures("11 of 52 months (21 %), from September 2021"),
    |options| stream(options, 11.0 / 52.0),
);

pub(super) const SERVER_2025: Preset = server(
    "windows-server-2025",
    "Windows Server 2025: Patch Tuesday; over two fifths of the months are repaired out of band",
    &["WindowsServer2025"],
    &figures("6 of 14 months (43 %), its first ones from November 2024"),
    |options| stream(options, 6.0 / 14.0),
);

const fn server(
    name: &'static str,
    summary: &'static str,
    products: &'static [&'static str],
    figures: &'static [Figure],
    build: fn(PresetOptions) -> ReleaseStream,
) -> Preset {
    Preset {
        name,
        summary,
        operating_system: OperatingSystem::Windows,
        products,
        years: &[],
        figures,
        build,
    }
}

const fn figures(repaired: &'static str) -> [Figure; 6] {
    [
        figure(
            "cumulative update",
            "second Tuesday of the month, 10:00 Pacific; SecurityUpdates; replaces the one before and its repair",
            "Microsoft's servicing calendar (patch data 1.1)",
        ),
        figure(
            "its severity",
            "Critical 90 %, Important 10 %",
            "judgement: the highest of its CVEs (patch data 1.1)",
        ),
        figure(
            "repaired out of band",
            repaired,
            "counted in Microsoft's update histories, 2021 to 2025 (patch data 1.5)",
        ),
        figure(
            "delay of the repair",
            "lognormal, median 9 d, sigma 0.5, within 3 to 30 d; never on or after the next Patch Tuesday",
            "fitted to the same histories (patch data 1.5, 1.10)",
        ),
        figure(
            ".NET update",
            "in 70 % of the months; SecurityUpdates, Important; replaces the one before",
            "judgement (patch data 1.1, 1.10)",
        ),
        figure(
            "left out",
            "previews, malicious software tool, definitions, separate servicing stacks",
            "patch data 1.1: none for servers since 2023, or not approved by AWS's default baseline",
        ),
    ]
}

fn stream(options: PresetOptions, repaired: f64) -> ReleaseStream {
    let day = SimDuration::from_days;
    let update = |name: &str, severity: &[(&str, f64)], probability| UpdateTemplate {
        name: name.to_owned(),
        classification: "SecurityUpdates".to_owned(),
        severity: weighted(severity),
        probability,
        cumulative: true,
    };
    ReleaseStream::PatchTuesday(PatchTuesday {
        name: options.name,
        operating_system: OperatingSystem::Windows,
        products: options.products.unwrap_or_default(),
        updates: vec![
            update("cumulative", &[("Critical", 0.9), ("Important", 0.1)], 1.0),
            update("dotnet", &[("Important", 1.0)], 0.7),
        ],
        out_of_band: Some(OutOfBand {
            probability: repaired,
            delay: Distribution::Lognormal {
                median: day(9),
                sigma: 0.5,
            },
            within: Some((day(3), day(30))),
        }),
        from: options.from,
        until: options.until,
    })
}
