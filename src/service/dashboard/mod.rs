//! Dashboard: variables of a program shown and changed over HTTP and WebSocket (engine chapter §23, utility chapter §13).
//!
//! | file | what |
//! |---|---|
//! | [`routes`] | which request does what |
//! | [`users`] | sessions |
//! | [`show`] | variables as JSON |
//! | [`change`] | JSON into variables |
//! | [`notify`] | changes told to WebSocket clients |
//!
//! The variables are memory of the program. What this module needs of them is said by [`Dash`], [`Set`] and
//! [`Field`]; the C ABI implements these over the program's structs.

pub mod change;
pub mod notify;
pub mod routes;
pub mod show;
pub mod users;

pub use crate::abi::dash::mg_dash_op as Op;

use alloc::vec::Vec;

pub use crate::abi::dash::UserPtr;

use crate::abi::dash::mg_dash_user;

/// Value of a variable, or to be given to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `int`.
    Int(i32),
    /// `uint64_t`.
    Unsigned(u64),
    /// `bool`.
    Bool(bool),
    /// `double`.
    Double(f64),
    /// Text.
    Text(Vec<u8>),
    /// JSON.
    Raw(Vec<u8>),
    /// A type that is not known.
    Unknown,
}

/// A variable.
pub trait Field {
    /// Name in JSON.
    fn name(&self) -> &[u8];
    /// Current value; tells the type, too.
    fn value(&self) -> Value;
    /// Bytes of the variable, 0 when it is read-only.
    fn size(&self) -> usize;
    /// Changes the variable. Text is cut to [`Field::size`], its NUL included.
    fn store(&self, value: &Value);
}

/// A set of variables.
pub trait Set {
    /// Its variables.
    type Field: Field;
    /// Name in JSON and in URIs.
    fn name(&self) -> &[u8];
    /// Variables, in order.
    fn fields(&self) -> Vec<Self::Field>;
    /// It has a function of its own.
    fn has_function(&self) -> bool;
    /// Asks its function; true without one.
    fn ask(&self, op: Op, user: UserPtr) -> bool;
    /// Array: the element in work. None for a plain set.
    fn index(&self) -> Option<i32>;
    /// Array: chooses an element.
    fn set_index(&self, index: i32);
    /// It stands for the files of a directory.
    fn has_dir(&self) -> bool;
    /// The directory.
    fn dir(&self, user: UserPtr) -> Option<Vec<u8>>;
}

/// A dashboard.
pub trait Dash {
    /// Its sets.
    type Set: Set;
    /// Tells dashboards apart.
    fn key(&self) -> usize;
    /// Sets, last added first.
    fn sets(&self) -> Vec<Self::Set>;
    /// Everybody is let in.
    fn is_open(&self) -> bool;
    /// Asks the program for the level of a user, which it may rename; 0 or less refuses him.
    fn authenticate(&self, user: &mut [u8; 100], pass: &[u8; 100]) -> i32;
    /// Life of a session without requests, in seconds.
    fn session_seconds(&self) -> u64;
    /// A new user record of this dashboard.
    fn user(&self) -> mg_dash_user;
    /// Shows the shared user to the program, or takes it away.
    fn set_guest(&self, guest: UserPtr);
    /// Files of a set.
    fn files(&self) -> crate::fs::handle::FileSystem;
}

/// The set with this name.
fn set_named<D: Dash>(dash: &D, name: &[u8]) -> Option<D::Set> {
    dash.sets().into_iter().find(|set| set.name() == name)
}

/// Brings a set up to date: by its function, or from its directory.
fn read<S: Set>(set: &S, files: &crate::fs::handle::FileSystem, user: UserPtr) -> bool {
    if !set.has_function() && set.has_dir() {
        show::read_dir(set, files, user)
    } else {
        set.ask(Op::MG_DASH_READ, user)
    }
}
