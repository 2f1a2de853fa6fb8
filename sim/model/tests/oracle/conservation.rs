//! What must hold in every world, whatever is drawn.

use std::collections::BTreeMap;

use patchbench_kernel::Streams;
use patchbench_model::world::{Cause, Plan, simulate};
use patchbench_oracle::{REPLICATION, SEED, Watch, check, rich_worlds, seeded};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

proptest! {
    #![proptest_config(seeded(600))]

    #[test]
    fn nothing_is_lost_exceeded_or_out_of_order(config in rich_worlds()) {
        check(&config)?;
    }
}

/// Guards the test before: its worlds do fail in every way.
#[test]
fn rich_worlds_fail_for_every_cause() {
    let mut runner = TestRunner::new(seeded(1));
    let strategy = rich_worlds();
    let mut met: BTreeMap<Cause, u32> = BTreeMap::new();
    for _ in 0..200 {
        let config = strategy.new_tree(&mut runner).unwrap().current();
        let plan = Plan::new(&config);
        let catalog = plan.catalog(&Streams::new(SEED, REPLICATION));
        let mut watch = Watch::new(&plan, &catalog);
        simulate(&plan, SEED, REPLICATION, &mut watch);
        for cause in watch.causes {
            *met.entry(cause).or_default() += 1;
        }
    }
    for cause in Cause::ALL {
        let worlds = met.get(&cause).copied().unwrap_or(0);
        assert!(worlds >= 5, "{cause:?}: in {worlds} of 200 worlds only; {met:?}");
    }
}
