//! Data of records in many forms: transactions in an unusual form, and data that is not a
//! transaction.

use contract::Transaction;
use serde_json::json;

use super::Generator;
use crate::fixture::Record;

/// The number of kinds of data that are not transactions.
pub const INVALID: usize = 12;

/// A user's record that is not a transaction, of one of [`INVALID`] kinds. Most kinds are almost
/// a transaction.
pub fn invalid(number: usize, user: &str) -> Record {
    let with = |amount: &str, merchant: &[u8], end: &str| {
        let name = json!(user);
        let start = format!("{{\"transactionId\":\"none_{number}\",\"userId\":{name},");
        let rest = format!("\"amount\":{amount},\"timestamp\":\"2026-03-01T09:00:00Z\"}}{end}");
        [start.as_bytes(), merchant, rest.as_bytes()].concat()
    };
    let shop = b"\"merchant\":\"Shop\",";
    let twice = b"\"merchant\":\"Shop\",\"merchant\":\"Shop\",";
    let bytes = match number % INVALID {
        0 => with("500.0", b"", ""),
        1 => with("\"500.0\"", shop, ""),
        2 => with("500.0", b"\"merchant\":\"Caf\xe9\",", ""),
        3 => with("-500.0", shop, ""),
        4 => with("500.0", shop, " and more"),
        5 => with("500.0", twice, ""),
        6 => with("500.0", b"\"merchant\":null,", ""),
        7 => with("1e999", shop, ""),
        8 => b"not JSON".to_vec(),
        9 => b"".to_vec(),
        10 => b"[]".to_vec(),
        _ => b"no JSON, and much of it ".repeat(13),
    };
    Record::Bytes {
        key: user.to_owned(),
        bytes,
    }
}

/// Inserts a record of each invalid kind at a random place. `user` gives its user, from the
/// records and the place.
pub fn scatter_invalid(
    generator: &mut Generator,
    records: &mut Vec<Record>,
    user: impl Fn(&[Record], usize) -> String,
) {
    for number in 0..INVALID {
        let at = generator.number(0..=records.len() as u64) as usize;
        let user = user(records, at);
        records.insert(at, invalid(number, &user));
    }
}

/// A transaction in valid JSON that is written in an unusual way.
pub fn unusual(number: usize, event: &Transaction) -> Record {
    let mut fields = json!(event);
    let data = match number % 3 {
        0 => {
            fields["note"] = json!({ "amount": 1, "tags": ["userId"] });
            fields.to_string()
        }
        1 => format!("\n {fields:#}\n"),
        _ => {
            let fields = fields.as_object().expect("a transaction has fields");
            let fields = fields.iter().rev();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name:?} : {value}"))
                .collect();
            format!("{{ {} }}", fields.join(" , "))
        }
    };
    Record::Raw {
        key: event.user_id.clone(),
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_transaction_is_none_and_what_looks_otherwise_is_one() {
        let mut generator = Generator::new(7, "test");
        let drawn = generator.events(9);
        for (number, drawn) in drawn.iter().enumerate() {
            let event = generator.transaction(drawn);
            let data = unusual(number, &event).data();
            assert_eq!(Transaction::parse(&data), Ok(event));
        }
        for number in 0..INVALID {
            let data = invalid(number, "\"nobody\"").data();
            assert!(Transaction::parse(&data).is_err(), "{number}");
        }
    }
}
