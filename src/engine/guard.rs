//! The panic boundary: no panic crosses the C ABI.

/// Runs `body`; should it panic, returns `default` instead.
#[cfg(feature = "std")]
#[inline]
pub fn run<T>(default: T, body: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(_) => default,
    }
}

/// Runs `body`: this build aborts on panic.
#[cfg(not(feature = "std"))]
#[inline]
pub fn run<T>(_default: T, body: impl FnOnce() -> T) -> T {
    body()
}
