//! Access lists of IPv4 networks: `-0.0.0.0/0,+10.0.0.0/8,-10.1.2.3`.

use super::address::parse_v4;

/// Why a list cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AclError {
    /// An entry starts with neither `+` nor `-`.
    Sign,
    /// An address or mask that does not parse.
    Address,
}

/// Whether the list allows `ip`: the last entry that matches decides, none denies. An empty list allows everybody.
///
/// An entry is `+` or `-`, an address, and optionally `/` and the number of bits to compare. A network with bits set
/// below its mask matches nothing.
pub fn allows(list: &[u8], ip: [u8; 4]) -> Result<bool, AclError> {
    if list.is_empty() {
        return Ok(true);
    }
    let list = list.strip_suffix(b",").unwrap_or(list);
    let mut allowed = false;
    for entry in list.split(|&byte| byte == b',') {
        let (sign, network) = entry.split_first().ok_or(AclError::Sign)?;
        let sign = match sign {
            b'+' => true,
            b'-' => false,
            _ => return Err(AclError::Sign),
        };
        let (network, mask) = parse(network).ok_or(AclError::Address)?;
        if u32::from_be_bytes(ip) & mask == network {
            allowed = sign;
        }
    }
    Ok(allowed)
}

/// Network and mask.
fn parse(entry: &[u8]) -> Option<(u32, u32)> {
    let (address, bits) = match entry.iter().position(|&byte| byte == b'/') {
        Some(at) => (
            entry.get(..at)?,
            super::number::parse(entry.get(at.checked_add(1)?..)?, 10)?,
        ),
        None => (entry, 32),
    };
    if bits > 32 {
        return None;
    }
    // A shift by all 32 bits leaves none.
    let mask = u32::MAX
        .checked_shl(32u32.saturating_sub(bits as u32))
        .unwrap_or(0);
    Some((u32::from_be_bytes(parse_v4(address)?), mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let ip = [10, 1, 2, 3];
        for (list, expected) in [
            ("", Ok(true)),
            ("-0.0.0.0/0", Ok(false)),
            ("+0.0.0.0/0", Ok(true)),
            ("-0.0.0.0/0,+10.0.0.0/8", Ok(true)),
            ("+10.0.0.0/8,-10.1.2.3", Ok(false)),
            ("+10.0.0.0/8,-10.1.2.3,", Ok(false)),
            ("+10.1.2.3/24", Ok(false)),
            ("+10.1.2.3", Ok(true)),
            ("+1.2.3.4", Ok(false)),
            ("10.1.2.3", Err(AclError::Sign)),
            (",", Err(AclError::Sign)),
            ("+10.1.2.3,,", Err(AclError::Sign)),
            (" +10.1.2.3", Err(AclError::Sign)),
            ("+10.1.2.3, -1.1.1.1", Err(AclError::Sign)),
            ("+", Err(AclError::Address)),
            ("+10.1.2", Err(AclError::Address)),
            ("+10.1.2.256", Err(AclError::Address)),
            ("+10.1.2.3/33", Err(AclError::Address)),
            ("+10.1.2.3/", Err(AclError::Address)),
            ("+10.1.2.3/-1", Err(AclError::Address)),
            ("+10.1.2.3x", Err(AclError::Address)),
            ("+10.1.2.3/8x", Err(AclError::Address)),
            ("+0.0.0.0/0,-bad", Err(AclError::Address)),
        ] {
            assert_eq!(allows(list.as_bytes(), ip), expected, "{list}");
        }
    }
}
