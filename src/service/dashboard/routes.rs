//! Which request does what.

use super::users::{self, Claim, SessionId, Source};
use super::{Dash, Field, Op, Set, Value, change, notify, read, set_named, show};
use crate::engine::{Conn, Manager};
use crate::service::http_reply::answer;
use crate::text::escape;
use crate::text::format::Sink;
use crate::text::number::Decimal;
use crate::text::path;
use crate::wire::http::percent;
use alloc::ffi::CString;
use alloc::vec::Vec;

/// Headers of answers in JSON.
pub const JSON: &[u8] = b"Content-Type: application/json\r\nCache-Control: no-cache\r\n";
/// Most elements that one request deletes.
const MAX_DELETE: usize = 65536;

/// A request. A copy: the program's functions may do what they like to the connection.
pub struct Request {
    /// Method.
    pub method: Vec<u8>,
    /// Path, as received.
    pub uri: Vec<u8>,
    /// Body; empty at header time.
    pub body: Vec<u8>,
    /// Who asks.
    pub claim: Claim,
}

/// What is left to be done by the caller.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is answered, or not ours.
    Done,
    /// Stream the body into a firmware update.
    Ota,
    /// Stream the body into the file `name` in `dir`.
    Upload {
        /// Directory.
        dir: Vec<u8>,
        /// Name in it.
        name: Vec<u8>,
    },
    /// Answer the WebSocket handshake.
    Upgrade,
    /// Serve the file with this path.
    File(Vec<u8>),
    /// Serve the page of the dashboard.
    Page,
    /// Look for a handler of the program.
    Custom,
}

/// Set while the answer of a request has been given before its body came.
#[derive(Default)]
struct Exchange {
    answered: bool,
}

struct Context<'a, D> {
    mgr: Manager,
    dash: &'a D,
    request: &'a Request,
    is_tls: bool,
}

/// The head of a request has come.
pub fn on_headers<D: Dash>(conn: &mut Conn, dash: &D, request: &Request) -> Next {
    let Some(mgr) = conn.manager() else {
        return Next::Done;
    };
    let context = Context {
        mgr,
        dash,
        request,
        is_tls: conn.is_tls(),
    };
    let next = context.headers(conn);
    if let Some(mut exchange) = conn.state::<Exchange>() {
        exchange.answered = next.is_none();
    }
    next.unwrap_or(Next::Done)
}

/// A whole request has come.
pub fn on_message<D: Dash>(conn: &mut Conn, dash: &D, request: &Request) -> Next {
    let answered = conn
        .state::<Exchange>()
        .is_some_and(|mut exchange| core::mem::take(&mut exchange.answered));
    if answered {
        conn.set_resp(false);
        return Next::Done;
    }
    let Some(mgr) = conn.manager() else {
        return Next::Done;
    };
    let context = Context {
        mgr,
        dash,
        request,
        is_tls: conn.is_tls(),
    };
    context.message(conn)
}

/// An upload has ended: answers and tells the sizes of all file sets.
pub fn upload_ended<D: Dash>(conn: &mut Conn, dash: &D, error: Option<&[u8]>) {
    match error {
        None => {
            answer(conn, 200, b"", b"ok\n");
            if let Some(mgr) = conn.manager() {
                for set in dash
                    .sets()
                    .iter()
                    .filter(|set| set.has_dir() && set.index().is_some())
                {
                    tell_size(&mgr, dash, set);
                }
            }
        }
        Some(text) => {
            answer(conn, 500, b"", &[text, b"\n"].concat());
        }
    }
    conn.set_draining(true);
}

/// A firmware update has ended.
pub fn ota_ended(conn: &mut Conn, error: Option<&[u8]>) {
    match error {
        None => answer(conn, 200, b"", b"ok\n"),
        Some(text) => answer(conn, 500, b"", text),
    };
    conn.set_draining(true);
}

impl<D: Dash> Context<'_, D> {
    fn session(&self) -> Option<SessionId> {
        users::authenticate(&self.mgr, self.dash, &self.request.claim)
    }

    /// None when the request is answered.
    fn headers(&self, conn: &mut Conn) -> Option<Next> {
        let uri = self.request.uri.as_slice();
        if matches!(uri, b"/api/hi" | b"/api/logout") {
            return Some(Next::Done);
        }
        let is_upload = matches!(self.request.method.as_slice(), b"POST" | b"PUT");
        match (uri.starts_with(b"/api/"), file_of(uri)) {
            (true, _) => match self.session() {
                None => refuse(conn),
                Some(session) if uri == b"/api/login" => self.login(conn, session),
                Some(_) if uri == b"/api/ota" => Some(Next::Ota),
                Some(_) => Some(Next::Done),
            },
            (_, Some((set, name))) if is_upload => self.upload(conn, set, name),
            _ => Some(Next::Done),
        }
    }

    fn login(&self, conn: &mut Conn, session: SessionId) -> Option<Next> {
        let (name, level, token) = users::details(&self.mgr, session)?;
        let secure: &[u8] = if self.is_tls { b"Secure; " } else { b"" };
        let cookie = [
            b"Set-Cookie: access_token=",
            token.as_slice(),
            b"; Path=/; ",
            secure,
            b"HttpOnly; SameSite=Lax; Max-Age=86400\r\n",
            JSON,
        ];
        let mut body = b"{\"user\":\"".to_vec();
        escape::json(&mut body, &name);
        body.write(b"\",\"level\":");
        body.write(Decimal::signed(level.into()).as_bytes());
        body.write(b"}\n");
        answer(conn, 200, &cookie.concat(), &body);
        None
    }

    fn upload(&self, conn: &mut Conn, set: &[u8], name: &[u8]) -> Option<Next> {
        let Some(set) = set_named(self.dash, set).filter(Set::has_dir) else {
            return reply(conn, 404, b"Not Found\n");
        };
        let Some(session) = self.session() else {
            return refuse(conn);
        };
        let Some(name) = decoded(name) else {
            return reply(conn, 400, b"Bad file name\n");
        };
        let user = users::user(&self.mgr, session);
        put_name(&set, &name);
        if !set.ask(Op::MG_DASH_WRITE, user) {
            return refuse(conn);
        }
        match set.dir(user) {
            Some(dir) => Some(Next::Upload { dir, name }),
            None => reply(conn, 500, b"Upload dir error\n"),
        }
    }

    fn message(&self, conn: &mut Conn) -> Next {
        let uri = self.request.uri.as_slice();
        match uri {
            b"/api/hi" => return done(reply(conn, 200, b"hi\n")),
            b"/api/logout" => return self.logout(conn),
            _ => {}
        }
        let session = self.session();
        if let Some((set, name)) = file_of(uri) {
            return self.file(conn, session, set, name);
        }
        let Some(action) = uri.strip_prefix(b"/api/") else {
            return if uri == b"/" {
                Next::Page
            } else {
                Next::Custom
            };
        };
        let Some(session) = session else {
            return done(refuse(conn));
        };
        let mut parts = action.split(|byte| *byte == b'/');
        let (verb, set) = (parts.next().unwrap_or_default(), parts.next());
        let (from, to, more) = (parts.next(), parts.next(), parts.next());
        let is_post = self.request.method == b"POST";
        match (verb, set, from, to, more) {
            (b"websocket", None, ..) => {
                notify::watch(conn, self.dash, session);
                Next::Upgrade
            }
            (b"del", Some(set), Some(from), to, None) => self.delete(conn, session, set, from, to),
            (b"add", Some(set), None, ..) => self.add(conn, session, set),
            (b"get", Some(set), Some(at), None, _) if is_post => {
                self.replace(conn, session, set, number(at))
            }
            (b"get", None, ..) => self.show(conn, &show::all(self.dash, self.user(session))),
            (b"get", Some(set), from, to, None) => self.get(conn, session, set, from, to),
            (b"set", None, ..) => self.set(conn, session),
            _ => Next::Custom,
        }
    }

    fn user(&self, session: SessionId) -> super::UserPtr {
        users::user(&self.mgr, session)
    }

    fn show(&self, conn: &mut Conn, text: &[u8]) -> Next {
        done(reply(conn, 200, &[text, b"\n"].concat()))
    }

    fn logout(&self, conn: &mut Conn) -> Next {
        if let Some(session) = self
            .session()
            .filter(|session| !users::is_guest(&self.mgr, *session))
        {
            notify::send_logout(&self.mgr, session);
            users::end_session(&self.mgr, session);
        }
        let secure: &[u8] = if self.is_tls { b"Secure; " } else { b"" };
        let headers = [
            b"Set-Cookie: access_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 UTC; ",
            secure,
            b"HttpOnly; Max-Age=0; \r\n",
            JSON,
        ];
        answer(conn, 401, &headers.concat(), b"Unauthorized\n");
        Next::Done
    }

    /// `/fs/<set>/<name>`: deletes or serves a file.
    fn file(&self, conn: &mut Conn, session: Option<SessionId>, set: &[u8], name: &[u8]) -> Next {
        let Some(set) = set_named(self.dash, set).filter(Set::has_dir) else {
            return done(reply(conn, 404, b"Not Found"));
        };
        let Some(session) = session else {
            return done(refuse(conn));
        };
        let Some(name) = decoded(name) else {
            return done(reply(conn, 400, b"Bad file name\n"));
        };
        let user = self.user(session);
        let is_delete = self.request.method == b"DELETE";
        if is_delete {
            put_name(&set, &name);
            if !set.ask(Op::MG_DASH_DELETE, user) {
                return done(refuse(conn));
            }
        }
        let Some(dir) = set.dir(user) else {
            return done(reply(conn, 500, b"Upload dir error\n"));
        };
        let file = [&dir[..], b"/", &name].concat();
        if !is_delete {
            return Next::File(file);
        }
        if let Ok(file) = CString::new(file) {
            self.dash.files().remove(&file);
        }
        tell_size(&self.mgr, self.dash, &set);
        answer(conn, 200, b"", b"true");
        Next::Done
    }

    fn delete(
        &self,
        conn: &mut Conn,
        session: SessionId,
        set: &[u8],
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Next {
        let Some(set) = set_named(self.dash, set).filter(|set| set.index().is_some()) else {
            return done(reply(conn, 404, b"null\n"));
        };
        let from = number(from);
        let range = from..=to.map_or(from, number);
        let user = self.user(session);
        let count = range.take(MAX_DELETE).take_while(|index| {
            set.set_index(*index);
            set.ask(Op::MG_DASH_DELETE, user)
        });
        let count = count.count();
        if count == 0 {
            return done(reply(conn, 403, b"false\n"));
        }
        tell_size(&self.mgr, self.dash, &set);
        self.show(conn, Decimal::unsigned(count as u64).as_bytes())
    }

    fn add(&self, conn: &mut Conn, session: SessionId, set: &[u8]) -> Next {
        let array = |set: &D::Set| set.index().is_some() && set.has_function();
        let Some(set) = set_named(self.dash, set).filter(array) else {
            return done(reply(conn, 404, b"null\n"));
        };
        if self.is_forgeable() {
            return done(refuse(conn));
        }
        let count = change::fields(&set, &self.request.body);
        if count == 0 || !set.ask(Op::MG_DASH_ADD, self.user(session)) {
            return done(reply(conn, 403, b"false\n"));
        }
        tell_size(&self.mgr, self.dash, &set);
        done(reply(conn, 200, b"true\n"))
    }

    /// POST to an element: what the body does not name stays as it is.
    fn replace(&self, conn: &mut Conn, session: SessionId, set: &[u8], index: i32) -> Next {
        let array = |set: &D::Set| set.index().is_some() && set.has_function();
        let user = self.user(session);
        let loaded = |set: &D::Set| {
            set.set_index(index);
            read(set, &self.dash.files(), user) && set.index() == Some(index)
        };
        let Some(set) = set_named(self.dash, set).filter(array).filter(loaded) else {
            return done(reply(conn, 404, b"null\n"));
        };
        let count = change::fields(&set, &self.request.body);
        if count == 0 || !set.ask(Op::MG_DASH_WRITE, user) {
            return done(reply(conn, 403, b"false\n"));
        }
        set.set_index(index);
        tell(&self.mgr, self.dash, &set);
        self.show(conn, Decimal::unsigned(count as u64).as_bytes())
    }

    fn get(
        &self,
        conn: &mut Conn,
        session: SessionId,
        name: &[u8],
        from: Option<&[u8]>,
        to: Option<&[u8]>,
    ) -> Next {
        let user = self.user(session);
        let array = set_named(self.dash, name).filter(|set| set.index().is_some());
        let text = match (array, from.map(number)) {
            (Some(set), Some(from)) => {
                show::elements(self.dash, &set, from, to.map_or(from, number), user)
            }
            _ => show::one(self.dash, name, user),
        };
        self.show(conn, &text)
    }

    fn set(&self, conn: &mut Conn, session: SessionId) -> Next {
        if self.is_forgeable() {
            return done(refuse(conn));
        }
        let (count, changed) = change::sets(self.dash, &self.request.body, self.user(session));
        for set in &changed {
            tell(&self.mgr, self.dash, set);
        }
        self.show(conn, Decimal::unsigned(count as u64).as_bytes())
    }

    /// A browser may have been made to send this by a foreign page: by a link, with the cookie it sends unasked.
    fn is_forgeable(&self) -> bool {
        self.request.claim.source == Source::Cookie
            && matches!(self.request.method.as_slice(), b"GET" | b"HEAD")
    }
}

/// Set and name in `/fs/<set>/<name>`.
fn file_of(uri: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = uri.strip_prefix(b"/fs/")?;
    let (set, name) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'/')?)?;
    Some((set, name.get(1..)?))
}

/// A file name without percent coding; none when it leads elsewhere.
fn decoded(name: &[u8]) -> Option<Vec<u8>> {
    let mut buf = alloc::vec![0; name.len().checked_add(1)?];
    let len = percent::decode(name, &mut buf, false).ok()?;
    buf.truncate(len);
    (!buf.is_empty() && !buf.contains(&0) && path::is_sane(&buf)).then_some(buf)
}

/// Tells the program which file is meant.
fn put_name<S: Set>(set: &S, name: &[u8]) {
    let fields = set.fields();
    let field = fields
        .iter()
        .find(|field| field.name() == b"name" && matches!(field.value(), Value::Text(_)));
    if let Some(field) = field {
        field.store(&Value::Text(name.to_vec()));
    }
}

/// An index; what is no number counts as 0.
fn number(text: &[u8]) -> i32 {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let value = text.iter().fold(0i32, |n, digit| {
        n.saturating_mul(10).saturating_add(i32::from(digit & 0x0f))
    });
    if digits { value } else { 0 }
}

fn tell<D: Dash>(mgr: &Manager, dash: &D, set: &D::Set) {
    notify::send_change(mgr, set, |key| (key == dash.key()).then(|| dash.files()));
}

fn tell_size<D: Dash>(mgr: &Manager, dash: &D, set: &D::Set) {
    let before = set.index();
    set.set_index(-1);
    tell(mgr, dash, set);
    if let Some(before) = before {
        set.set_index(before);
    }
}

/// Answers with JSON headers.
fn reply(conn: &mut Conn, status: i32, body: &[u8]) -> Option<Next> {
    answer(conn, status, JSON, body);
    None
}

fn refuse(conn: &mut Conn) -> Option<Next> {
    reply(conn, 403, b"Not Authorised\n")
}

fn done(_: Option<Next>) -> Next {
    Next::Done
}
