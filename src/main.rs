//! The command `voxgate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    voxgate::cli::run()
}
