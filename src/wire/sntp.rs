//! SNTP version 4 (RFC 5905 §7.3, formerly RFC 4330).

use super::reader::Reader;

/// Bytes of a packet without extensions.
pub const PACKET_LEN: usize = 48;
/// Seconds from 1900, where NTP counts from, to 1970.
const EPOCH: u32 = 2_208_988_800;
/// The fraction of a second that is one second, as this protocol rounds it.
const FRACTION: u64 = 0xffff_ffff;
/// Version 4, client.
const CLIENT: u8 = 0x23;

/// The three times in a reply, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Transmit time of the request, as the server repeats it.
    pub origin: i64,
    /// When the server received the request, since 1970.
    pub receive: i64,
    /// When the server sent the reply, since 1970.
    pub transmit: i64,
}

impl Reply {
    /// False when the server left its times out: the first second of the era stands for "unknown" (RFC 5905 §6).
    pub fn knows_the_time(&self) -> bool {
        self.receive >= 1000 && self.transmit >= 1000
    }

    /// The time now, in milliseconds since 1970, when the request's clock says `now`: the transmit time and half of
    /// what the way there and back took. None when that is not after 1970.
    pub fn time(&self, now: i64) -> Option<i64> {
        let away = now.saturating_sub(self.origin);
        let latency = away.saturating_sub(self.transmit.saturating_sub(self.receive));
        let time = self.transmit.saturating_add(latency / 2);
        (time > 0).then_some(time)
    }
}

/// A request. `now` is the clock that the server repeats as origin, in milliseconds: any clock will do.
pub fn request(now: u64) -> [u8; PACKET_LEN] {
    let mut packet = [0; PACKET_LEN];
    let [first, .., a, b, c, d, e, f, g, h] = &mut packet;
    *first = CLIENT;
    for (slot, byte) in [a, b, c, d, e, f, g, h]
        .into_iter()
        .zip(to_stamp(now).to_be_bytes())
    {
        *slot = byte;
    }
    packet
}

/// Reads a reply. None when it is short, not from a server, a kiss-o'-death (stratum 0) or of another version.
pub fn parse(packet: &[u8]) -> Option<Reply> {
    let mut reader = Reader::new(packet.get(..PACKET_LEN)?);
    let [flags, stratum] = reader.array()?;
    let (mode, version) = (flags & 7, (flags >> 3) & 7);
    if !matches!(mode, 4 | 5) || stratum == 0 || !matches!(version, 3 | 4) {
        return None;
    }
    reader.take(22)?; // poll, precision, root delay and dispersion, reference id and time
    let mut stamp = || Some(from_stamp(reader.u32()?, reader.u32()?));
    Some(Reply {
        origin: stamp()?,
        receive: stamp()?,
        transmit: stamp()?,
    })
}

/// The origin that a reply to a request made at `now` must have: the time as the wire rounds it.
pub fn expected_origin(now: u64) -> i64 {
    let stamp = to_stamp(now);
    let [seconds, fraction] =
        [stamp >> 32, stamp & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or_default());
    from_stamp(seconds, fraction)
}

/// Milliseconds to 32 bits of seconds since 1900 and 32 bits of fraction.
fn to_stamp(ms: u64) -> u64 {
    let seconds = (ms / 1000).wrapping_add(EPOCH.into());
    let fraction = (ms % 1000).wrapping_mul(FRACTION) / 1000;
    seconds << 32 | fraction
}

/// Seconds wrap in 2036: values below 1970 count from then. Zero means "unknown" and stays zero.
fn from_stamp(seconds: u32, fraction: u32) -> i64 {
    let since_1970 = if seconds == 0 {
        0
    } else {
        seconds.wrapping_sub(EPOCH)
    };
    let ms = u64::from(fraction).wrapping_mul(1000) / FRACTION;
    i64::from(since_1970)
        .saturating_mul(1000)
        .saturating_add_unsigned(ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn reply(flags: u8, stratum: u8, times: [(u32, u32); 3]) -> [u8; PACKET_LEN] {
        let mut packet = [0; PACKET_LEN];
        packet[0] = flags;
        packet[1] = stratum;
        for (at, (seconds, fraction)) in [24, 32, 40].into_iter().zip(times) {
            packet[at..at + 4].copy_from_slice(&seconds.to_be_bytes());
            packet[at + 4..at + 8].copy_from_slice(&fraction.to_be_bytes());
        }
        packet
    }

    #[test]
    fn request_bytes() {
        let packet = request(1_500);
        assert_eq!(packet[0], 0x23);
        assert!(packet[1..40].iter().all(|byte| *byte == 0));
        assert_eq!(packet[40..44], (EPOCH + 1).to_be_bytes());
        assert_eq!(packet[44], 0x7f); // half a second, rounded down
    }

    #[test]
    fn times() {
        let times = [
            (EPOCH + 5, 0),
            (EPOCH + 1_000_000, 0x8000_0000),
            (EPOCH + 1_000_000, 0xc000_0000),
        ];
        let got = parse(&reply(0x24, 1, times)).expect("valid");
        assert_eq!(
            got,
            Reply {
                origin: 5_000,
                receive: 1_000_000_500,
                transmit: 1_000_000_750
            }
        );
        // 450 ms away, 250 ms of them at the server: 100 ms each way.
        assert_eq!(got.time(5_450), Some(1_000_000_850));
        assert_eq!(got.time(i64::MIN), None);
    }

    #[test]
    fn after_2036() {
        let got = parse(&reply(0x24, 1, [(0, 0), (1, 0), (1, 0)])).expect("valid");
        assert_eq!(got.origin, 0);
        assert_eq!(got.transmit, 2_085_978_497_000);
    }

    #[test]
    fn refused() {
        let times = [(EPOCH, 0); 3];
        assert!(parse(&[]).is_none());
        assert!(parse(&reply(0x24, 1, times)[..47]).is_none());
        for (flags, stratum) in [(0x23, 1), (0x24, 0), (0x14, 1), (0x2c, 1), (0x26, 1)] {
            assert!(
                parse(&reply(flags, stratum, times)).is_none(),
                "{flags:x} {stratum}"
            );
        }
        for flags in [0x24, 0x1c, 0x25, 0xe4] {
            assert!(parse(&reply(flags, 15, times)).is_some(), "{flags:x}");
        }
        assert_eq!(
            parse(&reply(0x24, 1, [(0, 0); 3]))
                .expect("readable")
                .time(0),
            None
        );
    }

    proptest! {
        #[test]
        fn an_echoed_request_has_the_expected_origin(now in 0..4_000_000_000_000u64) {
            let mut packet = request(now);
            packet.copy_within(40..48, 24);
            packet[0] = 0x24;
            packet[1] = 2;
            let got = parse(&packet).expect("valid");
            prop_assert_eq!(got.origin, expected_origin(now));
        }

        #[test]
        fn any_bytes(packet in vec(any::<u8>(), 0..80), now: i64) {
            let _ = parse(&packet).and_then(|reply| reply.time(now));
        }
    }
}
