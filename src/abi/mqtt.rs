//! MQTT: constants, properties, options, messages.

use super::core::mg_str;
use core::ffi::c_int;
use core::mem::{offset_of, size_of};

/// Packet types, `mg_mqtt_message.cmd`.
/// Client requests a connection.
pub const MQTT_CMD_CONNECT: c_int = 1;
/// Connection acknowledged.
pub const MQTT_CMD_CONNACK: c_int = 2;
/// A message.
pub const MQTT_CMD_PUBLISH: c_int = 3;
/// QoS 1 acknowledged.
pub const MQTT_CMD_PUBACK: c_int = 4;
/// QoS 2 received.
pub const MQTT_CMD_PUBREC: c_int = 5;
/// QoS 2 released.
pub const MQTT_CMD_PUBREL: c_int = 6;
/// QoS 2 complete.
pub const MQTT_CMD_PUBCOMP: c_int = 7;
/// Subscribe request.
pub const MQTT_CMD_SUBSCRIBE: c_int = 8;
/// Subscribe acknowledged.
pub const MQTT_CMD_SUBACK: c_int = 9;
/// Unsubscribe request.
pub const MQTT_CMD_UNSUBSCRIBE: c_int = 10;
/// Unsubscribe acknowledged.
pub const MQTT_CMD_UNSUBACK: c_int = 11;
/// Ping.
pub const MQTT_CMD_PINGREQ: c_int = 12;
/// Ping answered.
pub const MQTT_CMD_PINGRESP: c_int = 13;
/// Goodbye.
pub const MQTT_CMD_DISCONNECT: c_int = 14;
/// Authentication exchange, MQTT 5.
pub const MQTT_CMD_AUTH: c_int = 15;

/// Property ids, `mg_mqtt_prop.id`.
/// Byte: 1 when the payload is UTF-8 text.
pub const MQTT_PROP_PAYLOAD_FORMAT_INDICATOR: c_int = 0x01;
/// Four bytes: seconds.
pub const MQTT_PROP_MESSAGE_EXPIRY_INTERVAL: c_int = 0x02;
/// Text.
pub const MQTT_PROP_CONTENT_TYPE: c_int = 0x03;
/// Text.
pub const MQTT_PROP_RESPONSE_TOPIC: c_int = 0x08;
/// Binary data.
pub const MQTT_PROP_CORRELATION_DATA: c_int = 0x09;
/// Variable byte integer.
pub const MQTT_PROP_SUBSCRIPTION_IDENTIFIER: c_int = 0x0B;
/// Four bytes: seconds.
pub const MQTT_PROP_SESSION_EXPIRY_INTERVAL: c_int = 0x11;
/// Text.
pub const MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER: c_int = 0x12;
/// Two bytes: seconds.
pub const MQTT_PROP_SERVER_KEEP_ALIVE: c_int = 0x13;
/// Text.
pub const MQTT_PROP_AUTHENTICATION_METHOD: c_int = 0x15;
/// Binary data.
pub const MQTT_PROP_AUTHENTICATION_DATA: c_int = 0x16;
/// Byte.
pub const MQTT_PROP_REQUEST_PROBLEM_INFORMATION: c_int = 0x17;
/// Four bytes: seconds.
pub const MQTT_PROP_WILL_DELAY_INTERVAL: c_int = 0x18;
/// Byte.
pub const MQTT_PROP_REQUEST_RESPONSE_INFORMATION: c_int = 0x19;
/// Text.
pub const MQTT_PROP_RESPONSE_INFORMATION: c_int = 0x1A;
/// Text.
pub const MQTT_PROP_SERVER_REFERENCE: c_int = 0x1C;
/// Text.
pub const MQTT_PROP_REASON_STRING: c_int = 0x1F;
/// Two bytes.
pub const MQTT_PROP_RECEIVE_MAXIMUM: c_int = 0x21;
/// Two bytes.
pub const MQTT_PROP_TOPIC_ALIAS_MAXIMUM: c_int = 0x22;
/// Two bytes.
pub const MQTT_PROP_TOPIC_ALIAS: c_int = 0x23;
/// Byte.
pub const MQTT_PROP_MAXIMUM_QOS: c_int = 0x24;
/// Byte.
pub const MQTT_PROP_RETAIN_AVAILABLE: c_int = 0x25;
/// Pair of texts.
pub const MQTT_PROP_USER_PROPERTY: c_int = 0x26;
/// Four bytes.
pub const MQTT_PROP_MAXIMUM_PACKET_SIZE: c_int = 0x27;
/// Byte.
pub const MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE: c_int = 0x28;
/// Byte.
pub const MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE: c_int = 0x29;
/// Byte.
pub const MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE: c_int = 0x2A;

/// Kinds of property values.
/// One byte, in `iv`.
pub const MQTT_PROP_TYPE_BYTE: c_int = 0;
/// Text, in `val`.
pub const MQTT_PROP_TYPE_STRING: c_int = 1;
/// Two texts, in `key` and `val`.
pub const MQTT_PROP_TYPE_STRING_PAIR: c_int = 2;
/// Binary data, in `val`.
pub const MQTT_PROP_TYPE_BINARY_DATA: c_int = 3;
/// Variable byte integer, in `iv`.
pub const MQTT_PROP_TYPE_VARIABLE_INT: c_int = 4;
/// Four bytes, in `iv`.
pub const MQTT_PROP_TYPE_INT: c_int = 5;
/// Two bytes, in `iv`.
pub const MQTT_PROP_TYPE_SHORT: c_int = 6;

/// Results of `mg_mqtt_parse`.
/// A whole packet was read.
pub const MQTT_OK: c_int = 0;
/// The packet goes on behind the end of the buffer.
pub const MQTT_INCOMPLETE: c_int = 1;
/// The packet contradicts itself.
pub const MQTT_MALFORMED: c_int = 2;

/// An MQTT 5 property.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_mqtt_prop {
    /// `MQTT_PROP_*`.
    pub id: u8,
    /// Value of byte, short, int and variable int properties.
    pub iv: u32,
    /// Name of a user property.
    pub key: mg_str,
    /// Value of text, binary and user properties.
    pub val: mg_str,
}

/// Options of `mg_mqtt_connect`, `_login`, `_pub`, `_sub`, `_unsub` and `_disconnect`. Each reads only the fields that
/// it is documented to read; the others may be uninitialised.
#[repr(C)]
pub struct mg_mqtt_opts {
    /// Login: user name, empty for none.
    pub user: mg_str,
    /// Login: password, empty for none.
    pub pass: mg_str,
    /// Login: client id; empty for a random one.
    pub client_id: mg_str,
    /// Topic of a publication, a subscription or, in login, of the last will.
    pub topic: mg_str,
    /// Payload of a publication or of the last will.
    pub message: mg_str,
    /// QoS of a publication, a subscription or the last will, 0 to 2.
    pub qos: u8,
    /// Login: protocol level, 4 or 5; 0 means 4.
    pub version: u8,
    /// Login: keep-alive interval in seconds.
    pub keepalive: u16,
    /// Publication: id of an earlier attempt to send again, else 0.
    pub retransmit_id: u16,
    /// Retain flag of a publication or the last will. The library reads it as a byte: callers leave fields uninitialised.
    pub retain: bool,
    /// Login: clean session. The library reads it as a byte.
    pub clean: bool,
    /// MQTT 5 properties.
    pub props: *mut mg_mqtt_prop,
    /// Number of `props`.
    pub num_props: usize,
    /// Login, MQTT 5: properties of the last will.
    pub will_props: *mut mg_mqtt_prop,
    /// Number of `will_props`.
    pub num_will_props: usize,
}

/// A received packet. Valid during the event; the slices point into the receive buffer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_mqtt_message {
    /// PUBLISH: topic.
    pub topic: mg_str,
    /// PUBLISH: payload.
    pub data: mg_str,
    /// The whole packet.
    pub dgram: mg_str,
    /// Packet id of PUBLISH above QoS 0, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK.
    pub id: u16,
    /// Packet type, `MQTT_CMD_*`.
    pub cmd: u8,
    /// QoS bits of the first byte.
    pub qos: u8,
    /// CONNACK: return code, 0 for success.
    pub ack: u8,
    /// PUBLISH, MQTT 5: offset of the properties in `dgram`.
    pub props_start: usize,
    /// PUBLISH, MQTT 5: bytes of properties.
    pub props_size: usize,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<mg_mqtt_prop>() == 40 && offset_of!(mg_mqtt_prop, iv) == 4);
    assert!(offset_of!(mg_mqtt_prop, key) == 8 && offset_of!(mg_mqtt_prop, val) == 24);
    assert!(size_of::<mg_mqtt_opts>() == 120 && offset_of!(mg_mqtt_opts, qos) == 80);
    assert!(
        offset_of!(mg_mqtt_opts, keepalive) == 82 && offset_of!(mg_mqtt_opts, retransmit_id) == 84
    );
    assert!(offset_of!(mg_mqtt_opts, retain) == 86 && offset_of!(mg_mqtt_opts, clean) == 87);
    assert!(
        offset_of!(mg_mqtt_opts, props) == 88 && offset_of!(mg_mqtt_opts, num_will_props) == 112
    );
    assert!(size_of::<mg_mqtt_message>() == 72 && offset_of!(mg_mqtt_message, id) == 48);
    assert!(offset_of!(mg_mqtt_message, cmd) == 50 && offset_of!(mg_mqtt_message, ack) == 52);
    assert!(
        offset_of!(mg_mqtt_message, props_start) == 56
            && offset_of!(mg_mqtt_message, props_size) == 64
    );
};
