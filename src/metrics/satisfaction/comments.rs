//! What customers wrote beside their ratings (kpis.md 5.2.5).

use super::super::answer::{CommentRow, Particulars, Row, TicketRef};
use super::super::measure::{Frame, Measure, Measured};
use super::{Answer, answers, effort, satisfaction};
use crate::domain::event::SurveyKind;
