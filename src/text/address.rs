//! IP addresses as text (engine chapter §18.1).

/// An address without a port, bytes in network order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// IPv4.
    V4([u8; 4]),
    /// IPv6 and its zone, 0 for none.
    V6([u8; 16], u8),
}

/// Parses a host: empty, `localhost`, IPv4, IPv6 with or without brackets and a decimal zone. Never a port.
pub fn parse(s: &[u8]) -> Option<Address> {
    if s.is_empty() {
        return Some(Address::V4([0; 4]));
    }
    if s.eq_ignore_ascii_case(b"localhost") {
        return Some(Address::V4([127, 0, 0, 1]));
    }
    if let Some(ip) = parse_v4(s) {
        return Some(Address::V4(ip));
    }
    let inner = match s {
        [b'[', inner @ .., b']'] => inner,
        [b'[', ..] | [.., b']'] => return None,
        bare => bare,
    };
    parse_v6(inner)
}

/// Four decimal groups of at most 255; leading zeros are decimal.
pub fn parse_v4(s: &[u8]) -> Option<[u8; 4]> {
    let mut out = [0u8; 4];
    let mut groups = s.split(|b| *b == b'.');
    for byte in &mut out {
        *byte = u8::try_from(decimal(groups.next()?, 255)?).ok()?;
    }
    match groups.next() {
        None => Some(out),
        Some(_) => None,
    }
}

fn parse_v6(s: &[u8]) -> Option<Address> {
    let (s, zone) = match s.iter().position(|b| *b == b'%') {
        Some(at) => {
            let zone = decimal(s.get(at.checked_add(1)?..)?, 255)?;
            (s.get(..at)?, u8::try_from(zone).ok()?)
        }
        None => (s, 0),
    };
    let ip = mapped(s).or_else(|| groups(s))?;
    Some(Address::V6(ip, zone))
}

/// `::ffff:a.b.c.d`.
fn mapped(s: &[u8]) -> Option<[u8; 16]> {
    let prefix = s.get(..7)?;
    if !prefix.eq_ignore_ascii_case(b"::ffff:") {
        return None;
    }
    let v4 = parse_v4(s.get(7..)?)?;
    let mut ip = [0u8; 16];
    for (to, from) in ip
        .iter_mut()
        .zip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff].iter().chain(&v4))
    {
        *to = *from;
    }
    Some(ip)
}

/// Eight hex groups, one run of zeros may be `::`.
fn groups(s: &[u8]) -> Option<[u8; 16]> {
    let mut words = [0u16; 8];
    let gap = s.windows(2).position(|w| w == b"::");
    let (head, tail) = match gap {
        Some(at) => (s.get(..at)?, Some(s.get(at.checked_add(2)?..)?)),
        None => (s, None),
    };
    let front = list(head, &mut words)?;
    match tail {
        None if front != 8 => return None,
        None => {}
        Some(tail) => {
            let mut back_words = [0u16; 8];
            let back = list(tail, &mut back_words)?;
            let start = 8usize.checked_sub(back)?;
            if front > start || front.checked_add(back)? > 7 {
                return None;
            }
            for (to, from) in words.iter_mut().skip(start).zip(back_words) {
                *to = from;
            }
        }
    }
    let mut ip = [0u8; 16];
    for (pair, word) in ip.chunks_exact_mut(2).zip(words) {
        pair.copy_from_slice(&word.to_be_bytes());
    }
    Some(ip)
}

/// Colon-separated groups of 1–4 hex digits; an empty list is fine. Returns their number.
fn list(s: &[u8], out: &mut [u16; 8]) -> Option<usize> {
    if s.is_empty() {
        return Some(0);
    }
    let mut n = 0usize;
    for group in s.split(|b| *b == b':') {
        if group.is_empty() || group.len() > 4 {
            return None;
        }
        let mut value = 0u16;
        for b in group {
            let digit = char::from(*b).to_digit(16)?;
            value = value
                .checked_mul(16)?
                .checked_add(u16::try_from(digit).ok()?)?;
        }
        *out.get_mut(n)? = value;
        n = n.checked_add(1)?;
    }
    Some(n)
}

fn decimal(s: &[u8], max: u32) -> Option<u32> {
    if s.is_empty() {
        return None;
    }
    let mut value = 0u32;
    for b in s {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value
            .checked_mul(10)?
            .checked_add(u32::from(b.wrapping_sub(b'0')))?;
        if value > max {
            return None;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;
    use std::string::ToString;

    #[test]
    fn ipv4() {
        assert_eq!(parse(b"1.2.3.4"), Some(Address::V4([1, 2, 3, 4])));
        assert_eq!(parse(b"01.002.3.4"), Some(Address::V4([1, 2, 3, 4])));
        assert_eq!(parse(b"LOCALhost"), Some(Address::V4([127, 0, 0, 1])));
        assert_eq!(parse(b""), Some(Address::V4([0; 4])));
        for bad in [
            "0",
            "1.2.3",
            "0.0.0.",
            "0.0.0.-1",
            "1.2.3.4.5",
            "256.1.1.1",
            ".1.2.3",
            "1..2.3",
            "1.2.3.4 ",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn ipv6() {
        let v6 = |s: &str| Address::V6(s.parse::<Ipv6Addr>().expect(s).octets(), 0);
        for ok in [
            "::",
            "::1",
            "1::",
            "fe80::1",
            "1:2:3:4:5:6:7:8",
            "1:2::7:8",
            "::FFFF:1.2.3.4",
            "abcd::EF01",
        ] {
            assert_eq!(parse(ok.as_bytes()), Some(v6(ok)), "{ok}");
        }
        assert_eq!(parse(b"[::1]"), Some(v6("::1")));
        assert_eq!(
            parse(b"fe80::1%3"),
            Some(Address::V6(
                "fe80::1".parse::<Ipv6Addr>().unwrap().octets(),
                3
            ))
        );
        for bad in [
            ":::",
            "1::2::3",
            "12345::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "::g",
            "[::1",
            "::1]",
            "::1%",
            "::1%eth0",
            "::1%256",
            ":1",
            "1:",
            "1:2:3:4:5:6:7:8::",
            "::1.2.3.4",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(s in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&s);
        }

        #[test]
        fn agrees_with_std(words in any::<[u16; 8]>()) {
            let ip = Ipv6Addr::from(words);
            prop_assume!(ip.to_ipv4_mapped().is_none());
            prop_assert_eq!(parse(ip.to_string().as_bytes()), Some(Address::V6(ip.octets(), 0)));
        }
    }
}
