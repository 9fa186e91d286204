//! Ranges of addresses.

use seaworthy::inventory::cidr::Cidr;
use seaworthy_e2e::Oracle;

use super::{compare, texts::made};

const MADE: usize = 40_000;
const SEEDS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3/8",
    "0.0.0.0/0",
    "255.255.255.255/32",
    "192.168.0.0/16",
    "1.2.3.4/0",
    "010.001.0.0/08",
    "1.2.3.4/33",
    "1.2.3/8",
    "1.2.3.4.5/8",
    "256.1.1.1/8",
    "::/0",
    "::1/128",
    "2001:db8::/32",
    "2001:db8::1/64",
    "fe80::/10",
    "1:2:3:4:5:6:7:8/64",
    "1:2:3:4:5:6:7::/64",
    "::2:3:4:5:6:7:8/64",
    "1:2:3:4:5:6:7:8::/64",
    "::ffff:1.2.3.4/96",
    "::ffff:1.2.3.4/0",
    "::1.2.3.4/128",
    "1::1.2.3.4/64",
    "1.2.3.4::/64",
    "00001::/16",
    "12345::/16",
    "1::2::3/8",
    ":::/0",
    "fe80::1%eth0/64",
    "[::1]/64",
    "10.0.0.0",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/+8",
    "10.0.0.0/ 8",
    "::/129",
    "::/00128",
    "1:2:3:4:5:6:1.2.3.4/100",
    "1:2:3:4:5:6:7:1.2.3.4/100",
    "::ABCD/120",
];

#[test]
fn ranges_of_addresses_are_those_of_the_components() {
    let mut oracle = Oracle::start().unwrap();
    let texts = made(MADE, 51, SEEDS, "0012359..::://aF");
    let theirs = |texts: &[String]| {
        let answers = oracle.cidrs(texts).unwrap();
        answers.into_iter().map(|answer| answer.valid.then_some((answer.network, answer.prefix))).collect()
    };
    compare("ranges of addresses", &texts, theirs, |text| {
        let cidr = Cidr::parse(text)?;
        let network = match cidr.network {
            std::net::IpAddr::V4(address) => format!("{:08x}", u32::from(address)),
            std::net::IpAddr::V6(address) => format!("{:032x}", u128::from(address)),
        };
        Some((network, cidr.prefix))
    });
}
