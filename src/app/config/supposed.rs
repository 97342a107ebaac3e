//! A file of policies that is tried, not run: `[[sla]]` and `[[calendar]]`, read as if they stood in the configuration.

use std::path::Path;
use std::sync::Arc;

use super::document::Table;
use super::fault::{Fault, Faults};
use super::reader::Reader;
use super::{Environment, Place, Purpose, document, environment, people, promises, same_line, schema, server};
use crate::domain::definitions::Definitions;

/// The sections that such a file may have.
const SECTIONS: [&str; 2] = ["sla", "calendar"];

/// The policies of a file, and the calendars that they may name: those of the configuration (at `config`; none if there
/// is no such file), and the file's own, which win. Only these two of the definitions are filled in.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn load(config: &Path, file: &Path, environment: &Environment) -> Result<Definitions, Faults> {
    let name: Arc<str> = file.display().to_string().into();
    let text = std::fs::read_to_string(file).map_err(|error| {
        let fault = match error.kind() {
            std::io::ErrorKind::NotFound => Fault::new(&Place::WholeFile(Arc::clone(&name)), "there is no such file")
                .hint("write [[sla]] sections as in bot.toml into it"),
            _ => Fault::new(&Place::WholeFile(Arc::clone(&name)), format!("cannot be read: {error}")),
        };
        Faults::found(vec![fault]).expect("there is a fault")
    })?;
    // What is wrong with the configuration was said when it was read.
    let base = std::fs::read_to_string(config).unwrap_or_default();
    parse((&config.display().to_string(), &base), (&name, &text), environment)
}

/// The same of texts, each with the name of its file.
fn parse(config: (&str, &str), file: (&str, &str), environment: &Environment) -> Result<Definitions, Faults> {
    let (mut document, _) = document::parse(&config.0.into(), config.1);
    environment::apply(&mut document, environment);
    let (proposed, syntax) = document::parse(&file.0.into(), file.1);
    let mut faults = schema::faults(&proposed);
    for entry in proposed.entries.iter().filter(|entry| !SECTIONS.contains(&entry.key.as_str())) {
        if schema::section(&entry.key).is_some() {
            let stray = Fault::new(&entry.place, format!("{:?} has no place in a file of policies", entry.key));
            faults.push(stray.hint("only [[sla]] and [[calendar]] are read; the rest comes from the configuration"));
        }
    }
    if proposed.get("sla").is_none() {
        let none = Fault::new(&proposed.place, "this file has no [[sla]]");
        faults.push(none.hint("write at least one policy, as in bot.toml"));
    }
    lay_over(&mut document, proposed);
    let mut reader = Reader::new(&document, environment, Purpose::Suppose);
    let bot = server::bot(&mut reader);
    let calendars = people::calendars(&mut reader, bot.timezone);
    let (policies, _) = promises::policies(&mut reader);
    faults.extend(reader.into_faults());
    faults.retain(|fault| !syntax.iter().any(|s| same_line(&s.place, &fault.place)));
    faults.extend(syntax);
    match Faults::found(faults) {
        Some(faults) => Err(faults),
        None => Ok(Definitions { policies, calendars, ..Definitions::default() }),
    }
}

/// The file's policies replace the configuration's; its calendars those of the same name.
fn lay_over(document: &mut Table, proposed: Table) {
    document.entries.retain(|entry| entry.key != "sla");
    for mut entry in proposed.entries {
        if let ("calendar", Some(known)) =
            (entry.key.as_str(), document.entries.iter_mut().find(|known| known.key == "calendar"))
        {
            entry.node.add_named(&known.node);
            known.node = entry.node;
        } else if SECTIONS.contains(&entry.key.as_str()) {
            document.entries.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
[bot]
timezone = "Europe/Berlin"
[[calendar]]
name = "office"
hours = { mon = ["09:00-17:00"] }
[[calendar]]
name = "night"
hours = { mon = ["20:00-24:00"] }
[[team]]
name = "billing"
[[sla]]
name = "old"
resolution = "1d"
"#;

    fn tried(file: &str) -> Result<Definitions, String> {
        parse(("bot.toml", CONFIG), ("new.toml", file), &Environment::default()).map_err(|faults| faults.to_string())
    }

    #[test]
    fn policies_are_replaced_and_calendars_added_or_replaced_by_name() {
        let file = r#"
[[calendar]]
name = "office"
hours = { tue = ["10:00-11:00"] }
[[calendar]]
name = "weekend"
hours = { sat = ["09:00-17:00"] }
[[sla]]
name = "new"
when = { team = ["billing"] }
first_response = { urgent = "15m" }
calendar = "weekend"
[[sla]]
name = "rest"
first_response = "4h"
calendar = "night"
"#;
        let tried = tried(file).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(tried.policies.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["new", "rest"]);
        assert_eq!(tried.calendars.keys().collect::<Vec<_>>(), ["night", "office", "weekend"]);
        assert!(!tried.calendars["office"].definition().hours.contains_key(&crate::domain::calendar::Weekday::Mon));
    }

    #[test]
    fn what_is_wrong_has_a_place_in_the_file_and_a_way_out() {
        let files = [
            "",
            "[slack]\nmode = \"off\"\n[[sla]]\nname = \"a\"\nresolution = \"1d\"",
            "[[sla]]\nname = \"a\"\nresolution = \"soon\"\ncalendar = \"offce\"\nwhen = { team = [\"biling\"] }",
            "[[sla]]\nname = \"a\"\nresolutoin = \"1d\"",
            "[[sla]\nname = \"a\"",
        ];
        let said: Vec<String> = files.iter().map(|file| tried(file).expect_err(file)).collect();
        insta::assert_snapshot!(said.join("\n---\n"));
    }
}
