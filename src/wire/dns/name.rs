//! Domain names (RFC 1035 §3.1 and §4.1.4).

use alloc::vec::Vec;

/// Room for a decoded name and its NUL.
pub const CAPACITY: usize = 256;
/// How many compression pointers a name may follow.
pub const MAX_JUMPS: u32 = 5;
/// Longest label.
pub const MAX_LABEL: usize = 63;
/// Longest encoded name, its root label included.
pub const MAX_ENCODED: usize = 255;

/// A decoded name: labels joined by dots, without a dot at the end.
#[derive(Clone, Copy)]
pub struct Name {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Name {
    /// The root: an empty text.
    pub const fn new() -> Self {
        Name {
            bytes: [0; CAPACITY],
            len: 0,
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The text with at least one NUL behind it.
    pub fn with_nul(&self) -> &[u8; CAPACITY] {
        &self.bytes
    }

    fn push(&mut self, byte: u8) {
        // The last byte stays 0: names that are too long are cut.
        if self.len < CAPACITY.saturating_sub(1)
            && let Some(slot) = self.bytes.get_mut(self.len)
        {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    fn push_label(&mut self, label: &[u8]) {
        if self.len > 0 {
            self.push(b'.');
        }
        label.iter().for_each(|byte| self.push(*byte));
    }
}

impl Default for Name {
    fn default() -> Self {
        Name::new()
    }
}

/// Decodes the name at `offset` of `packet`. Returns it and the bytes it takes at this place.
///
/// A compression pointer ends the name. It is followed when it leads to a label inside the packet, and ignored when
/// it leads to another pointer or outside: the name is then what came before it. None when a label runs past the
/// end, when its type bits are 01 or 10, and after more than [`MAX_JUMPS`] pointers.
pub fn decode(packet: &[u8], offset: usize) -> Option<(Name, usize)> {
    let mut name = Name::new();
    let mut consumed = None;
    let mut jumps = 0u32;
    let mut at = offset;
    // The root label alone may not be the last byte of the packet: something has to follow.
    packet.get(at.checked_add(1)?)?;
    loop {
        let label = packet.get(at..)?;
        match label {
            [0, ..] => {
                let used = consumed.or_else(|| at.checked_add(1)?.checked_sub(offset))?;
                return Some((name, used));
            }
            [high @ 0xc0..=0xff, low, ..] => {
                let used = consumed.or_else(|| at.checked_add(2)?.checked_sub(offset))?;
                let target = usize::from(u16::from_be_bytes([high & 0x3f, *low]));
                match packet.get(target..) {
                    Some([first, _, ..]) if *first < 0xc0 => {}
                    _ => return Some((name, used)),
                }
                consumed = Some(used);
                jumps = jumps.checked_add(1)?;
                if jumps > MAX_JUMPS {
                    return None;
                }
                at = target;
            }
            [len @ 1..=63, rest @ ..] => {
                let len = usize::from(*len);
                name.push_label(rest.get(..len)?);
                // A label must be followed by another byte.
                rest.get(len)?;
                at = at.checked_add(len)?.checked_add(1)?;
            }
            _ => return None,
        }
    }
}

/// Appends `name` in wire form. One dot at the end is dropped. Fails on an empty or over-long label and on a name
/// of more than [`MAX_ENCODED`] bytes; `out` then is as before.
pub fn encode(name: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    // Each label has one byte in front of it, and the root follows.
    if name.is_empty() || name.len().checked_add(2)? > MAX_ENCODED {
        return None;
    }
    let labels = || name.split(|byte| *byte == b'.');
    if labels().any(|label| label.is_empty() || label.len() > MAX_LABEL) {
        return None;
    }
    for label in labels() {
        out.push(u8::try_from(label.len()).ok()?);
        out.extend_from_slice(label);
    }
    out.push(0);
    Some(())
}

/// Case-insensitive comparison; one dot at the end does not count.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    let trim = |name: &'_ [u8]| name.len().saturating_sub(usize::from(name.ends_with(b".")));
    let (a_len, b_len) = (trim(a), trim(b));
    match (a.get(..a_len), b.get(..b_len)) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn decoded(packet: &[u8], offset: usize) -> Option<(String, usize)> {
        let (name, used) = decode(packet, offset)?;
        Some((String::from_utf8_lossy(name.as_bytes()).into_owned(), used))
    }

    fn ok(text: &str, used: usize) -> Option<(String, usize)> {
        Some((text.into(), used))
    }

    #[test]
    fn labels() {
        assert_eq!(decoded(b"\x01a\x02bc\x00", 0), ok("a.bc", 6));
        assert_eq!(decoded(b"\x00\x00", 0), ok("", 1));
        assert_eq!(decoded(b"\x00", 0), None);
        assert_eq!(decoded(b"", 0), None);
        assert_eq!(decoded(b"\x01a\x00", 2), None); // the root alone, last byte
        assert_eq!(decoded(b"\x02a\x00", 0), None); // label reaches the end
        assert_eq!(decoded(b"\x05ab\x00", 0), None);
        assert_eq!(decoded(b"\x01a", 0), None);
        assert_eq!(decoded(b"\x40a\x00", 0), None);
        assert_eq!(decoded(b"\x80a\x00", 0), None);
        assert_eq!(decoded(b"\x01a\x00", usize::MAX), None);
    }

    #[test]
    fn pointers() {
        assert_eq!(decoded(b"\x01a\x00\x01b\xc0\x00", 3), ok("b.a", 4));
        assert_eq!(decoded(b"\xc0\x00", 0), ok("", 2)); // to itself
        assert_eq!(decoded(b"\x01a\xc0\x02", 0), ok("a", 4)); // to itself, after a label
        assert_eq!(decoded(b"\xc0\x02\xc0\x00", 0), ok("", 2)); // to a pointer
        assert_eq!(decoded(b"\x01a\xc0\x7f", 0), ok("a", 4)); // past the end
        assert_eq!(decoded(b"\xc0", 0), None);
        assert_eq!(decoded(b"\x01a\xc0", 0), None); // cut
        assert_eq!(decoded(b"\xc0\x02\x01a\x00", 0), ok("a", 2)); // forward
    }

    #[test]
    fn jumps_are_bounded() {
        // A label and a pointer back to it.
        assert_eq!(decoded(b"\x01a\xc0\x00", 0), None);
        let chain = |jumps: usize| {
            let mut packet = std::vec![1, b'x', 0];
            for _ in 0..jumps {
                let back = u8::try_from(packet.len().saturating_sub(4)).expect("short");
                let target = if packet.len() == 3 { 0 } else { back };
                packet.extend_from_slice(&[1, b'y', 0xc0, target]);
            }
            let start = packet.len() - 4;
            decoded(&packet, start)
        };
        assert_eq!(chain(5), ok("y.y.y.y.y.x", 4));
        assert_eq!(chain(6), None);
    }

    #[test]
    fn long_names_are_cut_but_measured() {
        let mut packet = std::vec::Vec::new();
        for _ in 0..10 {
            packet.push(40);
            packet.extend_from_slice(&[b'n'; 40]);
        }
        packet.push(0);
        let (name, used) = decode(&packet, 0).expect("valid");
        assert_eq!((name.as_bytes().len(), used), (255, 411));
        assert_eq!(name.with_nul().last(), Some(&0));
    }

    #[test]
    fn encoding() {
        let encoded = |name: &[u8]| {
            let mut out = Vec::new();
            encode(name, &mut out).map(|()| out)
        };
        assert_eq!(encoded(b"a.bc"), Some(b"\x01a\x02bc\x00".to_vec()));
        assert_eq!(encoded(b"a."), Some(b"\x01a\x00".to_vec()));
        for bad in [
            &b""[..],
            b".",
            b"a..b",
            b".a",
            b"a..",
            &[b'x'; 64],
            &[b'x'; 300],
        ] {
            assert_eq!(encoded(bad), None);
        }
        let mut longest = [b'x'; 253];
        longest[63] = b'.';
        longest[127] = b'.';
        longest[191] = b'.';
        assert_eq!(encoded(&longest).map(|out| out.len()), Some(255));
        assert!(equal(b"Host.Local.", b"hOST.local"));
        assert!(!equal(b"a", b"ab"));
    }
}
