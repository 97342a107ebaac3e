//! The `deskbell` program: arguments in, one error chain out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Two TLS stacks are in the tree, so rustls must be told which cryptography to use before anything connects.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        unreachable!("main installs the only provider");
    }
    deskbell::app::cli::main()
}
