//! What a `no_std` static library must bring: a panic handler. Memory comes from `mg_calloc`, see `engine/alloc.rs`.

unsafe extern "C" {
    safe fn abort() -> !;
}

/// Panics are bugs; firmware restarts.
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    abort()
}
