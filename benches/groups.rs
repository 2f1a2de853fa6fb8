//! A fleet of many patch groups, written as a scenario.

use std::fmt::Write as _;

use patchbench_scenario::Scenario;

use crate::{read, release_times};

const GROUPS: usize = 200;
const WINDOWS: usize = 40;
const BASELINES: usize = 10;

/// 200 patch groups over three years with 1,000 patches: 10 baselines, 40 weekly windows.
///
/// # Panics
/// When it cannot be written to a folder for temporary files and read from there.
pub fn many_groups() -> Scenario {
    let folder = std::env::temp_dir().join(format!("patchbench-many-groups-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the scenario");
    let file = folder.join("many-groups.toml");
    std::fs::write(folder.join("stream.csv"), stream()).expect("room for the releases");
    std::fs::write(&file, text()).expect("room for the scenario");
    let scenario = read(&file, &[]);
    std::fs::remove_dir_all(&folder).expect("the folder is there");
    scenario
}

/// The releases of W2, spread over three years.
fn stream() -> String {
    let start = release_times(1)[0];
    let row = |(index, at): (usize, patchbench_kernel::SimTime)| {
        let after = patchbench_kernel::SimDuration::from_millis((at - start).millis().max(0) * 3);
        let severity = ["Critical", "Important", "Moderate"][index % 3];
        format!(
            "KB{index:07},{},WINDOWS,WindowsServer2022,SecurityUpdates,{severity}\n",
            start + after
        )
    };
    let header = "id,released_at,operating_system,product,classification,severity\n";
    let rows = release_times(1_000).into_iter().enumerate().map(row);
    std::iter::once(header.to_owned()).chain(rows).collect()
}

fn text() -> String {
    let mut text = String::from(
        "format = 1\nname = \"Many groups\"\nstart = 2024-01-01T00:00:00Z\nhorizon = \"1096d\"\n\
         [study]\nreplications = 1\n\
         [releases.all]\nkind = \"file\"\npath = \"stream.csv\"\n\
         [behavior.server]\nfailure = 0.02\n\
         install_time = { lognormal = { median = \"15m\", sigma = 0.5 } }\n",
    );
    let names: Vec<String> = (0..GROUPS)
        .map(|group| format!("Business unit {group:03}"))
        .collect();
    // Writing to a string cannot fail.
    for (group, name) in names.iter().enumerate() {
        let _ = writeln!(
            text,
            "[nodes.n{group}]\ncount = {}\noperating_system = \"WINDOWS\"\nproduct = \"WindowsServer2022\"\n\
             tags = {{ \"Patch Group\" = \"{name}\" }}\nbehavior = \"server\"",
            5 + group % 7
        );
    }
    for (index, own) in names.chunks(GROUPS / BASELINES).enumerate() {
        let _ = writeln!(
            text,
            "[baseline.Base-{index}]\noperating_system = \"WINDOWS\"\npatch_groups = {own:?}\n\
             [[baseline.Base-{index}.rule]]\napprove_after_days = {index}"
        );
    }
    for (index, own) in names.chunks(GROUPS / WINDOWS).enumerate() {
        let day = ["MON", "TUE", "WED", "THU", "FRI"][index % 5];
        let _ = writeln!(
            text,
            "[window.Weekly-{index:02}]\nschedule = \"cron(0 {} ? * {day} *)\"\nduration = 4\ncutoff = 1\n\
             [window.Weekly-{index:02}.target.nodes]\n\"tag:Patch Group\" = {own:?}\n\
             [[window.Weekly-{index:02}.task]]\nname = \"patch\"\ntargets = [\"nodes\"]\n\
             operation = \"Install\"\nmax_concurrency = \"10%\"\nmax_errors = \"10%\"",
            index % 24
        );
    }
    text
}
