//! Parsed configurations by content: a server hands over the same options for each accepted connection.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::verifier::NameCheck;
use crate::engine::tls::{MAX_CONFIGS, Options, Role};

/// Digest of everything a configuration is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Digests the options. The text of `name` is no part of a configuration, only how it is checked.
    pub fn new(role: Role, options: &Options<'_>, check: NameCheck) -> Self {
        let mut hash = Sha256::new();
        hash.update([role as u8, check as u8, u8::from(options.skip_verification)]);
        for field in [options.ca, options.cert, options.key] {
            // The length in front keeps fields apart.
            let (len, bytes) = field.map_or((u64::MAX, &[][..]), |f| (f.len() as u64, f));
            hash.update(len.to_le_bytes());
            hash.update(bytes);
        }
        Self(hash.finalize().into())
    }
}

/// The most recently used values, at most [`MAX_CONFIGS`].
pub struct Cache<T>(Vec<(Key, T)>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Cache<T> {
    /// The value for `key`, made by `make` when it is not here. Failures are not kept.
    pub fn get_or_make<E>(
        &mut self,
        key: Key,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let entry = match self.0.iter().position(|(k, _)| *k == key) {
            Some(at) => self.0.remove(at),
            None => (key, make()?),
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

    fn key(ca: &[u8], cert: Option<&[u8]>) -> Key {
        Key::new(
            Role::Client,
            &Options {
                ca: Some(ca),
                cert,
                ..Options::default()
            },
            NameCheck::Off,
        )
    }

    #[test]
    fn keys_tell_options_apart() {
        let base = Options {
            ca: Some(b"ab"),
            cert: Some(b"c"),
            ..Options::default()
        };
        let of = |o: Options<'_>| Key::new(Role::Client, &o, NameCheck::Off);
        assert!(of(base) == of(base));
        assert!(
            of(base)
                == of(Options {
                    name: Some(b"x"),
                    ..base
                })
        );
        for other in [
            Options {
                ca: Some(b"a"),
                cert: Some(b"bc"),
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
            assert!(of(base) != of(other));
        }
        assert!(of(base) != Key::new(Role::Server, &base, NameCheck::Off));
        assert!(of(base) != Key::new(Role::Client, &base, NameCheck::On));
    }

    #[test]
    fn keeps_the_recent_ones() {
        let mut cache = Cache::default();
        let mut made = 0;
        for i in 0..=MAX_CONFIGS {
            let first = cache.get_or_make(key(b"keep", None), || {
                made += 1;
                Ok::<_, ()>(usize::MAX)
            });
            assert_eq!(first, Ok(usize::MAX));
            let value = cache.get_or_make(key(&i.to_le_bytes(), None), || Ok::<_, ()>(i));
            assert_eq!(value, Ok(i));
        }
        assert_eq!((made, cache.0.len()), (1, MAX_CONFIGS));
        assert_eq!(
            cache.get_or_make(key(&0usize.to_le_bytes(), None), || Err("gone")),
            Err("gone")
        );
    }
}
