//! A manager with TLS connections whose events are written down, for the tests of the whole library.
#![allow(dead_code)]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_int, c_long, c_void};
use std::io::Read;
use std::marker::PhantomData;
use std::process::{Child, ChildStdout};
use std::ptr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use vansire::abi::core::{flag, mg_connection, mg_mgr, mg_str};
use vansire::abi::tls::mg_tls_opts;
use vansire::engine::conn::Conn;
use vansire::ffi::engine::{mg_connect, mg_listen, mg_mgr_free, mg_mgr_init, mg_mgr_poll};
use vansire::ffi::tls::mg_tls_init;

pub const ERROR: c_int = 0;
pub const POLL: c_int = 2;
pub const CONNECT: c_int = 4;
pub const ACCEPT: c_int = 5;
pub const TLS_HS: c_int = 6;
pub const READ: c_int = 7;
pub const WRITE: c_int = 8;
pub const CLOSE: c_int = 9;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Options with owned texts.
#[derive(Clone, Default)]
pub struct Opts {
    pub ca: String,
    pub cert: String,
    pub key: String,
    pub name: String,
    pub skip: bool,
}

pub fn text(s: &str) -> mg_str {
    mg_str {
        buf: s.as_ptr().cast_mut().cast(),
        len: s.len(),
    }
}

pub fn init(c: *mut mg_connection, o: &Opts) {
    let opts = mg_tls_opts {
        ca: text(&o.ca),
        cert: text(&o.cert),
        key: text(&o.key),
        name: text(&o.name),
        skip_verification: o.skip,
    };
    // SAFETY: a live connection and options that live for the call.
    unsafe { mg_tls_init(c, &opts) }
}

/// What the connections of one handler do, and what happened to them.
#[derive(Default)]
pub struct Peer {
    /// TLS options; `None` leaves TLS off.
    pub opts: Option<Opts>,
    /// Sent once the handshake is done.
    pub hello: Vec<u8>,
    /// Sends back what it receives.
    pub echo: bool,
    /// Sent as the answer to a READ that ends a head (an empty line); then the connection drains.
    pub answer: Vec<u8>,
    /// Does not close after the answer.
    pub keep_alive: bool,
    pub log: RefCell<Log>,
}

/// What happened to the connections of one handler.
#[derive(Default)]
pub struct Log {
    events: Vec<c_int>,
    errors: Vec<String>,
    received: Vec<u8>,
    was_plain: bool,
    flags_after_init: (bool, bool),
}

impl Peer {
    pub fn count(&self, ev: c_int) -> usize {
        self.log
            .borrow()
            .events
            .iter()
            .filter(|&&e| e == ev)
            .count()
    }

    /// All events but POLL.
    pub fn events(&self) -> Vec<c_int> {
        self.log.borrow().events.clone()
    }

    /// Those of the events that are in `of`.
    pub fn only(&self, of: &[c_int]) -> Vec<c_int> {
        self.events()
            .into_iter()
            .filter(|e| of.contains(e))
            .collect()
    }

    /// Texts of ERROR events.
    pub fn errors(&self) -> Vec<String> {
        self.log.borrow().errors.clone()
    }

    pub fn received(&self) -> Vec<u8> {
        self.log.borrow().received.clone()
    }

    pub fn received_len(&self) -> usize {
        self.log.borrow().received.len()
    }

    /// Whether something was read without TLS.
    pub fn was_plain(&self) -> bool {
        self.log.borrow().was_plain
    }

    /// `is_tls`, `is_tls_hs` right after `mg_tls_init`.
    pub fn flags_after_init(&self) -> (bool, bool) {
        self.log.borrow().flags_after_init
    }
}

unsafe extern "C" fn handler(c: *mut mg_connection, ev: c_int, data: *mut c_void) {
    // SAFETY: the argument is the test's `Peer`, which outlives the manager; events have their documented data.
    unsafe {
        let peer = &*(*c).fn_data.cast::<Peer>();
        let mut conn = Conn::from_raw(c).unwrap();
        if conn.is_listening() || ev == POLL {
            return;
        }
        peer.log.borrow_mut().events.push(ev);
        match ev {
            ERROR => {
                let text = CStr::from_ptr(data.cast()).to_string_lossy().into_owned();
                peer.log.borrow_mut().errors.push(text);
            }
            CONNECT | ACCEPT => {
                if let Some(opts) = &peer.opts {
                    init(c, opts);
                    peer.log.borrow_mut().flags_after_init = (conn.is_tls(), conn.is_tls_hs());
                }
            }
            TLS_HS => {
                conn.send(&peer.hello);
            }
            READ => react(peer, &mut conn, *data.cast()),
            _ => {}
        }
    }
}

fn react(peer: &Peer, conn: &mut Conn, fresh: c_long) {
    let got = conn.recv().to_vec();
    assert_eq!(fresh, got.len() as c_long);
    conn.recv_clear();
    if peer.echo {
        conn.send(&got);
    }
    if !peer.answer.is_empty() && got.ends_with(b"\r\n\r\n") {
        conn.send(&peer.answer);
        conn.set_draining(!peer.keep_alive);
    }
    let mut log = peer.log.borrow_mut();
    log.was_plain |= !conn.is_tls();
    log.received.extend(got);
}

unsafe extern "C" {
    static mut mg_log_level: c_int;
}

/// A manager whose handlers look at peers that live longer.
pub struct Loop<'a> {
    pub mgr: Box<mg_mgr>,
    peers: PhantomData<&'a Peer>,
}

impl<'a> Loop<'a> {
    pub fn new() -> Self {
        let mut mgr = Box::<mg_mgr>::new_uninit();
        // SAFETY: an int that any thread may set; mg_mgr_init initialises the memory.
        unsafe {
            mg_log_level = 0;
            mg_mgr_init(mgr.as_mut_ptr());
            Self {
                mgr: mgr.assume_init(),
                peers: PhantomData,
            }
        }
    }

    /// A listener on a port of the system's choice: the connection and `127.0.0.1:port`.
    pub fn listen(&mut self, scheme: &str, peer: &'a Peer) -> (*mut mg_connection, String) {
        let url = CString::new(format!("{scheme}://127.0.0.1:0")).unwrap();
        // SAFETY: an initialised manager; the peer outlives it.
        unsafe {
            let c = mg_listen(
                &mut *self.mgr,
                url.as_ptr(),
                Some(handler),
                ptr::from_ref(peer).cast_mut().cast(),
            );
            assert!(!c.is_null());
            (c, format!("127.0.0.1:{}", u16::from_be((*c).loc.port)))
        }
    }

    pub fn connect(&mut self, scheme: &str, address: &str, peer: &'a Peer) -> *mut mg_connection {
        let url = CString::new(format!("{scheme}://{address}")).unwrap();
        // SAFETY: as above.
        unsafe {
            mg_connect(
                &mut *self.mgr,
                url.as_ptr(),
                Some(handler),
                ptr::from_ref(peer).cast_mut().cast(),
            )
        }
    }

    pub fn poll(&mut self, ms: c_int) {
        // SAFETY: an initialised manager.
        unsafe { mg_mgr_poll(&mut *self.mgr, ms) }
    }

    /// Polls until `done`, or fails the test.
    pub fn until(&mut self, what: &str, mut done: impl FnMut() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < end, "{what} did not happen");
            self.poll(5);
        }
    }

    /// Polls until a child process has ended, and returns what it wrote to its standard output.
    pub fn finish(&mut self, mut child: Child) -> (String, bool) {
        let output = collect(child.stdout.take().unwrap());
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("child did not end");
            }
            self.poll(5);
        };
        (output.recv().unwrap(), status.success())
    }
}

impl Drop for Loop<'_> {
    fn drop(&mut self) {
        // SAFETY: initialised by `new`.
        unsafe { mg_mgr_free(&mut *self.mgr) }
    }
}

/// Reads a pipe to its end in a thread.
fn collect(mut pipe: ChildStdout) -> Receiver<String> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut out = Vec::new();
        let _ = pipe.read_to_end(&mut out);
        let _ = tell.send(String::from_utf8_lossy(&out).into_owned());
    });
    told
}

/// A certificate authority and what it signs, as PEM.
pub struct Pki {
    pub ca: String,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Pki {
    pub fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "tests");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let ca = params.self_signed(&key).unwrap().pem();
        Self {
            ca,
            issuer: rcgen::Issuer::new(params, key),
        }
    }

    /// Options that show a certificate for localhost and 127.0.0.1.
    pub fn identity(&self) -> Opts {
        let params =
            rcgen::CertificateParams::new(["localhost".into(), "127.0.0.1".into()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        Opts {
            cert,
            key: key.serialize_pem(),
            ..Opts::default()
        }
    }

    /// Options that trust this authority and want `name`.
    pub fn trust(&self, name: &str) -> Opts {
        Opts {
            ca: self.ca.clone(),
            name: name.into(),
            ..Opts::default()
        }
    }

    pub fn server(&self) -> Peer {
        Peer {
            opts: Some(self.identity()),
            ..Peer::default()
        }
    }

    pub fn client(&self, name: &str) -> Peer {
        Peer {
            opts: Some(self.trust(name)),
            ..Peer::default()
        }
    }
}

/// Bits of `flags` of a connection.
pub fn has_flag(c: *mut mg_connection, bit: u32) -> bool {
    // SAFETY: a live connection.
    unsafe { Conn::from_raw(c) }.is_some_and(|c| c.flags() & bit != 0)
}

pub const IS_TLS: u32 = flag::TLS;
pub const IS_LISTENING: u32 = flag::LISTENING;
