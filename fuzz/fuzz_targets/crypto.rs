#![no_main]
//! Round trips, and any bytes as keys, points, signatures and padded blocks.
use libfuzzer_sys::fuzz_target;
use vansire::wire::crypto::curve::{Curve, P256, P384};
use vansire::wire::crypto::{gcm, rsa, rsa_sign};

fuzz_target!(|data: &[u8]| {
    let (&size, rest) = data.split_first().unwrap_or((&0, &[]));
    let (key, rest) = rest.split_at(rest.len().min(usize::from(size)));
    let (nonce, text) = rest.split_at(rest.len() / 3);

    let mut sealed = text.to_vec();
    if let Some(tag) = gcm::seal(key, nonce, key, &mut sealed) {
        assert!(gcm::open(key, nonce, key, &mut sealed, &tag) && sealed == text);
    }
    assert!(!gcm::open(
        key,
        nonce,
        text,
        &mut sealed,
        text.get(..17).unwrap_or_default()
    ));

    for curve in [&P256 as &dyn Curve, &P384] {
        let mut point = vec![0; 2 * curve.size()];
        if curve.decompress(key, &mut point).is_some() {
            let mut back = vec![0; curve.size() + 1];
            assert!(
                curve.is_valid(&point)
                    && curve.compress(&point, &mut back).is_some()
                    && back == key
            );
        }
        assert!(!curve.verify(key, nonce, text));
        let _ = curve.sign(key, text, &mut point);
    }

    let mut out = vec![1; text.len()];
    if !rsa::mod_pow(text, &[3], nonce, &mut out) {
        assert!(out.iter().all(|&byte| byte == 0));
    }
    assert!(!rsa::verify_pkcs1(text, key) || text.ends_with(key));
    let parts = rsa_sign::Key {
        p: key,
        q: nonce,
        dp: key,
        dq: nonce,
        q_inv: text,
    };
    let _ = rsa_sign::sign(text, &parts, &mut out);
});
