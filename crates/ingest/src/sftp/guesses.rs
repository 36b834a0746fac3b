//! How often somebody came with a wrong password. After some wrong ones in a row, an address and a name have to wait;
//! keys are not affected. Forgotten when the process ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords from one address before it has to wait.
const FREE_PER_ADDRESS: u32 = 10;
/// Wrong passwords for one name, from all addresses. More, so that nobody is locked out by one who guesses.
const FREE_PER_NAME: u32 = 30;
/// How long that takes.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);
/// Addresses and names remembered. When so many were wrong within a pause, nobody unknown may try.
const CAPACITY: usize = 4_096;
/// What is remembered of a name.
const MAX_NAME_BYTES: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    Name(String),
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    last: Instant,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<Source, Wrong>>);

impl Guesses {
    /// Whether a password may be tried now.
    pub(crate) fn may_try(&self, address: IpAddr, name: &str, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() + 2 > CAPACITY {
            all.retain(|_, wrong| now.saturating_duration_since(wrong.last) < PAUSE);
        }
        let is_full = all.len() + 2 > CAPACITY;
        sources(address, name).into_iter().all(|(source, free)| match all.get(&source) {
            Some(wrong) => wrong.count < free || now.saturating_duration_since(wrong.last) >= PAUSE,
            None => !is_full,
        })
    }

    /// One was wrong.
    pub(crate) fn note_wrong(&self, address: IpAddr, name: &str, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, _) in sources(address, name) {
            let wrong = all.entry(source).or_insert(Wrong { count: 0, last: now });
            let is_over = now.saturating_duration_since(wrong.last) >= PAUSE;
            *wrong = Wrong { count: if is_over { 1 } else { wrong.count.saturating_add(1) }, last: now };
        }
    }

    /// One was right: its name is forgotten. Its address is not, or whoever has one account could guess at others.
    pub(crate) fn note_right(&self, address: IpAddr, name: &str) {
        let [_, (name, _)] = sources(address, name);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    }
}

fn sources(address: IpAddr, name: &str) -> [(Source, u32); 2] {
    let end = name.floor_char_boundary(MAX_NAME_BYTES);
    [(Source::Address(network(address)), FREE_PER_ADDRESS), (Source::Name(name[..end].to_lowercase()), FREE_PER_NAME)]
}

/// What one party has: an address, or in IPv6 a network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slow_for_an_address_and_for_a_name() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let address = |number: u8| IpAddr::from([10, 0, 0, number]);
        for _ in 0..FREE_PER_ADDRESS {
            assert!(guesses.may_try(address(1), "anna", start));
            guesses.note_wrong(address(1), "anna", start);
        }
        assert!(!guesses.may_try(address(1), "bert", start), "the address waits");
        assert!(guesses.may_try(address(2), "anna", start), "the name does not yet");
        for number in 2..4 {
            (0..FREE_PER_ADDRESS).for_each(|_| guesses.note_wrong(address(number), "Anna", start));
        }
        assert!(!guesses.may_try(address(9), "anna", start), "the name waits");
        assert!(guesses.may_try(address(9), "bert", start) && guesses.may_try(address(1), "anna", start + PAUSE));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for number in 0..CAPACITY as u32 {
            let address = IpAddr::from(number.to_be_bytes());
            if guesses.may_try(address, "same", start) {
                guesses.note_wrong(address, &format!("name {number}"), start);
            }
        }
        assert!(guesses.0.lock().unwrap().len() <= CAPACITY);
        assert!(!guesses.may_try(IpAddr::from([1, 1, 1, 1]), "new", start));
        assert!(guesses.may_try(IpAddr::from([1, 1, 1, 1]), "new", start + PAUSE));
    }

    #[test]
    fn an_ipv6_network_is_one_party() {
        let [one, same, other]: [IpAddr; 3] =
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"].map(|text| text.parse().unwrap());
        assert_eq!((network(one) == network(same), network(one) == network(other)), (true, false));
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()), IpAddr::from([10, 0, 0, 1]));
    }
}
