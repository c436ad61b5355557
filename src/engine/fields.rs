//! The public fields of `struct mg_mgr` that services use, and the process-wide wall clock.

use super::conn::Conn;
use super::mgr::Manager;
use crate::abi::core::{mg_addr, mg_dns};
use core::ffi::CStr;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ptr;

unsafe extern "C" {
    static mut mg_boot_timestamp_ms: u64;
}

/// Makes `time` (milliseconds since 1970) the wall-clock time of the moment when `mg_millis()` was `now`.
pub fn set_wall_clock(time: u64, now: u64) {
    // SAFETY: a plain variable of the library that programs write, too; one thread per documentation.
    unsafe { ptr::addr_of_mut!(mg_boot_timestamp_ms).write(time.wrapping_sub(now)) }
}

/// The address in `addr`.
pub fn ip(addr: &mg_addr) -> IpAddr {
    // SAFETY: all bit patterns of the address bytes are valid.
    unsafe {
        if addr.is_ip6 {
            Ipv6Addr::from(addr.addr.ip).into()
        } else {
            Ipv4Addr::from(addr.addr.ip4.to_ne_bytes()).into()
        }
    }
}

/// Puts `ip` into `addr`. The port stays.
pub fn set_ip(addr: &mut mg_addr, ip: IpAddr) {
    addr.addr.ip = [0; 16];
    addr.is_ip6 = ip.is_ipv6();
    addr.scope_id = 0;
    match ip {
        IpAddr::V4(ip) => addr.addr.ip4 = u32::from_ne_bytes(ip.octets()),
        IpAddr::V6(ip) => addr.addr.ip = ip.octets(),
    }
}

/// Whether two addresses are the same host, ports aside.
pub fn same_host(a: &mg_addr, b: &mg_addr) -> bool {
    ip(a) == ip(b)
}

impl Manager {
    fn dns(&self, ip6: bool) -> *mut mg_dns {
        let mgr = self.as_ptr();
        // SAFETY: the manager is alive; only addresses are taken.
        unsafe {
            if ip6 {
                ptr::addr_of_mut!((*mgr).dns6)
            } else {
                ptr::addr_of_mut!((*mgr).dns4)
            }
        }
    }

    /// URL of the name server for IPv4 or IPv6; `None` when the user set it to NULL.
    pub fn dns_url(&self, ip6: bool) -> Option<&CStr> {
        // SAFETY: the user keeps the string alive for as long as the field points to it.
        unsafe {
            let url = (*self.dns(ip6)).url;
            (!url.is_null()).then(|| CStr::from_ptr(url))
        }
    }

    /// Connection to the name server.
    pub fn dns_conn(&self, ip6: bool) -> Option<Conn> {
        // SAFETY: the engine resets the field when the connection closes.
        unsafe { Conn::peek((*self.dns(ip6)).c) }
    }

    /// Changes the connection to the name server.
    pub fn set_dns_conn(&self, ip6: bool, conn: Option<&Conn>) {
        // SAFETY: the manager is alive.
        unsafe { (*self.dns(ip6)).c = conn.map_or(ptr::null_mut(), Conn::as_ptr) }
    }

    /// Milliseconds after which a look-up fails.
    pub fn dns_timeout(&self) -> u64 {
        // SAFETY: the manager is alive.
        u64::try_from(unsafe { (*self.as_ptr()).dnstimeout }).unwrap_or(0)
    }

    /// Whether IPv6 addresses are wanted first.
    pub fn use_dns6(&self) -> bool {
        // SAFETY: the manager is alive; the field is read as a byte because user code may have written any value.
        unsafe { ptr::addr_of!((*self.as_ptr()).use_dns6).cast::<u8>().read() != 0 }
    }

    /// The mDNS listener.
    pub fn mdns_conn(&self) -> Option<Conn> {
        // SAFETY: the engine resets the field when the connection closes.
        unsafe { Conn::peek((*self.as_ptr()).mdns) }
    }

    /// Changes the mDNS listener.
    pub fn set_mdns_conn(&self, conn: Option<&Conn>) {
        // SAFETY: the manager is alive.
        unsafe { (*self.as_ptr()).mdns = conn.map_or(ptr::null_mut(), Conn::as_ptr) }
    }

    /// The next MQTT packet id; never 0.
    pub fn next_mqtt_id(&self) -> u16 {
        // SAFETY: the manager is alive.
        unsafe {
            let id = (*self.as_ptr()).mqtt_id.wrapping_add(1).max(1);
            (*self.as_ptr()).mqtt_id = id;
            id
        }
    }
}
