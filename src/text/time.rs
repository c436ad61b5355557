//! Calendar time.

/// Days of the months before each month of a year without leap day.
const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Seconds since 1970 of a UTC time, Gregorian. `month` is 1 to 12. 0 for earlier years and impossible months.
pub fn epoch_seconds(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> u64 {
    let before = month
        .checked_sub(1)
        .and_then(|month| DAYS_BEFORE.get(month as usize));
    let (Some(&before), true) = (before, year >= 1970) else {
        return 0;
    };
    let year = u64::from(year);
    // Leap days up to and including a year.
    let leaps = |year: u64| {
        (year / 4)
            .saturating_sub(year / 100)
            .saturating_add(year / 400)
    };
    // The leap day of the year itself counts from March on.
    let full = if month > 2 {
        year
    } else {
        year.saturating_sub(1)
    };
    let days = (year.saturating_sub(1970))
        .saturating_mul(365)
        .saturating_add(leaps(full).saturating_sub(leaps(1969)))
        .saturating_add(before)
        .saturating_add(u64::from(day))
        .saturating_sub(1);
    let hours = days.saturating_mul(24).saturating_add(hour.into());
    let minutes = hours.saturating_mul(60).saturating_add(minute.into());
    minutes.saturating_mul(60).saturating_add(second.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (time, expected) in [
            ((1970, 1, 1, 0, 0, 0), 0),
            ((1970, 1, 2, 0, 0, 1), 86401),
            ((2000, 2, 29, 0, 0, 0), 951782400),
            ((2000, 3, 1, 0, 0, 0), 951868800),
            ((2001, 9, 9, 1, 46, 40), 1_000_000_000),
            ((2024, 2, 28, 23, 59, 59), 1709164799),
            ((2024, 3, 1, 0, 0, 0), 1709251200),
            ((2100, 3, 1, 0, 0, 0), 4107542400),
            ((1969, 12, 31, 23, 59, 59), 0),
            ((2024, 0, 1, 0, 0, 0), 0),
            ((2024, 13, 1, 0, 0, 0), 0),
        ] {
            let (year, month, day, hour, minute, second) = time;
            assert_eq!(
                epoch_seconds(year, month, day, hour, minute, second),
                expected,
                "{time:?}"
            );
        }
        let _ = epoch_seconds(u32::MAX, 12, u32::MAX, u32::MAX, u32::MAX, u32::MAX);
    }
}
