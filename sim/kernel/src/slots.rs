//! Which slot frees next.

/// A set of slots, each idle or busy until a key; a tournament tree over the keys, so that any slot
/// may change at any time. Among equal keys the lowest slot wins.
#[derive(Clone, Debug)]
pub struct SlotQueue {
    /// Keys by slot, padded with idle ones to a power of two.
    keys: Vec<u64>,
    /// Winner of each inner node; node 1 is the root, the children of `i` are `2 i` and `2 i + 1`.
    winners: Vec<u32>,
    capacity: u32,
}

/// Key of an idle slot.
const IDLE: u64 = u64::MAX;

impl SlotQueue {
    /// This many idle slots.
    pub fn new(capacity: u32) -> Self {
        let mut queue = Self {
            keys: Vec::new(),
            winners: Vec::new(),
            capacity: 0,
        };
        queue.reset(capacity);
        queue
    }

    /// Makes all slots idle, and their number `capacity`; keeps its memory.
    pub fn reset(&mut self, capacity: u32) {
        let size = (capacity as usize).next_power_of_two().max(2);
        self.capacity = capacity;
        self.keys.clear();
        self.keys.resize(size, IDLE);
        self.winners.clear();
        self.winners.resize(size, 0);
        for node in (1..size).rev() {
            self.winners[node] = self.winner_of(2 * node);
        }
    }

    /// Number of slots.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Makes a slot busy until `key`, which must be less than `u64::MAX`.
    #[inline]
    pub fn set(&mut self, slot: u32, key: u64) {
        self.keys[slot as usize] = key;
        let mut node = (self.keys.len() + slot as usize) >> 1;
        while node > 0 {
            let (left, right) = (self.winner_of(2 * node), self.winner_of(2 * node + 1));
            self.winners[node] = if self.keys[right as usize] < self.keys[left as usize] {
                right
            } else {
                left
            };
            node /= 2;
        }
    }

    /// Makes a slot idle.
    #[inline]
    pub fn clear(&mut self, slot: u32) {
        self.set(slot, IDLE);
    }

    /// The slot that frees next, and its key.
    #[inline]
    pub fn peek(&self) -> Option<(u32, u64)> {
        let slot = self.winners[1];
        let key = self.keys[slot as usize];
        (key != IDLE).then_some((slot, key))
    }

    /// The winner of a node, which is a slot itself in the lowest row.
    #[inline]
    fn winner_of(&self, node: usize) -> u32 {
        if node >= self.keys.len() {
            (node - self.keys.len()) as u32
        } else {
            self.winners[node]
        }
    }
}
