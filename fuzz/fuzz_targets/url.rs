#![no_main]
//! Any bytes: parts lie inside the URL.
use libfuzzer_sys::fuzz_target;
use vansire::wire::url;

fuzz_target!(|data: &[u8]| {
    let inside = |part: &[u8]| part.is_empty() || data.as_ptr_range().contains(&part.as_ptr());
    assert!(inside(url::host(data)) && inside(url::user(data)) && inside(url::password(data)));
    assert!(url::uri(data).is_none_or(|uri| data.ends_with(uri) && uri.starts_with(b"/")));
    assert!(url::port_checked(data).is_none_or(|port| port == url::port(data)));
    let _ = url::is_ssl(data);
});
