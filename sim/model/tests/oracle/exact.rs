//! The engine and the reference agree in everything, over ten thousand small worlds.

use patchbench_oracle::{compare, constant_worlds, crowded_worlds, drawn_worlds, faulty_worlds, seeded};
use proptest::prelude::*;

proptest! {
    #![proptest_config(seeded(3_000))]

    #[test]
    fn one_window_goes_as_the_reference_says(world in constant_worlds(1..=1)) {
        compare(&world)?;
    }

    #[test]
    fn two_windows_over_the_same_nodes_go_as_the_reference_says(world in constant_worlds(2..=2)) {
        compare(&world)?;
    }

    #[test]
    fn bad_patches_and_alarms_about_them_go_as_the_reference_says(world in faulty_worlds()) {
        compare(&world)?;
    }
}

proptest! {
    #![proptest_config(seeded(2_000))]

    #[test]
    fn drawn_times_and_failures_are_ordered_stopped_and_cut_off_as_the_reference_says(world in drawn_worlds()) {
        compare(&world)?;
    }

    #[test]
    fn commands_that_meet_on_a_node_leave_what_the_reference_says(world in crowded_worlds()) {
        compare(&world)?;
    }
}
