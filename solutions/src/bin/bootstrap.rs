//! What AWS Lambda starts: the handler of step 8, with the clients of AWS itself.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    contract::lambda::start(solutions::lambda::handle).await
}
