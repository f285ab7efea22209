//! Step 2: what each stage makes of generated events.

use contract::Transaction;
use protocol::Call;
use serde_json::{Value, json};

use super::shrink::simplify;
use super::{Answers, Both, End, SHRINK_WITHIN};
use crate::call;
use crate::child::{self, Trouble};
use crate::generate::{Generator, USERS, standard};
use crate::scenario::{Scene, Seen, facet};
use crate::seed;

/// How many events there are beside those on the thresholds.
const MORE_EVENTS: usize = 8;

/// How many events are looked up, those of every user once: lookups take the most time.
const LOOKUPS: usize = USERS;

/// One of the four functions: how it is called, and what of its result counts.
struct Stage {
    call: fn(&str, &Transaction) -> Call,
    view: fn(&Value) -> Result<Value, Trouble>,
    events: usize,
}

const STAGES: [Stage; 4] = [
    Stage {
        call: |_, event| call::filter_event(event),
        view: |keep| Ok(json!(if *keep == true { "keep" } else { "drop" })),
        events: usize::MAX,
    },
    Stage {
        call: |_, event| call::transform_event(event),
        view: |event| Ok(facet::event(&child::decode(event)?)),
        events: usize::MAX,
    },
    Stage {
        call: |table, event| call::enrich_event(table, &standard(event)),
        view: |event| Ok(facet::enriched(&child::decode(event)?)),
        events: LOOKUPS,
    },
    Stage {
        call: |_, event| call::classify_event(&standard(event)),
        view: |risk| Ok(risk.clone()),
        events: usize::MAX,
    },
];

generated!(GeneratedStages);

/// For each stage the simplest event on which it parts from the reference.
async fn compare(scene: &mut Scene<'_>) -> Result<Seen, End> {
    let mut generator = Generator::new(scene.seed, "stages");
    seed::table(&scene.made, &scene.table, &generator.table()).await?;
    let table = scene.table.clone();
    let mut both = Both::open(scene)?;
    let mut events = generator.events(MORE_EVENTS);
    let mut parted = Vec::new();
    for stage in STAGES {
        for drawn in events.iter_mut().take(stage.events) {
            let mut ask = async |event: Transaction| {
                let answers = both.ask(&(stage.call)(&table, &event), stage.view).await?;
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
            let call = (stage.call)(&table, &event);
            let label = facet::label(&event.user_id, event.amount);
            parted.push((format!("{}, {label}", call.name()), answers));
            break;
        }
    }
    Ok(Answers::facet(parted, 1))
}
