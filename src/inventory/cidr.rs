//! Ranges of addresses (`10.0.0.0/8`), as the components of Kubernetes read them.
//!
//! That is more than the newest API server takes of a new object: parts with leading zeros, and addresses beyond
//! the prefix, which older versions have stored. It must not judge. Next: [`super::network_policy`],
//! [`super::service`].

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The first address of the range.
    pub network: IpAddr,
    /// How many bits of an address decide.
    pub prefix: u32,
}

/// Sixteen bits, of which an IPv6 address has eight.
const GROUPS: usize = 8;

impl Cidr {
    /// Reads a range; nothing if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix = decimal(prefix, 128)?;
        if let Some(address) = ipv4(address) {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(prefix)?).unwrap_or(0);
            return Some(Self { network: Ipv4Addr::from(u32::from(address) & mask).into(), prefix });
        }
        let mask = u128::MAX.checked_shl(128_u32.checked_sub(prefix)?).unwrap_or(0);
        let address = ipv6(address)?;
        Some(Self { network: Ipv6Addr::from(u128::from(address) & mask).into(), prefix })
    }

    /// Whether it holds every address of its family.
    pub const fn is_everywhere(self) -> bool {
        self.prefix == 0
    }

    /// The first and the last address, as numbers.
    fn span(self) -> (u128, u128) {
        let (first, bits) = match self.network {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32_u32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let others = bits.checked_sub(self.prefix).and_then(|rest| 1_u128.checked_shl(rest));
        (first, first | others.map_or(u128::MAX, |others| others - 1))
    }

    /// Whether an address is in the range.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differs = u32::from(own) ^ u32::from(other);
                32_u32.checked_sub(self.prefix).and_then(|rest| differs.checked_shr(rest)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differs = u128::from(own) ^ u128::from(other);
                128_u32.checked_sub(self.prefix).and_then(|rest| differs.checked_shr(rest)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Whether ranges together hold every address of a family.
pub fn are_everywhere(ranges: &[Cidr]) -> bool {
    let of_family = |is_ipv4: bool| {
        let own = ranges.iter().filter(|range| range.network.is_ipv4() == is_ipv4);
        own.map(|range| range.span()).collect::<Vec<_>>()
    };
    are_all(of_family(true), 0, u128::from(u32::MAX)) || are_all(of_family(false), 0, u128::MAX)
}

/// Whether spans, each from its first to its last number, leave out none between two.
pub fn are_all(mut spans: Vec<(u128, u128)>, first: u128, last: u128) -> bool {
    spans.sort_unstable();
    let mut missing = first;
    for (from, to) in spans {
        if from > missing {
            return false;
        }
        match to.checked_add(1) {
            Some(next) if to < last => missing = missing.max(next),
            _ => return true,
        }
    }
    false
}

/// Digits without a sign, at most this.
fn decimal(text: &str, most: u32) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let short = text.trim_start_matches('0');
    let value = if short.is_empty() { Some(0) } else { short.parse().ok() };
    value.filter(|value| *value <= most)
}

fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.split('.').map(|part| decimal(part, 255).and_then(|value| u8::try_from(value).ok()));
    let address = Ipv4Addr::new(parts.next()??, parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(address)
}

fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let Some((before, after)) = text.split_once("::") else {
        let groups: [u16; GROUPS] = groups(text)?.try_into().ok()?;
        return Some(groups.into());
    };
    if before.contains('.') {
        return None;
    }
    let (before, after) = (groups(before)?, groups(after)?);
    // What is left out is at least one group; an address cannot end before it.
    let missing = GROUPS.checked_sub(before.len() + after.len()).filter(|missing| *missing > 0)?;
    let all = [before, vec![0; missing], after].concat();
    Some(<[u16; GROUPS]>::try_from(all).ok()?.into())
}

/// Groups between colons, the last two of which may be written as an IPv4 address.
fn groups(text: &str) -> Option<Vec<u16>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let (head, tail) = text.rsplit_once(':').map_or((None, text), |(head, tail)| (Some(head), tail));
    let mut groups = head.map_or(Some(Vec::new()), |head| head.split(':').map(group).collect())?;
    match ipv4(tail) {
        Some(address) => {
            let [a, b, c, d] = address.octets();
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
        }
        None => groups.push(group(tail)?),
    }
    Some(groups)
}

fn group(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let short = text.trim_start_matches('0');
    let value = if short.is_empty() { Some(0) } else { u16::from_str_radix(short, 16).ok() };
    value.filter(|_| digits)
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
    fn everywhere_has_many_names() {
        for text in
            ["0.0.0.0/0", "::/0", "0::0/0", "1.2.3.4/0", "000.0.0.0/00", "::ffff:1.2.3.4/0", "2001:db8::/0"]
        {
            assert!(Cidr::parse(text).is_some_and(Cidr::is_everywhere), "{text}");
        }
        for text in ["0.0.0.0/1", "::/1", "10.0.0.0/8"] {
            assert!(Cidr::parse(text).is_some_and(|cidr| !cidr.is_everywhere()), "{text}");
        }
    }

    #[test]
    fn ranges_are_everywhere_together() {
        let of = |texts: &[&str]| {
            are_everywhere(&texts.iter().map(|text| Cidr::parse(text).unwrap()).collect::<Vec<_>>())
        };
        for texts in [
            &["0.0.0.0/0"] as &[_],
            &["128.0.0.0/1", "0.0.0.0/1"],
            &["128.0.0.0/1", "64.0.0.0/2", "0.0.0.0/2", "10.0.0.0/8"],
            &["10.0.0.0/8", "8000::/1", "::/1"],
        ] {
            assert!(of(texts), "{texts:?}");
        }
        for texts in [
            &[] as &[_],
            &["0.0.0.0/1"],
            &["0.0.0.0/1", "8000::/1"],
            &["0.0.0.0/1", "192.0.0.0/2"],
            &["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "224.0.0.0/4", "240.0.0.0/5"],
            &["::/1", "8000::/2"],
        ] {
            assert!(!of(texts), "{texts:?}");
        }
    }

    #[test]
    fn what_lies_beyond_the_prefix_does_not_count() {
        let of = |text: &str| Cidr::parse(text).unwrap().network.to_string();
        assert_eq!(of("10.1.2.3/8"), "10.0.0.0");
        assert_eq!(of("10.1.2.3/32"), "10.1.2.3");
        assert_eq!(of("2001:db8:ffff::1/33"), "2001:db8:8000::");
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in [
            "",
            "/",
            "/0",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0/8",
            "10.0.0.0/33",
            "::/129",
            "1.2.3.4.5/0",
            "256.0.0.0/0",
            "+1.0.0.0/0",
            "1.0.0.0/-1",
            ":::/0",
            "1::2::3/0",
            "1:2:3:4:5:6:7:8::/0",
            "12345::/0",
            "::1%eth0/0",
            " ::/0",
            "1:/0",
            "1.2.3.4::/0",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }
}
