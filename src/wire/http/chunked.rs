//! The chunked transfer coding (RFC 9112 §7.1): a state machine over single bytes, so that every split of the input
//! gives the same result. Line ends are strictly CRLF; extensions and trailers are checked, bounded and skipped.

use core::ops::Range;

/// Largest size of one chunk.
pub const MAX_CHUNK: u64 = 0x7fff_ffff;
/// Longest size line in bytes, leading zeros and extensions included.
pub const MAX_SIZE_LINE: usize = 256;
/// Longest trailer section in bytes.
pub const MAX_TRAILERS: usize = 8192;
/// Framing bytes that come free with each chunk.
const FREE_PER_CHUNK: u64 = 16;
/// Framing bytes beyond the free ones (and beyond twice the payload) that a whole body may have.
pub const MAX_OVERHEAD: u64 = 16384;

/// The body breaks the grammar or a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidChunk;

/// The next piece of a chunked body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Payload, as a range of the buffer; a chunk may come in several pieces.
    Data(Range<usize>),
    /// All bytes are used up and the body goes on.
    More,
    /// The body is complete.
    End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
}

/// Reads a chunked body from a growing buffer without looking at a byte twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChunkDecoder {
    state: State,
    pos: usize,
    payload: usize,
    left: u64,
    digits: usize,
    line: usize,
    trailers: usize,
    overhead: u64,
}

impl ChunkDecoder {
    /// The next piece. `body` holds all bytes after the head so far, the same ones as in earlier calls and more.
    pub fn next(&mut self, body: &[u8]) -> Result<Piece, InvalidChunk> {
        loop {
            if self.state == State::Done {
                return Ok(Piece::End);
            }
            let Some(rest) = body.get(self.pos..).filter(|rest| !rest.is_empty()) else {
                return Ok(Piece::More);
            };
            if self.state == State::Data {
                return Ok(Piece::Data(self.take_data(rest.len())));
            }
            for byte in rest {
                self.step(*byte)?;
                self.pos = self.pos.saturating_add(1);
                if matches!(self.state, State::Data | State::Done) {
                    break;
                }
            }
        }
    }

    /// Runs over all pieces without touching the payload. True when the body is complete.
    pub fn scan(&mut self, body: &[u8]) -> Result<bool, InvalidChunk> {
        loop {
            match self.next(body)? {
                Piece::Data(_) => {}
                Piece::More => return Ok(false),
                Piece::End => return Ok(true),
            }
        }
    }

    /// Bytes of the coded body read so far; after [`Piece::End`] its whole length.
    pub fn consumed(&self) -> usize {
        self.pos
    }

    /// Payload bytes read so far.
    pub fn payload_len(&self) -> usize {
        self.payload
    }

    fn take_data(&mut self, available: usize) -> Range<usize> {
        let n = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(available);
        let start = self.pos;
        self.pos = start.saturating_add(n);
        self.payload = self.payload.saturating_add(n);
        self.left = self.left.saturating_sub(n as u64);
        if self.left == 0 {
            self.state = State::DataCr;
        }
        start..self.pos
    }

    fn step(&mut self, byte: u8) -> Result<(), InvalidChunk> {
        self.state = match (self.state, byte) {
            (State::Size, b'\r') if self.digits > 0 => State::SizeLf,
            (State::Size, b';') if self.digits > 0 => self.count_line(State::Extension)?,
            (State::Size, _) => self.size_digit(byte)?,
            (State::Extension, b'\r') => State::SizeLf,
            (State::Extension, _) if is_text(byte) => self.count_line(State::Extension)?,
            (State::SizeLf, b'\n') => self.end_size_line()?,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            (State::TrailerStart, b'\r') => State::EndLf,
            (State::TrailerStart, _) if is_token(byte) => self.count_trailer(State::TrailerName)?,
            (State::TrailerName, b':') => self.count_trailer(State::TrailerValue)?,
            (State::TrailerName, _) if is_token(byte) => self.count_trailer(State::TrailerName)?,
            (State::TrailerValue, b'\r') => State::TrailerLf,
            (State::TrailerValue, _) if is_text(byte) => self.count_trailer(State::TrailerValue)?,
            (State::TrailerLf, b'\n') => State::TrailerStart,
            (State::EndLf, b'\n') => State::Done,
            _ => return Err(InvalidChunk),
        };
        Ok(())
    }

    fn size_digit(&mut self, byte: u8) -> Result<State, InvalidChunk> {
        let digit = (byte as char).to_digit(16).ok_or(InvalidChunk)?;
        self.left = self
            .left
            .saturating_mul(16)
            .saturating_add(u64::from(digit));
        self.digits = self.digits.saturating_add(1);
        if self.left > MAX_CHUNK {
            return Err(InvalidChunk);
        }
        self.count_line(State::Size)
    }

    fn count_line(&mut self, next: State) -> Result<State, InvalidChunk> {
        self.line = self.line.saturating_add(1);
        if self.line > MAX_SIZE_LINE {
            Err(InvalidChunk)
        } else {
            Ok(next)
        }
    }

    fn count_trailer(&mut self, next: State) -> Result<State, InvalidChunk> {
        self.trailers = self.trailers.saturating_add(1);
        if self.trailers > MAX_TRAILERS {
            Err(InvalidChunk)
        } else {
            Ok(next)
        }
    }

    /// Charges the line against the budget and says what follows.
    fn end_size_line(&mut self) -> Result<State, InvalidChunk> {
        let free = FREE_PER_CHUNK.saturating_add(self.left.saturating_mul(2));
        self.overhead = self
            .overhead
            .saturating_add(self.line as u64)
            .saturating_sub(free);
        if self.overhead > MAX_OVERHEAD {
            return Err(InvalidChunk);
        }
        self.digits = 0;
        self.line = 0;
        Ok(if self.left == 0 {
            State::TrailerStart
        } else {
            State::Data
        })
    }
}

/// Moves the payload of the complete coded body at the start of `body` to its front.
/// Returns the lengths of payload and coded body.
pub fn compact(body: &mut [u8]) -> Result<(usize, usize), InvalidChunk> {
    let mut decoder = ChunkDecoder::default();
    let mut end = 0usize;
    loop {
        match decoder.next(body)? {
            Piece::Data(range) => {
                let len = range.len();
                // `end` never passes the range: each chunk has a size line before it.
                if end <= range.start && range.end <= body.len() {
                    body.copy_within(range, end);
                }
                end = end.saturating_add(len);
            }
            Piece::More => return Err(InvalidChunk),
            Piece::End => return Ok((end, decoder.consumed())),
        }
    }
}

/// Bytes of an extension or a trailer value: no control byte but the tab.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

/// Token bytes (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
#[path = "chunked_tests.rs"]
mod tests;
