//! What `-v` shows.

use tracing_subscriber::{EnvFilter, fmt};

/// Shows on standard error what the SDK traces: `-v` calls and layers, `-vv` the libraries below too.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        0 => return,
        1 => "journey_sdk=debug,journey_oidc=debug,journey_transport=debug",
        _ => "debug",
    };
    fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr).init();
}
