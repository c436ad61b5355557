//! SNTP client: one request, one reply, one event (protocols chapter §3).

use crate::abi::core::{mg_addr, mg_event};
use crate::engine::fields::set_wall_clock;
use crate::engine::{Conn, Event, Protocol, platform};
use crate::wire::sntp;

/// The protocol handler of `mg_sntp_connect`.
pub static SNTP: Protocol = Protocol {
    name: "sntp",
    sleeps: false,
    requests: false,
    on_event,
};

/// Milliseconds after which the connection closes without an answer. The first 8 bytes of `c->data` hold the time.
pub const TIMEOUT_MS: u64 = 3000;

#[derive(Default)]
struct Exchange {
    /// Used when the program made `c->data` too small to hold it.
    deadline: u64,
    /// When the last request was sent, and where to.
    sent: Option<(u64, mg_addr)>,
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Open => {
            let deadline = platform::millis().saturating_add(TIMEOUT_MS);
            conn.set_data_word(deadline);
            if let Some(mut state) = conn.state::<Exchange>() {
                state.deadline = deadline;
            }
        }
        Event::Connect => request(conn),
        Event::Read(_) => {
            if let Some(time) = answer(conn) {
                conn.emit_value(mg_event::MG_EV_SNTP_TIME, time);
            }
            conn.recv_clear();
            conn.set_closing(true);
        }
        Event::Poll(now) => {
            // Programs may read and move the deadline.
            let deadline = match conn.data_word() {
                Some(deadline) => deadline,
                None => conn.state::<Exchange>().map_or(0, |state| state.deadline),
            };
            if now > deadline {
                conn.set_closing(true);
            }
        }
        _ => {}
    }
}

/// Sends a request, unless the address is not known yet.
pub fn request(conn: &mut Conn) {
    if conn.is_resolving() {
        log_error!("{} SNTP request while resolving", conn.id());
        return;
    }
    let now = platform::millis();
    let to = conn.remote();
    if let Some(mut state) = conn.state::<Exchange>() {
        state.sent = Some((now, to));
    }
    conn.send(&sntp::request(now));
}

/// The time in the reply, when it answers our request: same origin, same server. Sets the wall clock.
fn answer(conn: &mut Conn) -> Option<u64> {
    let from = conn.remote();
    let (sent, to) = conn.state::<Exchange>()?.sent?;
    let reply = sntp::parse(conn.recv())?;
    let expected = reply.origin == sntp::expected_origin(sent) && super::same_peer(&from, &to);
    if !expected {
        log_error!("{} SNTP reply to another request", conn.id());
        return None;
    }
    if !reply.knows_the_time() {
        log_error!("{} SNTP reply without a time", conn.id());
        return None;
    }
    adopt(&reply)
}

/// The time that a reply stands for. Sets the wall clock.
pub fn adopt(reply: &sntp::Reply) -> Option<u64> {
    let now = platform::millis();
    let time = u64::try_from(reply.time(i64::try_from(now).ok()?)?).ok()?;
    set_wall_clock(time, now);
    Some(time)
}
