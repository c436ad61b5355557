#![no_main]
//! Any URL makes one request line or none; any answer is firmware or a short text.
use libfuzzer_sys::fuzz_target;
use vansire::service::ota::{Device, download, firmware, query};

fuzz_target!(|data: &[u8]| {
    let (url, version) = data.split_at(data.len() / 2);
    let device = Device {
        arch: 0,
        version,
        id: version,
        interval: 60,
        boot: 0,
    };
    for request in [query(url, &device), download(url)].into_iter().flatten() {
        let lines = request.split(|&byte| byte == b'\n').count();
        assert!(request.starts_with(b"GET /") && request.ends_with(b"\r\n\r\n") && lines == 5);
        let line = request.split(|&byte| byte == b'\r').next().unwrap();
        assert_eq!(line.iter().filter(|&&byte| byte == b' ').count(), 2);
    }
    match firmware(data, 64) {
        Ok(found) => {
            assert!(found.version.len() < 64 && found.url.iter().all(u8::is_ascii_graphic))
        }
        Err(text) => assert!(text.len() <= 99),
    }
});
