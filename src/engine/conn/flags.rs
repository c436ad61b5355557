//! The flag bits of a connection, and the TLS pointer before them: both lie behind `data`, whose size is the program's.

use super::Conn;
use crate::abi::core::{flag, mg_connection};
use crate::engine::platform;
use core::ffi::c_void;
use core::mem::offset_of;

macro_rules! flags {
    ($($get:ident $set:ident $bit:ident $doc:literal;)*) => {
        $(
            #[doc = concat!("Whether ", $doc, ".")]
            pub fn $get(&self) -> bool { self.flags() & flag::$bit != 0 }
            #[doc = concat!("Says whether ", $doc, ".")]
            pub fn $set(&mut self, on: bool) { self.set_flag(flag::$bit, on); }
        )*
    };
}

impl Conn {
    fn flags_ptr(&self) -> *mut u32 {
        // `tls` and the bit-fields lie behind `data`, whose size is the program's.
        let data = offset_of!(mg_connection, data) + platform::settings().data_size;
        const ALIGN: usize = align_of::<*mut c_void>();
        let tls = (data + ALIGN - 1) & !(ALIGN - 1);
        self.as_ptr()
            .cast::<u8>()
            .wrapping_add(tls + size_of::<*mut c_void>())
            .cast()
    }

    /// All flag bits, see [`flag`].
    #[inline]
    pub fn flags(&self) -> u32 {
        // SAFETY: LIVE.
        unsafe { *self.flags_ptr() }
    }

    /// Sets or clears the given flag bits.
    #[inline]
    pub fn set_flag(&mut self, bits: u32, on: bool) {
        let p = self.flags_ptr();
        // SAFETY: LIVE.
        unsafe { *p = if on { *p | bits } else { *p & !bits } }
    }

    flags! {
        is_listening set_listening LISTENING "it is a listener";
        is_client set_client CLIENT "it is outbound";
        is_accepted set_accepted ACCEPTED "it was accepted from a listener";
        is_resolving set_resolving RESOLVING "its address is being looked up";
        is_connecting set_connecting CONNECTING "the connect is pending";
        is_tls set_tls TLS "TLS is wanted or active";
        is_tls_hs set_tls_hs TLS_HS "the TLS handshake is pending";
        is_udp set_udp UDP "it carries datagrams";
        is_websocket set_websocket WEBSOCKET "it is a WebSocket";
        is_mqtt5 set_mqtt5 MQTT5 "it speaks MQTT 5";
        is_hexdumping set_hexdumping HEXDUMPING "its traffic is logged";
        is_draining set_draining DRAINING "it closes once the send buffer is empty";
        is_closing set_closing CLOSING "it closes at the end of its turn";
        is_full set_full FULL "it does not read";
        is_tls_throttled set_tls_throttled TLS_THROTTLED "a TLS write waits for the socket";
        is_resp set_resp RESP "a response is being produced";
        is_readable set_readable READABLE "the socket is readable in this turn";
        is_writable set_writable WRITABLE "the socket is writable in this turn";
    }

    pub(crate) fn tls_field(&self) -> *mut *mut c_void {
        self.flags_ptr()
            .wrapping_byte_sub(size_of::<*mut c_void>())
            .cast()
    }
}
