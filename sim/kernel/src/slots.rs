//! Which slot frees next.

/// A set of slots, each idle or busy until a key; a tournament over the keys, four players at a time,
/// so that any slot may change at any time. Among equal keys the lowest slot wins.
///
/// A player is one word, the key above the slot: the lesser word wins.
#[derive(Clone, Debug)]
pub struct SlotQueue {
    /// Tables of four players: those of the slots first, then the winners of each four tables, and so
    /// on to the final.
    tables: Vec<[u64; FOUR]>,
    /// The first table of each round.
    rounds: Vec<usize>,
    winner: u64,
    /// Bits of a player that are its slot.
    slot_bits: u32,
    capacity: u32,
}

/// An idle slot.
const IDLE: u64 = u64::MAX;

/// Players that meet at once: they are half a cache line, and nobody is far from the final.
const FOUR: usize = 4;

impl SlotQueue {
    /// This many idle slots.
    pub fn new(capacity: u32) -> Self {
        let (mut rounds, mut tables) = (Vec::new(), 0);
        let mut round = (capacity as usize).div_ceil(FOUR).max(1);
        loop {
            rounds.push(tables);
            tables += round;
            if round == 1 {
                break;
            }
            round = round.div_ceil(FOUR);
        }
        Self {
            tables: vec![[IDLE; FOUR]; tables],
            rounds,
            winner: IDLE,
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
        self.key_of(self.tables[slot as usize / FOUR][slot as usize % FOUR])
    }

    /// The slot that frees next, and its key.
    #[inline]
    pub fn peek(&self) -> Option<(u32, u64)> {
        let key = self.key_of(self.winner)?;
        Some(((self.winner & !(IDLE << self.slot_bits)) as u32, key))
    }

    #[inline]
    fn key_of(&self, player: u64) -> Option<u64> {
        (player != IDLE).then_some(player >> self.slot_bits)
    }

    /// Puts a player on the seat of a slot and plays again what that decides.
    #[inline]
    fn put(&mut self, slot: u32, player: u64) {
        let (mut seat, mut player) = (slot as usize, player);
        for first in &self.rounds {
            let table = &mut self.tables[first + seat / FOUR];
            let own = seat % FOUR;
            table[own] = player;
            // The others do not wait for the round before.
            let others = table[own ^ 1].min(table[own ^ 2]).min(table[own ^ 3]);
            player = player.min(others);
            seat /= FOUR;
        }
        self.winner = player;
    }
}
