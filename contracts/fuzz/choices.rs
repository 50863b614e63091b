//! Bytes as a row of decisions; zeros when they run out.

/// What is left of them.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    /// Below `end`, which is at most 256.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()).checked_rem(end).unwrap_or_default()
    }

    /// A number of any size: the edges of 64 bits, of half of them, small ones, and all between.
    pub fn number(&mut self) -> u64 {
        let near = u64::from(self.byte());
        match self.byte() % 8 {
            0 => near % 4,
            1 => near,
            2 => u64::MAX - near % 4,
            3 => (1 << 63) - near % 4,
            4 => (near + 1) << 32,
            5 => near << (self.byte() % 57),
            6 => near * 1_000_000_000,
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    pub fn short(&mut self) -> u16 {
        match self.byte() % 4 {
            0 => 0,
            1 => u16::MAX - u16::from(self.byte() % 4),
            _ => u16::from_le_bytes([self.byte(), self.byte()]),
        }
    }

    pub fn truth(&mut self) -> bool {
        self.byte() % 2 == 1
    }
}
