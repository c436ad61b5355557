//! The MQTT chapter: clients, listeners, packets.

use super::engine::{connect_url, to_ptr};
use super::panic::guard;
use super::ptr::{c_bytes, str_bytes, to_slice};
use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr, mg_str};
use crate::abi::mqtt::{
    MQTT_INCOMPLETE, MQTT_MALFORMED, MQTT_OK, mg_mqtt_message, mg_mqtt_opts, mg_mqtt_prop,
};
use crate::engine::connect::Handlers;
use crate::engine::protocol::TRAMPOLINE;
use crate::engine::{Conn, Manager, listen};
use crate::service::mqtt::{self, MQTT, to_str};
use crate::wire::mqtt::build::{Connect, Publish, Will};
use crate::wire::mqtt::packet::{Packet, Status, parse};
use crate::wire::mqtt::property::{self, Property};
use crate::wire::mqtt::{VERSION_3_1_1, VERSION_5, command};
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Connects to a broker and queues CONNECT at once. `opts` may be NULL: all defaults, random client id.
///
/// Returns the connection, NULL for a NULL or empty URL or when memory runs out. MG_EV_MQTT_OPEN brings the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_connect(
    mgr: *mut mg_mgr,
    url: *const c_char,
    opts: *const mg_mqtt_opts,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    let handlers = Handlers {
        handler: r#fn,
        data: fn_data,
        protocol: TRAMPOLINE,
        protocol_data: ptr::null_mut(),
        service: Some(&MQTT),
    };
    // SAFETY: the caller passes an initialised manager, a NUL-terminated URL and NULL or valid options.
    guard(ptr::null_mut(), || unsafe {
        let c = connect_url(mgr, url, handlers);
        if let Some(mut conn) = Conn::from_raw(c) {
            login(&mut conn, opts);
        }
        c
    })
}

/// Opens an MQTT listener. As `mg_listen`, with the MQTT protocol handler attached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_listen(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        let mut c =
            Manager::from_raw(mgr).and_then(|m| listen::listen(&m, c_bytes(url), r#fn, fn_data));
        if let Some(c) = &mut c {
            c.set_protocol(Some(&MQTT));
        }
        to_ptr(c)
    })
}

/// Queues CONNECT. Reads `user`, `pass`, `client_id`, `version`, `keepalive`, `clean`; with a non-empty `topic` also
/// `message`, `qos`, `retain` as the last will; with version 5 the properties. Sets `is_mqtt5`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_login(c: *mut mg_connection, opts: *const mg_mqtt_opts) {
    // SAFETY: the caller passes a live connection and NULL or valid options.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            login(&mut conn, opts);
        }
    });
}

/// Queues PUBLISH. Reads `topic`, `message`, `qos`, `retain`, `retransmit_id` and, on an MQTT 5 connection, `props`.
///
/// Returns the packet id when `qos` is above 0, else `retransmit_id`. The data is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_pub(c: *mut mg_connection, opts: *const mg_mqtt_opts) -> u16 {
    // SAFETY: the caller passes a live connection and valid options.
    guard(0, || unsafe {
        let Some(mut conn) = Conn::from_raw(c).filter(|_| !opts.is_null()) else {
            return 0;
        };
        let properties = properties(&conn, opts);
        let fields = Publish {
            topic: str_bytes((*opts).topic),
            payload: str_bytes((*opts).message),
            qos: (*opts).qos,
            retain: flag(ptr::addr_of!((*opts).retain)),
            properties: properties.as_deref(),
            ..Publish::default()
        };
        mqtt::publish(&mut conn, &fields, (*opts).retransmit_id)
    })
}

/// Queues SUBSCRIBE for one filter. Reads `topic`, `qos` and, on an MQTT 5 connection, `props`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_sub(c: *mut mg_connection, opts: *const mg_mqtt_opts) {
    // SAFETY: the caller passes a live connection and valid options.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c).filter(|_| !opts.is_null()) {
            let properties = properties(&conn, opts);
            mqtt::subscribe(
                &mut conn,
                str_bytes((*opts).topic),
                (*opts).qos,
                properties.as_deref(),
            );
        }
    });
}

/// Queues UNSUBSCRIBE for one filter. Reads `topic` and, on an MQTT 5 connection, `props`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_unsub(c: *mut mg_connection, opts: *const mg_mqtt_opts) {
    // SAFETY: the caller passes a live connection and valid options.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c).filter(|_| !opts.is_null()) {
            let properties = properties(&conn, opts);
            mqtt::unsubscribe(&mut conn, str_bytes((*opts).topic), properties.as_deref());
        }
    });
}

/// Queues a fixed header: packet type `cmd` (MQTT_CMD_*), its flags, and the number of bytes that follow.
/// Queue these with `mg_send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_send_header(c: *mut mg_connection, cmd: u8, flags: u8, len: u32) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            mqtt::header(&mut conn, cmd, flags, len);
        }
    });
}

/// Queues PINGREQ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_ping(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    unsafe { mg_mqtt_send_header(c, command::PINGREQ, 0, 0) }
}

/// Queues PINGRESP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_pong(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    unsafe { mg_mqtt_send_header(c, command::PINGRESP, 0, 0) }
}

/// Queues DISCONNECT with reason 0; does not close. `opts` may be NULL; on an MQTT 5 connection its `props` are sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_disconnect(c: *mut mg_connection, opts: *const mg_mqtt_opts) {
    // SAFETY: the caller passes a live connection and NULL or valid options.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            let properties = properties(&conn, opts);
            mqtt::disconnect(&mut conn, properties.as_deref());
        }
    });
}

/// Reads the packet at the start of `buf` into `m`, whose slices point into `buf`. `version` 5 means MQTT 5, any other
/// value 3.1.1. Returns MQTT_OK, MQTT_INCOMPLETE or MQTT_MALFORMED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_parse(
    buf: *const u8,
    len: usize,
    version: u8,
    m: *mut mg_mqtt_message,
) -> c_int {
    // SAFETY: the caller passes `len` bytes at `buf` and a writable message.
    guard(MQTT_MALFORMED, || unsafe {
        let mut packet = Packet::default();
        let status = parse(to_slice(buf, len), version, &mut packet);
        if !m.is_null() {
            let mut message = mqtt::to_message(&packet);
            message.dgram.buf = buf.cast_mut().cast();
            m.write(message);
        }
        match status {
            Status::Complete => MQTT_OK,
            Status::Incomplete => MQTT_INCOMPLETE,
            Status::Malformed => MQTT_MALFORMED,
        }
    })
}

/// Reads the MQTT 5 property at offset `ofs` of the message's properties into `prop`. Start with 0.
///
/// Returns the offset of the next one, 0 at the end and where no defined property can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mqtt_next_prop(
    msg: *mut mg_mqtt_message,
    prop: *mut mg_mqtt_prop,
    ofs: usize,
) -> usize {
    // SAFETY: the caller passes a message of this library and a writable property.
    guard(0, || unsafe {
        if msg.is_null() || prop.is_null() {
            return 0;
        }
        let (start, size) = ((*msg).props_start, (*msg).props_size);
        let bytes = str_bytes((*msg).dgram);
        let section = start
            .checked_add(size)
            .and_then(|end| bytes.get(start..end));
        match section
            .filter(|_| ofs < size)
            .and_then(|section| property::read_at(section, ofs))
        {
            Some((found, next)) => {
                prop.write(to_prop(&found));
                next
            }
            None => 0,
        }
    })
}

/// # Safety
/// `opts` is NULL or points to options; only the fields of CONNECT are read.
unsafe fn login(conn: &mut Conn, opts: *const mg_mqtt_opts) {
    let mut fields = Connect {
        version: VERSION_3_1_1,
        ..Connect::default()
    };
    let (mut own, mut of_will) = (Vec::new(), Vec::new());
    // SAFETY: the caller's promise.
    unsafe {
        if !opts.is_null() {
            if (*opts).version != 0 {
                fields.version = (*opts).version;
            }
            if fields.version == VERSION_5 {
                own = to_properties((*opts).props, (*opts).num_props);
            }
            fields.user = str_bytes((*opts).user);
            fields.password = str_bytes((*opts).pass);
            fields.client_id = str_bytes((*opts).client_id);
            fields.keepalive = (*opts).keepalive;
            fields.clean = flag(ptr::addr_of!((*opts).clean));
            let topic = str_bytes((*opts).topic);
            if !topic.is_empty() {
                if fields.version == VERSION_5 {
                    of_will = to_properties((*opts).will_props, (*opts).num_will_props);
                }
                fields.will = Some(Will {
                    topic,
                    payload: str_bytes((*opts).message),
                    qos: (*opts).qos & 3,
                    retain: flag(ptr::addr_of!((*opts).retain)),
                    properties: &of_will,
                });
            }
        }
    }
    fields.properties = &own;
    mqtt::login(conn, &fields);
}

/// The properties for a packet on `conn`: none in MQTT 3.1.1, where the fields may be uninitialised.
///
/// # Safety
/// `opts` is NULL or points to options whose `props` are valid on an MQTT 5 connection.
unsafe fn properties<'a>(conn: &Conn, opts: *const mg_mqtt_opts) -> Option<Vec<Property<'a>>> {
    conn.is_mqtt5().then(|| {
        if opts.is_null() {
            return Vec::new();
        }
        // SAFETY: the caller's promise.
        unsafe { to_properties((*opts).props, (*opts).num_props) }
    })
}

/// # Safety
/// `props` is NULL or points to `count` properties.
unsafe fn to_properties<'a>(props: *const mg_mqtt_prop, count: usize) -> Vec<Property<'a>> {
    let mut list = Vec::new();
    if props.is_null() {
        return list;
    }
    for n in 0..count {
        // SAFETY: the caller's promise. Fields are read one by one; strings only where the kind of property has them.
        unsafe {
            let p = props.add(n);
            let (id, mut value, mut name) = (
                (*p).id,
                mg_str {
                    buf: ptr::null_mut(),
                    len: 0,
                },
                None,
            );
            let mut number = 0;
            match property::kind(id) {
                Some(property::Kind::Text | property::Kind::Binary) => value = (*p).val,
                Some(property::Kind::TextPair) => {
                    value = (*p).val;
                    name = Some((*p).key);
                }
                _ => number = (*p).iv,
            }
            let name = name.map_or(&[][..], |name| str_bytes(name));
            list.push(Property {
                id,
                number,
                name,
                value: str_bytes(value),
            });
        }
    }
    list
}

fn to_prop(property: &Property<'_>) -> mg_mqtt_prop {
    mg_mqtt_prop {
        id: property.id,
        iv: property.number,
        key: to_str(property.name),
        val: to_str(property.value),
    }
}

/// A caller's `bool`, which may hold any byte.
///
/// # Safety
/// `flag` points to a readable byte.
unsafe fn flag(flag: *const bool) -> bool {
    // SAFETY: the caller's promise.
    unsafe { flag.cast::<u8>().read() != 0 }
}
