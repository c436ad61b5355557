//! MD5 (RFC 1321), SHA-1 (RFC 3174), SHA-256 and SHA-384 (RFC 6234), HMAC-SHA-256 (RFC 2104), CRC-32, CRC-16.
//!
//! Contexts have the layout of the published C structs and hold all state, so they may be copied and abandoned.
//! Compression is that of the RustCrypto crates; what is here is buffering and padding.

/// Feeds `data` to a block function through the partial block in `buffer`, of which `used` bytes are filled.
/// Returns how many are filled afterwards.
fn absorb<const N: usize>(
    buffer: &mut [u8; N],
    used: usize,
    mut data: &[u8],
    mut compress: impl FnMut(&[[u8; N]]),
) -> usize {
    let mut used = used.min(N);
    if used > 0 {
        let free = buffer.get_mut(used..).unwrap_or(&mut []);
        let (head, tail) = data.split_at(free.len().min(data.len()));
        for (to, from) in free.iter_mut().zip(head) {
            *to = *from;
        }
        used = used.saturating_add(head.len());
        data = tail;
        if used < N {
            return used;
        }
        compress(core::slice::from_ref(buffer));
    }
    let (blocks, rest) = data.as_chunks::<N>();
    if !blocks.is_empty() {
        compress(blocks);
    }
    for (to, from) in buffer.iter_mut().zip(rest) {
        *to = *from;
    }
    rest.len()
}

/// Pads the last block: 0x80, zeros, `length` at the end.
fn pad<const N: usize>(
    buffer: &mut [u8; N],
    used: usize,
    length: &[u8],
    mut compress: impl FnMut(&[[u8; N]]),
) {
    let used = used.min(N - 1);
    if let Some((mark, zeros)) = buffer.get_mut(used..).and_then(<[u8]>::split_first_mut) {
        *mark = 0x80;
        zeros.fill(0);
    }
    let room = N.saturating_sub(length.len());
    if used >= room {
        compress(core::slice::from_ref(buffer));
        buffer.fill(0);
    }
    for (to, from) in buffer.iter_mut().skip(room).zip(length) {
        *to = *from;
    }
    compress(core::slice::from_ref(buffer));
}

/// Writes words to a digest.
fn digest<const W: usize, T>(out: &mut [u8], words: &[T], bytes: impl Fn(&T) -> [u8; W]) {
    for (to, from) in out.chunks_exact_mut(W).zip(words) {
        to.copy_from_slice(&bytes(from));
    }
}

/// Adds `n` bytes to a bit counter of two words, low word first.
fn count(words: &mut [u32; 2], n: usize) {
    let bits = (u64::from(words[1]) << 32 | u64::from(words[0])).wrapping_add((n as u64) << 3);
    *words = [bits as u32, (bits >> 32) as u32];
}

/// Bytes in the partial block after `bits` bits.
fn used64(bits: u64) -> usize {
    ((bits >> 3) & 63) as usize
}

/// MD5 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Md5 {
    buf: [u32; 4],
    bits: [u32; 2],
    r#in: [u8; 64],
}

impl Default for Md5 {
    fn default() -> Self {
        Self::new()
    }
}

impl Md5 {
    /// Context of the empty message.
    pub const fn new() -> Self {
        Md5 {
            buf: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476],
            bits: [0; 2],
            r#in: [0; 64],
        }
    }

    /// Appends to the message.
    pub fn update(&mut self, data: &[u8]) {
        let used = used64(self.bits[0].into());
        count(&mut self.bits, data.len());
        absorb(&mut self.r#in, used, data, |blocks| {
            md5::block_api::compress(&mut self.buf, blocks)
        });
    }

    /// Ends the message.
    pub fn finish(&mut self) -> [u8; 16] {
        let mut length = [0; 8];
        digest(&mut length, &self.bits, |word| word.to_le_bytes());
        pad(
            &mut self.r#in,
            used64(self.bits[0].into()),
            &length,
            |blocks| md5::block_api::compress(&mut self.buf, blocks),
        );
        let mut out = [0; 16];
        digest(&mut out, &self.buf, |word| word.to_le_bytes());
        out
    }
}

/// SHA-1 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sha1 {
    state: [u32; 5],
    count: [u32; 2],
    buffer: [u8; 64],
}

impl Default for Sha1 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha1 {
    /// Context of the empty message.
    pub const fn new() -> Self {
        let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        Sha1 {
            state,
            count: [0; 2],
            buffer: [0; 64],
        }
    }

    /// Appends to the message.
    pub fn update(&mut self, data: &[u8]) {
        let used = used64(self.count[0].into());
        count(&mut self.count, data.len());
        absorb(&mut self.buffer, used, data, |blocks| {
            sha1::block_api::compress(&mut self.state, blocks)
        });
    }

    /// Ends the message.
    pub fn finish(&mut self) -> [u8; 20] {
        let bits = u64::from(self.count[1]) << 32 | u64::from(self.count[0]);
        pad(
            &mut self.buffer,
            used64(bits),
            &bits.to_be_bytes(),
            |blocks| sha1::block_api::compress(&mut self.state, blocks),
        );
        let mut out = [0; 20];
        digest(&mut out, &self.state, |word| word.to_be_bytes());
        out
    }
}

/// SHA-256 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sha256 {
    state: [u32; 8],
    bits: u64,
    len: u32,
    buffer: [u8; 64],
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha256 {
    /// Context of the empty message.
    pub const fn new() -> Self {
        let state = [
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
            0x5be0cd19,
        ];
        Sha256 {
            state,
            bits: 0,
            len: 0,
            buffer: [0; 64],
        }
    }

    /// Appends to the message.
    pub fn update(&mut self, data: &[u8]) {
        self.bits = self.bits.wrapping_add((data.len() as u64) << 3);
        let used = absorb(&mut self.buffer, self.len as usize, data, |blocks| {
            sha2::block_api::compress256(&mut self.state, blocks)
        });
        self.len = used as u32;
    }

    /// Ends the message.
    pub fn finish(&mut self) -> [u8; 32] {
        pad(
            &mut self.buffer,
            self.len as usize,
            &self.bits.to_be_bytes(),
            |blocks| sha2::block_api::compress256(&mut self.state, blocks),
        );
        let mut out = [0; 32];
        digest(&mut out, &self.state, |word| word.to_be_bytes());
        out
    }
}

/// SHA-384 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sha384 {
    state: [u64; 8],
    buffer: [u8; 128],
    bitlen: [u64; 2],
    datalen: u32,
}

impl Default for Sha384 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha384 {
    /// Context of the empty message.
    pub const fn new() -> Self {
        let state = [
            0xcbbb9d5dc1059ed8,
            0x629a292a367cd507,
            0x9159015a3070dd17,
            0x152fecd8f70e5939,
            0x67332667ffc00b31,
            0x8eb44a8768581511,
            0xdb0c2e0d64f98fa7,
            0x47b5481dbefa4fa4,
        ];
        Sha384 {
            state,
            buffer: [0; 128],
            bitlen: [0; 2],
            datalen: 0,
        }
    }

    /// Appends to the message.
    pub fn update(&mut self, data: &[u8]) {
        let bits = self.bits().wrapping_add((data.len() as u128) << 3);
        self.bitlen = [bits as u64, (bits >> 64) as u64];
        let used = absorb(&mut self.buffer, self.datalen as usize, data, |blocks| {
            sha2::block_api::compress512(&mut self.state, blocks)
        });
        self.datalen = used as u32;
    }

    /// Ends the message.
    pub fn finish(&mut self) -> [u8; 48] {
        let length = self.bits().to_be_bytes();
        pad(&mut self.buffer, self.datalen as usize, &length, |blocks| {
            sha2::block_api::compress512(&mut self.state, blocks)
        });
        let mut out = [0; 48];
        digest(&mut out, &self.state, |word| word.to_be_bytes());
        out
    }

    fn bits(&self) -> u128 {
        u128::from(self.bitlen[1]) << 64 | u128::from(self.bitlen[0])
    }
}

/// SHA-1 of `data`.
pub fn sha1(data: &[u8]) -> [u8; 20] {
    let mut ctx = Sha1::new();
    ctx.update(data);
    ctx.finish()
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut ctx = Sha256::new();
    ctx.update(data);
    ctx.finish()
}

/// SHA-384 of `data`.
pub fn sha384(data: &[u8]) -> [u8; 48] {
    let mut ctx = Sha384::new();
    ctx.update(data);
    ctx.finish()
}

/// HMAC-SHA-256 of `data`. A key longer than a block of 64 bytes is hashed first.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut block = [0u8; 64];
    let hashed;
    let key = if key.len() > block.len() {
        hashed = sha256(key);
        &hashed
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut inner = Sha256::new();
    inner.update(&block.map(|byte| byte ^ 0x36));
    inner.update(data);
    let mut outer = Sha256::new();
    outer.update(&block.map(|byte| byte ^ 0x5c));
    outer.update(&inner.finish());
    outer.finish()
}

/// CRC-32 as in zip, reflected polynomial 0xedb88320. Start with 0; pass the result to go on.
#[cfg(feature = "std")]
pub fn crc32(crc: u32, data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(crc);
    hasher.update(data);
    hasher.finalize()
}

/// CRC-32 as in zip, reflected polynomial 0xedb88320. Start with 0; pass the result to go on.
#[cfg(not(feature = "std"))]
pub fn crc32(crc: u32, data: &[u8]) -> u32 {
    crc32_small(crc, data)
}

/// CRC-32 by four bits at a time: a table of 64 bytes.
#[cfg(any(test, not(feature = "std")))]
fn crc32_small(crc: u32, data: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0u32; 16];
        let mut nibble = 0;
        while nibble < 16 {
            let mut crc = nibble as u32;
            let mut bit = 0;
            while bit < 4 {
                crc = (crc >> 1) ^ (0xedb88320 & (crc & 1).wrapping_neg());
                bit += 1;
            }
            table[nibble] = crc;
            nibble += 1;
        }
        table
    };
    let step = |crc: u32| (crc >> 4) ^ TABLE.get((crc & 15) as usize).copied().unwrap_or(0);
    !data
        .iter()
        .fold(!crc, |crc, &byte| step(step(crc ^ u32::from(byte))))
}

/// CRC-16/X-25, the frame check of HDLC: reflected polynomial 0x8408. Start with 0; pass the result to go on.
pub fn crc16(crc: u16, data: &[u8]) -> u16 {
    !data.iter().fold(!crc, |crc, byte| {
        // One byte at a time without a table.
        let mut x = (crc as u8) ^ byte;
        x ^= x << 4;
        let x = u16::from(x);
        (crc >> 8) ^ (x << 8) ^ (x << 3) ^ (x >> 4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;
    use std::{format, string::String};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn md5_of(data: &[u8]) -> [u8; 16] {
        let mut ctx = Md5::new();
        ctx.update(data);
        ctx.finish()
    }

    #[test]
    fn rfc_vectors() {
        assert_eq!(hex(&md5_of(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&md5_of(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(b"")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(
            hex(&sha1(b"abc")),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(&sha384(b"abc")),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        );
    }

    #[test]
    fn hmac_vectors() {
        // RFC 4231, cases 1, 2 and 6.
        assert_eq!(
            hex(&hmac_sha256(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac_sha256(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn hmac_agrees_with_its_crate_around_the_block_size() {
        use hmac::{KeyInit, Mac};
        for length in [0, 1, 63, 64, 65, 200] {
            let key = std::vec![7u8; length];
            let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            mac.update(b"data");
            assert_eq!(
                hmac_sha256(&key, b"data")[..],
                mac.finalize().into_bytes()[..],
                "{length}"
            );
        }
    }

    #[test]
    fn checksums() {
        assert_eq!(crc32(0, b"123456789"), 0xcbf43926);
        assert_eq!(crc16(0, b"123456789"), 0x906e);
        assert_eq!((crc32(0, b""), crc16(0, b"")), (0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_split_agrees_with_the_crates(
            data in proptest::collection::vec(any::<u8>(), 0..400),
            cuts in proptest::collection::vec(0usize..400, 0..4),
        ) {
            let mut cuts: std::vec::Vec<usize> = cuts.into_iter().map(|cut| cut.min(data.len())).collect();
            cuts.extend([0, data.len()]);
            cuts.sort_unstable();
            let (mut md5_ctx, mut sha1_ctx) = (Md5::new(), Sha1::new());
            let (mut sha256_ctx, mut sha384_ctx) = (Sha256::new(), Sha384::new());
            let (mut crc_32, mut crc_16) = (0, 0);
            for pair in cuts.windows(2) {
                let part = &data[pair[0]..pair[1]];
                md5_ctx.update(part);
                sha1_ctx.update(part);
                sha256_ctx.update(part);
                sha384_ctx.update(part);
                crc_32 = crc32(crc_32, part);
                crc_16 = crc16(crc_16, part);
            }
            prop_assert_eq!(&md5_ctx.finish()[..], &md5::Md5::digest(&data)[..]);
            prop_assert_eq!(&sha1_ctx.finish()[..], &sha1::Sha1::digest(&data)[..]);
            prop_assert_eq!(&sha256_ctx.finish()[..], &sha2::Sha256::digest(&data)[..]);
            prop_assert_eq!(&sha384_ctx.finish()[..], &sha2::Sha384::digest(&data)[..]);
            prop_assert_eq!(crc_32, crc32(0, &data));
            prop_assert_eq!(crc_16, crc16(0, &data));
        }

        #[test]
        fn crc32_agrees_with_its_definition(data in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut crc = !0u32;
            for byte in &data {
                crc ^= u32::from(*byte);
                for _ in 0..8 {
                    crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb88320 } else { crc >> 1 };
                }
            }
            prop_assert_eq!(crc32(0, &data), !crc);
            prop_assert_eq!(crc32_small(0, &data), !crc);
        }
    }
}
