//! Poller tokens: index and generation, so that a late report never reaches a successor of a closed descriptor.

use super::poller::Token;
use crate::abi::core::mg_connection;
use alloc::vec::Vec;
use core::ptr;

struct Entry {
    generation: u32,
    conn: *mut mg_connection,
}

/// Registered descriptors.
#[derive(Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

impl Table {
    /// Registers `conn` and returns its index; `None` when memory runs out.
    pub fn insert(&mut self, conn: *mut mg_connection) -> Option<u32> {
        if let Some(index) = self.free.pop() {
            self.entries.get_mut(index as usize)?.conn = conn;
            return Some(index);
        }
        let index = u32::try_from(self.entries.len()).ok()?;
        self.entries.try_reserve(1).ok()?;
        self.free.try_reserve(self.entries.len() + 1).ok()?;
        self.entries.push(Entry {
            generation: 0,
            conn,
        });
        Some(index)
    }

    /// Token of an index.
    pub fn token(&self, index: u32) -> Token {
        let generation = self.entries.get(index as usize).map_or(0, |e| e.generation);
        Token(u64::from(generation) << 32 | u64::from(index))
    }

    /// Connection of a token, NULL when it has gone.
    pub fn get(&self, token: Token) -> *mut mg_connection {
        match self.entries.get(token.index()) {
            Some(e) if u64::from(e.generation) == token.0 >> 32 => e.conn,
            _ => ptr::null_mut(),
        }
    }

    /// Forgets an index.
    pub fn remove(&mut self, index: u32) {
        if let Some(e) = self.entries.get_mut(index as usize) {
            e.generation = e.generation.wrapping_add(1);
            e.conn = ptr::null_mut();
            self.free.push(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr::without_provenance_mut;

    #[test]
    fn a_late_token_finds_nobody() {
        let (a, b) = (without_provenance_mut(8), without_provenance_mut(16));
        let mut table = Table::default();
        let first = table.insert(a).expect("memory");
        let old = table.token(first);
        assert_eq!(table.get(old), a);
        table.remove(first);
        assert!(table.get(old).is_null());
        let second = table.insert(b).expect("memory");
        assert_eq!(second, first, "indices are used again");
        assert!(table.get(old).is_null());
        assert_eq!(table.get(table.token(second)), b);
        assert!(table.get(Token(u64::MAX)).is_null());
    }

    #[test]
    fn generations_wrap() {
        let a = without_provenance_mut(8);
        let mut table = Table::default();
        let index = table.insert(a).expect("memory");
        table.entries[0].generation = u32::MAX;
        let old = table.token(index);
        table.remove(index);
        let new = table.insert(a).expect("memory");
        assert!(table.get(old).is_null() && table.get(table.token(new)) == a);
    }
}
