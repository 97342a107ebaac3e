//! The process's own figures, as Prometheus reads them.

use std::sync::OnceLock;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of the histograms in seconds: fine around the promise of ringing within a second.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 3600.0];

/// The recorder of this process; made once, however many bots the process runs.
///
/// # Errors
/// When another recorder was installed before.
pub(super) fn prometheus() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).map_err(|e| e.to_string())?;
        builder.install_recorder().map_err(|e| e.to_string())
    });
    handle.clone().map_err(anyhow::Error::msg).context("the metrics recorder cannot be installed")
}
