//! Sessions of a dashboard: who has logged in, with which token, until when.

use super::{Dash, UserPtr};
use crate::abi::dash::{MG_DASH_MAX_USER_NAME, mg_dash_user};
use crate::engine::{Conn, Manager, platform};
use crate::service::random;
use crate::text::compare::equal_in_constant_time;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_char;
use core::ptr;

/// How many users of a dashboard may be logged in at once.
pub const MAX_USERS: usize = 10;
/// Characters of a token.
pub const TOKEN_LEN: usize = 19;
/// Level of everybody when nobody has to log in.
pub const GUEST_LEVEL: i32 = 9;

/// Credentials of a request.
pub struct Claim {
    /// User name, NUL-terminated.
    pub user: [u8; 100],
    /// Password or token, NUL-terminated.
    pub pass: [u8; 100],
    /// Where they came from.
    pub source: Source,
}

/// Where a request has its credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Name and password in an `Authorization` header.
    Login,
    /// A token in a cookie: browsers send it unasked.
    Cookie,
    /// A token elsewhere.
    Token,
}

/// Number of a session, unique in its manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId(u64);

struct Session {
    id: SessionId,
    dash: usize,
    is_guest: bool,
    /// Boxed: the program's functions get its address.
    user: Box<mg_dash_user>,
}

/// Sessions of all dashboards of a manager.
#[derive(Default)]
struct Sessions {
    list: Vec<Session>,
    last_id: u64,
    /// Requests in work. A handler may poll, so there may be more than one.
    busy: u32,
    /// Ended sessions whose records an outer request may still use.
    ended: Vec<Session>,
}

/// What a WebSocket client of a dashboard sees.
#[derive(Default)]
pub(super) struct Viewer {
    pub(super) dash: usize,
    pub(super) session: Option<SessionId>,
}

/// Runs `work` with the records of users kept alive.
pub fn keeping_users<T>(mgr: &Manager, work: impl FnOnce() -> T) -> T {
    if let Some(mut sessions) = mgr.state_of::<Sessions>() {
        sessions.busy = sessions.busy.saturating_add(1);
    }
    let result = work();
    if let Some(mut sessions) = mgr.state_of::<Sessions>() {
        sessions.busy = sessions.busy.saturating_sub(1);
        if sessions.busy == 0 {
            sessions.ended.clear();
        }
    }
    result
}

/// The session of a request; opens one for a valid login. None when it is not authenticated.
pub fn authenticate<D: Dash>(mgr: &Manager, dash: &D, claim: &Claim) -> Option<SessionId> {
    if dash.is_open() {
        return guest(mgr, dash);
    }
    let now = platform::millis();
    expire(mgr, now);
    if text(&claim.pass).is_empty() {
        return None;
    }
    let until = now.saturating_add(dash.session_seconds().saturating_mul(1000));
    if claim.source != Source::Login
        && let Some(id) = with_token(mgr, dash.key(), claim, until)
    {
        return Some(id);
    }
    let mut name = claim.user;
    let level = dash.authenticate(&mut name, &claim.pass);
    if level > 0 {
        login(mgr, dash, text(&name), level, until)
    } else {
        None
    }
}

/// The user of a session, for the program's functions. NULL when the session has ended.
pub fn user(mgr: &Manager, id: SessionId) -> UserPtr {
    let sessions = mgr.state_of::<Sessions>();
    let found = sessions.and_then(|mut s| {
        s.list
            .iter_mut()
            .find(|s| s.id == id)
            .map(|s| ptr::from_mut(&mut *s.user))
    });
    found.unwrap_or(ptr::null_mut())
}

/// Name, level and token of a session.
pub fn details(mgr: &Manager, id: SessionId) -> Option<(Vec<u8>, i32, Vec<u8>)> {
    let sessions = mgr.state_of::<Sessions>()?;
    let session = sessions.list.iter().find(|s| s.id == id)?;
    let name = to_bytes(&session.user.name);
    Some((name, session.user.level, to_bytes(&session.user.token)))
}

/// Whether everybody shares this session.
pub fn is_guest(mgr: &Manager, id: SessionId) -> bool {
    mgr.state_of::<Sessions>()
        .is_some_and(|s| s.list.iter().any(|s| s.id == id && s.is_guest))
}

/// Ends sessions that nobody has used for too long, and their WebSockets.
pub fn expire(mgr: &Manager, now: u64) {
    end(mgr, |session| {
        !session.is_guest && session.user.expire < now
    });
}

/// Ends one session.
pub fn end_session(mgr: &Manager, id: SessionId) {
    end(mgr, |session| session.id == id);
}

/// Ends all sessions of a dashboard.
pub fn end_dashboard<D: Dash>(mgr: &Manager, dash: &D) {
    let key = dash.key();
    dash.set_guest(ptr::null_mut());
    end(mgr, |session| session.dash == key);
}

fn end(mgr: &Manager, matching: impl Fn(&Session) -> bool) {
    let Some(mut sessions) = mgr.state_of::<Sessions>() else {
        return;
    };
    let ended: Vec<Session> = sessions
        .list
        .extract_if(.., |session| matching(session))
        .collect();
    if ended.is_empty() {
        return;
    }
    let ids: Vec<SessionId> = ended.iter().map(|session| session.id).collect();
    if sessions.busy > 0 {
        sessions.ended.extend(ended);
    }
    drop(sessions);
    for mut conn in mgr.conns() {
        if viewer(&mut conn).is_some_and(|viewer| viewer.1.is_some_and(|id| ids.contains(&id))) {
            conn.set_closing(true);
        }
    }
}

/// Dashboard and session of a WebSocket client; none for other connections.
pub(super) fn viewer(conn: &mut Conn) -> Option<(usize, Option<SessionId>)> {
    if !conn.has_state::<Viewer>() {
        return None;
    }
    conn.state::<Viewer>()
        .map(|viewer| (viewer.dash, viewer.session))
}

fn with_token(mgr: &Manager, dash: usize, claim: &Claim, until: u64) -> Option<SessionId> {
    let token = text(&claim.pass);
    let mut sessions = mgr.state_of::<Sessions>()?;
    let mut found = None;
    for session in sessions
        .list
        .iter_mut()
        .filter(|s| s.dash == dash && !s.is_guest)
    {
        let own = to_bytes(&session.user.token);
        if !own.is_empty() && equal_in_constant_time(&own, token) {
            session.user.expire = until;
            found = Some(session.id);
        }
    }
    found
}

fn guest<D: Dash>(mgr: &Manager, dash: &D) -> Option<SessionId> {
    let key = dash.key();
    let found = mgr
        .state_of::<Sessions>()?
        .list
        .iter()
        .find(|s| s.dash == key && s.is_guest)
        .map(|s| s.id);
    let id = match found {
        Some(id) => id,
        None => {
            let mut record = dash.user();
            put(&mut record.name, b"guest");
            record.level = GUEST_LEVEL;
            add(mgr, key, true, record)?
        }
    };
    dash.set_guest(user(mgr, id));
    Some(id)
}

fn login<D: Dash>(
    mgr: &Manager,
    dash: &D,
    name: &[u8],
    level: i32,
    until: u64,
) -> Option<SessionId> {
    let key = dash.key();
    let name = name
        .get(..MG_DASH_MAX_USER_NAME.saturating_sub(1))
        .unwrap_or(name);
    let mut sessions = mgr.state_of::<Sessions>()?;
    // Logins without a name are told apart by level: a session must not gain rights by another login.
    let mut own = sessions
        .list
        .iter_mut()
        .filter(|s| s.dash == key && !s.is_guest);
    let known =
        own.find(|s| to_bytes(&s.user.name) == name && (!name.is_empty() || s.user.level == level));
    if let Some(session) = known {
        session.user.level = level;
        session.user.expire = until;
        return Some(session.id);
    }
    if sessions
        .list
        .iter()
        .filter(|s| s.dash == key && !s.is_guest)
        .count()
        >= MAX_USERS
    {
        log_error!("dashboard: too many users");
        return None;
    }
    drop(sessions);
    let mut record = dash.user();
    let mut token = [0; TOKEN_LEN];
    if !random::alphanumeric(&mut token) {
        return None;
    }
    put(&mut record.name, name);
    put(&mut record.token, &token);
    record.level = level;
    record.expire = until;
    add(mgr, key, false, record)
}

fn add(mgr: &Manager, dash: usize, is_guest: bool, record: mg_dash_user) -> Option<SessionId> {
    let mut sessions = mgr.state_of::<Sessions>()?;
    sessions.last_id = sessions.last_id.saturating_add(1);
    let id = SessionId(sessions.last_id);
    sessions.list.push(Session {
        id,
        dash,
        is_guest,
        user: Box::new(record),
    });
    Some(id)
}

/// The bytes before the NUL.
pub(super) fn text(buf: &[u8]) -> &[u8] {
    buf.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn to_bytes(text: &[c_char]) -> Vec<u8> {
    text.iter()
        .map(|byte| *byte as u8)
        .take_while(|byte| *byte != 0)
        .collect()
}

/// Copies as much as leaves room for the NUL; the rest stays as it is.
fn put(to: &mut [c_char], from: &[u8]) {
    let room = to.len().saturating_sub(1);
    for (slot, byte) in to.iter_mut().take(room).zip(from) {
        *slot = *byte as c_char;
    }
}
