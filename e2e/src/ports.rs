//! Loopback ports that nobody else takes.
//!
//! It must not hand out ephemeral ports: the kernel gives those to any outgoing connection in the time
//! between asking for one and listening on it.

use std::{
    fs::{File, OpenOptions},
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
};

use crate::Error;

/// Below every usual ephemeral range, above the ports of well-known services.
const FIRST: u16 = 20_000;
const LAST: u16 = 29_999;

/// A port on 127.0.0.1 that no other harness on this machine gets as long as this value lives.
#[derive(Debug)]
pub struct Port {
    number: u16,
    // The lock on it is the reservation; the kernel drops it with the process.
    _reservation: File,
}

impl Port {
    /// Reserves a port on which nothing listens.
    pub fn reserve() -> Result<Self, Error> {
        // Per user: another user's lock files could not be opened.
        let user = std::env::var("USER").unwrap_or_default();
        let directory = std::env::temp_dir().join(format!("seaworthy-ports-{user}"));
        std::fs::create_dir_all(&directory).map_err(Error::io(format!("create {}", directory.display())))?;
        let span = LAST - FIRST + 1;
        let start = u16::try_from(RandomState::new().hash_one(0) % u64::from(span)).unwrap_or(0);
        for step in 0..span {
            let number = FIRST + (start + step) % span;
            let path = directory.join(number.to_string());
            let Ok(file) = OpenOptions::new().create(true).append(true).open(&path) else { continue };
            if file.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Ok(Self { number, _reservation: file });
            }
        }
        Err(Error::NoPort { first: FIRST, last: LAST })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn reserved_ports_differ_and_can_be_listened_on() {
        let ports: Vec<Port> = (0..50).map(|_| Port::reserve().unwrap()).collect();
        let numbers: BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), ports.len());
        for number in numbers {
            TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        }
    }
}
