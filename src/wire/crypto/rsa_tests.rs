//! RSA against numbers made by other means: a key of 2048 bits, an encoding by hand, a signature by plain powers.

use super::*;
use crate::wire::hash::sha256;
use std::vec;
use std::vec::Vec;

const N: &str = "\
    c330738c50a378738d407990a69b25128ff9e26defac80a0cd75cf68a30d7e7ac3c3494f176cbe54ab9a197c01c9ed9a\
    1c0d1306d1563d97f0b718209342279933498c9b2376bbbd827e127db3866dcc8a0a6254b1fa05dba6ad2d2f797cfb91\
    2c8a4cd1f860c5a7d5285f6437e3c9821f47a7c3a130198ea69cef2a3027eb0ce9aceb47f7278eece2d4a3aa3cbaa7f6\
    3cc32438d81f682785042de13d3fa1317ec40740ac8fe240ec680e53e420360f5b8626ed9b290b563ccc1c9ac984e538\
    f8f1d91c35dff2badbc5a04abaf6b799de2a57d9904895ffde93f6cc068f965c59b68602414565fb6d087eeabf32b811\
    40e22f2db38e18347c04d258379e7c33";
const P: &str = "\
    fa529ba3fe3bfada7cf20724d953ee261d87cec31f7296ab7961fd925d39d0a89a2ef80f58ee8571f4998d7c4093f6de\
    a268aa872607679d6050914a9d33a01c353c631cdfd43f371200339d068739fa9d1de2a05d158a2ff2ee4e4519f9919c\
    895fd7b326b94c7f9118bb16000f49c81a358ca00d75985d99c94309570dc195";
const Q: &str = "\
    c79dbc121f04a6ffc272f5a7aa17c57cc61c96dbd8d4250d89df5e79bf7b6c6c3c2496ebac9261f1e429c87c9ecc7b5f\
    75ff199d6ab6114f2207c6c03bf449fd2c564d56726c2c95f8dca309b5b39023fd09e37c7f9c13216bca9b3f18af266c\
    3555d6ae15866ffb9fe5e39943cfeadf1279688cfce205cd1aefca62e22b64a7";
const DP: &str = "\
    2dbf3514765cedce4a314d1eeddcc9d40b678b60db796c91afe039a02b0b6ad7b53dca35bbd1f36f4cfd56ff132a375e\
    9e9db43478bdb7b0ea2e2f2f4ca567a8600e462abbb925486230c93df438785f15a1a58e1b14d9a943a34b889363a9b9\
    cadd4a25427970c28b78d29005b8c58a1d481608160d9ca7d67812993d609535";
const DQ: &str = "\
    ac11c725e3c111e794099ec279b7e60fc982a97437739fc10ce114426492130335d0e09ba4f5c6224a68ce1ec69043a5\
    2544d222c4f2cef6e4c1c94cba21b989d8a74821459f03cbff6ac9cbbbea5e4cf77987b431182bd17a667aeea7eb8b76\
    697f66004823cbf21e827f7005697beff0afe134ef643255fc6b498d75a2ac2f";
const Q_INVERSE: &str = "\
    2ddd06255b5b684303062732cd68c8c57c34c2f7c7ea05c4f3d9141ca09ba6d4c4edd289c60ac6010bb0a3ad79371566\
    5cdd23c084406704a557d07c668e8cbf4bc38805c7a4952f6f03fc262330e073366bb5eb6d6ff26c2508d15e4d41e2a4\
    b5382063cf6c6705048a93408fa7f1a4dea14991ca3a0b24366b05b2bebe8c12";
const ENCODED: &str = "\
    740bf7b3d2db4f03b29245f260260252789162c7bbd7d2b461a01e1827a161d87df6822481cd4e15e9ff752ebf961d45\
    8959d63f23df241d71f5b18fd39168b434b47a90995d70999ce65721eeba9637c6097512ab087b3e9b251614a9f36077\
    e18efe451bea614eabb4d9a04ee4e3e655f1d1e4e71e7824ea6e825fce7d9e169cc0949037b43e7f9a8c2bec296901c5\
    2ec918ab3cd589066d3ec7b79ebf7e6705d2088aba034a3384e3f86c3fe4f4ec35072e6fad63a9de455e343d0f0cf94a\
    18c4d27e60ba7bd1b9d9807412b7445b46492e06e2926185e6e033d6a165f27e05d8f7eff8bf29a155543e0b09527cba\
    069474984b829f47fa6dde363ef02bbc";
const SIGNATURE: &str = "\
    1c765d2f8310203a88e80f7dcc89025785e77a6a38b57e45fbbb04f7bdac38fb42a358880060e905d9f3e314a8eb1584\
    be34acecd80efd706a1a5fb579cb64dcb585a6896bc6e0c25be95caa972217e0cdf988b9bedd1420e58c12eb2a606ef1\
    54ea11e987836823f921bc07f3a83ccbbfc729e2bcaa74c5afbd5e8663e68ef4b5529a2208219ca7bdbaafdbc1872659\
    7ea82b6ef70e80f117881d71e6f320669b277707e84752b008888500743575b3d63b52edd5a54fc07b3e11f90a18dd9d\
    c7027a521e26b39d225f8179ba9564aaa3421a338d6923bad998510e2d23eb0dad7215d816d8864a3f50237cc4be44fa\
    ab4b97c050829dac12c9092e6f252f15";

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn public_operation() {
    let (n, signature) = (unhex(N), unhex(SIGNATURE));
    let mut out = [0; 256];
    assert!(mod_pow(&n, &[1, 0, 1], &signature, &mut out));
    assert_eq!(out[..], unhex(ENCODED));
    let padded = [&[0, 0], &n[..]].concat();
    assert!(mod_pow(&padded, &[0, 1, 0, 1], &signature, &mut out));
    assert_eq!(out[..], unhex(ENCODED));
}

#[test]
fn public_operation_refuses() {
    let (n, signature) = (unhex(N), unhex(SIGNATURE));
    let mut out = [7; 256];
    let mut even = n.clone();
    even[255] &= 0xfe;
    assert!(!mod_pow(&even, &[3], &signature, &mut out) && out == [0; 256]);
    assert!(!mod_pow(&n, &[], &signature, &mut out) && !mod_pow(&n, &[0], &signature, &mut out));
    assert!(!mod_pow(&n, &[3], &n, &mut out) && !mod_pow(&n, &[3], &signature[1..], &mut out));
    assert!(
        !mod_pow(&n, &[1; 257], &signature, &mut out)
            && !mod_pow(&n, &[3], &signature, &mut out[1..])
    );
    assert!(
        !mod_pow(&n[1..], &[3], &signature[1..], &mut out[1..])
            && !mod_pow(&[], &[3], &[], &mut [])
    );
}

#[test]
fn private_operation() {
    let (dp, dq, p, q, q_inverse) = (unhex(DP), unhex(DQ), unhex(P), unhex(Q), unhex(Q_INVERSE));
    let key = PrivateKey {
        dp: &dp,
        dq: &dq,
        p: &p,
        q: &q,
        q_inverse: &q_inverse,
    };
    let (encoded, mut out) = (unhex(ENCODED), [0; 256]);
    assert!(key.sign(&encoded, &mut out));
    assert_eq!(out[..], unhex(SIGNATURE));
    let mut bad = dp.clone();
    bad[127] ^= 2;
    let bad = PrivateKey { dp: &bad, ..key };
    assert!(!bad.sign(&encoded, &mut out) && out == [0; 256]);
    let swapped = PrivateKey {
        q_inverse: &p,
        dp: &dp,
        dq: &dq,
        p: &p,
        q: &q,
    };
    assert!(!swapped.sign(&encoded, &mut out) && !key_too_short(&encoded));
}

fn key_too_short(encoded: &[u8]) -> bool {
    let part = &[1u8; 64][..];
    PrivateKey {
        dp: part,
        dq: part,
        p: part,
        q: part,
        q_inverse: part,
    }
    .sign(encoded, &mut [0; 256])
}

#[test]
fn pss() {
    let (encoded, hash) = (unhex(ENCODED), sha256(b"message"));
    assert!(verify_pss(&encoded, &hash));
    // Every byte counts, and so does each part: top bit, padding, salt, hash, trailer.
    for at in (0..encoded.len()).step_by(5).chain([255]) {
        let mut bad = encoded.clone();
        bad[at] ^= 0x80;
        assert!(!verify_pss(&bad, &hash), "{at}");
    }
    assert!(!verify_pss(&encoded, &sha256(b"other")) && !verify_pss(&encoded[1..], &hash));
    assert!(
        !verify_pss(&[0xbc; 65], &hash)
            && !verify_pss(&[0xbc; 513], &hash)
            && !verify_pss(&[], &hash)
    );
}

#[test]
fn pkcs1() {
    for (hash, info) in [
        (sha256(b"m").to_vec(), SHA256_INFO),
        (crate::wire::hash::sha384(b"m").to_vec(), SHA384_INFO),
    ] {
        let build = |ff: usize| [&[0, 1], &vec![0xff; ff][..], &[0], &info, &hash].concat();
        let encoded = build(256 - 3 - info.len() - hash.len());
        assert!(verify_pkcs1(&encoded, &hash) && verify_pkcs1(&build(8), &hash));
        assert!(
            !verify_pkcs1(&build(7), &hash)
                && !verify_pkcs1(&encoded, &hash[1..])
                && !verify_pkcs1(&[], &hash)
        );
        for at in 0..encoded.len() {
            let mut bad = encoded.clone();
            bad[at] ^= 1;
            assert!(!verify_pkcs1(&bad, &hash), "{at}");
        }
    }
}
