//! The dashboard: the program's structs behind the traits of the service.

use super::fs::mg_fs_packed;
use super::http_files::{file_system, mg_http_serve_file, mg_http_start_ota, mg_http_start_upload};
use super::http_view::View;
use super::panic::guard;
use super::ptr::{c_bytes, str_bytes};
use super::strings::to_str;
use super::ws::mg_x_vws_upgrade;
use crate::abi::core::{mg_connection, mg_event, mg_event_handler_t, mg_mgr};
use crate::abi::dash::{
    MG_DASH_MAX_USER_NAME, mg_dash, mg_dash_op, mg_dash_user, mg_field, mg_field_set, mg_val_type,
};
use crate::abi::fs::mg_fs;
use crate::abi::http::{mg_http_message, mg_http_serve_opts};
use crate::engine::{Conn, Manager};
use crate::fs::handle::FileSystem;
use crate::service::dashboard::routes::{self, Next, Request};
use crate::service::dashboard::users::{self, Claim, Source};
use crate::service::dashboard::{Dash, Field, Set, UserPtr, Value, notify, show};
use crate::service::http_reply::answer;
use crate::text::matching;
use crate::wire::http::creds::Credentials;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

/// Room for the name of a directory.
const DIR_ROOM: usize = 256;
const DEFAULT_SESSION_SECONDS: u64 = 3600;

/// User handler of an HTTP listener whose `fn_data` is a `struct mg_dash`: shows and changes the variables of its sets
/// over REST and WebSocket.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dash_ev_handler(
    c: *mut mg_connection,
    ev: c_int,
    ev_data: *mut c_void,
) {
    const HDRS: c_int = mg_event::MG_EV_HTTP_HDRS as c_int;
    const MSG: c_int = mg_event::MG_EV_HTTP_MSG as c_int;
    const POLL: c_int = mg_event::MG_EV_POLL as c_int;
    const CLOSE: c_int = mg_event::MG_EV_CLOSE as c_int;
    // SAFETY: called by the library as an event handler, its data a dashboard.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let (Some(dash), Some(mgr)) = (Board::new((*c).fn_data.cast()), conn.manager()) else {
            return;
        };
        match ev {
            HDRS | MSG => users::keeping_users(&mgr, || {
                request(&mut conn, &dash, ev == MSG, ev_data.cast())
            }),
            POLL if conn.is_listening() && !ev_data.is_null() => {
                users::expire(&mgr, ev_data.cast::<u64>().read())
            }
            CLOSE if conn.is_listening() => users::end_dashboard(&mgr, &dash),
            _ => {}
        }
    });
}

/// Tells all WebSocket clients that may see it that a set has changed. An array: element `*index`, or its size when
/// `*index` is -1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dash_send_change(mgr: *mut mg_mgr, set: *mut mg_field_set) {
    // SAFETY: the caller passes an initialised manager and a set; dashboards of live connections are live.
    guard((), || unsafe {
        let (Some(mgr), Some(set)) = (Manager::from_raw(mgr), Fields::new(set)) else {
            return;
        };
        notify::send_change(&mgr, &set, |dash| {
            let board = Board::new(dash as *mut mg_dash)?;
            board
                .list()
                .any(|other| other == set.0)
                .then(|| board.files())
        });
    });
}

/// Loads directory entry `*index` of a `get_dir` set into its variables `name` and `size`, or stores the number of
/// entries in `*index` when that is -1. Past the end `*index` becomes -1. False when there is no directory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dash_dir_read(set: *mut mg_field_set, user: *mut mg_dash_user) -> bool {
    // SAFETY: the caller passes a set and a user that the library gave it.
    guard(false, || unsafe {
        let Some(set) = Fields::new(set) else {
            return false;
        };
        let fs = match user.as_ref() {
            Some(user) => Board::new(user.dash).map(|board| board.files()),
            None => None,
        };
        show::read_dir(&set, &fs.unwrap_or_else(FileSystem::posix), user)
    })
}

/// # Safety
/// `hm` is a message of the connection.
unsafe fn request(conn: &mut Conn, dash: &Board, is_whole: bool, hm: *mut mg_http_message) {
    // SAFETY: the caller's promise.
    let Some(view) = (unsafe { View::new(hm) }) else {
        return;
    };
    let mut request = Request {
        method: view.method().to_vec(),
        uri: view.uri().to_vec(),
        body: Vec::new(),
        claim: claim(&view),
    };
    let next = if is_whole {
        // SAFETY: the body of a whole message has arrived.
        request.body = unsafe { str_bytes(view.body()) }.to_vec();
        routes::on_message(conn, dash, &request)
    } else {
        routes::on_headers(conn, dash, &request)
    };
    // SAFETY: the caller's promise; nothing has been received since.
    unsafe { go_on(conn, dash, next, &request, hm) }
}

/// # Safety
/// As for `request`.
unsafe fn go_on(
    conn: &mut Conn,
    dash: &Board,
    next: Next,
    request: &Request,
    hm: *mut mg_http_message,
) {
    let c = conn.as_ptr();
    // SAFETY: the caller's promise; strings live during the calls.
    unsafe {
        match next {
            Next::Done => {}
            Next::Ota => mg_http_start_ota(c, hm, Some(ota_done)),
            Next::Upload { dir, name } => {
                let fs = (*dash.0).upload_fs;
                mg_http_start_upload(c, hm, to_str(&name), to_str(&dir), fs, Some(upload_done));
            }
            Next::Upgrade => mg_x_vws_upgrade(c, hm, ptr::null(), ptr::null_mut()),
            Next::File(path) => serve(c, hm, &path, (*dash.0).upload_fs),
            Next::Page => serve(c, hm, b"/dashboard.html", ptr::addr_of_mut!(mg_fs_packed)),
            Next::Custom => match dash.custom(&request.uri) {
                Some(Some(handler)) => handler(c, mg_event::MG_EV_HTTP_MSG as c_int, hm.cast()),
                Some(None) => {}
                None => drop(answer(conn, 404, routes::JSON, b"Not Found")),
            },
        }
    }
}

/// # Safety
/// As for `request`; `fs` is NULL or a file system.
unsafe fn serve(c: *mut mg_connection, hm: *mut mg_http_message, path: &[u8], fs: *mut mg_fs) {
    let none = ptr::null();
    let opts = mg_http_serve_opts {
        root_dir: none,
        ssi_pattern: none,
        extra_headers: none,
        mime_types: none,
        page404: none,
        fs,
    };
    if let Ok(path) = CString::new(path) {
        // SAFETY: the caller's promise.
        unsafe { mg_http_serve_file(c, hm, path.as_ptr(), &opts) }
    }
}

fn claim(view: &View) -> Claim {
    let found = Credentials::find(
        view.header(b"Authorization"),
        view.header(b"Cookie"),
        view.query(),
    );
    let is_header = view
        .header(b"Authorization")
        .is_some_and(|value| value.starts_with(b"Bearer "));
    let source = match found {
        Credentials::Basic(_) => Source::Login,
        Credentials::Token(_) if !is_header => Source::Cookie,
        _ => Source::Token,
    };
    let mut claim = Claim {
        user: [0; 100],
        pass: [0; 100],
        source,
    };
    found.write(&mut claim.user, &mut claim.pass);
    claim
}

unsafe extern "C" fn upload_done(c: *mut mg_connection, error: *const c_char) {
    // SAFETY: called at the end of an upload, the dashboard's handler back in its place.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c)
            && let Some(dash) = Board::new((*c).fn_data.cast())
        {
            routes::upload_ended(&mut conn, &dash, (!error.is_null()).then(|| c_bytes(error)));
        }
    });
}

unsafe extern "C" fn ota_done(c: *mut mg_connection, error: *const c_char) {
    // SAFETY: called at the end of an update with a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            routes::ota_ended(&mut conn, (!error.is_null()).then(|| c_bytes(error)));
        }
    });
}

/// A dashboard of the program, alive while its listener is.
struct Board(*mut mg_dash);

impl Board {
    /// # Safety
    /// `dash` is NULL or a dashboard that stays while the result is used, its lists and strings with it.
    unsafe fn new(dash: *mut mg_dash) -> Option<Self> {
        (!dash.is_null()).then_some(Board(dash))
    }

    fn list(&self) -> impl Iterator<Item = *mut mg_field_set> {
        // SAFETY: the promise made to `new`.
        let first = unsafe { (*self.0).sets };
        // SAFETY: as above, for each set of the list.
        walk(first, |set| unsafe { (*set).next })
    }

    /// The handler of the program whose pattern matches.
    fn custom(&self, uri: &[u8]) -> Option<mg_event_handler_t> {
        // SAFETY: the promise made to `new`.
        unsafe {
            walk((*self.0).custom_handlers, |handler| (*handler).next)
                .find(|handler| matching::is_match(uri, str_bytes((**handler).uri_pattern)))
                .map(|handler| (*handler).handler)
        }
    }
}

impl Dash for Board {
    type Set = Fields;

    fn key(&self) -> usize {
        self.0 as usize
    }

    fn sets(&self) -> Vec<Fields> {
        self.list().map(Fields).collect()
    }

    fn is_open(&self) -> bool {
        // SAFETY: the promise made to `new`.
        unsafe { (*self.0).authenticate.is_none() }
    }

    fn authenticate(&self, user: &mut [u8; 100], pass: &[u8; 100]) -> i32 {
        // SAFETY: the promise made to `new`; both texts are NUL-terminated.
        let level = unsafe {
            (*self.0).authenticate.map_or(0, |check| {
                check(user.as_mut_ptr().cast(), user.len(), pass.as_ptr().cast())
            })
        };
        user[user.len() - 1] = 0;
        level
    }

    fn session_seconds(&self) -> u64 {
        // SAFETY: the promise made to `new`.
        let seconds = unsafe { (*self.0).session_auto_expiration_seconds };
        u64::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .unwrap_or(DEFAULT_SESSION_SECONDS)
    }

    fn user(&self) -> mg_dash_user {
        mg_dash_user {
            next: ptr::null_mut(),
            name: [0; MG_DASH_MAX_USER_NAME],
            token: [0; 21],
            level: 0,
            expire: 0,
            dash: self.0,
        }
    }

    fn set_guest(&self, guest: UserPtr) {
        // SAFETY: the promise made to `new`.
        unsafe { (*self.0).guest = guest }
    }

    fn files(&self) -> FileSystem {
        // SAFETY: the promise made to `new`.
        unsafe { file_system((*self.0).upload_fs) }
    }
}

/// A set of the program.
struct Fields(*mut mg_field_set);

impl Fields {
    /// # Safety
    /// `set` is NULL or a set that stays while the result is used, its variables with it.
    unsafe fn new(set: *mut mg_field_set) -> Option<Self> {
        (!set.is_null()).then_some(Fields(set))
    }
}

impl Set for Fields {
    type Field = Variable;

    fn name(&self) -> &[u8] {
        // SAFETY: the promise made to `new`.
        unsafe { c_bytes((*self.0).name) }
    }

    fn fields(&self) -> Vec<Variable> {
        // SAFETY: the promise made to `new`; the entry without a name is the last.
        unsafe {
            let first = (*self.0).fields;
            if first.is_null() {
                return Vec::new();
            }
            (0..)
                .map(|n| first.add(n))
                .take_while(|field| !(**field).name.is_null())
                .map(Variable)
                .collect()
        }
    }

    fn has_function(&self) -> bool {
        // SAFETY: the promise made to `new`.
        unsafe { (*self.0).r#fn.is_some() }
    }

    fn ask(&self, op: mg_dash_op, user: UserPtr) -> bool {
        // SAFETY: the promise made to `new`; the user is alive, see `keeping_users`.
        unsafe { (*self.0).r#fn.is_none_or(|function| function(op, user)) }
    }

    fn index(&self) -> Option<i32> {
        // SAFETY: the promise made to `new`.
        unsafe { (*self.0).index.as_ref().copied() }
    }

    fn set_index(&self, index: i32) {
        // SAFETY: the promise made to `new`.
        unsafe {
            if !(*self.0).index.is_null() {
                (*self.0).index.write(index);
            }
        }
    }

    fn has_dir(&self) -> bool {
        // SAFETY: the promise made to `new`.
        unsafe { (*self.0).get_dir.is_some() }
    }

    fn dir(&self, user: UserPtr) -> Option<Vec<u8>> {
        let mut buf = [0u8; DIR_ROOM];
        // SAFETY: the promise made to `new`; the last byte is left out, so that the text ends.
        let found = unsafe { (*self.0).get_dir?(user, buf.as_mut_ptr().cast(), DIR_ROOM) };
        let text = CStr::from_bytes_until_nul(&buf).ok()?.to_bytes();
        (found && !text.is_empty()).then(|| text.to_vec())
    }
}

/// A variable of the program.
struct Variable(*mut mg_field);

impl Field for Variable {
    fn name(&self) -> &[u8] {
        // SAFETY: the set keeps its variables.
        unsafe { c_bytes((*self.0).name) }
    }

    fn value(&self) -> Value {
        // SAFETY: the variable has the type that the field says. The type is read as a number: C may hold any.
        unsafe {
            let value = (*self.0).value;
            let kind = ptr::addr_of!((*self.0).r#type).cast::<c_int>().read();
            match kind {
                _ if value.is_null() => Value::Unknown,
                INT => Value::Int(value.cast::<c_int>().read_unaligned()),
                UINT64 => Value::Unsigned(value.cast::<u64>().read_unaligned()),
                BOOL => Value::Bool(value.cast::<u8>().read() != 0),
                DOUBLE => Value::Double(value.cast::<f64>().read_unaligned()),
                TEXT => Value::Text(c_bytes(value.cast()).to_vec()),
                RAW => Value::Raw(c_bytes(value.cast()).to_vec()),
                _ => Value::Unknown,
            }
        }
    }

    fn size(&self) -> usize {
        // SAFETY: the set keeps its variables.
        unsafe { (*self.0).value_size }
    }

    fn store(&self, new: &Value) {
        // SAFETY: `Set` stores only values of the variable's own type; text is cut to the buffer.
        unsafe {
            let value = (*self.0).value;
            match new {
                _ if value.is_null() => {}
                Value::Int(n) => value.cast::<c_int>().write_unaligned(*n),
                Value::Unsigned(n) => value.cast::<u64>().write_unaligned(*n),
                Value::Bool(on) => value.cast::<u8>().write(u8::from(*on)),
                Value::Double(number) => value.cast::<f64>().write_unaligned(*number),
                Value::Text(text) | Value::Raw(text) => {
                    let len = text.len().min(self.size().saturating_sub(1));
                    if self.size() > 0 {
                        ptr::copy_nonoverlapping(text.as_ptr(), value.cast(), len);
                        value.cast::<u8>().add(len).write(0);
                    }
                }
                Value::Unknown => {}
            }
        }
    }
}

const INT: c_int = mg_val_type::MG_VAL_INT as c_int;
const UINT64: c_int = mg_val_type::MG_VAL_UINT64 as c_int;
const BOOL: c_int = mg_val_type::MG_VAL_BOOL as c_int;
const DOUBLE: c_int = mg_val_type::MG_VAL_DBL as c_int;
const TEXT: c_int = mg_val_type::MG_VAL_STR as c_int;
const RAW: c_int = mg_val_type::MG_VAL_RAW as c_int;

/// A C list.
fn walk<T>(first: *mut T, next: impl Fn(*mut T) -> *mut T) -> impl Iterator<Item = *mut T> {
    let some = |entry: *mut T| (!entry.is_null()).then_some(entry);
    core::iter::successors(some(first), move |entry| some(next(*entry)))
}
