//! Which slot frees next.

/// A set of slots, each idle or busy until a key; a tournament over the keys, four players at a time,
/// so that any slot may change at any time. Among equal keys the lowest slot wins.
#[derive(Clone, Debug)]
pub struct SlotQueue {
    /// Keys by slot, in fours; the last four is padded with idle ones.
    keys: Vec<[u64; FOUR]>,
    /// The winners of each four of the round before, again in fours. The last round has one four; if
    /// there are few slots there is no round but the first.
    rounds: Vec<Vec<Four>>,
    winner: Player,
    capacity: u32,
}

/// Key of an idle slot.
const IDLE: u64 = u64::MAX;

/// Players that meet at once: their keys are half a cache line, and nobody is far from the final.
const FOUR: usize = 4;

/// A slot and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Player {
    key: u64,
    slot: u32,
}

/// Four players of a later round.
#[derive(Clone, Copy, Debug)]
struct Four {
    keys: [u64; FOUR],
    slots: [u32; FOUR],
}

impl SlotQueue {
    /// This many idle slots.
    pub fn new(capacity: u32) -> Self {
        let mut queue = Self {
            keys: Vec::new(),
            rounds: Vec::new(),
            winner: Player::NOBODY,
            capacity: 0,
        };
        queue.reset(capacity);
        queue
    }

    /// Makes all slots idle, and their number `capacity`; keeps its memory.
    pub fn reset(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.winner = Player::NOBODY;
        let mut fours = (capacity as usize).div_ceil(FOUR).max(1);
        self.keys.clear();
        self.keys.resize(fours, [IDLE; FOUR]);
        let mut count = 0;
        while fours > 1 {
            fours = fours.div_ceil(FOUR);
            if self.rounds.len() == count {
                self.rounds.push(Vec::new());
            }
            self.rounds[count].clear();
            self.rounds[count].resize(fours, Four::NOBODY);
            count += 1;
        }
        self.rounds.truncate(count);
    }

    /// Number of slots.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Makes a slot busy until `key`, which must be less than `u64::MAX`.
    #[inline]
    pub fn set(&mut self, slot: u32, key: u64) {
        let (mut four, seat) = (slot as usize / FOUR, slot as usize % FOUR);
        let keys = &mut self.keys[four];
        keys[seat] = key;
        let first = (four * FOUR) as u32;
        let mut player = least(keys, [first, first + 1, first + 2, first + 3]);
        for round in &mut self.rounds {
            let seat = four % FOUR;
            four /= FOUR;
            let Some(next) = round[four].replace(seat, player) else {
                // The same winner as before: nothing changes from here on.
                return;
            };
            player = next;
        }
        self.winner = player;
    }

    /// Makes a slot idle.
    #[inline]
    pub fn clear(&mut self, slot: u32) {
        self.set(slot, IDLE);
    }

    /// The key of a slot, if it is busy.
    pub fn key(&self, slot: u32) -> Option<u64> {
        let key = self.keys[slot as usize / FOUR][slot as usize % FOUR];
        (key != IDLE).then_some(key)
    }

    /// The slot that frees next, and its key.
    #[inline]
    pub fn peek(&self) -> Option<(u32, u64)> {
        let Player { key, slot } = self.winner;
        (key != IDLE).then_some((slot, key))
    }
}

impl Player {
    const NOBODY: Self = Self { key: IDLE, slot: 0 };
}

impl Four {
    const NOBODY: Self = Self {
        keys: [IDLE; FOUR],
        slots: [0; FOUR],
    };

    /// Puts a player on a seat and gives the winner; `None` if the player sat there already.
    #[inline]
    fn replace(&mut self, seat: usize, player: Player) -> Option<Player> {
        if (self.keys[seat], self.slots[seat]) == (player.key, player.slot) {
            return None;
        }
        self.keys[seat] = player.key;
        self.slots[seat] = player.slot;
        Some(least(&self.keys, self.slots))
    }
}

/// The player with the least key, the first among equals.
#[inline]
fn least(keys: &[u64; FOUR], slots: [u32; FOUR]) -> Player {
    let mut best = Player {
        key: keys[0],
        slot: slots[0],
    };
    for seat in 1..FOUR {
        if keys[seat] < best.key {
            best = Player {
                key: keys[seat],
                slot: slots[seat],
            };
        }
    }
    best
}
