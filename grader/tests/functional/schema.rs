//! Compares reports with `grader/report.schema.json`. It knows only the keywords that this
//! schema uses. A field that the schema does not name is also a fault.

use std::fs;

use serde_json::{Map, Value};

use crate::project::course;

/// Keywords that need no check.
const NO_RULES: [&str; 5] = ["$schema", "$defs", "title", "description", "format"];

/// Where a report does not follow the schema; empty if it does.
pub fn faults(report: &Value) -> Vec<String> {
    let text = fs::read_to_string(course().join("grader/report.schema.json")).unwrap();
    let root: Value = serde_json::from_str(&text).unwrap();
    let mut faults = Vec::new();
    let schema = Schema { root: &root };
    schema.check(&root, report, "report", &mut faults);
    faults
}

struct Schema<'a> {
    root: &'a Value,
}

impl Schema<'_> {
    fn check(&self, rules: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        // `true` allows anything.
        if *rules == Value::Bool(true) {
            return;
        }
        let rules = rules.as_object().unwrap();
        for (rule, wanted) in rules
            .iter()
            .filter(|(rule, _)| !NO_RULES.contains(&&***rule))
        {
            if !self.holds(rule, wanted, rules, value, at, faults) {
                faults.push(format!("{at} breaks {rule} {wanted}: {value}"));
            }
        }
    }

    fn holds(
        &self,
        rule: &str,
        wanted: &Value,
        rules: &Map<String, Value>,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) -> bool {
        match rule {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                self.check(self.root.pointer(pointer).unwrap(), value, at, faults);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|one| is_a(one, value)),
                one => is_a(one, value),
            },
            "const" => wanted == value,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.is_null() || value.as_f64() >= wanted.as_f64(),
            "anyOf" => self.fitting(wanted, value) > 0,
            "oneOf" => self.fitting(wanted, value) == 1,
            "required" => {
                let mut names = wanted.as_array().unwrap().iter();
                names.all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                let known = wanted.as_object().unwrap();
                let fields = value.as_object().into_iter().flatten();
                for (name, field) in fields {
                    match known.get(name) {
                        Some(rules) => self.check(rules, field, &format!("{at}.{name}"), faults),
                        None => faults.push(format!("{at}.{name} is not in the schema")),
                    }
                }
                true
            }
            "items" => {
                let first = rules
                    .get("prefixItems")
                    .map_or(0, |it| it.as_array().unwrap().len());
                for item in value.as_array().into_iter().flatten().skip(first) {
                    self.check(wanted, item, &format!("{at}[]"), faults);
                }
                true
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                for (rules, item) in wanted.as_array().unwrap().iter().zip(items) {
                    self.check(rules, item, &format!("{at}[]"), faults);
                }
                true
            }
            "additionalProperties" => {
                // Fields beside the known ones are faults anyway.
                let fields = value.as_object().filter(|_| wanted.is_object());
                for (name, field) in fields.into_iter().flatten() {
                    self.check(wanted, field, &format!("{at}.{name}"), faults);
                }
                true
            }
            "default" => true,
            "minItems" => value.as_array().unwrap().len() as u64 >= wanted.as_u64().unwrap(),
            "maxItems" => value.as_array().unwrap().len() as u64 <= wanted.as_u64().unwrap(),
            other => panic!("the schema has {other}, which is not known here"),
        }
    }

    /// The number of these schemas that a value follows.
    fn fitting(&self, schemas: &Value, value: &Value) -> usize {
        let fits = |rules: &&Value| {
            let mut faults = Vec::new();
            self.check(rules, value, "", &mut faults);
            faults.is_empty()
        };
        schemas.as_array().unwrap().iter().filter(fits).count()
    }
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema has the type {other}"),
    }
}

#[test]
fn what_is_no_report_is_found_out() {
    let report = crate::reports::saved("could_not_grade");
    assert_eq!(faults(&report), [""; 0]);
    let broken = |change: fn(&mut Value)| {
        let mut report = report.clone();
        change(&mut report);
        faults(&report).len()
    };
    assert_eq!(broken(|report| report["version"] = 2.into()), 1);
    assert_eq!(broken(|report| report["passed"] = Value::Null), 1);
    assert_eq!(
        broken(|report| report["problem"]["fault"] = "mine".into()),
        1
    );
    assert_eq!(broken(|report| report["new"] = 1.into()), 1);
    assert_eq!(
        broken(|report| drop(report.as_object_mut().unwrap().remove("steps"))),
        1
    );
}
