#![no_main]
//! Any bytes are options that work or an error with a text, and any bytes are records or an error that stays.
use libfuzzer_sys::fuzz_target;
use vansire::engine::tls::{Context, Options, Role, TlsSession};

fuzz_target!(|input: (&[u8], &[u8], &[u8], &[u8], bool)| {
    let (ca, cert, key, records, client) = input;
    let mut context = Context::new();
    let role = if client { Role::Client } else { Role::Server };
    let options = Options { ca: Some(ca), cert: Some(cert), key: Some(key), name: Some(records), ..Options::default() };
    if let Err(error) = context.session(role, &options) {
        assert!(!error.to_string().is_empty());
    }
    let mut session = context.session(role, &Options::default()).expect("no credentials are fine");
    if let Err(error) = session.read_tls(records) {
        assert_eq!(session.read_tls(records), Err(error));
    }
    session.write_tls(&mut |pieces| Some(pieces.concat().len()));
});
