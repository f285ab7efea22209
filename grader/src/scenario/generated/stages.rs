//! Step 2: the results of each stage for generated events.

use contract::{StandardEvent, Transaction, User};
use protocol::Call;
use serde_json::{Value, json};

use super::shrink::simplify;
use super::{Answers, Both, End, SHRINK_WITHIN};
use crate::call;
use crate::child::{self, Trouble};
use crate::generate::{Generator, USERS, standard};
use crate::provision;
use crate::scenario::{Context, Facets, facet};

/// The number of events, without those at the thresholds.
const MORE_EVENTS: usize = 8;

/// The number of events that are looked up: one for each user, because lookups take the most time.
const LOOKUPS: usize = USERS;

/// One of the four functions: its call, and the part of its result that is compared.
struct Stage {
    call: fn(&str, &Transaction) -> Call,
    view: fn(&Value) -> Result<Value, Trouble>,
    events: usize,
    /// The number of its table, of two tables.
    table: usize,
}

const STAGES: [Stage; 5] = [
    Stage {
        call: |_, event| call::filter_event(event),
        view: |keep| Ok(json!(if *keep == true { "keep" } else { "drop" })),
        events: usize::MAX,
        table: 0,
    },
    Stage {
        call: |_, event| call::transform_event(event),
        view: |event| Ok(facet::event(&child::decode(event)?)),
        events: usize::MAX,
        table: 0,
    },
    Stage {
        call: |table, event| call::enrich_event(table, &standard(event)),
        view: |event| Ok(facet::enriched(&child::decode(event)?)),
        events: LOOKUPS,
        table: 0,
    },
    // A submission must not use a user of the first table for the second table.
    Stage {
        call: |table, event| call::enrich_event(table, &standard(event)),
        view: |event| Ok(facet::enriched(&child::decode(event)?)),
        events: LOOKUPS,
        table: 1,
    },
    Stage {
        call: |_, event| call::classify_event(&of_known_user(event)),
        view: |risk| Ok(risk.clone()),
        events: usize::MAX,
        table: 0,
    },
];

generated!(GeneratedStages);

/// For each stage, the simplest event for which it differs from the reference.
async fn compare(context: &mut Context<'_>) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "stages");
    let users = generator.table();
    let others: Vec<_> = users.iter().map(of_another_table).collect();
    let tables = [context.table.clone(), context.another_table()];
    tokio::try_join!(
        provision::table(&context.made, &tables[0], &users),
        provision::table(&context.made, &tables[1], &others),
    )?;
    let mut both = Both::open(context)?;
    let mut events = generator.events(MORE_EVENTS);
    let mut parted = Vec::new();
    for stage in STAGES {
        let many = events.len().min(stage.events);
        // The second event comes again: earlier events must not change its result.
        for at in (0..many).chain([1]) {
            let drawn = &mut events[at];
            let mut ask = async |event: Transaction| {
                let call = (stage.call)(&tables[stage.table], &event);
                let answers = both.ask(&call, stage.view).await?;
                Ok::<_, End>((event, answers))
            };
            let asked = ask(generator.transaction(drawn)).await?;
            if asked.1.agree() {
                continue;
            }
            let (event, answers) = simplify(
                &generator,
                drawn,
                asked,
                SHRINK_WITHIN,
                async |generator, drawn| ask(generator.transaction(drawn)).await,
            )
            .await?;
            let name = (stage.call)("", &event).name().to_owned();
            let from = ["", ", from a second table"][stage.table];
            let label = facet::label(&event.user_id, event.amount);
            parted.push((format!("{name}, {label}{from}"), answers));
            break;
        }
    }
    Ok(Answers::facet(parted, 1))
}

/// The event with data of its user, because the risk must not depend on this data.
fn of_known_user(event: &Transaction) -> StandardEvent {
    StandardEvent {
        user_name: Some(event.user_id.clone()),
        user_tier: Some("gold".to_owned()),
        user_country: Some("US".to_owned()),
        ..standard(event)
    }
}

/// A user with the same id and different data.
fn of_another_table(user: &User) -> User {
    User {
        user_id: user.user_id.clone(),
        name: format!("{} the other", user.name),
        tier: "other".to_owned(),
        country: "ZZ".to_owned(),
    }
}
