//! The engine through its Rust handles, with real sockets on the loopback.

use std::cell::Cell;
use std::ffi::{CString, c_int, c_void};
use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::ptr;

use vansire::abi::core::{mg_connection, mg_event, mg_mgr};
use vansire::engine::connect::{self, Handlers};
use vansire::engine::{Conn, Event, Manager, Protocol, listen, wakeup};

/// A manager that frees itself. Boxed, because its address is its identity.
struct Loop {
    memory: Box<MaybeUninit<mg_mgr>>,
}

impl Loop {
    fn new() -> Self {
        let mut memory = Box::new(MaybeUninit::uninit());
        // SAFETY: memory of a manager that stays where it is.
        unsafe { Manager::init(memory.as_mut_ptr()) }.expect("memory");
        Loop { memory }
    }

    fn manager(&mut self) -> Manager {
        // SAFETY: initialised, and alive as long as `self`.
        unsafe { Manager::from_raw(self.memory.as_mut_ptr()) }.expect("not NULL")
    }

    fn until(&mut self, mut done: impl FnMut(&Manager) -> bool) {
        for _ in 0..5000 {
            let mut mgr = self.manager();
            if done(&mgr) {
                return;
            }
            mgr.poll(1);
        }
        panic!("never");
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.manager().free();
        assert!(self.manager().first().is_none());
    }
}

fn address(c: &Conn) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], u16::from_be(c.local().port)))
}

fn serve(events: &mut Loop, url: &str, protocol: &'static Protocol) -> Conn {
    let mgr = events.manager();
    let mut c = listen::listen(&mgr, url.as_bytes(), None, ptr::null_mut()).expect(url);
    c.set_protocol(Some(protocol));
    c
}

/// Counts bytes per connection and echoes them.
#[derive(Default)]
struct Seen {
    bytes: usize,
}

static ECHO: Protocol = Protocol {
    name: "echo",
    sleeps: true,
    requests: false,
    on_event: |c, event| match event {
        Event::Read(n) => {
            c.state::<Seen>().expect("state").bytes += n;
            let data = c.recv().to_vec();
            c.recv_clear();
            assert!(c.send(&data));
        }
        Event::Error(text) => panic!("{}", String::from_utf8_lossy(text)),
        _ => {}
    },
};

#[test]
fn a_service_in_safe_code_echoes() {
    let mut events = Loop::new();
    let listener = serve(&mut events, "tcp://127.0.0.1:0", &ECHO);
    let mut peer = TcpStream::connect(address(&listener)).expect("connect");
    drop(listener);
    peer.set_nonblocking(true).expect("non-blocking");
    peer.write_all(b"hello").expect("write");
    let mut answer = Vec::new();
    events.until(|_| {
        let mut buf = [0; 16];
        if let Ok(n) = peer.read(&mut buf) {
            answer.extend_from_slice(&buf[..n]);
        }
        answer == b"hello"
    });
    let mut child = events.manager().first().expect("child");
    assert!(child.is_accepted() && child.protocol().is_some_and(|p| p.name == "echo"));
    assert_eq!(child.state::<Seen>().expect("state").bytes, 5);
    assert!(child.has_state::<Seen>() && !child.has_state::<u8>());
    drop(peer);
    drop(child);
    events.until(|mgr| mgr.conns().count() == 1);
}

#[test]
fn a_panicking_service_ends_its_connection_only() {
    static PANICS: Protocol = Protocol {
        name: "panics",
        sleeps: true,
        requests: false,
        on_event: |c, event| {
            if let Event::Read(_) = event {
                let _ = c.recv().get(..3).expect("three bytes or a panic");
            }
        },
    };
    let mut events = Loop::new();
    let listener = serve(&mut events, "tcp://127.0.0.1:0", &PANICS);
    let mut bad = TcpStream::connect(address(&listener)).expect("connect");
    let mut good = TcpStream::connect(address(&listener)).expect("connect");
    drop(listener);
    events.until(|mgr| mgr.conns().count() == 3);
    bad.write_all(b"x").expect("write");
    events.until(|mgr| mgr.conns().count() == 2);
    good.write_all(b"fine").expect("write");
    events.until(|mgr| mgr.conns().any(|c| c.recv_len() == 4));
}

#[test]
fn datagrams_come_whole_and_are_answered_from_the_listener() {
    let mut events = Loop::new();
    let listener = serve(&mut events, "udp://127.0.0.1:0", &ECHO);
    let peer = UdpSocket::bind("127.0.0.1:0").expect("bind");
    peer.set_nonblocking(true).expect("non-blocking");
    peer.send_to(&[7; 40_000], address(&listener))
        .expect("send");
    drop(listener);
    let mut buf = vec![0; 65_536];
    let mut got = 0;
    events.until(|_| {
        got = peer.recv(&mut buf).unwrap_or(got);
        got > 0
    });
    assert_eq!((got, buf[got - 1]), (40_000, 7));
}

#[test]
fn messages_from_threads_arrive_in_order() {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(0) };
    }
    static COUNTS: Protocol = Protocol {
        name: "counts",
        sleeps: true,
        requests: false,
        on_event: |_, event| {
            if let Event::WakeUp(data) = event {
                let n = u32::from_le_bytes(data.try_into().expect("four bytes"));
                NEXT.with(|next| assert_eq!(next.replace(n + 1), n));
            }
        },
    };
    let mut events = Loop::new();
    let id = serve(&mut events, "tcp://127.0.0.1:0", &COUNTS).id();
    assert!(wakeup::init(&events.manager()));
    let mgr = events.manager().as_ptr() as usize;
    let sender = std::thread::spawn(move || {
        for n in 0..1000u32 {
            assert!(wakeup::send(mgr as *mut mg_mgr, id, &n.to_le_bytes()));
        }
    });
    events.until(|_| NEXT.with(Cell::get) == 1000);
    sender.join().expect("no panic");
}

#[test]
fn outbound_connections_report_failure_by_events() {
    thread_local! {
        static LOG: Cell<Vec<c_int>> = const { Cell::new(Vec::new()) };
    }
    unsafe extern "C" fn note(_: *mut mg_connection, ev: c_int, _: *mut c_void) {
        if ev != mg_event::MG_EV_POLL as c_int {
            LOG.with(|log| {
                let mut events = log.take();
                events.push(ev);
                log.set(events);
            });
        }
    }
    let mut events = Loop::new();
    let handlers = || Handlers {
        handler: Some(note),
        data: ptr::null_mut(),
        protocol: None,
        protocol_data: ptr::null_mut(),
        service: None,
    };
    let url = CString::new("unix:///nowhere").expect("no NUL");
    assert!(connect::connect(&events.manager(), &url, handlers()).is_some());
    assert!(connect::connect(&events.manager(), c"", handlers()).is_none());
    events.until(|mgr| mgr.first().is_none());
    let expected = [
        mg_event::MG_EV_OPEN,
        mg_event::MG_EV_ERROR,
        mg_event::MG_EV_CLOSE,
    ];
    assert_eq!(LOG.with(Cell::take), expected.map(|ev| ev as c_int));
}

#[test]
fn time_limits_close_idle_connections() {
    let mut events = Loop::new();
    let listener = serve(&mut events, "tcp://127.0.0.1:0", &SILENT);
    let peer = TcpStream::connect(address(&listener)).expect("connect");
    drop(listener);
    events.until(|mgr| mgr.conns().count() == 2);
    events.manager().set_timeouts(0, 20);
    events.until(|mgr| mgr.conns().count() == 1);
    drop(peer);
}

static SILENT: Protocol = Protocol {
    name: "silent",
    sleeps: true,
    requests: false,
    on_event: |_, _| {},
};

#[test]
fn state_of_a_manager_is_made_once() {
    let mut events = Loop::new();
    let mgr = events.manager();
    *mgr.state_of::<u64>().expect("state") = 7;
    let held = mgr.state_of::<u64>().expect("state");
    assert!(mgr.state_of::<u64>().is_none(), "borrowed already");
    assert_eq!(*held, 7);
    drop(held);
    assert_eq!(*mgr.state_of::<u64>().expect("state"), 7);
    assert!(mgr.find(1).is_none());
}
