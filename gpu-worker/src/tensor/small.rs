//! Numbers of eight bits and fewer: floating-point formats that only store values, and narrow integers. Each takes a byte here.

/// What becomes of a number beyond a format's largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// It becomes the largest.
    Saturate,
    /// It becomes infinite, or NaN where the format has no infinity.
    Overflow,
}

/// A floating-point format of eight bits or fewer.
pub trait SmallFloat: Copy {
    /// The number.
    fn decode(self) -> f64;
    /// The nearest number of the format; of two, the one whose last bit is zero.
    fn encode(value: f64, overflow: Overflow) -> Self;
}

/// What tells formats of sign, exponent and mantissa apart.
struct Format {
    mantissa_bits: u32,
    bias: i32,
    sign: u8,
    /// Code of the largest finite number.
    largest: u8,
    /// Code of positive infinity, if there is one.
    infinity: Option<u8>,
    /// Code of NaN, if there is one.
    nan: Option<u8>,
    has_negative_zero: bool,
}

impl Format {
    /// The number of a code without sign, which must be finite.
    fn magnitude(&self, code: u8) -> f64 {
        let mantissa = f64::from(code & ((1 << self.mantissa_bits) - 1));
        let exponent = i32::from(code >> self.mantissa_bits);
        let unit = f64::from(1_u32 << self.mantissa_bits);
        if exponent == 0 {
            mantissa / unit * f64::powi(2.0, 1 - self.bias)
        } else {
            (1.0 + mantissa / unit) * f64::powi(2.0, exponent - self.bias)
        }
    }

    fn decode(&self, code: u8) -> f64 {
        if self.nan == Some(code) {
            return f64::NAN;
        }
        let unsigned = code & (self.sign - 1);
        let magnitude = if unsigned <= self.largest {
            self.magnitude(unsigned)
        } else if self.infinity == Some(unsigned) {
            f64::INFINITY
        } else {
            f64::NAN
        };
        if code & self.sign == 0 { magnitude } else { -magnitude }
    }

    fn encode(&self, value: f64, overflow: Overflow) -> u8 {
        let sign = if value.is_sign_negative() { self.sign } else { 0 };
        if value.is_nan() {
            // Where there is no NaN it becomes minus zero.
            return self
                .nan
                .map_or(self.sign, |nan| if self.has_negative_zero { nan | sign } else { nan });
        }
        let magnitude = value.abs();
        let beyond = match (overflow, self.infinity, self.nan) {
            (Overflow::Saturate, ..) => self.largest | sign,
            (_, Some(infinity), _) => infinity | sign,
            (_, None, Some(nan)) if self.has_negative_zero => nan | sign,
            (_, None, Some(nan)) => nan,
            (_, None, None) => self.largest | sign,
        };
        if magnitude.is_infinite() {
            return beyond;
        }
        // Codes grow with what they stand for.
        let (mut low, mut high) = (0_u8, self.largest);
        while low < high {
            let middle = high - (high - low) / 2;
            if self.magnitude(middle) <= magnitude {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let below = self.magnitude(low);
        // The step above the largest is as wide as the one below it.
        let above = if low == self.largest {
            2.0 * below - self.magnitude(low - 1)
        } else {
            self.magnitude(low + 1)
        };
        let (down, up) = (magnitude - below, above - magnitude);
        let rounds_up = up < down || (up == down && low & 1 == 1);
        let code = if rounds_up { low + 1 } else { low };
        if code > self.largest {
            beyond
        } else if code == 0 && !self.has_negative_zero {
            0
        } else {
            code | sign
        }
    }
}

macro_rules! small_float {
    ($(#[$doc:meta])* $name:ident, $format:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name(pub u8);

        impl SmallFloat for $name {
            fn decode(self) -> f64 {
                const FORMAT: Format = $format;
                FORMAT.decode(self.0)
            }
            fn encode(value: f64, overflow: Overflow) -> Self {
                const FORMAT: Format = $format;
                Self(FORMAT.encode(value, overflow))
            }
        }
    };
}

small_float!(
    /// Sign, four bits of exponent, three of mantissa; no infinity.
    Float8E4M3Fn,
    Format { mantissa_bits: 3, bias: 7, sign: 0x80, largest: 0x7e, infinity: None, nan: Some(0x7f), has_negative_zero: true }
);
small_float!(
    /// The same, with one zero, and NaN in the place of the other.
    Float8E4M3Fnuz,
    Format { mantissa_bits: 3, bias: 8, sign: 0x80, largest: 0x7f, infinity: None, nan: Some(0x80), has_negative_zero: false }
);
small_float!(
    /// Sign, five bits of exponent, two of mantissa.
    Float8E5M2,
    Format { mantissa_bits: 2, bias: 15, sign: 0x80, largest: 0x7b, infinity: Some(0x7c), nan: Some(0x7e), has_negative_zero: true }
);
small_float!(
    /// The same, with one zero, NaN in the place of the other, and no infinity.
    Float8E5M2Fnuz,
    Format { mantissa_bits: 2, bias: 16, sign: 0x80, largest: 0x7f, infinity: None, nan: Some(0x80), has_negative_zero: false }
);
small_float!(
    /// Sign, two bits of exponent, one of mantissa; neither infinity nor NaN.
    Float4E2M1,
    Format { mantissa_bits: 1, bias: 1, sign: 0x08, largest: 0x07, infinity: None, nan: None, has_negative_zero: true }
);

/// A power of two from 2^-127 to 2^127, or NaN; no sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Float8E8M0(pub u8);

impl SmallFloat for Float8E8M0 {
    fn decode(self) -> f64 {
        if self.0 == u8::MAX {
            f64::NAN
        } else {
            f64::powi(2.0, i32::from(self.0) - 127)
        }
    }

    fn encode(value: f64, overflow: Overflow) -> Self {
        let magnitude = value.abs();
        if value.is_nan() || (magnitude.is_infinite() && overflow == Overflow::Overflow) {
            return Self(u8::MAX);
        }
        // Up to the next power of two, as ONNX's default says.
        let code = (magnitude.max(f64::MIN_POSITIVE).log2().ceil() + 127.0).max(0.0);
        match overflow {
            Overflow::Overflow if code > 254.0 => Self(u8::MAX),
            _ => Self(code.min(254.0) as u8),
        }
    }
}

macro_rules! narrow_integer {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $bits:literal, $low:literal, $high:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name($inner);

        impl $name {
            /// The number.
            pub fn get(self) -> $inner {
                self.0
            }

            /// The number of the lowest bits.
            pub fn wrapped(value: i64) -> Self {
                let width = 1_i64 << $bits;
                let low = value.rem_euclid(width);
                let signed = if low > $high { low - width } else { low };
                Self(signed as $inner)
            }
        }
    };
}

narrow_integer!(/** Four bits, signed. */ Int4, i8, 4, -8, 7);
narrow_integer!(/** Four bits, unsigned. */ Uint4, u8, 4, 0, 15);
narrow_integer!(/** Two bits, signed. */ Int2, i8, 2, -2, 1);
narrow_integer!(/** Two bits, unsigned. */ Uint2, u8, 2, 0, 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_code_survives_decoding_and_encoding() {
        fn check<T: SmallFloat>(wrap: fn(u8) -> T, unwrap: fn(T) -> u8, codes: u16) {
            for code in 0..codes {
                let code = code as u8;
                let value = wrap(code).decode();
                if value.is_finite() {
                    assert_eq!(unwrap(T::encode(value, Overflow::Saturate)), code, "{value}");
                }
            }
        }
        check(Float8E4M3Fn, |v| v.0, 256);
        check(Float8E4M3Fnuz, |v| v.0, 256);
        check(Float8E5M2, |v| v.0, 256);
        check(Float8E5M2Fnuz, |v| v.0, 256);
        check(Float8E8M0, |v| v.0, 256);
        check(Float4E2M1, |v| v.0, 16);
    }

    #[test]
    fn overflow_saturates_or_is_infinite_or_no_number() {
        assert_eq!(Float8E4M3Fn::encode(1e6, Overflow::Saturate).decode(), 448.0);
        assert!(Float8E4M3Fn::encode(1e6, Overflow::Overflow).decode().is_nan());
        assert_eq!(Float8E5M2::encode(1e6, Overflow::Overflow).decode(), f64::INFINITY);
        assert_eq!(Float8E5M2::encode(-1e6, Overflow::Saturate).decode(), -57344.0);
    }

    #[test]
    fn ties_go_to_the_even_code() {
        assert_eq!(Float4E2M1::encode(2.5, Overflow::Saturate).decode(), 2.0);
        assert_eq!(Float4E2M1::encode(3.5, Overflow::Saturate).decode(), 4.0);
        assert_eq!(Float4E2M1::encode(5.0, Overflow::Saturate).decode(), 4.0);
    }

    #[test]
    fn narrow_integers_keep_the_lowest_bits() {
        assert_eq!((Int4::wrapped(9).get(), Int4::wrapped(-9).get()), (-7, 7));
        assert_eq!((Uint2::wrapped(-1).get(), Int2::wrapped(2).get()), (3, -2));
    }
}
