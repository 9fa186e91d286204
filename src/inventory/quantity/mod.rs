//! Resource quantities: `250m`, `128Mi`, `1e3`, exact and comparable.
//!
//! The value of a quantity is the value that the API server gives it; the notation is not kept. It must
//! not decide what a quantity is good for: that is the checks' business. Next: `parse` for the
//! grammar, `value` for how a quantity is read out of an object.

mod parse;
mod value;

use std::fmt;
use std::str::FromStr;

pub use parse::QuantityError;
pub use value::QuantityValue;

/// Nano-units in one unit.
const UNIT: i128 = 1_000_000_000;

/// Above this the API server caps a quantity with a binary suffix.
const BINARY_LIMIT: i128 = i64::MAX as i128;

/// An exact amount, in nano-units.
///
/// It holds what 127 bits of nano-units can: up to about 1.7 × 10²⁹ units either way. What lies beyond is held
/// as that bound, so that comparisons with every sensible amount stay right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nano: 0 };

    /// The quantity of this many nano-units.
    ///
    /// `i128::MIN` is taken as its neighbour, so that every quantity has an opposite.
    pub const fn from_nano(nano: i128) -> Self {
        if nano == i128::MIN { Self { nano: -i128::MAX } } else { Self { nano } }
    }

    /// The value in nano-units.
    pub const fn nano(self) -> i128 {
        self.nano
    }

    /// Whether this is zero.
    pub const fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// Whether this is more than zero.
    pub const fn is_positive(self) -> bool {
        self.nano > 0
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse::parse(text)
    }
}

/// Writes the shorter of the decimal and the binary notation, so that `128Mi` stays `128Mi` and `2000m`
/// becomes `2`; what is written parses to the same value.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = decimal(self.nano);
        match binary(self.nano) {
            Some(binary) if binary.len() < decimal.len() => f.pad(&binary),
            _ => f.pad(&decimal),
        }
    }
}

/// The decimal notation with the largest suffix that divides the value.
fn decimal(nano: i128) -> String {
    const SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    let mut value = nano;
    let mut chosen = "";
    for (index, suffix) in SUFFIXES.iter().enumerate() {
        chosen = suffix;
        if value == 0 {
            return "0".to_owned();
        }
        if value % 1000 != 0 || index + 1 == SUFFIXES.len() {
            break;
        }
        value /= 1000;
    }
    format!("{value}{chosen}")
}

/// The binary notation with the largest suffix that divides the value, where there is one.
fn binary(nano: i128) -> Option<String> {
    const SUFFIXES: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let mut value = nano / UNIT;
    if nano % UNIT != 0 || value == 0 || value.abs() > BINARY_LIMIT {
        return None;
    }
    let mut chosen = None;
    for suffix in SUFFIXES {
        if value % 1024 != 0 {
            break;
        }
        value /= 1024;
        chosen = Some(suffix);
    }
    chosen.map(|suffix| format!("{value}{suffix}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn display_keeps_the_usual_notation() {
        for (text, shown) in [
            ("128Mi", "128Mi"),
            ("134217728", "128Mi"),
            ("1000Ki", "1024k"),
            ("2000m", "2"),
            ("0.25", "250m"),
            ("-1.5Gi", "-1536Mi"),
            ("1e3", "1k"),
            ("0", "0"),
            ("1E", "1E"),
            ("1000E", "1000E"),
            ("9223372036854775808", "9223372036854775808"),
        ] {
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn quantities_order_by_value_not_by_notation() {
        let parse = |text: &str| text.parse::<Quantity>().unwrap();
        assert_eq!(parse("1024Mi"), parse("1Gi"));
        assert!(parse("1G") < parse("1Gi"));
        assert!(parse("-1") < parse("0"));
        assert!(parse("1n").is_positive() && !parse("0").is_positive() && !parse("-1n").is_positive());
        assert!(parse("-0").is_zero());
    }

    proptest! {
        #[test]
        fn what_is_displayed_parses_to_the_same_value(nano in any::<i128>(), shift in 0_u32..127) {
            let quantity = Quantity::from_nano(nano >> shift);
            prop_assert_eq!(quantity.to_string().parse::<Quantity>(), Ok(quantity));
        }

        #[test]
        fn a_binary_value_survives_display(count in any::<i64>(), power in 0_u32..6) {
            let units = i128::from(count >> 20) << (10 * power);
            let quantity = Quantity::from_nano(units * UNIT);
            prop_assert_eq!(quantity.to_string().parse::<Quantity>(), Ok(quantity));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Quantity>();
        }
    }
}
