//! Fleets for which the small worlds of the oracle are too small.

use patchbench_kernel::SimTime;
use patchbench_model::world::{Fact, Nobody, Observer, Plan, simulate};

use crate::stage::{SEED, Stage};

/// Listens to nothing, so that every invocation is an event of its own.
struct Deaf;

impl Observer for Deaf {
    const LISTENS: bool = true;

    fn fact(&mut self, _at: SimTime, _fact: Fact<'_>) {}
}

/// Two pools that miss different patches, in one command: their installs are booked in batches.
#[test]
fn a_crowd_is_covered_the_same_whether_or_not_anybody_listens() {
    let pool = |name: &str, through: &str| {
        format!(
            "[nodes.{name}]\ncount = 300000\noperating_system = \"WINDOWS\"\nbehavior = \"usual\"\n\
             patched_through = {through}\ntags = {{ \"Patch Group\" = \"all\" }}\n"
        )
    };
    let behavior = "[behavior.usual]\nscan_time = \"0s\"\nfailure = 0.01\nreboot_probability = 0.5\n\
                    install_time = { lognormal = { median = \"8m\", sigma = 0.6 } }\n\
                    reboot_time = { lognormal = { median = \"3m\", sigma = 0.4 } }\n";
    let stage = Stage {
        horizon: "400d",
        fleet: [
            pool("ahead", "2024-01-01T08:00:00Z"),
            pool("behind", "2023-12-01T00:00:00Z"),
            behavior.to_owned(),
        ]
        .concat(),
        task: "operation = \"Install\"\nmax_concurrency = \"5%\"\nmax_errors = \"100%\"\n\
               cutoff_behavior = \"CONTINUE_TASK\""
            .to_owned(),
        releases: "early,2024-01-01T04:00:00Z\nlate,2024-01-01T12:00:00Z".to_owned(),
        ..Stage::default()
    };
    let config = stage.config().unwrap();
    let plan = Plan::new(&config);
    let (alone, heard) = (
        simulate(&plan, SEED, 0, &mut Nobody),
        simulate(&plan, SEED, 0, &mut Deaf),
    );
    assert_eq!(alone.coverage, heard.coverage);
    assert_eq!(alone.commands, heard.commands);
    assert_eq!(alone.standings, heard.standings);
    let installed: u64 = alone.commands.iter().map(|command| command.installed).sum();
    assert!(installed > 3 << 18, "{installed} installs");
}
