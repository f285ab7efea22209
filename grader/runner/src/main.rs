//! The program that is linked from the runner.

fn main() -> std::process::ExitCode {
    runner::main()
}
