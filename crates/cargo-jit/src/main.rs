//! `cargo jit`: apps and elements, made and taken away.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_jit::cli::main()
}
