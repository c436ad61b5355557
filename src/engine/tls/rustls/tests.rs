//! Two sessions joined by byte vectors, with certificates made on the spot.

mod credentials;
mod hostile;
mod pair;
mod pki;
mod transfer;
mod verification;
