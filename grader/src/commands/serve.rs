//! `cargo grade serve`: the embedded backend, for any AWS client.

use super::cli::ServeArgs;
use super::{interrupt, output};
use crate::backend::{self, Ports};
use crate::problem::{Result, exit};

pub async fn run(args: ServeArgs) -> Result<u8> {
    let cancellation = interrupt::cancellation()?;
    let ports = Ports {
        kinesis: args.kinesis_port,
        dynamodb: args.dynamodb_port,
    };
    let backend = backend::start_embedded(ports).await?;
    for (name, value) in backend.endpoints.environment() {
        output::line(format!("export {name}={value}"))?;
    }
    eprintln!("\nKinesis and DynamoDB are running. Their data is lost when this command ends.");
    eprintln!("Paste the lines above into another terminal. Ctrl-C ends this command.");
    cancellation.cancelled().await;
    backend.stop().await?;
    Ok(exit::PASSED)
}
