//! The slot queue against a look at every slot.

use patchbench_kernel::SlotQueue;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Set {
        slot: u32,
        key: u64,
    },
    Clear {
        slot: u32,
    },
    /// What a command does: the slot that frees next gets another job.
    Replace {
        more: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = prop_oneof![9 => 0u64..8, 1 => Just(u64::MAX), 1 => any::<u64>()];
    let step = prop_oneof![
        8 => (any::<u32>(), key).prop_map(|(slot, key)| Step::Set { slot, key }),
        4 => any::<u32>().prop_map(|slot| Step::Clear { slot }),
        8 => (0u64..8).prop_map(|more| Step::Replace { more }),
    ];
    prop::collection::vec(step, 0..300)
}

/// The lowest of the slots with the least key.
fn first(keys: &[Option<u64>]) -> Option<(u32, u64)> {
    let busy = keys
        .iter()
        .enumerate()
        .filter_map(|(slot, key)| Some(((*key)?, slot as u32)));
    busy.min().map(|(key, slot)| (slot, key))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_least_key_wins_and_among_equals_the_lowest_slot(capacity in 0u32..40, steps in steps()) {
        let mut queue = SlotQueue::new(capacity);
        let mut keys = vec![None; capacity as usize];
        for step in steps {
            let slots = keys.len() as u32;
            match step {
                _ if slots == 0 => {}
                Step::Set { slot, key } => {
                    queue.set(slot % slots, key);
                    keys[(slot % slots) as usize] = Some(key.min(queue.last_key()));
                }
                Step::Clear { slot } => {
                    queue.clear(slot % slots);
                    keys[(slot % slots) as usize] = None;
                }
                Step::Replace { more } => {
                    if let Some((slot, key)) = queue.peek() {
                        let key = key.saturating_add(more).min(queue.last_key());
                        queue.set(slot, key);
                        keys[slot as usize] = Some(key);
                    }
                }
            }
            prop_assert_eq!(queue.capacity() as usize, keys.len());
            prop_assert_eq!(queue.peek(), first(&keys));
        }
    }
}

#[test]
fn a_queue_of_many_slots_hands_them_out_in_order() {
    for capacity in [1u32, 2, 3, 500, 4096, 5000] {
        let mut queue = SlotQueue::new(capacity);
        // A permutation of the keys: 7919 is prime and divides none of the capacities.
        let key_of = |slot: u32| u64::from(slot) * 7919 % u64::from(capacity);
        (0..capacity).for_each(|slot| queue.set(slot, key_of(slot)));
        for expected in 0..u64::from(capacity) {
            let (slot, key) = queue.peek().unwrap();
            assert_eq!((key, key_of(slot)), (expected, expected));
            queue.clear(slot);
        }
        assert_eq!(queue.peek(), None);
    }
}

#[test]
fn keys_last_for_centuries_of_milliseconds_with_a_million_slots() {
    const YEAR: u64 = 365 * 86_400_000;
    assert!(SlotQueue::new(1 << 20).last_key() > 500 * YEAR);
    assert!(SlotQueue::new(1 << 24).last_key() > 34 * YEAR);
    assert_eq!(SlotQueue::new(1).last_key(), u64::MAX - 1);
}
