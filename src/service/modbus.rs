//! Modbus/TCP server: reads requests, asks the handler, answers (protocols chapter §7).

use crate::abi::core::mg_event;
use crate::abi::modbus::{mg_modbus_req, mg_modbus_values};
use crate::engine::{Conn, Event, Protocol};
use crate::wire::modbus::{Access, Frame, InvalidFrame, Request, exception, frame, unpack};
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr;

/// The protocol handler of `mg_modbus_listen`.
pub static MODBUS: Protocol = Protocol {
    name: "modbus",
    sleeps: true,
    requests: false,
    on_event,
};

fn on_event(conn: &mut Conn, event: Event<'_>) {
    if let Event::Read(_) = event {
        while !conn.is_closing() && one(conn) {}
    }
}

/// Handles the frame at the front of the receive buffer. False when there is none to handle.
fn one(conn: &mut Conn) -> bool {
    // A frame is short: a copy leaves the buffer free for the handler.
    let bytes = match frame(conn.recv()) {
        Ok(Some(frame)) => conn.recv().get(..frame.len).unwrap_or_default().to_vec(),
        Ok(None) => return false,
        Err(InvalidFrame) => {
            conn.error("invalid pdu");
            return false;
        }
    };
    let Ok(Some(frame)) = frame(&bytes) else {
        return false;
    };
    let answer = match frame.request() {
        Ok(request) => serve(conn, &frame, &request),
        Err(code) => frame.exception(code),
    };
    conn.recv_del(0, frame.len);
    if !conn.send(&answer) {
        conn.error("OOM");
    }
    true
}

/// Lets the handler serve a request and makes the answer. What it does to other fields than the values and `error`
/// has no effect.
fn serve(conn: &mut Conn, frame: &Frame<'_>, request: &Request<'_>) -> Vec<u8> {
    match request.access {
        Access::ReadBits | Access::WriteBit(_) | Access::WriteBits(_) => {
            serve_bits(conn, frame, request)
        }
        Access::ReadRegisters | Access::WriteRegister(_) | Access::WriteRegisters(_) => {
            serve_registers(conn, frame, request)
        }
    }
}

fn serve_bits(conn: &mut Conn, frame: &Frame<'_>, request: &Request<'_>) -> Vec<u8> {
    // Bytes, not `bool`: the handler may write any value.
    let mut bits: Vec<u8> = match request.access {
        Access::WriteBit(bit) => [u8::from(bit)].into(),
        Access::WriteBits(packed) => unpack(packed, request.count).map(u8::from).collect(),
        _ => Vec::new(),
    };
    bits.resize(request.count.into(), 0);
    let values = mg_modbus_values {
        bits: bits.as_mut_ptr().cast(),
    };
    let error = ask(conn, frame, request, values);
    let mut set = bits.iter().map(|bit| *bit != 0);
    match request.access {
        _ if error != 0 => frame.exception(error),
        Access::WriteBit(_) => frame.written_bit(request.address, set.next().unwrap_or(false)),
        Access::WriteBits(_) => frame.written(request.address, request.count),
        _ => frame.bits(set),
    }
}

fn serve_registers(conn: &mut Conn, frame: &Frame<'_>, request: &Request<'_>) -> Vec<u8> {
    let mut registers: Vec<u16> = match request.access {
        Access::WriteRegister(value) => [value].into(),
        Access::WriteRegisters(bytes) => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_be_bytes(*pair))
            .collect(),
        _ => Vec::new(),
    };
    registers.resize(request.count.into(), 0);
    let values = mg_modbus_values {
        regs: registers.as_mut_ptr(),
    };
    let error = ask(conn, frame, request, values);
    match request.access {
        _ if error != 0 => frame.exception(error),
        Access::WriteRegister(_) => {
            frame.written(request.address, registers.first().copied().unwrap_or(0))
        }
        Access::WriteRegisters(_) => frame.written(request.address, request.count),
        _ => frame.registers(&registers),
    }
}

/// Fires `MG_EV_MODBUS_REQ` and returns the exception code that the handler set.
fn ask(conn: &mut Conn, frame: &Frame<'_>, request: &Request<'_>, values: mg_modbus_values) -> u8 {
    let mut req = mg_modbus_req {
        func: frame.function,
        error: exception::NONE,
        addr: request.address,
        u: values,
        len: request.count,
    };
    conn.call(
        mg_event::MG_EV_MODBUS_REQ as c_int,
        ptr::from_mut(&mut req).cast(),
    );
    req.error
}
