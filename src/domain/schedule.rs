//! cron + zone → slots.
