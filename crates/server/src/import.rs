//! Data from files.

use std::io::{BufRead, BufReader};
use std::path::Path;

use waybill_domain::Position;
use waybill_engine::store::{Geoname, Location, Writer};

/// How many lines go into one transaction.
const AT_ONCE: usize = 10_000;

/// Reads postal codes: country, postal code, place, region, …, latitude and longitude, separated by tabs.
pub fn geonames(database: &Location, file: &Path) -> Result<usize, String> {
    let name = file.display();
    let reader = std::fs::File::open(file).map_err(|error| format!("cannot read {name}: {error}"))?;
    let mut writer = Writer::open(database).map_err(|error| error.to_string())?;
    let mut places = Vec::with_capacity(AT_ONCE);
    let mut count = 0;
    for (index, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(|error| format!("{name}, line {}: {error}", index + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        let place = place(&line)
            .ok_or_else(|| format!("{name}, line {}: not a line of geonames.org's postal codes", index + 1))?;
        places.push(place);
        count += 1;
        if places.len() == AT_ONCE {
            save(&mut writer, &mut places)?;
        }
    }
    save(&mut writer, &mut places)?;
    Ok(count)
}

fn save(writer: &mut Writer, places: &mut Vec<Geoname>) -> Result<(), String> {
    let saved = writer.begin().and_then(|()| writer.import_geonames(places)).and_then(|()| writer.commit());
    places.clear();
    saved.map_err(|error| error.to_string())
}

fn place(line: &str) -> Option<Geoname> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [country, postcode, city, region, ..] = fields.as_slice() else {
        return None;
    };
    Some(Geoname {
        country: (*country).to_owned(),
        postcode: (*postcode).to_owned(),
        city: (*city).to_owned(),
        region: (*region).to_owned(),
        position: Position { latitude: millionths(fields.get(9)?)?, longitude: millionths(fields.get(10)?)? },
    })
}

fn millionths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.trim().strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.trim()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(sign * (whole.parse::<i64>().ok()? * 1_000_000 + fraction.parse::<i64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_of_postal_codes() {
        let line = "US\t11501\tMineola\tNew York\tNY\tNassau\t059\t\t\t40.7469\t-73.6397\t4";
        let place = place(line).expect("it is a line of postal codes");
        assert_eq!(place.city, "Mineola");
        assert_eq!(place.position, Position { latitude: 40_746_900, longitude: -73_639_700 });
        assert_eq!(super::place("US\t11501"), None);
    }
}
