//! The trait of the kinds of scenarios, and the list of all kinds.

use serde::Deserialize;

use super::context::{Context, End, Facets};
use super::{cleanup, functions, generated, lambda, patterns, processor, quiz};
use super::{scaling, setup, stages};
use crate::fixture::Fixture;

/// The name of a value that a scenario gives and that checks compare.
pub type Facet = &'static str;

/// A kind of scenario. Its fields are the parameters in `step.toml`.
pub trait Kind {
    /// The files that it needs.
    fn fixtures(&self) -> Vec<Fixture> {
        Vec::new()
    }

    /// The facets that it gives. It gives all of them, unless it stops early.
    fn facets(&self) -> &'static [Facet];

    /// Whether its inputs are made from a seed.
    fn is_generated(&self) -> bool {
        false
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End>;
}

/// Makes the enum [`Script`] from the kinds: those without parameters, and those with some.
macro_rules! kinds {
    (
        plain { $($plain:ident in $($place:ident)::+,)+ }
        with_parameters { $($kind:ident in $($module:ident)::+,)+ }
    ) => {
        /// A scenario of some kind. Its name in `step.toml` is in snake case, such as
        /// `filter_events`.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Script {
            $($plain,)+
            $($kind($($module)::+::$kind),)+
        }

        impl Script {
            pub fn fixtures(&self) -> Vec<Fixture> {
                match self {
                    $(Self::$plain => $($place)::+::$plain.fixtures(),)+
                    $(Self::$kind(kind) => kind.fixtures(),)+
                }
            }

            pub fn facets(&self) -> &'static [Facet] {
                match self {
                    $(Self::$plain => $($place)::+::$plain.facets(),)+
                    $(Self::$kind(kind) => kind.facets(),)+
                }
            }

            pub fn is_generated(&self) -> bool {
                match self {
                    $(Self::$plain => $($place)::+::$plain.is_generated(),)+
                    $(Self::$kind(kind) => kind.is_generated(),)+
                }
            }

            pub(super) async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
                match self {
                    $(Self::$plain => $($place)::+::$plain.run(context).await,)+
                    $(Self::$kind(kind) => kind.run(context).await,)+
                }
            }
        }
    };
}

kinds! {
    plain {
        SetupStreamCreating in setup::stream,
        GeneratedPurchases in generated::purchases,
        GeneratedStages in generated::stages,
        GeneratedPatterns in generated::patterns,
        GeneratedShards in generated::shards,
        GeneratedLambda in generated::lambda,
        LambdaEmptyBatch in lambda,
        CrowdOrFail in scaling::crowd,
        ExpiredShards in scaling::reshard,
        Reshard in scaling::reshard,
    }

    with_parameters {
        SetupStream in setup::stream,
        SetupStreamAgain in setup::stream,
        SetupStreamRefused in setup::stream,
        SetupReferenceData in setup::table,
        SetupReferenceDataAgain in setup::table,
        SetupReferenceDataCreating in setup::table,
        SetupReferenceDataRefused in setup::table,
        SetupReferenceDataOrFail in setup::table,
        SendTransactions in setup::send,
        SendTransactionsTwice in setup::send,
        SendTransactionsOrFail in setup::send,
        FilterEvents in stages,
        TransformEvents in stages,
        EnrichEvents in stages,
        EnrichOutage in stages,
        EnrichTogether in stages,
        ClassifyEvents in stages,
        QuietStages in stages,
        ProcessEvents in processor,
        ProcessStream in processor,
        ProcessStreamOrFail in processor,
        ProcessShard in processor,
        ProcessMissingStream in processor,
        GeneratedStream in generated::streams,
        Patterns in patterns,
        ShardInTurns in scaling::shard,
        ShardAgain in scaling::shard,
        ClosedShard in scaling::shard,
        MergeCheckpoints in scaling::merge,
        Crowd in scaling::crowd,
        ReadOrFail in scaling::crowd,
        Lambda in lambda,
        Quiz in quiz,
        Functions in functions,
        DeleteStream in cleanup,
        DeleteTable in cleanup,
        DeleteStreamRefused in cleanup,
        DeleteTableRefused in cleanup,
    }
}
