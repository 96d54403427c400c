//! Dates: without a zone, in UTC, `YYYY-MM-DD HH:MM:SS` (contract `magento.md`, 1.3; `centra.md`, 1.3), and in ISO 8601
//! (contract `carriyo.md`, section 1).

use waybill_domain::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// A moment as these doors write it.
pub(crate) fn show(at: Timestamp) -> String {
    let ((year, month, day), [hour, minute, second]) = (at.date(), time_of_day(at));
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Hour, minute and second.
fn time_of_day(at: Timestamp) -> [i64; 3] {
    let seconds = at.0.rem_euclid(DAY_MS) / 1_000;
    [seconds / 3_600, seconds / 60 % 60, seconds % 60]
}

/// Reads `YYYY-MM-DD`, with ` HH:MM:SS` or `THH:MM:SS[Z]` behind it if there is a time.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let mut parts = time.splitn(3, ':').map(|part| part.split('.').next()?.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    let fits = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    if !fits {
        return None;
    }
    let days = days_of(year, month, day);
    // The 31st of a shorter month is no day.
    (Timestamp(days * DAY_MS).date() == (year, month, day))
        .then(|| Timestamp(days * DAY_MS + (hour * 3_600 + minute * 60 + second) * 1_000))
}

/// A moment in ISO 8601, to the millisecond, in UTC.
pub(crate) fn show_iso(at: Timestamp) -> String {
    let ((year, month, day), [hour, minute, second]) = (at.date(), time_of_day(at));
    let thousandths = at.0.rem_euclid(1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandths:03}Z")
}

/// Reads ISO 8601; without an offset it is UTC.
pub(crate) fn parse_iso(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let local = text.strip_suffix('Z').unwrap_or(text);
    // A sign after the time of day begins an offset.
    let offset = local.rfind(['+', '-']).filter(|at| *at > "YYYY-MM-DDT".len());
    let (local, minutes) = match offset {
        None => (local, 0),
        Some(at) => {
            let (local, offset) = local.split_at(at);
            let digits: String = offset[1..].chars().filter(|digit| *digit != ':').collect();
            if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let (hours, rest): (i64, i64) =
                (digits[..2].parse().ok()?, digits.get(2..4).map_or(Ok(0), str::parse).ok()?);
            if hours > 14 || rest > 59 {
                return None;
            }
            let minutes = hours * 60 + rest;
            (local, if offset.starts_with('-') { -minutes } else { minutes })
        }
    };
    let fraction = local.split_once('.').map_or("", |(_, fraction)| fraction);
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    parse(local).map(|at| Timestamp(at.0 + ms - minutes * 60_000))
}

/// Days since 1970-01-01 of a date, counted in years that begin in March, so that the leap day comes last.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_shown() {
        for text in ["1970-01-01 00:00:00", "2020-02-29 23:59:59", "2026-11-21 05:03:09", "2100-03-01 12:00:00"] {
            assert_eq!(parse(text).map(show).as_deref(), Some(text));
        }
        assert_eq!(parse("2020-07-23T16:59:20Z").map(show).as_deref(), Some("2020-07-23 16:59:20"));
        assert_eq!(parse("2020-07-23").map(show).as_deref(), Some("2020-07-23 00:00:00"));
        assert_eq!(parse("1970-01-02").map(|at| at.0), Some(DAY_MS));
    }

    #[test]
    fn iso_dates_are_read_with_their_offset() {
        for (text, shown) in [
            ("2025-11-03T09:15:00.000+00:00", "2025-11-03T09:15:00.000Z"),
            ("2025-11-03T09:15:00.25+05:30", "2025-11-03T03:45:00.250Z"),
            ("2025-11-03T09:15:00-0100", "2025-11-03T10:15:00.000Z"),
            ("2025-11-03T09:15:00Z", "2025-11-03T09:15:00.000Z"),
            ("2025-11-03T09:15:00", "2025-11-03T09:15:00.000Z"),
            ("2025-11-03", "2025-11-03T00:00:00.000Z"),
        ] {
            assert_eq!(parse_iso(text).map(show_iso).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "2025-11-03T09:15:00+x", "2025-11-03T09:15:00+99:00", "2025-11-03T09:15:00.x", "tomorrow"] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in
            ["", "x", "2021-02-29", "2020-13-01", "2020-01-01 25:00:00", "20200101", "99999999999999999999-01-01"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
