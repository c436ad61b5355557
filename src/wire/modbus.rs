//! Modbus/TCP, server side (Modbus Application Protocol 1.1b3, Modbus Messaging on TCP/IP 1.0b).

use alloc::vec::Vec;

use super::reader::Reader;

/// Function codes.
pub mod function {
    /// Read coils.
    pub const READ_COILS: u8 = 1;
    /// Read discrete inputs.
    pub const READ_DISCRETE_INPUTS: u8 = 2;
    /// Read holding registers.
    pub const READ_HOLDING_REGISTERS: u8 = 3;
    /// Read input registers.
    pub const READ_INPUT_REGISTERS: u8 = 4;
    /// Write one coil.
    pub const WRITE_SINGLE_COIL: u8 = 5;
    /// Write one register.
    pub const WRITE_SINGLE_REGISTER: u8 = 6;
    /// Write several coils.
    pub const WRITE_MULTIPLE_COILS: u8 = 15;
    /// Write several registers.
    pub const WRITE_MULTIPLE_REGISTERS: u8 = 16;
}

/// Exception codes.
pub mod exception {
    /// No exception.
    pub const NONE: u8 = 0;
    /// The function code is not served.
    pub const ILLEGAL_FUNCTION: u8 = 1;
    /// The addresses do not exist.
    pub const ILLEGAL_ADDRESS: u8 = 2;
    /// A quantity, a length or a value is not allowed.
    pub const ILLEGAL_VALUE: u8 = 3;
    /// The server failed.
    pub const DEVICE_FAILURE: u8 = 4;
}

/// Transaction id, protocol id and length.
const PREFIX_LEN: usize = 6;
/// Longest value of the length field: unit id and a PDU of 253 bytes.
const MAX_LENGTH: u16 = 254;
/// Shortest: unit id and function code.
const MIN_LENGTH: u16 = 2;
/// Shortest with an address and a quantity or value.
const MIN_LENGTH_WITH_ADDRESS: u16 = 6;

const MAX_READ_BITS: u16 = 2000;
const MAX_READ_REGISTERS: u16 = 125;
const MAX_WRITE_BITS: u16 = 1968;
const MAX_WRITE_REGISTERS: u16 = 123;
const COIL_ON: u16 = 0xff00;

/// The bytes are no Modbus/TCP: the stream cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidFrame;

/// One request frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Transaction id, repeated in the answer.
    pub transaction: u16,
    /// Unit id, repeated in the answer.
    pub unit: u8,
    /// Function code.
    pub function: u8,
    /// What follows the function code.
    pub data: &'a [u8],
    /// Bytes of the whole frame.
    pub len: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// First address.
    pub address: u16,
    /// How many bits or registers.
    pub count: u16,
    /// What to do with them.
    pub access: Access<'a>,
}

/// Direction and kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// Read bits.
    ReadBits,
    /// Read registers.
    ReadRegisters,
    /// Write one bit.
    WriteBit(bool),
    /// Write one register.
    WriteRegister(u16),
    /// Write bits: eight to a byte, the lowest first.
    WriteBits(&'a [u8]),
    /// Write registers: two bytes each, the high one first.
    WriteRegisters(&'a [u8]),
}

/// Takes the frame at the start of `buf`; none while it is incomplete.
pub fn frame(buf: &[u8]) -> Result<Option<Frame<'_>>, InvalidFrame> {
    let mut reader = Reader::new(buf);
    let (Some(transaction), Some(protocol), Some(length)) =
        (reader.u16(), reader.u16(), reader.u16())
    else {
        return Ok(None);
    };
    if protocol != 0 || !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(InvalidFrame);
    }
    let Some([unit, function]) = reader.array() else {
        return Ok(None);
    };
    if length < MIN_LENGTH_WITH_ADDRESS && has_address(function) {
        return Err(InvalidFrame);
    }
    let length = usize::from(length);
    Ok(reader.take(length.saturating_sub(2)).map(|data| Frame {
        transaction,
        unit,
        function,
        data,
        len: PREFIX_LEN.saturating_add(length),
    }))
}

impl<'a> Frame<'a> {
    /// Reads the request. The error is an exception code.
    pub fn request(&self) -> Result<Request<'a>, u8> {
        if !has_address(self.function) {
            return Err(exception::ILLEGAL_FUNCTION);
        }
        let mut reader = Reader::new(self.data);
        let (Some(address), Some(value)) = (reader.u16(), reader.u16()) else {
            return Err(exception::ILLEGAL_VALUE);
        };
        let access = access(self.function, value, &mut reader).ok_or(exception::ILLEGAL_VALUE)?;
        let count = match access {
            Access::WriteBit(_) | Access::WriteRegister(_) => 1,
            _ => value,
        };
        if u32::from(address).saturating_add(count.into()) > 0x1_0000 {
            return Err(exception::ILLEGAL_ADDRESS);
        }
        Ok(Request {
            address,
            count,
            access,
        })
    }

    /// An exception answer.
    pub fn exception(&self, code: u8) -> Vec<u8> {
        self.answer(self.function | 0x80, &[code])
    }

    /// The answer to a read of bits.
    pub fn bits(&self, bits: impl ExactSizeIterator<Item = bool>) -> Vec<u8> {
        let mut data = Vec::with_capacity(bits.len().div_ceil(8).saturating_add(1));
        data.push(u8::try_from(bits.len().div_ceil(8)).unwrap_or(u8::MAX));
        for (i, bit) in bits.enumerate() {
            let place = i % 8;
            if place == 0 {
                data.push(0);
            }
            if let Some(byte) = data.last_mut() {
                *byte |= u8::from(bit) << place;
            }
        }
        self.answer(self.function, &data)
    }

    /// The answer to a read of registers.
    pub fn registers(&self, registers: &[u16]) -> Vec<u8> {
        let mut data = Vec::with_capacity(registers.len().saturating_mul(2).saturating_add(1));
        data.push(u8::try_from(registers.len().saturating_mul(2)).unwrap_or(u8::MAX));
        data.extend(registers.iter().flat_map(|register| register.to_be_bytes()));
        self.answer(self.function, &data)
    }

    /// The answer to a write of one bit.
    pub fn written_bit(&self, address: u16, bit: bool) -> Vec<u8> {
        self.written(address, if bit { COIL_ON } else { 0 })
    }

    /// The answer to any other write: the address, and the value of one register or the quantity.
    pub fn written(&self, address: u16, value: u16) -> Vec<u8> {
        let ([a, b], [c, d]) = (address.to_be_bytes(), value.to_be_bytes());
        self.answer(self.function, &[a, b, c, d])
    }

    fn answer(&self, function: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len().saturating_add(2)).unwrap_or(u16::MAX);
        let mut out = Vec::with_capacity(data.len().saturating_add(8));
        for half in [self.transaction, 0, length] {
            out.extend_from_slice(&half.to_be_bytes());
        }
        out.extend_from_slice(&[self.unit, function]);
        out.extend_from_slice(data);
        out
    }
}

/// Unpacks bits: eight to a byte, the lowest first.
pub fn unpack(packed: &[u8], count: u16) -> impl Iterator<Item = bool> {
    packed
        .iter()
        .flat_map(|byte| (0..8).map(move |place| byte >> place & 1 == 1))
        .take(count.into())
}

fn has_address(function: u8) -> bool {
    matches!(function, 1..=6 | 15 | 16)
}

fn access<'a>(code: u8, value: u16, reader: &mut Reader<'a>) -> Option<Access<'a>> {
    let within = |limit: u16| (1..=limit).contains(&value);
    let access = match code {
        function::READ_COILS | function::READ_DISCRETE_INPUTS if within(MAX_READ_BITS) => {
            Access::ReadBits
        }
        function::READ_HOLDING_REGISTERS | function::READ_INPUT_REGISTERS
            if within(MAX_READ_REGISTERS) =>
        {
            Access::ReadRegisters
        }
        function::WRITE_SINGLE_COIL if matches!(value, 0 | COIL_ON) => {
            Access::WriteBit(value == COIL_ON)
        }
        function::WRITE_SINGLE_REGISTER => Access::WriteRegister(value),
        function::WRITE_MULTIPLE_COILS if within(MAX_WRITE_BITS) => {
            Access::WriteBits(counted(reader, usize::from(value).div_ceil(8))?)
        }
        function::WRITE_MULTIPLE_REGISTERS if within(MAX_WRITE_REGISTERS) => {
            Access::WriteRegisters(counted(reader, usize::from(value).saturating_mul(2))?)
        }
        _ => return None,
    };
    reader.is_empty().then_some(access)
}

/// A byte count that must be `want`, and as many bytes.
fn counted<'a>(reader: &mut Reader<'a>, want: usize) -> Option<&'a [u8]> {
    let count = usize::from(reader.u8()?);
    if count == want {
        reader.take(count)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// A frame around a PDU.
    fn around(pdu: &[u8]) -> Vec<u8> {
        let length = u16::try_from(pdu.len() + 1).expect("short").to_be_bytes();
        [&[0, 0x41, 0, 0][..], &length, &[2], pdu].concat()
    }

    fn whole(bytes: &[u8]) -> Frame<'_> {
        frame(bytes).expect("valid").expect("complete")
    }

    fn verdict(pdu: &[u8]) -> Result<u16, u8> {
        whole(&around(pdu)).request().map(|request| request.count)
    }

    #[test]
    fn read_registers() {
        let bytes = [0x00, 0x41, 0, 0, 0, 6, 2, 3, 0, 5, 0, 2];
        let frame = whole(&bytes);
        let want = Request {
            address: 5,
            count: 2,
            access: Access::ReadRegisters,
        };
        assert_eq!((frame.request(), frame.len), (Ok(want), 12));
        let answer = [0x00, 0x41, 0, 0, 0, 7, 2, 3, 4, 0x12, 0x34, 0xab, 0xcd];
        assert_eq!(frame.registers(&[0x1234, 0xabcd]), answer);
        assert_eq!(frame.exception(2), [0x00, 0x41, 0, 0, 0, 3, 2, 0x83, 2]);
    }

    #[test]
    fn bits() {
        let bytes = around(&[1, 0, 0, 0, 10]);
        let frame = whole(&bytes);
        let bits = [
            true, false, false, false, false, false, false, true, false, true,
        ];
        assert_eq!(
            frame.bits(bits.into_iter()),
            [0, 0x41, 0, 0, 0, 5, 2, 1, 2, 0x81, 2]
        );
        assert!(unpack(&[0x81, 2], 10).eq(bits));
    }

    #[test]
    fn writes() {
        let bytes = around(&[5, 0, 9, 0xff, 0]);
        let frame = whole(&bytes);
        assert_eq!(
            frame.request().expect("valid").access,
            Access::WriteBit(true)
        );
        assert_eq!(frame.written_bit(9, true), bytes);
        let bytes = around(&[6, 0, 9, 1, 2]);
        assert_eq!(
            whole(&bytes).request().expect("valid").access,
            Access::WriteRegister(0x0102)
        );
        let bytes = around(&[15, 0, 1, 0, 9, 2, 0xff, 1]);
        assert_eq!(
            whole(&bytes).request().expect("valid").access,
            Access::WriteBits(&[0xff, 1])
        );
        assert_eq!(
            whole(&bytes).written(1, 9),
            [0, 0x41, 0, 0, 0, 6, 2, 15, 0, 1, 0, 9]
        );
        let bytes = around(&[16, 0, 1, 0, 1, 2, 3, 4]);
        assert_eq!(
            whole(&bytes).request().expect("valid").access,
            Access::WriteRegisters(&[3, 4])
        );
    }

    #[test]
    fn quantities_and_lengths() {
        let illegal = Err(exception::ILLEGAL_VALUE);
        for code in [1, 2] {
            assert_eq!(verdict(&[code, 0, 0, 7, 0xd0]), Ok(2000));
            assert_eq!(verdict(&[code, 0, 0, 7, 0xd1]), illegal);
            assert_eq!(verdict(&[code, 0, 0, 0, 0]), illegal);
            assert_eq!(verdict(&[code, 0, 0, 0, 1, 0]), illegal);
        }
        for code in [3, 4] {
            assert_eq!(verdict(&[code, 0, 0, 0, 125]), Ok(125));
            assert_eq!(verdict(&[code, 0, 0, 0, 126]), illegal);
        }
        assert_eq!(verdict(&[5, 0, 0, 0, 1]), illegal);
        assert_eq!(verdict(&[6, 0, 0, 0, 1, 1]), illegal);
        assert_eq!(verdict(&[15, 0, 0, 0, 9]), illegal);
        assert_eq!(verdict(&[15, 0, 0, 0, 9, 1, 0xff]), illegal);
        assert_eq!(verdict(&[15, 0, 0, 0, 9, 2, 0xff]), illegal);
        assert_eq!(verdict(&[15, 0, 0, 0, 9, 2, 0xff, 1, 1]), illegal);
        assert_eq!(verdict(&[16, 0, 0, 0, 1, 2, 0]), illegal);
        assert_eq!(verdict(&[16, 0, 0, 0, 1, 3, 0, 0, 0]), illegal);
    }

    #[test]
    fn addresses_end_at_65535() {
        assert_eq!(verdict(&[3, 0xff, 0xff, 0, 1]), Ok(1));
        assert_eq!(
            verdict(&[3, 0xff, 0xff, 0, 2]),
            Err(exception::ILLEGAL_ADDRESS)
        );
        assert_eq!(verdict(&[6, 0xff, 0xff, 0, 2]), Ok(1));
    }

    #[test]
    fn functions_without_address() {
        assert_eq!(verdict(&[7]), Err(exception::ILLEGAL_FUNCTION));
        assert_eq!(verdict(&[0x2b, 14, 1, 0]), Err(exception::ILLEGAL_FUNCTION));
        assert_eq!(
            verdict(&[0x83, 0, 0, 0, 1]),
            Err(exception::ILLEGAL_FUNCTION)
        );
    }

    #[test]
    fn invalid_frames() {
        for bytes in [
            &[0, 1, 0, 1, 0, 6, 1, 3, 0, 0, 0, 1][..], // protocol
            &[0, 1, 0, 0, 0, 0],                       // no unit
            &[0, 1, 0, 0, 0, 1, 1],                    // no function
            &[0, 1, 0, 0, 0, 255],                     // longer than any
            &[0, 1, 0, 0, 0, 5, 1, 3],                 // too short for this function
        ] {
            assert_eq!(frame(bytes), Err(InvalidFrame), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn prefixes_are_incomplete(data in vec(any::<u8>(), 4..200), code in 1..=16u8) {
            let pdu = [&[code][..], &data].concat();
            let bytes = around(&pdu);
            for end in 0..bytes.len() {
                prop_assert_eq!(frame(&bytes[..end]), Ok(None));
            }
            prop_assert_eq!(whole(&bytes).data, &data[..]);
        }

        #[test]
        fn any_bytes(bytes in vec(any::<u8>(), 0..300), fix: bool) {
            let mut bytes = bytes;
            if fix && bytes.len() > 5 {
                bytes[2..5].fill(0);
            }
            if let Ok(Some(frame)) = frame(&bytes) {
                prop_assert!(frame.len <= bytes.len());
                if let Ok(request) = frame.request() {
                    prop_assert!(request.count > 0);
                }
            }
        }

        #[test]
        fn packing(bits in vec(any::<bool>(), 1..2000)) {
            let bytes = around(&[1, 0, 0, 0, 1]);
            let answer = whole(&bytes).bits(bits.iter().copied());
            let count = u16::try_from(bits.len()).expect("short");
            prop_assert!(unpack(&answer[9..], count).eq(bits.iter().copied()));
        }
    }
}
