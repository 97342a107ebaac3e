//! A message as Block Kit, within Slack's limits; what had to be cut is counted and said.
//!
//! Paragraphs, tables and code are `rich_text`, whose text elements are never parsed, so nothing a customer wrote can
//! become markup, a mention or a link. Where only `mrkdwn` or `plain_text` exist (fields, small print), text that
//! contains markup characters is sent as `plain_text`. Tables are aligned text, or a line a row if
//! they are wide: Slack's own table block may stand only once in a message. The colour needs an attachment; it holds everything below the title, and edits replace it whole.

mod controls;
mod inline;
mod native;
mod table;

pub(super) use controls::REFINES;
use serde::Serialize;
use serde_json::{Value, json};

use crate::chat::text;
use crate::domain::message::{Block, Field, Mention, Message, Text, Tone};
pub(super) use inline::shorten;
use inline::{Paragraph, clip, escape, paragraph, text_object, units};

/// Slack's limits, and ours below them. Lengths are UTF-16 units, the strictest reading of "characters".
mod limit {
    /// Blocks in a message.
    pub(super) const BLOCKS: usize = 50;
    pub(super) const HEADER: usize = 150;
    /// A paragraph, table or piece of code: what a section may hold.
    pub(super) const PARAGRAPH: usize = 3000;
    pub(super) const FIELDS: usize = 10;
    pub(super) const FIELD: usize = 2000;
    pub(super) const CONTEXT: usize = 10;
    pub(super) const BUTTONS: usize = 25;
    pub(super) const LABEL: usize = 75;
    pub(super) const VALUE: usize = 2000;
    pub(super) const URL: usize = 3000;
    /// In an actions block, and in a list of choices.
    pub(super) const MENUS: usize = 5;
    pub(super) const CHOICES: usize = 25;
    pub(super) const CHOICE: usize = 75;
    pub(super) const CHOICE_VALUE: usize = 150;
    pub(super) const PLACEHOLDER: usize = 150;
    /// The text of a notification; an update refuses more than 4000 units, and escaping may grow it fivefold.
    pub(super) const NOTIFICATION: usize = 700;
    /// All paragraphs, fields and tables together: nobody reads more, and Slack refuses much more.
    pub(super) const BODY: usize = 12_000;
    pub(super) const SMALL_PRINT: usize = 600;
    /// Less room than this is not worth beginning a paragraph in.
    pub(super) const LEAST: usize = 120;
    pub(super) const SPARKLINE: usize = 60;
    pub(super) const ALT: usize = 2000;
}

/// A message as Slack takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rendered {
    /// For notifications and screen readers.
    pub text: String,
    /// The message, or only its title if it has a colour.
    pub blocks: Vec<Value>,
    /// The rest of a coloured message.
    pub attachments: Vec<Value>,
}

/// A picture that Slack has, and what is to be seen on it.
#[derive(Clone, Debug)]
pub(in crate::chat) struct Shown {
    /// The id of its file.
    pub(super) file: String,
    /// For those who do not see it.
    pub(super) alt: String,
}

/// Renders any message, without its picture.
pub fn render(message: &Message) -> Rendered {
    render_with(message, None)
}

/// Renders a message with its picture, if there is one: below the text, above the buttons.
pub(super) fn render_with(message: &Message, picture: Option<&Shown>) -> Rendered {
    showing(message, picture.map(image))
}

/// Renders a message with the chart that Slack draws of it, if it can.
pub(super) fn render_native(message: &Message) -> Option<Rendered> {
    native::block(message.chart.as_deref()?).map(|chart| showing(message, Some(chart)))
}

fn showing(message: &Message, chart: Option<Value>) -> Rendered {
    let title = text::one_line(&message.title);
    let title = if title.is_empty() { title } else { format!("{}{title}", symbol(message.tone)) };
    let menus = controls::menus(&message.menus);
    let (buttons, buttons_left_out) = controls::buttons(&message.actions);
    let mut page = Page::new();
    for block in &message.blocks {
        page.block(block);
    }
    let mut body = page.blocks;
    body.extend(chart);
    body.extend(menus);
    body.extend(buttons);
    body.extend(small_print(&message.footer, page.left_out, buttons_left_out));

    let mut blocks: Vec<Value> = heading(&title).into_iter().chain(call(&message.mentions)).collect();
    let attachments = match color(message.tone) {
        Some(color) if !body.is_empty() => vec![json!({"color": color, "blocks": body})],
        _ => {
            blocks.append(&mut body);
            Vec::new()
        }
    };
    Rendered { text: notification(&title, message), blocks, attachments }
}

/// Shapes, not only colours: ✓ good, ▲ soon, ■ broken.
const fn symbol(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "",
        Tone::Good => "✓ ",
        Tone::Warning => "▲ ",
        Tone::Bad => "■ ",
    }
}

const fn color(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral => None,
        Tone::Good => Some("#2e9e5b"),
        Tone::Warning => Some("#e8a317"),
        Tone::Bad => Some("#d93f3f"),
    }
}

fn notification(title: &str, message: &Message) -> String {
    let first = || {
        message.blocks.iter().find_map(|block| match block {
            Block::Text(text) => Some(text::one_line(&text.to_plain())).filter(|line| !line.is_empty()),
            _ => None,
        })
    };
    let line = if title.is_empty() { first().unwrap_or_else(|| "Deskbell".into()) } else { title.to_owned() };
    escape(&shorten(&line, limit::NOTIFICATION))
}

fn heading(title: &str) -> Option<Value> {
    if title.is_empty() {
        None
    } else if units(title) <= limit::HEADER {
        Some(json!({"type": "header", "text": plain(title)}))
    } else {
        paragraph(&Text::bold(title), limit::PARAGRAPH).map(|title| section(title).0)
    }
}

/// Who is called, outside of the attachment: a mention within one notifies nobody.
fn call(mentions: &[Mention]) -> Option<Value> {
    let mut elements: Vec<Value> = Vec::new();
    for mention in mentions {
        if !elements.is_empty() {
            elements.push(json!({"type": "text", "text": " "}));
        }
        elements.push(match mention {
            Mention::Person(who) => json!({"type": "user", "user_id": who.id}),
            Mention::Group(who) => json!({"type": "usergroup", "usergroup_id": who.id}),
            Mention::Everyone(range) => json!({"type": "broadcast", "range": range}),
            Mention::Name(name) => json!({"type": "text", "text": shorten(&text::one_line(name), limit::LABEL)}),
        });
    }
    let section = json!({"type": "rich_text_section", "elements": elements});
    (!mentions.is_empty()).then(|| json!({"type": "rich_text", "elements": [section]}))
}

fn image(picture: &Shown) -> Value {
    let alt = shorten(&picture.alt, limit::ALT);
    json!({"type": "image", "slack_file": {"id": picture.file}, "alt_text": alt})
}

fn small_print(footer: &[Text], parts_left_out: usize, buttons_left_out: usize) -> Option<Value> {
    let lines = footer.iter().filter_map(|line| text_object(None, line, limit::SMALL_PRINT));
    let mut elements: Vec<Value> = lines.collect();
    let kept = elements.len().min(limit::CONTEXT - 1);
    let lines_left_out = elements.len() - kept;
    elements.truncate(kept);
    elements.extend(note(parts_left_out + lines_left_out, buttons_left_out).map(|note| plain(&note)));
    (!elements.is_empty()).then(|| json!({"type": "context", "elements": elements}))
}

fn note(parts: usize, buttons: usize) -> Option<String> {
    let counted = |n: usize, noun| (n > 0).then(|| format!("{n} {noun}{}", if n == 1 { "" } else { "s" }));
    let lost: Vec<String> = [counted(parts, "part"), counted(buttons, "button")].into_iter().flatten().collect();
    (!lost.is_empty()).then(|| format!("Left out, too long for Slack: {}", lost.join(", ")))
}

/// The body as it fills up.
struct Page {
    blocks: Vec<Value>,
    /// Units left of [`limit::BODY`].
    room: usize,
    left_out: usize,
}

impl Page {
    /// Blocks kept for title, mentions, picture, menus, buttons and small print.
    const RESERVED: usize = 6;

    const fn new() -> Self {
        Self { blocks: Vec::new(), room: limit::BODY, left_out: 0 }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => self.push(|room| paragraph(text, room).map(section)),
            Block::Fields(fields) => self.fields(fields),
            Block::Table(table) => self.push(|room| table::render(table, room)),
            Block::Sparkline { label, values } => {
                let bars = text::sparkline(values, limit::SPARKLINE);
                let bars = if bars.is_empty() { "no data" } else { &bars };
                let text = Text::bold(text::one_line(label)).then(format!("  {bars}"));
                self.push(|room| paragraph(&text, room).map(section));
            }
            Block::Code(code) => self.push(|room| {
                let code = clip(&text::clean(code), room);
                let size = units(&code);
                (!code.trim().is_empty()).then(|| (preformatted(vec![json!({"type": "text", "text": code})]), size))
            }),
        }
    }

    /// Adds what `make` makes of the room there is; an empty part makes nothing and is not missed.
    fn push(&mut self, make: impl FnOnce(usize) -> Option<(Value, usize)>) {
        if self.room < limit::LEAST || self.blocks.len() + Self::RESERVED >= limit::BLOCKS {
            self.left_out += 1;
        } else if let Some((block, size)) = make(self.room.min(limit::PARAGRAPH)) {
            self.room = self.room.saturating_sub(size);
            self.blocks.push(block);
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for some in fields.chunks(limit::FIELDS) {
            self.push(|room| {
                let each = (room / some.len()).min(limit::FIELD);
                let objects: Vec<Value> =
                    some.iter().filter_map(|f| text_object(Some(&f.label), &f.value, each)).collect();
                let size = objects.iter().filter_map(|o| o["text"].as_str()).map(units).sum();
                (!objects.is_empty()).then(|| (json!({"type": "section", "fields": objects}), size))
            });
        }
    }
}

/// The block and how much of the room it takes.
fn section(Paragraph { elements, size }: Paragraph) -> (Value, usize) {
    (json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}), size)
}

fn preformatted(elements: Vec<Value>) -> Value {
    json!({"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": elements}]})
}

pub(super) fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

#[cfg(test)]
mod tests;
