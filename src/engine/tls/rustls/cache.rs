//! Parsed configurations by content: a server hands over the same options for each accepted connection.

use alloc::vec::Vec;

use ::p256::elliptic_curve::zeroize::Zeroizing;

use super::verifier::NameCheck;
use crate::engine::tls::{MAX_CONFIGS, Options};

/// Everything a configuration was made from. Compared byte by byte: that costs less than any digest.
struct Source {
    check: NameCheck,
    skip_verification: bool,
    /// `ca`, `cert`, `key`. Each may hold a private key, so all are wiped.
    texts: [Option<Zeroizing<Vec<u8>>>; 3],
}

impl Source {
    fn new(options: &Options<'_>, check: NameCheck) -> Self {
        Self {
            check,
            skip_verification: options.skip_verification,
            texts: texts(options).map(|text| text.map(|text| Zeroizing::new(text.to_vec()))),
        }
    }

    fn is(&self, options: &Options<'_>, check: NameCheck) -> bool {
        let mut pairs = self.texts.iter().zip(texts(options));
        self.check == check
            && self.skip_verification == options.skip_verification
            && pairs.all(|(kept, text)| kept.as_ref().map(|kept| kept.as_slice()) == text)
    }
}

/// The texts of a configuration. That of `name` is none of them, only how it is checked.
fn texts<'a>(options: &Options<'a>) -> [Option<&'a [u8]>; 3] {
    [options.ca, options.cert, options.key]
}

/// The most recently used values, at most [`MAX_CONFIGS`].
pub struct Cache<T>(Vec<(Source, T)>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Cache<T> {
    /// The value for these options, made by `make` when it is not here. Failures are not kept.
    pub fn get_or_make<E>(
        &mut self,
        options: &Options<'_>,
        check: NameCheck,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let known = self.0.iter().position(|(s, _)| s.is(options, check));
        let entry = match known {
            Some(at) => self.0.remove(at),
            None => (Source::new(options, check), make()?),
        };
        let value = entry.1.clone();
        self.0.insert(0, entry);
        self.0.truncate(MAX_CONFIGS);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_apart() {
        let base = Options {
            ca: Some(b"ab"),
            cert: Some(b"c"),
            ..Options::default()
        };
        let source = Source::new(&base, NameCheck::Off);
        let named = Options {
            name: Some(b"x"),
            ..base
        };
        assert!(source.is(&base, NameCheck::Off) && source.is(&named, NameCheck::Off));
        assert!(!source.is(&base, NameCheck::On));
        for other in [
            Options {
                ca: Some(b"a"),
                cert: Some(b"bc"),
                ..base
            },
            Options {
                ca: Some(b"aB"),
                ..base
            },
            Options { ca: None, ..base },
            Options {
                ca: Some(b""),
                ..base
            },
            Options {
                key: Some(b"k"),
                ..base
            },
            Options {
                skip_verification: true,
                ..base
            },
        ] {
            assert!(!source.is(&other, NameCheck::Off));
        }
    }

    #[test]
    fn keeps_the_recent_ones() {
        let mut cache = Cache::default();
        let mut get = |ca: &[u8], make: Result<usize, &'static str>| {
            let options = Options {
                ca: Some(ca),
                ..Options::default()
            };
            let value = cache.get_or_make(&options, NameCheck::Off, || make);
            (value, cache.0.len())
        };
        assert_eq!(get(b"keep", Err("broken")), (Err("broken"), 0));
        for i in 0..=MAX_CONFIGS {
            let kept = if i == 0 { Ok(7) } else { Err("forgotten") };
            assert_eq!(get(b"keep", kept).0, Ok(7));
            assert_eq!(get(&i.to_le_bytes(), Ok(i)).0, Ok(i));
            assert_eq!(get(&i.to_le_bytes(), Err("forgotten")).0, Ok(i));
        }
        let first = get(&0usize.to_le_bytes(), Err("gone"));
        assert_eq!(first, (Err("gone"), MAX_CONFIGS));
    }
}
