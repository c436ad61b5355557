//! What was received for one connection and not yet read from it.

use super::buffers::{Buffers, SIZE};
use crate::engine::socket::Io;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ffi::c_int;

/// Bytes of a connection from which on it is read directly: copies of large transfers cost more than system calls.
pub(super) const LARGE: usize = SIZE;

/// Bytes in the order in which they came, then the end of the stream.
#[derive(Default)]
pub(super) struct Stash {
    /// Buffers and the bytes in them.
    pieces: VecDeque<(u16, usize)>,
    /// The same once the buffers are gone.
    rest: Vec<u8>,
    /// Bytes already read of the first piece, or of `rest`.
    taken: usize,
    /// Bytes to be read.
    len: usize,
    /// How the stream ended: 0 or errno.
    end: Option<c_int>,
    /// The end was read.
    end_read: bool,
}

impl Stash {
    /// Bytes to be read.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is something to be read, if only the end.
    pub fn is_pending(&self) -> bool {
        self.len > 0 || self.end.is_some() && !self.end_read
    }

    /// Whether nothing more will come.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Whether the stream has ended with an error.
    pub fn has_failed(&self) -> bool {
        self.end.is_some_and(|errno| errno != 0)
    }

    /// Appends a buffer. Without memory for that the stream ends with an error.
    pub fn push(&mut self, id: u16, len: usize, buffers: &mut Buffers) {
        if self.pieces.try_reserve(1).is_err() {
            buffers.give(id);
            return self.finish(libc::ENOMEM);
        }
        self.pieces.push_back((id, len));
        self.len += len;
    }

    /// The stream has ended.
    pub fn finish(&mut self, errno: c_int) {
        self.end = self.end.or(Some(errno));
    }

    /// Reads into `out`; `None` when there is nothing.
    pub fn read(&mut self, out: &mut [u8], buffers: Option<&mut Buffers>) -> Option<Io> {
        if self.len == 0 {
            let errno = self.end?;
            self.end_read = true;
            return Some(match errno {
                0 => Io::Done(0),
                errno => Io::Failed(errno),
            });
        }
        let done = match buffers {
            Some(buffers) => self.read_pieces(out, buffers),
            None => self.read_rest(out),
        };
        self.len = self.len.saturating_sub(done);
        Some(Io::Done(done))
    }

    fn read_pieces(&mut self, out: &mut [u8], buffers: &mut Buffers) -> usize {
        let mut done = 0;
        while let Some((id, len)) = self.pieces.front().copied() {
            let piece = buffers.get(id, len).get(self.taken..).unwrap_or(&[]);
            let n = copy(out.get_mut(done..).unwrap_or(&mut []), piece);
            done += n;
            if n < piece.len() {
                self.taken += n;
                break;
            }
            self.taken = 0;
            self.pieces.pop_front();
            buffers.give(id);
        }
        done
    }

    fn read_rest(&mut self, out: &mut [u8]) -> usize {
        let n = copy(out, self.rest.get(self.taken..).unwrap_or(&[]));
        self.taken += n;
        if self.taken == self.rest.len() {
            (self.rest, self.taken) = (Vec::new(), 0);
        }
        n
    }

    /// Takes the bytes out of the buffers, which go. Without memory the stream ends with an error.
    pub fn keep(&mut self, buffers: &Buffers) {
        let mut rest = Vec::new();
        if rest.try_reserve_exact(self.len).is_err() {
            (self.len, self.end) = (0, Some(libc::ENOMEM));
        } else {
            for (id, len) in &self.pieces {
                rest.extend_from_slice(buffers.get(*id, *len).get(self.taken..).unwrap_or(&[]));
                self.taken = 0;
            }
        }
        self.pieces = VecDeque::new();
        (self.rest, self.taken) = (rest, 0);
    }

    /// Forgets all, for the next connection.
    pub fn clear(&mut self, buffers: Option<&mut Buffers>) {
        if let Some(buffers) = buffers {
            self.pieces.drain(..).for_each(|(id, _)| buffers.give(id));
        }
        let pieces = core::mem::take(&mut self.pieces);
        *self = Stash {
            pieces,
            ..Stash::default()
        };
    }
}

fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let n = to.len().min(from.len());
    if let Some((to, from)) = to.get_mut(..n).zip(from.get(..n)) {
        to.copy_from_slice(from);
    }
    n
}
