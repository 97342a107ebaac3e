//! Pictures in messages. Who draws them is said from above: rooms on one floor are strangers, and this one only sends.
//!
//! A message says everything without its picture. Whatever keeps a picture from being drawn or shown is told to the
//! operator, and the message goes out without it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use super::text;
use crate::domain::chart::Chart;
use crate::domain::message::Message;

/// What a picture is called where it is uploaded.
pub(super) const FILE: &str = "chart.png";

/// What a picture will be looked at on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// White, as in Slack.
    Light,
    /// Grey, as in Discord.
    Dark,
}

/// Draws a chart as PNG; tens of milliseconds of pure computing.
pub type Draw = Arc<dyn Fn(&Chart, Ground) -> Result<Arc<[u8]>, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// Pictures drawn at the same time. Each takes a processor, and whoever acknowledges commands needs one too.
const AT_ONCE: usize = 2;

/// Draws the charts of messages, or nothing where pictures are switched off.
#[derive(Clone, Default)]
pub struct Artist(Option<(Draw, Arc<Semaphore>)>);

impl fmt::Debug for Artist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Artist").field(&self.draws()).finish()
    }
}

/// A picture that was drawn.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) png: Arc<[u8]>,
    pub(super) title: String,
    /// For those who do not see it.
    pub(super) alt: String,
}

impl Artist {
    /// One who draws like this.
    pub fn new(draw: Draw) -> Self {
        Self(Some((draw, Arc::new(Semaphore::new(AT_ONCE)))))
    }

    /// Whether messages have pictures at all.
    pub const fn draws(&self) -> bool {
        self.0.is_some()
    }

    /// The picture of a message, if it has one; drawn where that holds up nothing else.
    pub(super) async fn picture(&self, message: &Message, ground: Ground) -> Option<Picture> {
        let ((draw, places), chart) = (self.0.clone()?, message.chart.clone()?);
        let _place = places.acquire().await.ok()?;
        let title = text::one_line(&chart.title);
        // Platforms refuse a picture that is not described.
        let alt = Some(text::one_line(&chart.alt)).filter(|alt| !alt.is_empty()).unwrap_or_else(|| "Chart".to_owned());
        match tokio::task::spawn_blocking(move || draw(&chart, ground)).await {
            Ok(Ok(png)) => return Some(Picture { png, title, alt }),
            Ok(Err(error)) => tracing::error!(error = &*error as &dyn Error, "a picture could not be drawn"),
            Err(error) => tracing::error!(error = &error as &dyn Error, "a picture could not be drawn"),
        }
        None
    }
}

/// Whether the operator knows that pictures cannot be shown: told once, and again only after one was shown meanwhile.
#[derive(Debug, Default)]
pub(super) struct Told(AtomicBool);

impl Told {
    /// It cannot be shown, and why.
    pub(super) fn tell(&self, platform: &str, reason: &str) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(platform, reason, "pictures cannot be shown; messages go out without them");
        }
    }

    /// One was shown.
    pub(super) fn all_is_well(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
