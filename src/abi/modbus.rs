//! Modbus/TCP: function codes, exception codes, the request.

use core::ffi::c_int;
use core::mem::{offset_of, size_of};

/// Function codes, `mg_modbus_req.func`.
/// Read coils.
pub const MG_MODBUS_FUNC_READ_COILS: c_int = 1;
/// Read discrete inputs.
pub const MG_MODBUS_FUNC_READ_DISCRETE_INPUTS: c_int = 2;
/// Read holding registers.
pub const MG_MODBUS_FUNC_READ_HOLDING_REGISTERS: c_int = 3;
/// Read input registers.
pub const MG_MODBUS_FUNC_READ_INPUT_REGISTERS: c_int = 4;
/// Write one coil.
pub const MG_MODBUS_FUNC_WRITE_SINGLE_COIL: c_int = 5;
/// Write one register.
pub const MG_MODBUS_FUNC_WRITE_SINGLE_REGISTER: c_int = 6;
/// Write several coils.
pub const MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS: c_int = 15;
/// Write several registers.
pub const MG_MODBUS_FUNC_WRITE_MULTIPLE_REGISTERS: c_int = 16;

/// Exception codes, `mg_modbus_req.error`.
/// No error.
pub const MG_MODBUS_ERR_NONE: c_int = 0;
/// The function code is not served.
pub const MG_MODBUS_ERR_ILLEGAL_FUNCTION: c_int = 1;
/// The addresses do not exist.
pub const MG_MODBUS_ERR_ILLEGAL_ADDRESS: c_int = 2;
/// A quantity or value is not allowed.
pub const MG_MODBUS_ERR_ILLEGAL_VALUE: c_int = 3;
/// The device failed.
pub const MG_MODBUS_ERR_DEVICE_FAILURE: c_int = 4;

/// The bits or registers of a request.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mg_modbus_values {
    /// Coils and discrete inputs: functions 1, 2, 5 and 15.
    pub bits: *mut bool,
    /// Registers in host order: functions 3, 4, 6 and 16.
    pub regs: *mut u16,
}

/// A request, for MG_EV_MODBUS_REQ. A handler fills (read) or takes (write) the values, or sets `error`; the answer is
/// sent when it returns. Valid during the event.
#[repr(C)]
pub struct mg_modbus_req {
    /// Function code.
    pub func: u8,
    /// Exception code to answer with, 0 for none.
    pub error: u8,
    /// First address.
    pub addr: u16,
    /// Values, `len` of them.
    pub u: mg_modbus_values,
    /// Number of values.
    pub len: u16,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<mg_modbus_req>() == 24 && offset_of!(mg_modbus_req, addr) == 2);
    assert!(offset_of!(mg_modbus_req, u) == 8 && offset_of!(mg_modbus_req, len) == 16);
};
