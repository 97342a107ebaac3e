//! Message → the body of a Discord message: embeds and buttons, within every limit Discord has.
//!
//! Embeds rather than layout components: they read well on phones, carry the colour of the mood, and an edit may
//! change them freely. Whatever does not fit is counted and said in the footer; nothing disappears silently.

mod controls;

pub(super) use controls::{CALL, EDIT, MENU};
use serde::Serialize;

use super::super::picture::{FILE, Picture};
use super::super::text;
use super::markdown::{code, escape, markdown, plain, units};
use super::table;
use crate::domain::message::{Account, Block, Field, Mention, Message, Piece, Tone};
use controls::Row;

/// Discord's limits.
mod limit {
    pub(super) const EMBEDS: usize = 10;
    pub(super) const DESCRIPTION: usize = 4096;
    pub(super) const FIELDS: usize = 25;
    pub(super) const FIELD_NAME: usize = 256;
    pub(super) const FIELD_VALUE: usize = 1024;
    /// Over all embeds of a message.
    pub(super) const TOTAL: usize = 6000;
    pub(super) const ROWS: usize = 5;
    /// Lists take a row each; there is always one for buttons.
    pub(super) const LISTS: usize = 4;
    pub(super) const CHOICES: usize = 25;
    /// Of the label and the value of a choice.
    pub(super) const CHOICE: usize = 100;
    pub(super) const PLACEHOLDER: usize = 150;
    pub(super) const BUTTONS_A_ROW: usize = 5;
    pub(super) const LABEL: usize = 80;
    pub(super) const CUSTOM_ID: usize = 100;
    pub(super) const BUTTON_URL: usize = 512;
    pub(super) const ALT: usize = 1024;
}

/// A title is a line.
const TITLE: usize = 256;
/// Of the 2048 a footer may have: it is small print.
const FOOTER: usize = 800;
/// Kept for the note about what did not fit.
const NOTE: usize = 120;
/// One table must not push everything else out.
const TABLE: usize = 2400;
/// A field that is short stands beside its neighbours.
const SHORT: usize = 40;

/// What is posted. Everything is always present, so that an edit also takes things away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Body {
    content: String,
    embeds: Vec<Embed>,
    components: Vec<Row>,
    allowed_mentions: AllowedMentions,
    /// Files that are uploaded with it.
    attachments: Vec<Attachment>,
}

/// Nobody is ever mentioned but those whom `bot.toml` names.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct AllowedMentions {
    parse: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Embed {
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    color: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<EmbedField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Footer>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct EmbedField {
    name: String,
    value: String,
    inline: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Footer {
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Image {
    url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Attachment {
    /// Its place among the files of the upload.
    id: usize,
    filename: &'static str,
    /// Read to those who do not see it.
    description: String,
}

/// Renders a message.
pub fn render(message: &Message) -> Body {
    let color = match message.tone {
        Tone::Neutral => 0x4f_6b_ed,
        Tone::Good => 0x2e_9e_5b,
        Tone::Warning => 0xe8_a3_17,
        Tone::Bad => 0xd9_3f_3f,
    };
    let title = escape(&text::one_line(&message.title), TITLE);
    // Outside of the embed: push notifications and screen readers begin with the content, and some end there.
    let content = match message.tone {
        _ if title.is_empty() => String::new(),
        Tone::Neutral => format!("**{title}**"),
        Tone::Good => format!("✅ **{title}**"),
        Tone::Warning => format!("🟠 **Warning: {title}**"),
        Tone::Bad => format!("🔴 **Problem: {title}**"),
    };
    let (call, allowed_mentions) = call(&message.mentions);
    let content = [call, content].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let (components, buttons_left_out) = controls::rows(&message.menus, &message.actions, message.tone);
    let footer: Vec<String> = message.footer.iter().map(|text| plain(&text.to_plain(), FOOTER)).collect();
    let footer = plain(&footer.join(" · "), FOOTER);

    let mut page = Page::new(color, limit::TOTAL - NOTE - units(&footer));
    for block in &message.blocks {
        page.block(block);
    }
    let note = note(page.sections_left_out, page.fields_left_out, buttons_left_out);
    let footer = [footer, note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let embeds = page.finish(footer, content.is_empty());
    Body { content, embeds, components, allowed_mentions, attachments: Vec::new() }
}

impl Body {
    /// Marks the message, if it has buttons, so that it can be told from others later.
    pub(super) fn mark(&mut self, mark: u32) {
        if let Some(row) = self.components.first_mut() {
            row.id = Some(mark);
        }
    }

    /// With the picture that is uploaded with it, if there is one, above the small print.
    pub(super) fn shows(mut self, picture: Option<&Picture>) -> Self {
        let Some(picture) = picture else { return self };
        if self.embeds.is_empty() {
            self.embeds.push(Embed::default());
        }
        if let Some(embed) = self.embeds.last_mut() {
            embed.image = Some(Image { url: format!("attachment://{FILE}") });
        }
        self.attachments = vec![Attachment { id: 0, filename: FILE, description: plain(&picture.alt, limit::ALT) }];
        self
    }
}

/// Who is called, and the permission to notify exactly them.
fn call(mentions: &[Mention]) -> (String, AllowedMentions) {
    const NAME: usize = 80;
    let mut allowed = AllowedMentions::default();
    let mut call = Vec::new();
    for mention in mentions.iter().take(limit::BUTTONS_A_ROW) {
        call.push(match mention {
            Mention::Person(Account { id, .. }) => {
                allowed.users.push(id.clone());
                format!("<@{id}>")
            }
            Mention::Group(Account { id, .. }) => {
                allowed.roles.push(id.clone());
                format!("<@&{id}>")
            }
            Mention::Everyone(range) => {
                allowed.parse = vec!["everyone"];
                // Discord has no channel of its own to call; those who see it are everyone.
                if range == "here" { "@here".to_owned() } else { "@everyone".to_owned() }
            }
            Mention::Name(name) => escape(&text::one_line(name), NAME),
        });
    }
    (call.join(" "), allowed)
}

/// What did not fit, in words.
fn note(sections: usize, fields: usize, buttons: usize) -> String {
    let parts: Vec<String> = [(sections, "section"), (fields, "field"), (buttons, "button")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, noun)| format!("{n} {noun}{}", if n == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { String::new() } else { format!("Too long for Discord, left out: {}", parts.join(", ")) }
}

/// Embeds as they fill up.
struct Page {
    color: u32,
    embeds: Vec<Embed>,
    /// Of the limit over all embeds.
    left: usize,
    sections_left_out: usize,
    fields_left_out: usize,
}

impl Page {
    const fn new(color: u32, left: usize) -> Self {
        Self { color, embeds: Vec::new(), left, sections_left_out: 0, fields_left_out: 0 }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => {
                let opens_section = matches!(text.0.first(), Some(Piece::Bold(_)));
                self.section(if opens_section { "\n\n" } else { "\n" }, |room| markdown(text, room));
            }
            Block::Fields(fields) => fields.iter().for_each(|field| self.field(field)),
            Block::Table(table) => self.section("\n", |room| table::render(table, room.min(TABLE))),
            Block::Sparkline { label, values } => self.section("\n", |room| sparkline(label, values, room)),
            Block::Code(text) => self.section("\n", |room| code(text, room)),
        }
    }

    /// Adds to the description of the last embed; opens another when fields stand below it already, or it is full.
    fn section(&mut self, glue: &str, render: impl Fn(usize) -> String) {
        let text = render(self.left.saturating_sub(glue.len()).min(limit::DESCRIPTION));
        debug_assert!(units(&text) <= self.left, "a renderer stays within its room");
        if text.trim().is_empty() {
            // Nothing to say, or no room to say it: only the second is a loss.
            self.sections_left_out += usize::from(!render(limit::DESCRIPTION).trim().is_empty());
            return;
        }
        let fits = |embed: &Embed| {
            let used = if embed.description.is_empty() { 0 } else { units(&embed.description) + glue.len() };
            embed.fields.is_empty() && used + units(&text) <= limit::DESCRIPTION
        };
        if !self.embeds.last().is_some_and(fits) && self.embeds.len() < limit::EMBEDS {
            self.open();
        }
        match self.embeds.last_mut() {
            Some(embed) if fits(embed) => {
                let glue = if embed.description.is_empty() { "" } else { glue };
                embed.description.push_str(glue);
                embed.description.push_str(&text);
                self.left -= glue.len() + units(&text);
            }
            _ => self.sections_left_out += 1,
        }
    }

    fn field(&mut self, field: &Field) {
        let shown = |text: String| if text.trim().is_empty() { "–".to_owned() } else { text };
        let name = shown(escape(&text::one_line(&field.label), limit::FIELD_NAME));
        let value = shown(markdown(&field.value, limit::FIELD_VALUE));
        let size = units(&name) + units(&value);
        let full = |embed: &Embed| embed.fields.len() == limit::FIELDS;
        if self.embeds.last().is_none_or(full) && self.embeds.len() < limit::EMBEDS {
            self.open();
        }
        match self.embeds.last_mut() {
            Some(embed) if size <= self.left && !full(embed) => {
                let inline = units(&value) <= SHORT && !value.contains('\n');
                embed.fields.push(EmbedField { name, value, inline });
                self.left -= size;
            }
            _ => self.fields_left_out += 1,
        }
    }

    fn open(&mut self) {
        self.embeds.push(Embed { color: self.color, ..Embed::default() });
    }

    fn finish(mut self, footer: String, must_show: bool) -> Vec<Embed> {
        let has_body = |embed: &Embed| !(embed.description.is_empty() && embed.fields.is_empty());
        self.embeds.retain(has_body);
        match self.embeds.last_mut() {
            Some(last) if !footer.is_empty() => last.footer = Some(Footer { text: footer }),
            Some(_) => {}
            // Small print alone is no embed; a message must not be empty.
            None if !footer.is_empty() || must_show => {
                let description =
                    if footer.is_empty() { "–".to_owned() } else { escape(&footer, limit::DESCRIPTION) };
                self.embeds.push(Embed { description, color: self.color, ..Embed::default() });
            }
            None => {}
        }
        self.embeds
    }
}

/// The label, then the series as a picture of block characters.
fn sparkline(label: &str, values: &[Option<f64>], room: usize) -> String {
    const LONGEST: usize = 30;
    let bars = text::sparkline(values, LONGEST);
    if bars.is_empty() || room < LONGEST + 60 {
        return String::new();
    }
    let label = escape(&text::one_line(label), room - LONGEST - 4);
    format!("{label} `{bars}`").trim_start().to_owned()
}

#[cfg(test)]
mod tests;
