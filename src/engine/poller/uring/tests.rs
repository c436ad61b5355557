//! The rules hold with a ring and, where there is none, with what stands in for it.

use super::super::READ;
use super::*;
use std::vec::Vec;

/// Two connected non-blocking stream sockets.
fn pair() -> (c_int, c_int) {
    let mut fds = [0; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK;
    // SAFETY: room for two descriptors.
    let rc = unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) };
    assert_eq!(rc, 0);
    (fds[0], fds[1])
}

const TOKEN: Token = Token(7 << 32 | 3);

fn watching(fd: c_int) -> Uring {
    let mut poller = Uring::new();
    assert!(poller.add(fd, TOKEN, READ | STREAM));
    poller
}

fn wait(poller: &mut Uring, ms: c_int) -> Vec<(Token, u8)> {
    let mut waiter = poller.begin();
    let n = waiter.wait(ms);
    poller.waited(&mut waiter);
    let reports = (0..n).filter_map(|n| waiter.report(n)).collect();
    poller.end(waiter);
    reports
}

fn read(poller: &mut Uring, fd: c_int, len: usize) -> Vec<u8> {
    let mut buf = std::vec![0; len];
    match poller.recv(fd, TOKEN, &mut buf) {
        Io::Done(n) => buf.truncate(n),
        other => panic!("{other:?}"),
    }
    buf
}

/// Waits and reads until `len` bytes have come.
fn read_all(poller: &mut Uring, fd: c_int, len: usize) -> Vec<u8> {
    let mut got = Vec::new();
    for _ in 0..20 {
        if got.len() >= len {
            break;
        }
        if wait(poller, 1000).iter().any(|r| r.1 & READ != 0) {
            got.extend(read(poller, fd, 1000));
        }
    }
    got
}

#[test]
fn reports_as_long_as_something_is_unread() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    assert_eq!(wait(&mut poller, 0), []);
    assert_eq!(socket::send(peer, b"hello"), Io::Done(5));
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    assert_eq!(poller.unread(fd, TOKEN), 5);
    assert_eq!(read(&mut poller, fd, 2), b"he");
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    assert_eq!(read(&mut poller, fd, 9), b"llo");
    assert_eq!(poller.recv(fd, TOKEN, &mut [0; 9]), Io::WouldBlock);
    assert_eq!(wait(&mut poller, 0), []);
    socket::close(peer);
    let reports = wait(&mut poller, 1000);
    assert!(reports.iter().all(|r| r.0 == TOKEN && r.1 & READ != 0) && !reports.is_empty());
    assert_eq!(read(&mut poller, fd, 9), b"");
    poller.remove(fd, TOKEN);
    socket::close(fd);
}

#[test]
fn nothing_is_reported_to_who_does_not_read() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    wait(&mut poller, 0);
    assert!(poller.modify(fd, TOKEN, 0));
    assert_eq!(socket::send(peer, b"hello"), Io::Done(5));
    assert_eq!(wait(&mut poller, 20), []);
    assert!(poller.modify(fd, TOKEN, READ));
    assert_eq!(read_all(&mut poller, fd, 5), b"hello");
    assert!(poller.modify(fd, TOKEN, READ | super::super::WRITE));
    let writable = [(TOKEN, super::super::WRITE)];
    assert_eq!(wait(&mut poller, 1000), writable);
    assert_eq!(wait(&mut poller, 1000), writable);
    socket::close(peer);
    socket::close(fd);
}

#[test]
fn large_transfers_keep_their_order() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    let data: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let (mut sent, mut got) = (0, Vec::new());
    for _ in 0..10_000 {
        if let Io::Done(n) = socket::send(peer, &data[sent..]) {
            sent += n;
        }
        wait(&mut poller, 10);
        if let Io::Done(n @ 1..) = {
            let mut buf = [0; 3000];
            let io = poller.recv(fd, TOKEN, &mut buf);
            if let Io::Done(n) = io {
                got.extend_from_slice(&buf[..n]);
            }
            io
        } {
            assert!(n <= 3000);
        }
        if got.len() == data.len() {
            break;
        }
    }
    assert!(got == data);
    socket::close(peer);
    socket::close(fd);
}

#[test]
fn a_removed_descriptor_closes_at_once() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    wait(&mut poller, 0);
    poller.remove(fd, TOKEN);
    socket::close(fd);
    assert_eq!(socket::recv(peer, &mut [0; 9]), Io::Done(0));
    socket::close(peer);
    // Its place may be taken.
    let (fd, peer) = pair();
    let successor = Token(8 << 32 | 3);
    assert!(poller.add(fd, successor, READ | STREAM));
    assert_eq!(socket::send(peer, b"x"), Io::Done(1));
    assert_eq!(wait(&mut poller, 1000), [(successor, READ)]);
    socket::close(peer);
    socket::close(fd);
}

#[test]
fn files_are_refused_as_by_epoll() {
    let mut poller = Uring::new();
    let file = std::fs::File::open("/proc/self/exe").expect("a file");
    let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
    assert!(!poller.add(fd, TOKEN, READ) && !poller.add(-1, TOKEN, READ));
}

struct Moved(Uring);
// SAFETY: one thread after the other uses it.
unsafe impl Send for Moved {}

impl Moved {
    fn read_all(mut self, fd: c_int, len: usize) -> (Moved, Vec<u8>) {
        let got = read_all(&mut self.0, fd, len);
        (self, got)
    }
}

#[test]
fn another_thread_goes_on_with_what_was_received() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    assert_eq!(socket::send(peer, b"before"), Io::Done(6));
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    assert_eq!(socket::send(peer, b" after"), Io::Done(6));
    let moved = Moved(poller);
    let (moved, got) = std::thread::spawn(move || moved.read_all(fd, 12))
        .join()
        .expect("thread");
    assert_eq!(got, b"before after");
    assert_eq!(socket::send(peer, b"and back"), Io::Done(8));
    assert_eq!(moved.read_all(fd, 8).1, b"and back");
    socket::close(peer);
    socket::close(fd);
}

#[test]
fn sharing_loses_nothing() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    assert_eq!(socket::send(peer, b"before"), Io::Done(6));
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    poller.share();
    assert!(poller.fd() >= 0);
    assert_eq!(socket::send(peer, b" after"), Io::Done(6));
    assert_eq!(read_all(&mut poller, fd, 12), b"before after");
    socket::close(peer);
    socket::close(fd);
}

#[test]
fn the_child_of_a_fork_leaves_the_ring_alone() {
    let (fd, peer) = pair();
    let mut poller = watching(fd);
    if poller.fd() >= 0 {
        return; // no ring here: parent and child share an epoll, and the child would take the parent's bytes
    }
    assert_eq!(socket::send(peer, b"hello"), Io::Done(5));
    assert_eq!(wait(&mut poller, 1000), [(TOKEN, READ)]);
    // SAFETY: the child allocates and makes system calls only.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut buf = [0; 9];
        let reported = wait(&mut poller, 1000).len();
        let io = poller.recv(fd, TOKEN, &mut buf);
        drop(poller);
        let ok = reported > 0 && io == Io::Done(5) && buf.starts_with(b"hello");
        // SAFETY: ends the child.
        unsafe { libc::_exit(c_int::from(!ok)) };
    }
    let mut status = 0;
    // SAFETY: room for a status.
    let ended = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(ended, child);
    assert_eq!(status, 0);
    assert_eq!(read_all(&mut poller, fd, 5), b"hello");
    socket::close(peer);
    socket::close(fd);
}
