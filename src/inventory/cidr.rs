//! Ranges of addresses as the API writes them: an address and a number of bits.
//!
//! It must not know what a range is for. Next: [`super::network_policy`].

use core::net::IpAddr;

/// A range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u32,
}

impl Cidr {
    /// The range that a text is; none if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/')?;
        let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse().ok()?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address is in the range.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differs = u32::from(own) ^ u32::from(other);
                self.bits == 0 || differs.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differs = u128::from(own) ^ u128::from(other);
                self.bits == 0 || differs.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &str, address: &str) -> bool {
        Cidr::parse(range).unwrap().holds(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_a_range_of_its_family_by_its_first_bits() {
        for (range, address, expected) in [
            ("0.0.0.0/0", "169.254.169.254", true),
            ("169.254.169.254/32", "169.254.169.254", true),
            ("169.254.169.254/32", "169.254.169.253", false),
            ("169.254.0.0/16", "169.254.169.254", true),
            ("169.254.0.0/17", "169.254.169.254", false),
            ("10.0.0.0/8", "169.254.169.254", false),
            ("::/0", "169.254.169.254", false),
            ("::/0", "fd00:ec2::254", true),
            ("fd00:ec2::254/128", "fd00:ec2::254", true),
            ("fd00:ec2::/64", "fd00:ec3::254", false),
        ] {
            assert_eq!(holds(range, address), expected, "{range} {address}");
        }
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "a/b"] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }
}
