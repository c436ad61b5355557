//! Sockets: the system calls, each wrapped once. Everything is non-blocking and close-on-exec from birth.

use crate::abi::core::{mg_addr, mg_addr_bytes};
use core::ffi::{c_int, c_void};
use core::mem::{size_of, zeroed};

/// Invalid descriptor.
pub const INVALID: c_int = -1;

/// Outcome of a read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    /// That many bytes moved; 0 from a stream read is the end.
    Done(usize),
    /// Try again when the poller says so.
    WouldBlock,
    /// Failed, with errno.
    Failed(c_int),
}

/// The last error of the calling thread.
pub fn errno() -> c_int {
    // SAFETY: no preconditions.
    unsafe { *libc::__errno_location() }
}

/// A socket address in the system's form.
#[derive(Clone, Copy)]
pub struct SockAddr {
    storage: libc::sockaddr_storage,
    len: libc::socklen_t,
}

impl SockAddr {
    /// Room for the kernel to fill in.
    fn empty() -> Self {
        SockAddr {
            // SAFETY: sockaddr_storage is plain data.
            storage: unsafe { zeroed() },
            len: size_of::<libc::sockaddr_storage>() as libc::socklen_t,
        }
    }

    /// From a public address.
    pub fn new(addr: &mg_addr) -> Self {
        let mut out = Self::empty();
        let p = core::ptr::addr_of_mut!(out.storage);
        // SAFETY: sockaddr_storage has room and alignment for either form; all bit patterns of the union are valid.
        unsafe {
            if addr.is_ip6 {
                let sin6 = p.cast::<libc::sockaddr_in6>();
                (*sin6).sin6_family = libc::AF_INET6 as libc::sa_family_t;
                (*sin6).sin6_port = addr.port;
                (*sin6).sin6_addr.s6_addr = addr.addr.ip;
                (*sin6).sin6_scope_id = u32::from(addr.scope_id);
                out.len = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
            } else {
                let sin = p.cast::<libc::sockaddr_in>();
                (*sin).sin_family = libc::AF_INET as libc::sa_family_t;
                (*sin).sin_port = addr.port;
                (*sin).sin_addr.s_addr = addr.addr.ip4;
                out.len = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            }
        }
        out
    }

    /// To a public address; `None` for families other than IP.
    pub fn to_addr(self) -> Option<mg_addr> {
        let mut addr = no_addr();
        let p = core::ptr::addr_of!(self.storage);
        // SAFETY: the family says which form the storage holds.
        unsafe {
            match c_int::from(self.storage.ss_family) {
                libc::AF_INET6 => {
                    let sin6 = &*p.cast::<libc::sockaddr_in6>();
                    addr.addr.ip = sin6.sin6_addr.s6_addr;
                    addr.port = sin6.sin6_port;
                    addr.scope_id = sin6.sin6_scope_id as u8;
                    addr.is_ip6 = true;
                }
                libc::AF_INET => {
                    let sin = &*p.cast::<libc::sockaddr_in>();
                    addr.addr.ip4 = sin.sin_addr.s_addr;
                    addr.port = sin.sin_port;
                }
                _ => return None,
            }
        }
        Some(addr)
    }

    fn raw(&self) -> *const libc::sockaddr {
        core::ptr::addr_of!(self.storage).cast()
    }
}

/// The unspecified IPv4 address, port 0.
pub fn no_addr() -> mg_addr {
    mg_addr {
        addr: mg_addr_bytes { ip: [0; 16] },
        port: 0,
        scope_id: 0,
        is_ip6: false,
    }
}

/// A new socket for the family of `addr`.
pub fn open(addr: &mg_addr, udp: bool) -> Result<c_int, c_int> {
    let family = if addr.is_ip6 {
        libc::AF_INET6
    } else {
        libc::AF_INET
    };
    let kind = if udp {
        libc::SOCK_DGRAM
    } else {
        libc::SOCK_STREAM
    };
    // SAFETY: no preconditions.
    let fd = unsafe { libc::socket(family, kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 { Err(errno()) } else { Ok(fd) }
}

/// Sets an integer option; false when the system refuses.
pub fn set_option(fd: c_int, level: c_int, name: c_int, value: c_int) -> bool {
    // SAFETY: the value lives for the call.
    unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            core::ptr::addr_of!(value).cast(),
            size_of::<c_int>() as libc::socklen_t,
        ) == 0
    }
}

/// TCP_NODELAY and SO_KEEPALIVE; failures do not matter.
pub fn tune_stream(fd: c_int) {
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
    set_option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1);
}

/// Binds `fd`.
pub fn bind(fd: c_int, addr: &mg_addr) -> Result<(), c_int> {
    let sa = SockAddr::new(addr);
    // SAFETY: the address lives for the call.
    check(unsafe { libc::bind(fd, sa.raw(), sa.len) })
}

/// Starts to listen.
pub fn listen(fd: c_int, backlog: c_int) -> Result<(), c_int> {
    // SAFETY: no preconditions.
    check(unsafe { libc::listen(fd, backlog) })
}

/// Starts to connect; `Ok(false)` while pending.
pub fn connect(fd: c_int, addr: &mg_addr) -> Result<bool, c_int> {
    let sa = SockAddr::new(addr);
    // SAFETY: the address lives for the call.
    match check(unsafe { libc::connect(fd, sa.raw(), sa.len) }) {
        Ok(()) => Ok(true),
        Err(libc::EINPROGRESS | libc::EAGAIN | libc::EINTR) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Accepts one connection: descriptor and peer.
pub fn accept(fd: c_int) -> Result<(c_int, mg_addr), c_int> {
    loop {
        let mut sa = SockAddr::empty();
        // SAFETY: the storage has `len` bytes.
        let child = unsafe {
            libc::accept4(
                fd,
                core::ptr::addr_of_mut!(sa.storage).cast(),
                &mut sa.len,
                libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
            )
        };
        if child >= 0 {
            return Ok((child, sa.to_addr().unwrap_or_else(no_addr)));
        }
        match errno() {
            libc::EINTR => {}
            e => return Err(e),
        }
    }
}

/// Address that `fd` is bound to.
pub fn local_addr(fd: c_int) -> Option<mg_addr> {
    let mut sa = SockAddr::empty();
    // SAFETY: the storage has `len` bytes.
    let rc =
        unsafe { libc::getsockname(fd, core::ptr::addr_of_mut!(sa.storage).cast(), &mut sa.len) };
    if rc == 0 { sa.to_addr() } else { None }
}

/// Whether `fd` has a peer.
pub fn has_peer(fd: c_int) -> bool {
    let mut sa = SockAddr::empty();
    // SAFETY: the storage has `len` bytes.
    unsafe { libc::getpeername(fd, core::ptr::addr_of_mut!(sa.storage).cast(), &mut sa.len) == 0 }
}

/// Takes the pending error of `fd`, 0 when there is none.
pub fn take_error(fd: c_int) -> c_int {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the value has `len` bytes.
    let rc = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_ERROR,
            core::ptr::addr_of_mut!(value).cast(),
            &mut len,
        )
    };
    if rc == 0 { value } else { errno() }
}

/// Unread bytes of `fd`.
pub fn unread(fd: c_int) -> usize {
    let mut n: c_int = 0;
    // SAFETY: FIONREAD writes an int.
    let rc = unsafe { libc::ioctl(fd, libc::FIONREAD, &mut n) };
    if rc == 0 {
        usize::try_from(n).unwrap_or(0)
    } else {
        0
    }
}

/// Of every read and write: sockets that the user opened may be blocking ones, but no poll ever waits in them.
const FLAGS: c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// Reads into `buf`.
pub fn recv(fd: c_int, buf: &mut [u8]) -> Io {
    // SAFETY: the slice is valid for its length.
    outcome(|| unsafe { libc::recv(fd, buf.as_mut_ptr().cast::<c_void>(), buf.len(), FLAGS) })
}

/// Reads one datagram into `buf` and tells its source.
pub fn recv_from(fd: c_int, buf: &mut [u8]) -> (Io, Option<mg_addr>) {
    let mut sa = SockAddr::empty();
    // SAFETY: the slice is valid for its length, the storage for `len` bytes.
    let io = outcome(|| unsafe {
        libc::recvfrom(
            fd,
            buf.as_mut_ptr().cast::<c_void>(),
            buf.len(),
            FLAGS,
            core::ptr::addr_of_mut!(sa.storage).cast(),
            &mut sa.len,
        )
    });
    (io, sa.to_addr())
}

/// Writes what the system takes of `buf`.
pub fn send(fd: c_int, buf: &[u8]) -> Io {
    // SAFETY: the slice is valid for its length.
    outcome(|| unsafe { libc::send(fd, buf.as_ptr().cast::<c_void>(), buf.len(), FLAGS) })
}

/// Pieces that one call of [`send_pieces`] writes at most.
const MAX_PIECES: usize = 16;

/// Writes what the system takes of `pieces`, one after the other, of the first [`MAX_PIECES`] at most.
pub fn send_pieces(fd: c_int, pieces: &[&[u8]]) -> Io {
    if let [only] = pieces {
        return send(fd, only);
    }
    let mut vector = [const {
        libc::iovec {
            iov_base: core::ptr::null_mut(),
            iov_len: 0,
        }
    }; MAX_PIECES];
    let count = pieces.len().min(MAX_PIECES);
    for (entry, piece) in vector.iter_mut().zip(pieces) {
        entry.iov_base = piece.as_ptr().cast_mut().cast();
        entry.iov_len = piece.len();
    }
    // SAFETY: plain data, of which all zeroes is a message without address, parts and control data.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_iov = vector.as_mut_ptr();
    message.msg_iovlen = count as _;
    // SAFETY: the message describes `count` slices that live for the call and are only read.
    outcome(|| unsafe { libc::sendmsg(fd, &message, FLAGS) })
}

/// Writes what the system takes of the next `len` bytes of the open file `file`, which never pass through this process.
///
/// `fd` must not be a blocking one: there is no flag for that here. Nor is there one against SIGPIPE, which the manager
/// makes the process ignore.
#[cfg(target_os = "linux")]
pub fn send_file(fd: c_int, file: c_int, len: usize) -> Io {
    // SAFETY: without an offset, the call has no pointers to memory.
    outcome(|| unsafe { libc::sendfile(fd, file, core::ptr::null_mut(), len) })
}

/// Whether calls on `fd` may wait, as on sockets that the user opened.
pub fn is_blocking(fd: c_int) -> bool {
    // SAFETY: no pointers.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    flags < 0 || flags & libc::O_NONBLOCK == 0
}

/// Writes nothing: the system has no such call, or one of another form.
#[cfg(not(target_os = "linux"))]
pub fn send_file(_fd: c_int, _file: c_int, _len: usize) -> Io {
    Io::Failed(libc::ENOSYS)
}

/// Sends one datagram to `to`.
pub fn send_to(fd: c_int, buf: &[u8], to: &mg_addr) -> Io {
    let sa = SockAddr::new(to);
    // SAFETY: the slice is valid for its length, the address lives for the call.
    outcome(|| unsafe {
        libc::sendto(
            fd,
            buf.as_ptr().cast::<c_void>(),
            buf.len(),
            FLAGS,
            sa.raw(),
            sa.len,
        )
    })
}

/// Closes `fd`.
pub fn close(fd: c_int) {
    // SAFETY: the engine owns the descriptor.
    unsafe { libc::close(fd) };
}

/// Joins the IPv4 multicast group `ip` (network byte order) on any interface; errors do not matter.
pub fn join_multicast(fd: c_int, ip: u32) {
    // SAFETY: ip_mreq is plain data and lives for the call.
    unsafe {
        let mut group: libc::ip_mreq = zeroed();
        group.imr_multiaddr.s_addr = ip;
        libc::setsockopt(
            fd,
            libc::IPPROTO_IP,
            libc::IP_ADD_MEMBERSHIP,
            core::ptr::addr_of!(group).cast(),
            size_of::<libc::ip_mreq>() as libc::socklen_t,
        );
    }
}

fn check(rc: c_int) -> Result<(), c_int> {
    if rc == 0 { Ok(()) } else { Err(errno()) }
}

fn outcome(mut call: impl FnMut() -> isize) -> Io {
    loop {
        let n = call();
        if let Ok(n) = usize::try_from(n) {
            return Io::Done(n);
        }
        match errno() {
            libc::EINTR => {}
            libc::EAGAIN | libc::EINPROGRESS => return Io::WouldBlock,
            #[allow(unreachable_patterns)]
            libc::EWOULDBLOCK => return Io::WouldBlock,
            e => return Io::Failed(e),
        }
    }
}
