//! MQTT on a connection, client and server side: cuts the stream into packets, acknowledges, fires events
//! (protocols chapter §1.6), and queues packets.
//!
//! No session logic: whether CONNECT came first, what is retained, who subscribed to what is the application's.

use crate::abi::core::{mg_event, mg_str};
use crate::abi::mqtt::mg_mqtt_message;
use crate::engine::{Conn, Event, Protocol, limits};
use crate::wire::mqtt::build::{self, EncodeError};
use crate::wire::mqtt::packet::{Packet, Status, announced_len, parse};
use crate::wire::mqtt::{VERSION_3_1_1, VERSION_5, command, property::Property, strict};
use core::ffi::{c_int, c_void};
use core::ptr;

/// The protocol handler of `mg_mqtt_listen` and `mg_mqtt_connect`.
pub static MQTT: Protocol = Protocol {
    name: "mqtt",
    sleeps: true,
    requests: false,
    on_event,
};

/// Characters of a generated client id.
pub const CLIENT_ID_LEN: usize = 19;

fn on_event(conn: &mut Conn, event: Event<'_>) {
    if let Event::Read(_) = event {
        while !conn.is_closing() && one(conn) {}
    }
}

/// Protocol level of a connection.
pub fn version(conn: &Conn) -> u8 {
    if conn.is_mqtt5() {
        VERSION_5
    } else {
        VERSION_3_1_1
    }
}

/// Handles the packet at the front of the receive buffer. False when there is none to handle.
fn one(conn: &mut Conn) -> bool {
    let mut packet = Packet::default();
    let verdict = match parse(conn.recv(), version(conn), &mut packet) {
        Status::Complete => strict::check(&packet, version(conn)),
        Status::Malformed => Err("MQTT packet malformed"),
        Status::Incomplete => match announced_len(conn.recv()) {
            Some(len) if len > limits::max_recv_size(conn) => Err("MQTT packet too long"),
            _ => return false,
        },
    };
    match verdict {
        Ok(()) => {
            let len = packet.bytes.len();
            let message = to_message(&packet);
            dispatch(conn, message);
            conn.recv_del(0, len);
            true
        }
        Err(text) => {
            conn.error(text);
            false
        }
    }
}

/// What the packet type asks for, then `MG_EV_MQTT_CMD`.
fn dispatch(conn: &mut Conn, mut message: mg_mqtt_message) {
    let reason = conn.is_mqtt5().then_some(0);
    match message.cmd {
        command::CONNACK => {
            let code = message.ack;
            conn.emit_value(mg_event::MG_EV_MQTT_OPEN, c_int::from(code));
            if code != 0 {
                log_error!("{} MQTT connection refused, code {}", conn.id(), code);
                conn.set_closing(true);
            }
        }
        command::PUBLISH => {
            match message.qos {
                1 => acknowledge(conn, command::PUBACK, message.id, reason),
                2 => acknowledge(conn, command::PUBREC, message.id, reason),
                _ => {}
            }
            emit(conn, mg_event::MG_EV_MQTT_MSG, &mut message);
        }
        command::PUBREC => acknowledge(conn, command::PUBREL, message.id, None),
        command::PUBREL => acknowledge(conn, command::PUBCOMP, message.id, None),
        _ => {}
    }
    emit(conn, mg_event::MG_EV_MQTT_CMD, &mut message);
}

fn emit(conn: &mut Conn, ev: mg_event, message: &mut mg_mqtt_message) {
    conn.call(ev as c_int, ptr::from_mut(message).cast::<c_void>());
}

fn acknowledge(conn: &mut Conn, command: u8, id: u16, reason: Option<u8>) {
    queue(conn, |conn| build::acknowledge(command, id, reason, conn));
}

/// The C form of a packet.
pub fn to_message(packet: &Packet<'_>) -> mg_mqtt_message {
    mg_mqtt_message {
        topic: to_str(packet.topic),
        data: to_str(packet.payload),
        dgram: to_str(packet.bytes),
        id: packet.id,
        cmd: packet.command,
        qos: packet.qos,
        ack: packet.ack,
        props_start: packet.properties.start,
        props_size: packet.properties.len(),
    }
}

/// A slice for C; NULL when it is empty.
pub fn to_str(bytes: &[u8]) -> mg_str {
    let buf = if bytes.is_empty() {
        ptr::null_mut()
    } else {
        bytes.as_ptr().cast_mut().cast()
    };
    mg_str {
        buf,
        len: bytes.len(),
    }
}

impl build::Sink for Conn {
    fn put(&mut self, bytes: &[u8]) -> bool {
        self.send(bytes)
    }
}

/// Queues a packet, or takes back what was queued of it and fails the connection.
fn queue(conn: &mut Conn, write: impl FnOnce(&mut Conn) -> Result<(), EncodeError>) -> bool {
    let before = conn.send_len();
    match write(conn) {
        Ok(()) => true,
        Err(error) => {
            conn.send_truncate(before);
            conn.error(error.text());
            false
        }
    }
}

/// Queues CONNECT. An empty client id is replaced by a random one. Sets the protocol level of the connection.
pub fn login(conn: &mut Conn, fields: &build::Connect<'_>) {
    let mut generated = [0; CLIENT_ID_LEN];
    let mut fields = *fields;
    if fields.client_id.is_empty() {
        if !super::random::alphanumeric(&mut generated) {
            return conn.error("random");
        }
        fields.client_id = &generated;
    }
    if !fields.password.is_empty() && fields.user.is_empty() && fields.version != VERSION_5 {
        log_error!(
            "{} MQTT 3.1.1 has no password without a user name: left out",
            conn.id()
        );
    }
    conn.set_mqtt5(fields.version == VERSION_5);
    queue(conn, |conn| build::connect(&fields, conn));
}

/// Queues PUBLISH and returns the packet id. `retransmit` is the id of an earlier attempt, else 0.
pub fn publish(conn: &mut Conn, fields: &build::Publish<'_>, retransmit: u16) -> u16 {
    let mut fields = *fields;
    fields.qos &= 3;
    fields.id = retransmit;
    if fields.qos > 0 {
        fields.duplicate = retransmit != 0;
        if retransmit == 0 {
            fields.id = next_id(conn);
        }
    }
    queue(conn, |conn| build::publish(&fields, conn));
    fields.id
}

/// Queues SUBSCRIBE.
pub fn subscribe(conn: &mut Conn, filter: &[u8], qos: u8, properties: Option<&[Property<'_>]>) {
    let id = next_id(conn);
    queue(conn, |conn| {
        build::subscribe(id, filter, qos & 3, properties, conn)
    });
}

/// Queues UNSUBSCRIBE.
pub fn unsubscribe(conn: &mut Conn, filter: &[u8], properties: Option<&[Property<'_>]>) {
    let id = next_id(conn);
    queue(conn, |conn| {
        build::unsubscribe(id, filter, properties, conn)
    });
}

/// Queues DISCONNECT. Does not close.
pub fn disconnect(conn: &mut Conn, properties: Option<&[Property<'_>]>) {
    queue(conn, |conn| build::disconnect(properties, conn));
}

/// Queues a fixed header; the caller queues the `len` bytes that follow.
pub fn header(conn: &mut Conn, command: u8, flags: u8, len: u32) {
    queue(conn, |conn| build::header(command, flags, len, conn));
}

fn next_id(conn: &Conn) -> u16 {
    conn.manager().map_or(1, |mgr| mgr.next_mqtt_id())
}
