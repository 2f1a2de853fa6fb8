//! Which slot frees next.

use std::array::from_fn;

/// A set of slots, each idle or busy until a key; a tournament over the keys, so that any slot may change
/// at any time. Among equal keys the lowest slot wins.
///
/// A player is one word, the key above the slot: the lesser word wins.
#[derive(Clone, Debug)]
pub struct SlotQueue {
    /// The slots, some at a time: a cache line.
    groups: Vec<Group>,
    /// The final's winner at place 1; the winner of the match between places 2 i and 2 i + 1 at place i;
    /// the winners of the groups from place `first` on.
    players: Vec<u64>,
    first: usize,
    /// Bits of a player that are its slot.
    slot_bits: u32,
    capacity: u32,
}

/// An idle slot.
const IDLE: u64 = u64::MAX;

/// Slots that meet at once.
const GROUP: usize = 8;

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group([u64; GROUP]);

impl Group {
    #[inline]
    fn winner(&self) -> u64 {
        let four: [u64; 4] = from_fn(|place| self.0[place].min(self.0[place + 4]));
        let two: [u64; 2] = from_fn(|place| four[place].min(four[place + 2]));
        two[0].min(two[1])
    }
}

impl SlotQueue {
    /// This many idle slots.
    pub fn new(capacity: u32) -> Self {
        let groups = (capacity as usize).div_ceil(GROUP).max(1);
        let first = groups.next_power_of_two();
        Self {
            groups: vec![Group([IDLE; GROUP]); groups],
            players: vec![IDLE; first + groups.next_multiple_of(2)],
            first,
            slot_bits: u32::BITS - capacity.saturating_sub(1).leading_zeros(),
            capacity,
        }
    }

    /// Number of slots.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The largest key that is told from others: 2^64 by the number of slots, rounded up to a power of
    /// two. In milliseconds and with 2^24 slots that is 34 years.
    pub fn last_key(&self) -> u64 {
        (IDLE >> self.slot_bits) - 1
    }

    /// Makes a slot busy until a key; keys beyond [`SlotQueue::last_key`] count as that one.
    #[inline]
    pub fn set(&mut self, slot: u32, key: u64) {
        let key = key.min(self.last_key());
        self.put(slot, key << self.slot_bits | u64::from(slot));
    }

    /// Makes a slot idle.
    #[inline]
    pub fn clear(&mut self, slot: u32) {
        self.put(slot, IDLE);
    }

    /// The key of a slot, if it is busy.
    pub fn key(&self, slot: u32) -> Option<u64> {
        self.key_of(self.groups[slot as usize / GROUP].0[slot as usize % GROUP])
    }

    /// The slot that frees next, and its key.
    #[inline]
    pub fn peek(&self) -> Option<(u32, u64)> {
        let winner = self.players[1];
        let key = self.key_of(winner)?;
        Some(((winner & !(IDLE << self.slot_bits)) as u32, key))
    }

    #[inline]
    fn key_of(&self, player: u64) -> Option<u64> {
        (player != IDLE).then_some(player >> self.slot_bits)
    }

    /// Puts a player on the place of a slot and plays again what that decides.
    #[inline]
    fn put(&mut self, slot: u32, player: u64) {
        let number = slot as usize / GROUP;
        let group = &mut self.groups[number];
        group.0[slot as usize % GROUP] = player;
        let mut player = group.winner();
        let mut place = self.first + number;
        self.players[place] = player;
        while place > 1 {
            player = player.min(self.players[place ^ 1]);
            place /= 2;
            self.players[place] = player;
        }
    }
}
