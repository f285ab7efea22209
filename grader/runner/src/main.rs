//! The program: the runner, linked.

fn main() -> std::process::ExitCode {
    runner::main()
}
