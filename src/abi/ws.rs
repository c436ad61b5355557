//! WebSocket: messages and opcodes.

use super::core::mg_str;
use core::ffi::c_int;

/// A message or a control frame. `data` dies when the handler returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_ws_message {
    /// Payload, unmasked.
    pub data: mg_str,
    /// First byte of the frame, or of the first frame of a fragmented message: FIN and opcode.
    pub flags: u8,
}

/// A further fragment.
pub const WEBSOCKET_OP_CONTINUE: c_int = 0;
/// Text.
pub const WEBSOCKET_OP_TEXT: c_int = 1;
/// Bytes.
pub const WEBSOCKET_OP_BINARY: c_int = 2;
/// Closes.
pub const WEBSOCKET_OP_CLOSE: c_int = 8;
/// Asks for a pong.
pub const WEBSOCKET_OP_PING: c_int = 9;
/// Answers a ping.
pub const WEBSOCKET_OP_PONG: c_int = 10;

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_ws_message>() == 24);
