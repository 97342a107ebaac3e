//! `--chart FILE.png`: the picture of an answer as a file.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::chart::{Pictures, Theme};
use crate::domain::chart::Chart;

/// Where a picture goes, and how it looks.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Also draws the answer into that file, and says on stderr what is to be seen.
    #[arg(long, value_name = "FILE.png")]
    chart: Option<PathBuf>,
    /// On white, as Slack gets it, or on dark, as Discord does.
    #[arg(long, value_enum, default_value = "light", requires = "chart")]
    theme: Ground,
}

/// What a picture is drawn on.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Ground {
    Light,
    Dark,
}

impl Args {
    /// Whether a picture is wanted.
    pub(super) const fn is_wanted(&self) -> bool {
        self.chart.is_some()
    }

    /// Draws what is wanted.
    pub(super) async fn draw(self, chart: Option<Box<Chart>>) -> anyhow::Result<()> {
        let Some(file) = self.chart else { return Ok(()) };
        let Some(chart) = chart else {
            anyhow::bail!("there is no picture of this answer: it takes groups, or at least two points of a course");
        };
        let told = format!("{}: {}\n", file.display(), chart.alt);
        let theme = match self.theme {
            Ground::Light => Theme::Light,
            Ground::Dark => Theme::Dark,
        };
        let draw = move || Pictures::new(0).png(&chart, theme);
        let png = tokio::task::spawn_blocking(draw).await.context("the picture could not be drawn")??;
        tokio::fs::write(&file, png).await.with_context(|| format!("cannot write {}", file.display()))?;
        std::io::stderr().write_all(told.as_bytes()).context("cannot say what is to be seen")
    }
}
