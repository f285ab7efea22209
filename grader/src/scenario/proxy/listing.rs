//! Lists of streams and tables. A submission sees only its own, on small pages; others on the
//! backend are hidden. ListStreams continues from a name or from a token (Kinesis API,
//! ListStreams). Here the token is the name.

use serde_json::{Value, json};

/// The number of names that the backend is asked for: the default on AWS (Kinesis API,
/// ListStreams; DynamoDB API, ListTables).
const AT_ONCE: usize = 100;

/// The number of names on a page. AWS has more, but the grader must see whether code reads only
/// the first page.
const ON_A_PAGE: usize = 1;

/// A list that is being answered.
pub struct Listing {
    of: &'static Of,
    limit: usize,
    /// The next request to the backend. The name where it starts is added later.
    request: Value,
    names: Vec<Value>,
    summaries: Vec<Value>,
}

/// The fields of a kind of list.
struct Of {
    operation: &'static str,
    names: &'static str,
    start: &'static str,
}

const LISTS: [Of; 2] = [
    Of {
        operation: "ListStreams",
        names: "StreamNames",
        start: "ExclusiveStartStreamName",
    },
    Of {
        operation: "ListTables",
        names: "TableNames",
        start: "ExclusiveStartTableName",
    },
];

/// The field of ListStreams that has more about each stream than its name.
const SUMMARIES: &str = "StreamSummaries";

impl Listing {
    /// The list for a request, if the request asks for a list. In the request, a name that the
    /// backend understands replaces our token.
    pub fn asked_for(operation: &str, request: &mut Value) -> Option<Self> {
        let of = LISTS.iter().find(|list| list.operation == operation)?;
        let fields = request.as_object_mut()?;
        if let Some(token) = fields.remove("NextToken") {
            fields.insert(of.start.into(), token);
        }
        let limit = fields.get("Limit").and_then(Value::as_u64);
        let mut request = request.clone();
        request["Limit"] = json!(AT_ONCE);
        Some(Self {
            of,
            limit: limit.map_or(ON_A_PAGE, |limit| ON_A_PAGE.min(limit as usize)),
            request,
            names: Vec::new(),
            summaries: Vec::new(),
        })
    }

    /// Takes the submission's own names from a page of the backend. Returns the request for the
    /// next page, if one more is needed.
    pub fn take(&mut self, page: &Value, is_own: impl Fn(&str) -> bool) -> Option<Value> {
        let listed = page[self.of.names].as_array()?;
        let own = |name: &&Value| name.as_str().is_some_and(&is_own);
        self.names.extend(listed.iter().filter(own).cloned());
        let summaries = page[SUMMARIES].as_array().into_iter().flatten();
        let own = summaries.filter(|it| own(&&it["StreamName"]));
        self.summaries.extend(own.cloned());
        let there_are_more =
            page["HasMoreStreams"] == true || page["LastEvaluatedTableName"].is_string();
        // One name more than fits shows that there is another page.
        let wanted = there_are_more && self.names.len() <= self.limit;
        let last = listed.last().filter(|_| wanted)?;
        self.request[self.of.start] = last.clone();
        Some(self.request.clone())
    }

    /// Replaces the backend's page with the page for the submission.
    pub fn answer(mut self, page: &mut Value) {
        let there_are_more = self.names.len() > self.limit;
        self.names.truncate(self.limit);
        self.summaries.truncate(self.limit);
        let last = self.names.last().filter(|_| there_are_more).cloned();
        let Some(fields) = page.as_object_mut() else {
            return;
        };
        for token in ["NextToken", "LastEvaluatedTableName"] {
            fields.remove(token);
        }
        match self.of.operation {
            "ListStreams" => {
                fields.insert("HasMoreStreams".into(), json!(there_are_more));
                fields.extend(last.map(|last| ("NextToken".into(), last)));
            }
            _ => fields.extend(last.map(|last| ("LastEvaluatedTableName".into(), last))),
        }
        if let Some(summaries) = fields.get_mut(SUMMARIES) {
            *summaries = json!(self.summaries);
        }
        fields.insert(self.of.names.into(), json!(self.names));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The answer of a backend that has these streams and at most `most` names on a page.
    fn backend(streams: &[String], request: &Value, most: usize) -> Value {
        let start = request["ExclusiveStartStreamName"].as_str();
        let after = streams
            .iter()
            .filter(|it| start.is_none_or(|start| it.as_str() > start));
        let limit = request["Limit"]
            .as_u64()
            .map_or(most, |limit| most.min(limit as usize));
        let names: Vec<_> = after.clone().take(limit).collect();
        json!({
            "StreamNames": names,
            "StreamSummaries": names.iter().map(|it| json!({ "StreamName": it })).collect::<Vec<_>>(),
            "HasMoreStreams": after.count() > limit,
        })
    }

    fn page(streams: &[String], mut request: Value, most: usize) -> Value {
        let mut listing = Listing::asked_for("ListStreams", &mut request).unwrap();
        let mut page = backend(streams, &request, most);
        let own = |name: &str| name.starts_with("own");
        let mut next = listing.take(&page, own);
        while let Some(request) = next {
            next = listing.take(&backend(streams, &request, most), own);
        }
        listing.answer(&mut page);
        page
    }

    proptest! {
        #[test]
        fn all_that_is_own_is_listed_once_on_small_pages(
            own in vec(any::<bool>(), 0..40),
            most in 1..12_usize,
            limit in 1..6_usize,
            by_token in any::<bool>(),
        ) {
            let name = |(number, own): (usize, &bool)| match own {
                true => format!("own-{number:02}"),
                false => format!("z-{number:02}"),
            };
            let mut streams: Vec<_> = own.iter().enumerate().map(name).collect();
            streams.sort();
            let mut listed = Vec::new();
            let mut request = json!({ "Limit": limit });
            loop {
                let page = page(&streams, request, most);
                let names = page["StreamNames"].as_array().unwrap().clone();
                prop_assert_eq!(names.len(), page["StreamSummaries"].as_array().unwrap().len());
                listed.extend(names.clone());
                if page["HasMoreStreams"] == false {
                    prop_assert!(page["NextToken"].is_null());
                    break;
                }
                prop_assert_eq!(names.len(), limit.min(ON_A_PAGE));
                request = match by_token {
                    true => json!({ "Limit": limit, "NextToken": page["NextToken"] }),
                    false => json!({ "Limit": limit, "ExclusiveStartStreamName": names.last() }),
                };
            }
            streams.retain(|name| name.starts_with("own"));
            prop_assert_eq!(listed, streams.iter().map(|it| json!(it)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_list_of_tables_goes_on_by_the_last_of_its_own() {
        let mut request = json!({ "Limit": 1 });
        let mut listing = Listing::asked_for("ListTables", &mut request).unwrap();
        let mut page = json!({ "TableNames": ["other"], "LastEvaluatedTableName": "other" });
        let own = |name: &str| name.starts_with("own");
        let next = listing.take(&page, own).unwrap();
        assert_eq!(next["ExclusiveStartTableName"], "other");
        let second =
            json!({ "TableNames": ["own-1", "own-2", "z"], "LastEvaluatedTableName": "z" });
        assert_eq!(listing.take(&second, own), None);
        listing.answer(&mut page);
        let expected = json!({ "TableNames": ["own-1"], "LastEvaluatedTableName": "own-1" });
        assert_eq!(page, expected);
    }
}
