//! JSON into variables.

use super::{Dash, Field, Op, Set, UserPtr, Value, set_named};
use crate::wire::json::{members, path, string, value};
use alloc::vec::Vec;

/// Changes the variables of a set that `object` names with a value of the right type. Returns how many.
pub fn fields<S: Set>(set: &S, object: &[u8]) -> usize {
    let mut count = 0usize;
    for member in members::members(object) {
        let key = member
            .key
            .and_then(|range| object.get(range))
            .and_then(string::inside);
        let (Some(key), Some(token)) = (key, object.get(member.value)) else {
            continue;
        };
        for field in set.fields().iter().filter(|field| field.name() == key) {
            if let Some(value) = accepted(field, token) {
                field.store(&value);
                count = count.saturating_add(1);
            }
        }
    }
    count
}

/// Changes the sets that `body` names, as far as the user may. Returns the number of variables changed and the names
/// of their sets.
pub fn sets<D: Dash>(dash: &D, body: &[u8], user: UserPtr) -> (usize, Vec<D::Set>) {
    let mut total = 0usize;
    let mut changed = Vec::new();
    for member in members::members(body) {
        let key = member
            .key
            .and_then(|range| body.get(range))
            .and_then(string::inside);
        let (Some(key), Some(object)) = (key, body.get(member.value)) else {
            continue;
        };
        let Some(set) = set_named(dash, key) else {
            log_error!("dashboard: no set of this name");
            continue;
        };
        if !set.ask(Op::MG_DASH_WRITE, user) {
            continue;
        }
        let count = fields(&set, object);
        if count > 0 {
            total = total.saturating_add(count);
            set.ask(Op::MG_DASH_WRITE, user);
            changed.push(set);
        }
    }
    (total, changed)
}

/// The value that `token` gives to a variable; none when it is of another type or the variable is read-only.
fn accepted<F: Field>(field: &F, token: &[u8]) -> Option<Value> {
    let size = field.size();
    match field.value() {
        Value::Bool(_) if size == size_of::<bool>() => value::boolean(token, b"$").map(Value::Bool),
        Value::Int(_) if size == size_of::<i32>() => integral(token)?.parse_i32().map(Value::Int),
        Value::Unsigned(_) if size == size_of::<u64>() => {
            integral(token)?.parse_u64().map(Value::Unsigned)
        }
        Value::Double(_) if size == size_of::<f64>() => value::to_f64(token).map(Value::Double),
        Value::Text(_) if size > 0 => value::text(token, b"$").map(Value::Text),
        // The value itself must be JSON and fit whole.
        Value::Raw(_) if token.len() < size && path::get(token, b"$") == Ok(0..token.len()) => {
            Some(Value::Raw(token.to_vec()))
        }
        _ => None,
    }
}

/// A JSON number without a fraction.
struct Integral<'a> {
    token: &'a [u8],
    number: f64,
}

fn integral(token: &[u8]) -> Option<Integral<'_>> {
    let number = value::to_f64(token)?;
    let plain = !token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    (plain || number % 1.0 == 0.0).then_some(Integral { token, number })
}

impl Integral<'_> {
    fn parse_i32(&self) -> Option<i32> {
        value::to_i64(self.token).and_then(|n| i32::try_from(n).ok())
    }

    /// Plain digits are exact over the whole range; other spellings go through a double. Negative numbers wrap, as they
    /// do in C.
    fn parse_u64(&self) -> Option<u64> {
        // From -2^63, below which nothing fits.
        if (-9_223_372_036_854_775_808.0..0.0).contains(&self.number) {
            return value::to_i64(self.token).map(i64::cast_unsigned);
        }
        let digits = self.token.iter().all(u8::is_ascii_digit);
        match core::str::from_utf8(self.token) {
            Ok(text) if digits => text.parse().ok(),
            // 2^64, the first that does not fit.
            _ => (self.number >= 0.0 && self.number < 18_446_744_073_709_551_616.0)
                .then_some(self.number as u64),
        }
    }
}
