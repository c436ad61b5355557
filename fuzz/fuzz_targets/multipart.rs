#![no_main]
//! Walking the parts of any body moves forward and ends.
use libfuzzer_sys::fuzz_target;
use vansire::wire::multipart;

fuzz_target!(|body: &[u8]| {
    let mut ofs = 0;
    while let Some((part, after)) = multipart::next(body, ofs) {
        assert!(after > ofs && after < body.len() && part.body.len() < after - ofs);
        ofs = after;
    }
});
