//! The Mersenne Twister MT19937 by Matsumoto and Nishimura: the generator of NumPy's `RandomState`, so that a seed gives the numbers
//! that ONNX's reference implementation draws.

const LENGTH: usize = 624;
const SHIFT: usize = 397;

/// A generator.
#[derive(Debug)]
pub struct Twister {
    state: [u32; LENGTH],
    next: usize,
    /// The second number of a pair of normal ones.
    spare: Option<f64>,
}

impl Twister {
    /// Starts a generator.
    pub fn new(seed: u32) -> Self {
        let mut state = [0; LENGTH];
        let mut word = seed;
        for (at, place) in state.iter_mut().enumerate() {
            *place = word;
            word = (word ^ (word >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(at as u32 + 1);
        }
        Self {
            state,
            next: LENGTH,
            spare: None,
        }
    }

    fn word(&mut self) -> u32 {
        if self.next == LENGTH {
            for at in 0..LENGTH {
                let joined = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % LENGTH] & 0x7fff_ffff);
                let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[at] = self.state[(at + SHIFT) % LENGTH] ^ (joined >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// A number from 0 to below 1, of 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// A number of mean 0 and variance 1, by the polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(factor * x);
                return factor * y;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_draws_the_numbers_of_numpy() {
        let mut twister = Twister::new(0);
        // numpy.random.RandomState(0).uniform(size=3)
        let drawn = [twister.uniform(), twister.uniform(), twister.uniform()];
        assert_eq!(drawn, [0.5488135039273248, 0.7151893663724195, 0.6027633760716439]);
        // numpy.random.RandomState(0).normal(size=2)
        let mut twister = Twister::new(0);
        assert!((twister.normal() - 1.764052345967664).abs() < 1e-12);
        assert!((twister.normal() - 0.4001572083672233).abs() < 1e-12);
    }
}
