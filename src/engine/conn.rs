//! `Conn`: the handle through which Rust touches a connection that user code owns, too.
//!
//! INVARIANT LIVE: the pointer inside a `Conn` is a connection whose memory is freed only when no poll and no handler
//! of its manager is on the stack (see `stack.rs`), or by the call that closes it then, which consumes the last use. Rust never forms
//! a reference to the public struct: user code reads and writes its fields at any moment, so each accessor reads or
//! writes one field through the raw pointer. Slices borrow the handle, and [`Conn::call`] takes it mutably: the
//! borrow checker proves that no slice into a buffer is held while a user callback runs.

use super::alloc::try_box;
use super::buffers::Lent;
use super::iobuf;
use super::log;
use super::mgr::Manager;
use super::platform;
use super::profile;
use super::protocol::{Protocol, TRAMPOLINE};
use super::slot::Slot;
use super::stack::Stack;
use crate::abi::core::{flag, mg_addr, mg_connection, mg_event, mg_event_handler_t, mg_iobuf};
use crate::text::format::Sink;
use alloc::boxed::Box;
use core::any::Any;
use core::cell::RefMut;
use core::ffi::{c_int, c_long, c_void};
use core::fmt::{self, Write};
use core::mem::offset_of;
use core::ptr::{self, NonNull};

/// The argument of a user's handler: carried, never followed.
pub type UserData = *mut c_void;

/// Handle of a connection. Not `Copy`: see the module's invariant.
pub struct Conn {
    ptr: NonNull<mg_connection>,
    /// Dropped last: it may free the connection.
    stack: Option<Stack>,
}

/// A user handler with its argument, while a service keeps it.
#[derive(Clone, Copy)]
pub struct Handler(mg_event_handler_t, *mut c_void);

macro_rules! flags {
    ($($get:ident $set:ident $bit:ident $doc:literal;)*) => {
        $(
            #[doc = concat!("Whether ", $doc, ".")]
            pub fn $get(&self) -> bool { self.flags() & flag::$bit != 0 }
            #[doc = concat!("Says whether ", $doc, ".")]
            pub fn $set(&mut self, on: bool) { self.set_flag(flag::$bit, on); }
        )*
    };
}

impl Conn {
    /// Handle of `c` for a call from outside, `None` for NULL. While it lives, connections that handlers close keep
    /// their memory, so the call may go on after it has fired events.
    ///
    /// # Safety
    /// `c` is NULL, a live connection of a manager, or a zeroed `struct mg_connection` of the caller.
    pub unsafe fn from_raw(c: *mut mg_connection) -> Option<Conn> {
        // SAFETY: the caller's promise.
        let mut conn = unsafe { Conn::peek(c) }?;
        conn.stack = conn.manager().map(|mgr| mgr.enter());
        Some(conn)
    }

    /// Handle of `c` where something is on the stack already, or nothing is done after an event; `None` for NULL.
    ///
    /// # Safety
    /// As [`Conn::from_raw`].
    #[inline]
    pub(crate) unsafe fn peek(c: *mut mg_connection) -> Option<Conn> {
        NonNull::new(c).map(|ptr| Conn { ptr, stack: None })
    }

    /// The connection for C code.
    pub fn as_ptr(&self) -> *mut mg_connection {
        self.ptr.as_ptr()
    }

    /// A second handle of the same connection, for the engine's own walks.
    pub(crate) fn again(&self) -> Conn {
        Conn {
            ptr: self.ptr,
            stack: None,
        }
    }

    /// Private part; `None` for a connection that the caller made himself (no manager).
    pub(crate) fn slot(&self) -> Option<&Slot> {
        let c = self.as_ptr();
        // SAFETY: LIVE; a connection with a manager was made by `slot::allocate`, so the slot lies before it.
        unsafe {
            if (*c).mgr.is_null() {
                return None;
            }
            Some(&*c.cast::<Slot>().sub(1))
        }
    }

    /// The manager; `None` for a connection without one.
    pub fn manager(&self) -> Option<Manager> {
        // SAFETY: LIVE; a manager outlives its connections.
        unsafe { Manager::from_raw((*self.as_ptr()).mgr) }
    }

    /// Identification number, unique in the manager and never reused.
    #[allow(clippy::unnecessary_cast)] // unsigned long has 32 bits elsewhere
    pub fn id(&self) -> u64 {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).id as u64 }
    }

    /// Local address.
    pub fn local(&self) -> mg_addr {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).loc }
    }

    /// Address of the peer.
    pub fn remote(&self) -> mg_addr {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).rem }
    }

    /// Changes the local address shown to users.
    pub fn set_local(&mut self, addr: mg_addr) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).loc = addr }
    }

    /// Changes the address of the peer.
    pub fn set_remote(&mut self, addr: mg_addr) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).rem = addr }
    }

    // ---- flags -------------------------------------------------------------------------------------------------

    fn flags_ptr(&self) -> *mut u32 {
        // `tls` and the bit-fields lie behind `data`, whose size is the program's.
        let data = offset_of!(mg_connection, data) + platform::settings().data_size;
        let tls = iobuf::round_up(data, align_of::<*mut c_void>());
        self.as_ptr()
            .cast::<u8>()
            .wrapping_add(tls + size_of::<*mut c_void>())
            .cast()
    }

    /// All flag bits, see [`flag`].
    #[inline]
    pub fn flags(&self) -> u32 {
        // SAFETY: LIVE.
        unsafe { *self.flags_ptr() }
    }

    /// Sets or clears the given flag bits.
    #[inline]
    pub fn set_flag(&mut self, bits: u32, on: bool) {
        let p = self.flags_ptr();
        // SAFETY: LIVE.
        unsafe { *p = if on { *p | bits } else { *p & !bits } }
    }

    flags! {
        is_listening set_listening LISTENING "it is a listener";
        is_client set_client CLIENT "it is outbound";
        is_accepted set_accepted ACCEPTED "it was accepted from a listener";
        is_resolving set_resolving RESOLVING "its address is being looked up";
        is_connecting set_connecting CONNECTING "the connect is pending";
        is_tls set_tls TLS "TLS is wanted or active";
        is_tls_hs set_tls_hs TLS_HS "the TLS handshake is pending";
        is_udp set_udp UDP "it carries datagrams";
        is_websocket set_websocket WEBSOCKET "it is a WebSocket";
        is_mqtt5 set_mqtt5 MQTT5 "it speaks MQTT 5";
        is_hexdumping set_hexdumping HEXDUMPING "its traffic is logged";
        is_draining set_draining DRAINING "it closes once the send buffer is empty";
        is_closing set_closing CLOSING "it closes at the end of its turn";
        is_full set_full FULL "it does not read";
        is_tls_throttled set_tls_throttled TLS_THROTTLED "a TLS write waits for the socket";
        is_resp set_resp RESP "a response is being produced";
        is_readable set_readable READABLE "the socket is readable in this turn";
        is_writable set_writable WRITABLE "the socket is writable in this turn";
    }

    pub(crate) fn tls_field(&self) -> *mut *mut c_void {
        self.flags_ptr()
            .wrapping_byte_sub(size_of::<*mut c_void>())
            .cast()
    }

    // ---- handlers ----------------------------------------------------------------------------------------------

    /// Fires an event: protocol handler first, then the user's handler, read anew after the first returned.
    pub fn call(&mut self, ev: c_int, data: *mut c_void) {
        // A handler may poll, close this connection or free the manager: it stays until its handler has returned.
        let _hold = self.manager().map(|mgr| mgr.hold(self));
        if profile::wanted() {
            profile::event(self, ev);
        }
        self.fire(ev, data);
    }

    /// Fires an event with a number of bytes, in a turn: a poll is on the stack.
    #[inline]
    pub(crate) fn fire_bytes(&mut self, ev: mg_event, n: usize) {
        let mut value = n as c_long;
        if profile::wanted() {
            profile::event(self, ev as c_int);
        }
        self.fire(ev as c_int, ptr::addr_of_mut!(value).cast());
    }

    /// [`Conn::call`] where a poll is known to be on the stack.
    #[inline]
    pub(crate) fn fire(&mut self, ev: c_int, data: *mut c_void) {
        let c = self.as_ptr();
        // SAFETY: LIVE; handlers are C functions that the user vouches for.
        unsafe {
            if let Some(pfn) = (*c).pfn {
                pfn(c, ev, data);
            }
            if let Some(f) = (*c).r#fn {
                f(c, ev, data);
            }
        }
    }

    /// As [`Conn::call`] for an event that the attached service itself fires: it has nothing to do with its own event,
    /// so only a foreign protocol handler is called before the user's.
    pub(crate) fn call_from_service(&mut self, ev: c_int, data: *mut c_void) {
        let c = self.as_ptr();
        // SAFETY: as `call`.
        unsafe {
            let ours = self.is_served();
            if ours && ev != mg_event::MG_EV_POLL as c_int && profile::wanted() {
                profile::event(self, ev);
            }
            match (*c).r#fn {
                Some(f) if ours => f(c, ev, data),
                None if ours => {}
                _ => self.call(ev, data),
            }
        }
    }

    /// Fires POLL. A sleeping service is not called, which nobody can tell.
    #[inline]
    pub(crate) fn emit_poll(&mut self, now: u64) {
        let sleeping = self.recv_len() == 0
            && self.slot().is_some_and(|slot| {
                !slot.close_after_response.get() && slot.protocol.get().is_some_and(|p| p.sleeps)
            });
        let mut value = now;
        let data = ptr::addr_of_mut!(value).cast();
        if sleeping {
            self.call_from_service(mg_event::MG_EV_POLL as c_int, data);
        } else {
            self.fire(mg_event::MG_EV_POLL as c_int, data);
        }
    }

    /// Fires an event without data.
    pub fn emit(&mut self, ev: mg_event) {
        self.call(ev as c_int, ptr::null_mut());
    }

    /// Fires an event whose data is a `T` that lives for the call.
    pub fn emit_value<T>(&mut self, ev: mg_event, mut value: T) {
        self.call(ev as c_int, ptr::addr_of_mut!(value).cast());
    }

    /// User handler and its argument.
    pub fn set_handler(&mut self, handler: mg_event_handler_t, data: *mut c_void) {
        // SAFETY: LIVE.
        unsafe {
            (*self.as_ptr()).r#fn = handler;
            (*self.as_ptr()).fn_data = data;
        }
    }

    /// Takes the user handler away: it gets no events until [`Conn::put_handler`].
    pub fn take_handler(&mut self) -> Handler {
        // SAFETY: LIVE.
        let handler = unsafe { Handler((*self.as_ptr()).r#fn, (*self.as_ptr()).fn_data) };
        self.set_handler(None, ptr::null_mut());
        handler
    }

    /// Gives the user handler back.
    pub fn put_handler(&mut self, handler: Handler) {
        self.set_handler(handler.0, handler.1);
    }

    /// Attaches a service, or detaches it: its handler is called before the user's from now on.
    pub fn set_protocol(&mut self, protocol: Option<&'static Protocol>) {
        if let Some(slot) = self.slot() {
            slot.protocol.set(protocol);
        }
        // SAFETY: LIVE.
        unsafe {
            (*self.as_ptr()).pfn = if protocol.is_some() { TRAMPOLINE } else { None };
        }
    }

    /// The attached service.
    pub fn protocol(&self) -> Option<&'static Protocol> {
        self.slot()?.protocol.get()
    }

    /// Whether a service of the library is attached and the user has not replaced its handler.
    pub(crate) fn is_served(&self) -> bool {
        // SAFETY: LIVE.
        let pfn = unsafe { (*self.as_ptr()).pfn };
        pfn.map(|f| f as usize) == TRAMPOLINE.map(|f| f as usize)
    }

    /// Whether any protocol handler is attached, a user's included. Users detach one by writing NULL to `pfn`.
    pub fn has_protocol(&self) -> bool {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).pfn.is_some() }
    }

    // ---- state of services -------------------------------------------------------------------------------------

    /// State of type `T` of this connection, made by `T::default()` at first use.
    /// `None` for a connection without a manager, or while the same state is already borrowed.
    pub fn state<T: Any + Default>(&mut self) -> Option<RefMut<'_, T>> {
        let slot = self.slot()?;
        let mut states = slot.states.try_borrow_mut().ok()?;
        let at = match states.iter().position(|s| s.is::<T>()) {
            Some(at) => at,
            None => {
                states.try_reserve(1).ok()?;
                states.push(try_box(T::default())?);
                states.len() - 1
            }
        };
        RefMut::filter_map(states, |s| s.get_mut(at)?.downcast_mut::<T>()).ok()
    }

    /// Removes and returns the state of type `T`.
    pub fn take_state<T: Any>(&mut self) -> Option<Box<T>> {
        let slot = self.slot()?;
        let mut states = slot.states.try_borrow_mut().ok()?;
        let at = states.iter().position(|s| s.is::<T>())?;
        states.swap_remove(at).downcast::<T>().ok()
    }

    /// Whether there is a state of type `T`.
    pub fn has_state<T: Any>(&self) -> bool {
        self.slot()
            .and_then(|slot| slot.states.try_borrow().ok())
            .is_some_and(|states| states.iter().any(|s| s.is::<T>()))
    }

    /// Whether the connection shall drain once the response in work is finished.
    pub fn close_after_response(&self) -> bool {
        self.slot().is_some_and(|s| s.close_after_response.get())
    }

    /// Says whether the connection shall drain once the response in work is finished.
    pub fn set_close_after_response(&mut self, on: bool) {
        if let Some(slot) = self.slot() {
            slot.close_after_response.set(on);
        }
    }

    /// Takes the state that [`Conn::put_unfinished`] kept, the default when there is none: the common case costs one
    /// look at a flag.
    #[inline]
    pub fn take_unfinished<T: Any + Default>(&mut self) -> T {
        match self.slot() {
            Some(slot) if slot.unfinished.get() => {}
            _ => return T::default(),
        }
        let kept = self
            .state::<T>()
            .map(|mut state| core::mem::take(&mut *state));
        if let Some(slot) = self.slot() {
            slot.unfinished.set(false);
        }
        kept.unwrap_or_default()
    }

    /// Whether [`Conn::put_unfinished`] has kept a state.
    #[inline]
    pub fn is_unfinished(&self) -> bool {
        self.slot().is_some_and(|slot| slot.unfinished.get())
    }

    /// Keeps the state of a partly received message for the next event.
    pub fn put_unfinished<T: Any + Default>(&mut self, value: T) {
        if let Some(mut state) = self.state::<T>() {
            *state = value;
        }
        if let Some(slot) = self.slot() {
            slot.unfinished.set(true);
        }
    }

    /// The first bytes of a request are here, the last ones are not: its time limit counts from now.
    pub fn request_begun(&mut self) {
        super::limits::begun(self);
    }

    /// The request is complete.
    #[inline]
    pub fn request_done(&mut self) {
        if let Some(slot) = self.slot() {
            slot.began.set(0);
        }
    }

    /// Says whether the attached service refills the send buffer in WRITE, so that more may be written in one turn.
    pub fn set_bulk(&mut self, on: bool) {
        if let Some(slot) = self.slot() {
            slot.bulk.set(on);
        }
    }

    /// Sends up to `len` bytes of the open file `file` from where it stands, past the empty send buffer. Returns how
    /// many; `None` when they have to go through the buffer.
    pub fn send_file(&mut self, file: c_int, len: usize) -> Option<usize> {
        super::transfer::send_file(self, file, len)
    }

    /// Whether the socket took less than it was given: more is sent when the poller says so.
    pub fn is_blocked(&self) -> bool {
        self.slot().is_some_and(|slot| slot.blocked.get())
    }

    // ---- buffers -----------------------------------------------------------------------------------------------

    pub(crate) fn recv_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).recv) }
    }

    pub(crate) fn send_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).send) }
    }

    pub(crate) fn rtls_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).rtls) }
    }

    /// Received bytes not yet consumed.
    #[inline]
    pub fn recv(&self) -> &[u8] {
        // SAFETY: LIVE and BUF; the slice borrows the handle, so no callback runs while it lives.
        unsafe { bytes(self.recv_io()) }
    }

    /// The same, for decoding in place.
    pub fn recv_mut(&mut self) -> &mut [u8] {
        // SAFETY: as `recv`, and the handle is borrowed mutably.
        unsafe { bytes_mut(self.recv_io()) }
    }

    /// Number of received bytes not yet consumed.
    #[inline]
    pub fn recv_len(&self) -> usize {
        // SAFETY: LIVE.
        unsafe { (*self.recv_io()).len }
    }

    /// Removes up to `len` received bytes at `ofs`.
    pub fn recv_del(&mut self, ofs: usize, len: usize) -> usize {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::del(self.recv_io(), ofs, len) }
    }

    /// Drops all received bytes.
    pub fn recv_clear(&mut self) {
        // SAFETY: LIVE.
        unsafe { (*self.recv_io()).len = 0 }
    }

    /// Bytes waiting to be sent.
    pub fn send_bytes(&self) -> &[u8] {
        // SAFETY: LIVE and BUF.
        unsafe { bytes(self.send_io()) }
    }

    /// The same, for masking or patching in place.
    pub fn send_bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: LIVE and BUF; the handle is borrowed mutably.
        unsafe { bytes_mut(self.send_io()) }
    }

    /// Number of bytes waiting to be sent.
    #[inline]
    pub fn send_len(&self) -> usize {
        // SAFETY: LIVE.
        unsafe { (*self.send_io()).len }
    }

    /// Drops what waits beyond `len` bytes.
    pub fn send_truncate(&mut self, len: usize) {
        // SAFETY: LIVE.
        unsafe {
            let io = self.send_io();
            (*io).len = (*io).len.min(len);
        }
    }

    /// Removes up to `len` waiting bytes at `ofs`.
    pub fn send_del(&mut self, ofs: usize, len: usize) -> usize {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::del(self.send_io(), ofs, len) }
    }

    /// Removes up to `len` waiting bytes from the front: they are with the system.
    pub(crate) fn send_consume(&mut self, len: usize) {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::consume(self.send_io(), len) }
    }

    /// Inserts bytes into what waits to be sent; false when memory runs out (nothing is inserted then).
    pub fn send_insert(&mut self, ofs: usize, data: &[u8]) -> bool {
        if data.is_empty() {
            return true;
        }
        if !self.send_reserve(data.len()) {
            return false;
        }
        // SAFETY: LIVE and BUF; `data` cannot lie in the buffer, which is borrowed.
        unsafe { iobuf::add(self.send_io(), ofs, data.as_ptr(), data.len()) == data.len() }
    }

    /// Makes room for `extra` bytes in the send buffer; false when memory runs out.
    pub fn send_reserve(&mut self, extra: usize) -> bool {
        // SAFETY: LIVE and BUF.
        unsafe {
            let io = self.send_io();
            if (*io).buf.is_null() && extra <= platform::settings().io_size {
                super::buffers::lend_send(self);
            }
            if (*io).align == 0 {
                (*io).align = platform::settings().io_size;
            }
            let ours = self.slot().filter(|slot| slot.send_block.get().is(io));
            let grown = iobuf::reserve(io, extra);
            if let Some(slot) = ours {
                slot.send_block.set(Lent::now(io));
            }
            grown
        }
    }

    /// Room behind the waiting bytes without growing; what is written there is added by [`Conn::send_commit`].
    pub fn send_spare(&mut self) -> &mut [u8] {
        let io = self.send_io();
        // SAFETY: LIVE and BUF: calloc'ed memory is initialised up to `size`.
        unsafe {
            let len = (*io).len.min((*io).size);
            if (*io).buf.is_null() {
                return &mut [];
            }
            core::slice::from_raw_parts_mut((*io).buf.add(len), (*io).size - len)
        }
    }

    /// Adds `n` bytes of [`Conn::send_spare`] to the waiting bytes.
    pub fn send_commit(&mut self, n: usize) {
        // SAFETY: LIVE.
        unsafe {
            let io = self.send_io();
            (*io).len = (*io).len.saturating_add(n).min((*io).size);
        }
    }

    /// Queues bytes on any connection, datagrams included (they go out with the next poll, as one).
    /// False when memory runs out.
    pub fn queue(&mut self, data: &[u8]) -> bool {
        if data.is_empty() || self.append(data) {
            return true;
        }
        if !self.send_reserve(data.len()) {
            return false;
        }
        let spare = self.send_spare();
        match spare.get_mut(..data.len()) {
            Some(room) => room.copy_from_slice(data),
            None => return false,
        }
        self.send_commit(data.len());
        true
    }

    /// The common case of [`Conn::queue`]: the buffer has room, so nothing but its length changes.
    #[inline]
    fn append(&mut self, data: &[u8]) -> bool {
        // SAFETY: LIVE and BUF; `data` may be a part of the buffer, but never of its room.
        unsafe {
            let io = self.send_io();
            let len = (*io).len;
            if (*io).buf.is_null() || (*io).size.saturating_sub(len) < data.len() {
                return false;
            }
            ptr::copy_nonoverlapping(data.as_ptr(), (*io).buf.add(len), data.len());
            (*io).len = len + data.len();
        }
        true
    }

    /// Sends bytes as `mg_send` does: TCP queues them; UDP sends one datagram at once.
    pub fn send(&mut self, data: &[u8]) -> bool {
        if self.is_udp() {
            super::udp::send_now(self, data)
        } else {
            self.queue(data)
        }
    }

    /// A sink that appends to the send buffer and remembers whether memory ran out.
    pub fn sink(&mut self) -> SendSink<'_> {
        SendSink {
            conn: self,
            failed: false,
        }
    }
}

/// Appends formatted text to the send buffer.
pub struct SendSink<'a> {
    conn: &'a mut Conn,
    /// Memory ran out; what was written before stays.
    pub failed: bool,
}

impl Sink for SendSink<'_> {
    fn write(&mut self, bytes: &[u8]) {
        if !self.failed && !self.conn.queue(bytes) {
            self.failed = true;
        }
    }
}

pub(crate) unsafe fn bytes<'a>(io: *mut mg_iobuf) -> &'a [u8] {
    // SAFETY: the caller vouches for BUF; `len` is clamped because users write it.
    unsafe {
        if (*io).buf.is_null() {
            return &[];
        }
        core::slice::from_raw_parts((*io).buf, (*io).len.min((*io).size))
    }
}

unsafe fn bytes_mut<'a>(io: *mut mg_iobuf) -> &'a mut [u8] {
    // SAFETY: as `bytes`; the caller has exclusive access.
    unsafe {
        if (*io).buf.is_null() {
            return &mut [];
        }
        core::slice::from_raw_parts_mut((*io).buf, (*io).len.min((*io).size))
    }
}

/// Descriptor as the public field shows it.
pub(crate) fn fd_to_ptr(fd: c_int) -> *mut c_void {
    fd as isize as usize as *mut c_void
}

impl Conn {
    /// The descriptor, -1 when there is none.
    pub fn fd(&self) -> c_int {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).fd as usize as c_int }
    }

    pub(crate) fn set_fd(&mut self, fd: c_int) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).fd = fd_to_ptr(fd) }
    }

    /// Fails the connection as `mg_error` does: logs, sets `is_closing`, fires `MG_EV_ERROR` with `text`.
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// The same with text that need not be UTF-8; it ends at its first NUL.
    pub fn error_bytes(&mut self, text: &[u8]) {
        const ROOM: usize = 256;
        let mut buf = [0u8; ROOM];
        for (to, from) in buf.iter_mut().take(ROOM - 1).zip(text) {
            *to = *from;
        }
        log_error!(
            "{} {} {}",
            self.id(),
            self.fd(),
            core::str::from_utf8(text).unwrap_or("(not UTF-8)")
        );
        self.set_closing(true);
        self.call(mg_event::MG_EV_ERROR as c_int, buf.as_mut_ptr().cast());
    }

    /// As [`Conn::error`], for failures that no handler can undo: clearing `is_closing` has no effect.
    pub(crate) fn fatal(&mut self, text: impl fmt::Display) {
        let mut line = log::Line::default();
        let _ = write!(line, "{text}");
        let _stack = self.manager().map(|mgr| mgr.enter());
        if let Some(slot) = self.slot() {
            slot.doomed.set(true);
        }
        self.error_bytes(line.bytes());
        self.set_closing(true);
    }
}
