//! slack.

/// Where an answer goes.
#[derive(Debug)]
pub struct Reply;
