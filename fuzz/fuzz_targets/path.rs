#![no_main]
//! Paths, access lists and numbers on any bytes; a sane path has no part that climbs.
use libfuzzer_sys::fuzz_target;
use vansire::text::{acl, number, path};

fuzz_target!(|data: &[u8]| {
    if path::is_sane(data) && data.first() != Some(&0) {
        assert!(
            data.split(|byte| matches!(byte, b'/' | b'\\'))
                .all(|part| part != b"..")
        );
    }
    assert!(data.ends_with(path::base_name(data)));
    let _ = acl::allows(data, [10, 0, 0, 1]);
    let _ = (
        number::parse(data, 0),
        number::parse(data, 16),
        number::parse_size(data),
    );
});
