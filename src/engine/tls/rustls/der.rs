//! The little of DER (X.690) that reading a certificate takes: one element after the other.

/// Universal tags met in certificates.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// UTCTime, two digits for the year.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime, four digits for the year.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
}

/// One element: its tag, its contents, and both with the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Identifier octet.
    pub tag: u8,
    /// Contents octets.
    pub body: &'a [u8],
    /// The whole element.
    pub raw: &'a [u8],
}

/// Reads elements off the front of a slice.
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Takes the next element. `None` for truncated elements, long tags and indefinite lengths.
    pub fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut len = usize::from(first);
        if first >= 0x80 {
            let octets = usize::from(first & 0x7f);
            if !(1..=4).contains(&octets) {
                return None;
            }
            let digits = rest.get(..octets)?;
            rest = rest.get(octets..)?;
            len = digits.iter().fold(0, |n, &d| (n << 8) | usize::from(d));
        }
        let body = rest.get(..len)?;
        let rest = rest.get(len..)?;
        let raw = self.0.get(..self.0.len().checked_sub(rest.len())?)?;
        self.0 = rest;
        Some(Element { tag, body, raw })
    }

    /// Takes the next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.element().filter(|e| e.tag == tag)
    }

    /// Takes the next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        match self.0.first() {
            Some(&t) if t == tag => self.element(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn short_and_long_lengths() {
        let mut r = Reader::new(&[0x02, 0x01, 0x05, 0x04, 0x81, 0x02, 0xaa, 0xbb]);
        assert_eq!(r.expect(tag::INTEGER).map(|e| e.body), Some(&[5][..]));
        let e = r.expect(tag::OCTET_STRING).unwrap();
        assert_eq!((e.body, e.raw.len()), (&[0xaa, 0xbb][..], 5));
        assert!(r.element().is_none());
    }

    #[test]
    fn bad_lengths_are_refused() {
        for bad in [
            &[0x30][..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x02, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x82, 0x01],
            &[0x1f, 0x01, 0x00],
        ] {
            assert_eq!(Reader::new(bad).element(), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn elements_tile_the_input(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut r = Reader::new(&bytes);
            let mut seen = Vec::new();
            while let Some(e) = r.element() {
                seen.extend_from_slice(e.raw);
            }
            prop_assert!(bytes.starts_with(&seen));
        }
    }
}
