//! MQTT 3.1.1 and 5.0 packets.
//!
//! | file | what |
//! |---|---|
//! | [`varint`] | the variable byte integer (MQTT 5.0 §1.5.5) |
//! | [`packet`] | splitting a buffer into packets; the fields that every user needs |
//! | [`strict`] | what a packet must satisfy beyond that before a connection acts on it |
//! | [`property`] | MQTT 5 properties, reading and writing |
//! | [`build`] | writing packets, into a [`build::Sink`] |
//! | [`connect`], [`filters`] | the bodies of CONNECT and of SUBSCRIBE and UNSUBSCRIBE |
//! | [`topic`] | which topic names and filters are valid |

pub mod build;
pub mod connect;
pub mod filters;
pub mod packet;
pub mod property;
mod sink;
pub mod strict;
pub mod topic;
pub mod varint;

#[cfg(test)]
mod tests;

/// Packet types: the high four bits of the first byte.
pub mod command {
    /// Client requests a connection.
    pub const CONNECT: u8 = 1;
    /// Connection acknowledged.
    pub const CONNACK: u8 = 2;
    /// A message.
    pub const PUBLISH: u8 = 3;
    /// QoS 1 acknowledged.
    pub const PUBACK: u8 = 4;
    /// QoS 2 received.
    pub const PUBREC: u8 = 5;
    /// QoS 2 released.
    pub const PUBREL: u8 = 6;
    /// QoS 2 complete.
    pub const PUBCOMP: u8 = 7;
    /// Subscribe request.
    pub const SUBSCRIBE: u8 = 8;
    /// Subscribe acknowledged.
    pub const SUBACK: u8 = 9;
    /// Unsubscribe request.
    pub const UNSUBSCRIBE: u8 = 10;
    /// Unsubscribe acknowledged.
    pub const UNSUBACK: u8 = 11;
    /// Ping.
    pub const PINGREQ: u8 = 12;
    /// Ping answered.
    pub const PINGRESP: u8 = 13;
    /// Goodbye.
    pub const DISCONNECT: u8 = 14;
    /// Authentication exchange (MQTT 5).
    pub const AUTH: u8 = 15;
}

/// Protocol level of MQTT 3.1.1 in CONNECT.
pub const VERSION_3_1_1: u8 = 4;
/// Protocol level of MQTT 5.0 in CONNECT.
pub const VERSION_5: u8 = 5;
