//! Step 1: the table of users that the setup creates in DynamoDB.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use contract::User;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{TOLD, never_active, still_creating, told, unreadable};
use crate::fixture::{self, Fixture};
use crate::problem::Result;
use crate::scenario::context::{first_in_a_list, longer_name};
use crate::scenario::refusal::{Refusal, for_each_error};
use crate::scenario::{Context, End, Facet, Facets, Fault, Harm, Kind};
use crate::{call, provision};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReferenceData {
    users: String,
}

impl Kind for SetupReferenceData {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Users(self.users.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["key", "billing", "items"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { users } = self;
        let users = fixture::users(context.course, users)?;
        provision::table(&context.made, &longer_name(&context.table), &[]).await?;
        let call = call::setup_reference_data(&context.table, &users);
        context.call(call).await?;
        let without_users = context.another_table();
        let call = call::setup_reference_data(&without_users, &[]);
        context.call_on("no users", call).await?;
        let mut seen = describe_table(context).await?;
        let status = provision::table_status(context.clients, &without_users).await?;
        let exists = if status.is_some() {
            "exists"
        } else {
            "does not exist"
        };
        if let Some(items) = seen.facets.get_mut("items") {
            items["(a table for no users)"] = json!(exists);
        }
        Ok(seen)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReferenceDataAgain {
    users: String,
}

impl Kind for SetupReferenceDataAgain {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Users(self.users.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["key", "billing", "items"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { users } = self;
        let users = fixture::users(context.course, users)?;
        let (table, first) = (context.table.clone(), first_in_a_list(&context.table));
        let there = already_there(&users);
        tokio::try_join!(
            provision::table(&context.made, &table, &there),
            provision::table(&context.made, &first, &[]),
        )?;
        let nobody = call::setup_reference_data(&table, &[]);
        context.call_on("no users", nobody).await?;
        let call = call::setup_reference_data(&table, &users);
        context.call(call).await?;
        describe_table(context).await
    }
}

/// One of the users with old data, and a different user.
fn already_there(users: &[User]) -> Vec<User> {
    let before = |user_id: &str| User {
        user_id: user_id.to_owned(),
        name: "Was There Before".into(),
        tier: "iron".into(),
        country: "FR".into(),
    };
    let one = users.first().map(|user| before(&user.user_id));
    one.into_iter().chain([before("zoe")]).collect()
}

/// A new table and an existing table are CREATING for some time. Then the existing table is
/// CREATING forever.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReferenceDataCreating {
    users: String,
}

impl Kind for SetupReferenceDataCreating {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Users(self.users.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["told"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { users } = self;
        let users = fixture::users(context.course, users)?;
        let own = context.another_table();
        provision::table(&context.made, &context.table, &[]).await?;
        still_creating(context, Some(TOLD));
        context
            .call(call::setup_reference_data(&own, &users))
            .await?;
        let of_its_own = told(context, 0);
        let before = context.proxy.journal().calls.len();
        still_creating(context, Some(TOLD));
        let call = call::setup_reference_data(&context.table, &users);
        context.call(call.clone()).await?;
        let mut told = Map::from_iter([
            (
                "status of a new table when it returns".to_owned(),
                of_its_own,
            ),
            (
                "status of an existing table when it returns".to_owned(),
                told(context, before),
            ),
        ]);
        told.extend(never_active(context, call).await?);
        Ok(Facets::default().with("told", told))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReferenceDataRefused {
    errors: Vec<String>,
}

impl Kind for SetupReferenceDataRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let table = context.table.clone();
        provision::table(&context.made, &table, &[]).await?;
        let refusal = Refusal {
            call: call::setup_reference_data(&table, &[]),
            on: &["CreateTable"],
            errors: &self.errors,
            unasked: "an error",
        };
        refusal.run(context).await
    }
}

/// AWS fails: the function may return an error, but may not lose users without an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReferenceDataOrFail {
    users: String,
    /// The errors that the scenario's faults return, one after the other.
    errors: Vec<String>,
}

impl Kind for SetupReferenceDataOrFail {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Users(self.users.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["lost"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { users, errors } = self;
        let users = fixture::users(context.course, users)?;
        let each = for_each_error(context, errors, async |context, _| {
            users_lost(context, &users).await
        });
        let mut lost = each.await?;
        let partly = Fault::at_once(&["BatchWriteItem"], Some(4), Harm::PartialFailure);
        context.proxy.set_faults(&[partly]);
        lost["UnprocessedItems"] = users_lost(context, &more(&users)).await?;
        Ok(Facets::default().with("lost", lost))
    }
}

/// So many users that items are unprocessed several times in a row.
fn more(users: &[User]) -> Vec<User> {
    let numbered = users.iter().cycle().take(8).enumerate();
    let user = |(number, user): (usize, &User)| User {
        user_id: format!("{}-{number}", user.user_id),
        ..user.clone()
    };
    numbered.map(user).collect()
}

/// The number of users that are missing in a new table after the setup, if it returns `Ok`.
async fn users_lost(context: &mut Context<'_>, users: &[User]) -> Result<Value, End> {
    let table = context.another_table();
    let call = call::setup_reference_data(&table, users);
    let lost = match context.attempt(call).await? {
        Some(_) => {
            let items = provision::items(context.clients, &table).await?;
            users.len().saturating_sub(items.len())
        }
        None => 0,
    };
    Ok(json!({ "users lost without an error": lost }))
}

async fn describe_table(context: &Context<'_>) -> Result<Facets, End> {
    let describe = context
        .clients
        .dynamodb
        .describe_table()
        .table_name(&context.table);
    let table = match describe.send().await {
        Ok(described) => described
            .table
            .unwrap_or_else(|| TableDescription::builder().build()),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_not_found_exception()) =>
        {
            let none = json!({ "table": "does not exist" });
            let seen = Facets::default()
                .with("key", none.clone())
                .with("billing", none.clone());
            return Ok(seen.with("items", none));
        }
        Err(e) => return Err(unreadable(e).into()),
    };
    let items = provision::items(context.clients, &context.table).await?;
    Ok(Facets::default()
        .with("key", key(&table))
        .with("billing", billing(&table))
        .with("items", by_user(&items)))
}

/// The key attributes with their key types and data types.
fn key(table: &TableDescription) -> Value {
    let attributes = table.attribute_definitions();
    let of_type: BTreeMap<_, _> = attributes
        .iter()
        .map(|a| (a.attribute_name(), a.attribute_type().as_str()))
        .collect();
    let key: BTreeMap<_, _> = table
        .key_schema()
        .iter()
        .map(|k| {
            let of_type = of_type
                .get(k.attribute_name())
                .copied()
                .unwrap_or("undefined");
            (
                k.attribute_name(),
                format!("{} {of_type}", k.key_type().as_str()),
            )
        })
        .collect();
    json!(key)
}

/// The billing mode. DynamoDB returns no summary for a provisioned table.
fn billing(table: &TableDescription) -> Value {
    let mode = table
        .billing_mode_summary()
        .and_then(|summary| summary.billing_mode());
    json!({ "billing mode": mode.map_or("PROVISIONED", |mode| mode.as_str()) })
}

fn by_user(items: &[provision::Item]) -> Value {
    let mut users = BTreeMap::new();
    for item in items {
        let attributes: BTreeMap<_, _> = item
            .iter()
            .map(|(name, value)| (name.as_str(), attribute(value)))
            .collect();
        let user = attributes.get("userId").cloned().unwrap_or_default();
        users.insert(user, json!(attributes));
    }
    json!(users)
}

fn attribute(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => text.clone(),
        other => format!("{other:?}, which is not of type S"),
    }
}
