//! Slack's rules for the body of a message, as its documentation states them; written without a look at the renderer.

use std::collections::HashSet;

use serde_json::Value;

/// What Slack would complain about, with pointers into the message; empty = accepted.
pub(crate) fn problems(message: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.text_field(message, "text");
    let mut count = check.list(&message["blocks"], "/blocks");
    if let Some(attachments) = message["attachments"].as_array() {
        check.expect(attachments.len() <= 100, "/attachments", "too many attachments");
        for (n, attachment) in attachments.iter().enumerate() {
            let at = format!("/attachments/{n}");
            check.keys(attachment, &at, &["color", "blocks", "fallback"]);
            if let Some(color) = attachment["color"].as_str() {
                let digits = color.strip_prefix('#').unwrap_or_default();
                let hex = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
                check.expect(hex, &format!("{at}/color"), "must be a colour such as #36a64f");
            }
            count += check.list(&attachment["blocks"], &format!("{at}/blocks"));
        }
    }
    let says_something = count > 0 || message["text"].as_str().is_some_and(|text| !text.is_empty());
    check.expect(says_something, "/text", "no_text");
    check.problems
}

#[derive(Default)]
pub(super) struct Check {
    pub(super) problems: Vec<String>,
    table_characters: usize,
}

impl Check {
    pub(super) fn expect(&mut self, fine: bool, at: &str, complaint: &str) {
        if !fine {
            self.problems.push(format!("[ERROR] {complaint} [json-pointer:{at}]"));
        }
    }

    pub(super) fn keys(&mut self, value: &Value, at: &str, known: &[&str]) {
        let Some(object) = value.as_object() else {
            return self.expect(false, at, "must be an object");
        };
        for key in object.keys() {
            self.expect(known.contains(&key.as_str()), &format!("{at}/{key}"), "invalid additional property");
        }
    }

    /// A string of 1 to `most` characters.
    pub(super) fn string(&mut self, value: &Value, at: &str, most: usize) {
        match value.as_str() {
            None => self.expect(false, at, "missing required string"),
            Some("") => self.expect(false, at, "must be more than 0 characters"),
            Some(text) => {
                let fits = text.encode_utf16().count() <= most;
                self.expect(fits, at, &format!("must be less than {} characters", most + 1));
            }
        }
    }

    fn text_field(&mut self, message: &Value, key: &str) {
        if let Some(text) = message[key].as_str() {
            self.markup(text, &format!("/{key}"));
        }
    }

    /// Everything between `<` and `>` in mrkdwn must be a link or a date: nothing may mention anybody.
    fn markup(&mut self, text: &str, at: &str) {
        for token in text.split('<').skip(1) {
            let token = token.split_once('>').map(|(token, _)| token);
            let allowed =
                token.is_some_and(|t| t.starts_with("http://") || t.starts_with("https://") || t.starts_with("!date^"));
            self.expect(allowed, at, "an unescaped < that is neither link nor date");
        }
        for entity in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;"].iter().any(|known| entity.starts_with(known));
            self.expect(known, at, "an unescaped &");
        }
    }

    fn list(&mut self, blocks: &Value, at: &str) -> usize {
        if blocks.is_null() {
            return 0;
        }
        let Some(blocks) = blocks.as_array() else {
            self.expect(false, at, "must be an array");
            return 0;
        };
        self.expect(blocks.len() <= 50, at, "no more than 50 items allowed");
        let mut ids = HashSet::new();
        for (n, block) in blocks.iter().enumerate() {
            let at = format!("{at}/{n}");
            if let Some(id) = block.get("block_id") {
                self.string(id, &format!("{at}/block_id"), 255);
                self.expect(ids.insert(id.to_string()), &at, "block_id is not unique");
            }
            self.block(block, &at);
        }
        blocks.len()
    }

    fn block(&mut self, block: &Value, at: &str) {
        match block["type"].as_str() {
            Some("header") => {
                self.keys(block, at, &["type", "block_id", "text"]);
                self.text(&block["text"], &format!("{at}/text"), 150, &["plain_text"]);
            }
            Some("section") => self.section(block, at),
            Some("context") => {
                self.keys(block, at, &["type", "block_id", "elements"]);
                for (n, element) in self.items(block, "elements", at, 10).iter().enumerate() {
                    self.text(element, &format!("{at}/elements/{n}"), 3000, &["plain_text", "mrkdwn"]);
                }
            }
            Some("actions") => {
                self.keys(block, at, &["type", "block_id", "elements"]);
                let mut ids = HashSet::new();
                for (n, element) in self.items(block, "elements", at, 25).iter().enumerate() {
                    let at = format!("{at}/elements/{n}");
                    match element["type"].as_str() {
                        Some("static_select") => self.list_of_choices(element, &at),
                        _ => self.button(element, &at),
                    }
                    self.expect(ids.insert(element["action_id"].to_string()), &at, "action_id is not unique");
                }
            }
            Some("divider") => self.keys(block, at, &["type", "block_id"]),
            Some("image") => {
                self.keys(block, at, &["type", "block_id", "image_url", "slack_file", "alt_text", "title"]);
                self.string(&block["alt_text"], &format!("{at}/alt_text"), 2000);
                let (file, url) = (block.get("slack_file"), block.get("image_url"));
                self.expect(file.is_some() != url.is_some(), at, "either a file or an address");
                if let Some(file) = file {
                    let at = format!("{at}/slack_file");
                    self.keys(file, &at, &["id", "url"]);
                    self.expect(
                        file.get("id").is_some() != file.get("url").is_some(),
                        &at,
                        "either an id or an address",
                    );
                }
                if let Some(url) = url {
                    self.url(url, &format!("{at}/image_url"));
                }
            }
            Some("rich_text") => self.rich_text(block, at),
            Some("table") => self.table(block, at),
            Some("data_visualization") => self.chart(block, at),
            _ => self.expect(false, at, "unsupported type"),
        }
    }

    pub(super) fn items<'a>(&mut self, value: &'a Value, key: &str, at: &str, most: usize) -> &'a [Value] {
        let items = value[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let at = format!("{at}/{key}");
        self.expect(!items.is_empty(), &at, "must have at least 1 item");
        self.expect(items.len() <= most, &at, &format!("no more than {most} items allowed"));
        items
    }

    fn section(&mut self, block: &Value, at: &str) {
        self.keys(block, at, &["type", "block_id", "text", "fields", "accessory", "expand"]);
        let (text, fields) = (block.get("text"), block.get("fields"));
        self.expect(text.is_some() || fields.is_some(), at, "missing text or fields");
        if let Some(text) = text {
            self.text(text, &format!("{at}/text"), 3000, &["plain_text", "mrkdwn"]);
        }
        if fields.is_some() {
            for (n, field) in self.items(block, "fields", at, 10).iter().enumerate() {
                self.text(field, &format!("{at}/fields/{n}"), 2000, &["plain_text", "mrkdwn"]);
            }
        }
    }

    pub(super) fn text(&mut self, object: &Value, at: &str, most: usize, kinds: &[&str]) {
        let kind = object["type"].as_str().unwrap_or_default();
        self.expect(kinds.contains(&kind), &format!("{at}/type"), "text of the wrong type");
        let extra = if kind == "mrkdwn" { "verbatim" } else { "emoji" };
        self.keys(object, at, &["type", "text", extra]);
        let at = format!("{at}/text");
        self.string(&object["text"], &at, most);
        if kind == "mrkdwn" {
            self.markup(object["text"].as_str().unwrap_or_default(), &at);
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        self.expect(button["type"] == "button", at, "only buttons are known here");
        self.keys(
            button,
            at,
            &["type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"],
        );
        self.text(&button["text"], &format!("{at}/text"), 75, &["plain_text"]);
        self.string(&button["action_id"], &format!("{at}/action_id"), 255);
        if let Some(url) = button.get("url") {
            self.url(url, &format!("{at}/url"));
        }
        if let Some(value) = button.get("value") {
            self.string(value, &format!("{at}/value"), 2000);
        }
        if let Some(style) = button.get("style") {
            self.expect(style == "primary" || style == "danger", &format!("{at}/style"), "unknown style");
        }
    }

    fn list_of_choices(&mut self, list: &Value, at: &str) {
        self.keys(list, at, &["type", "action_id", "placeholder", "options", "option_groups", "initial_option"]);
        self.string(&list["action_id"], &format!("{at}/action_id"), 255);
        self.text(&list["placeholder"], &format!("{at}/placeholder"), 150, &["plain_text"]);
        let grouped = list.get("option_groups").is_some();
        self.expect(grouped != list.get("options").is_some(), at, "either options or option_groups");
        let mut options = Vec::new();
        if grouped {
            for (n, group) in self.items(list, "option_groups", at, 100).iter().enumerate() {
                let at = format!("{at}/option_groups/{n}");
                self.keys(group, &at, &["label", "options"]);
                self.text(&group["label"], &format!("{at}/label"), 75, &["plain_text"]);
                options.extend(self.options(group, &at));
            }
        } else {
            options.extend(self.options(list, at));
        }
        if let Some(initial) = list.get("initial_option") {
            self.expect(options.contains(&initial), &format!("{at}/initial_option"), "must be one of the options");
        }
    }

    fn options<'a>(&mut self, list: &'a Value, at: &str) -> &'a [Value] {
        let options = self.items(list, "options", at, 100);
        for (n, option) in options.iter().enumerate() {
            let at = format!("{at}/options/{n}");
            self.keys(option, &at, &["text", "value"]);
            self.text(&option["text"], &format!("{at}/text"), 75, &["plain_text"]);
            self.string(&option["value"], &format!("{at}/value"), 150);
        }
        options
    }

    fn url(&mut self, url: &Value, at: &str) {
        self.string(url, at, 3000);
        let parsed = url.as_str().and_then(|url| reqwest::Url::parse(url).ok());
        let web = parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        self.expect(web, at, "must be a valid URL");
    }

    fn rich_text(&mut self, block: &Value, at: &str) {
        self.keys(block, at, &["type", "block_id", "elements"]);
        for (n, part) in self.items(block, "elements", at, usize::MAX).iter().enumerate() {
            let at = format!("{at}/elements/{n}");
            let kinds: &[&str] = match part["type"].as_str() {
                Some("rich_text_section" | "rich_text_quote") => {
                    &["text", "link", "date", "emoji", "user", "usergroup", "broadcast"]
                }
                Some("rich_text_preformatted") => &["text", "link"],
                _ => return self.expect(false, &at, "unsupported type"),
            };
            self.keys(part, &at, &["type", "elements", "border", "language"]);
            let mut total = 0;
            for (n, element) in self.items(part, "elements", &at, usize::MAX).iter().enumerate() {
                let at = format!("{at}/elements/{n}");
                let kind = element["type"].as_str().unwrap_or_default();
                self.expect(kinds.contains(&kind), &at, "element not allowed here");
                self.rich_element(element, kind, &at);
                total += element["text"].as_str().map_or(0, |text| text.encode_utf16().count());
            }
            // Slack documents no limit of its own here; a section's is the prudent one.
            self.expect(total <= 3000, &at, "must be less than 3001 characters");
        }
    }

    fn rich_element(&mut self, element: &Value, kind: &str, at: &str) {
        match kind {
            "text" => {
                self.keys(element, at, &["type", "text", "style"]);
                self.string(&element["text"], &format!("{at}/text"), 3000);
            }
            "link" => {
                self.keys(element, at, &["type", "url", "text", "style"]);
                self.url(&element["url"], &format!("{at}/url"));
                if let Some(text) = element.get("text") {
                    self.string(text, &format!("{at}/text"), 3000);
                }
            }
            "date" => {
                self.keys(element, at, &["type", "timestamp", "format", "fallback", "url", "style"]);
                let sane = element["timestamp"].as_i64().is_some_and(|s| (0..=253_402_300_799).contains(&s));
                self.expect(sane, &format!("{at}/timestamp"), "must be seconds since 1970");
                self.string(&element["format"], &format!("{at}/format"), 255);
            }
            _ => {}
        }
    }

    fn chart(&mut self, block: &Value, at: &str) {
        self.keys(block, at, &["type", "block_id", "title", "chart"]);
        self.string(&block["title"], &format!("{at}/title"), 50);
        let (chart, at) = (&block["chart"], format!("{at}/chart"));
        self.keys(chart, &at, &["type", "series", "axis_config"]);
        let known = ["line", "bar", "area"].iter().any(|kind| chart["type"] == *kind);
        self.expect(known, &format!("{at}/type"), "unknown chart");
        self.keys(&chart["axis_config"], &format!("{at}/axis_config"), &["categories", "x_label", "y_label"]);
        let categories = self.items(&chart["axis_config"], "categories", &format!("{at}/axis_config"), 20).to_vec();
        for (n, category) in categories.iter().enumerate() {
            self.string(category, &format!("{at}/axis_config/categories/{n}"), 20);
        }
        let mut names = HashSet::new();
        for (n, series) in self.items(chart, "series", &at, 6).iter().enumerate() {
            let at = format!("{at}/series/{n}");
            self.keys(series, &at, &["name", "data"]);
            self.string(&series["name"], &format!("{at}/name"), 20);
            self.expect(names.insert(series["name"].to_string()), &at, "a name is not unique");
            let data = self.items(series, "data", &at, 20);
            let labels: Vec<&Value> = data.iter().map(|point| &point["label"]).collect();
            self.expect(labels == categories.iter().collect::<Vec<_>>(), &at, "a value for each category");
            self.expect(data.iter().all(|point| point["value"].is_number()), &at, "values are numbers");
        }
    }

    fn table(&mut self, block: &Value, at: &str) {
        self.keys(block, at, &["type", "block_id", "rows", "column_settings"]);
        self.expect(self.table_characters == 0, at, "only_one_table_allowed");
        for (n, row) in self.items(block, "rows", at, 100).iter().enumerate() {
            let at = format!("{at}/rows/{n}");
            let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
            self.expect((1..=20).contains(&cells.len()), &at, "a row has 1 to 20 cells");
            for (n, cell) in cells.iter().enumerate() {
                let at = format!("{at}/{n}");
                match cell["type"].as_str() {
                    Some("raw_text") => self.string(&cell["text"], &format!("{at}/text"), 10_000),
                    Some("rich_text") => self.rich_text(cell, &at),
                    _ => self.expect(false, &at, "unsupported cell"),
                }
                self.table_characters += 1 + cell["text"].as_str().map_or(0, |text| text.encode_utf16().count());
            }
        }
        self.expect(self.table_characters <= 10_000, at, "more than 10000 characters in tables");
    }
}
