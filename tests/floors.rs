//! The house stays a house: rooms import downward only, rooms on one floor are strangers, and a few things have one
//! place only (SQL, serenity, the clock, the environment).
//!
//! rustc allows any tangle inside one crate, so this test reads the sources instead. It is textual on purpose: it
//! sees `crate::room`, `super::` chains that reach the root, and words; comments, texts and test code are left out.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors of the house, from the ground up; `src/lib.rs` says what each room is for.
const FLOORS: [&[&str]; 6] = [
    &["domain"],
    &["metrics", "grammar", "store", "integrations", "chat", "chart"],
    &["ingest", "alerts", "digests", "delivery"],
    &["commands"],
    &["web"],
    &["app"],
];

/// What only one place may name, and which.
const MONOPOLIES: [(&str, &str, &str); 9] = [
    ("sqlx", "store", "only the store knows SQL"),
    ("serenity", "chat", "only chat knows serenity"),
    ("Utc::now", "app/clock.rs", "`now` is an argument"),
    ("Local::now", "app/clock.rs", "`now` is an argument"),
    ("SystemTime::now", "app/clock.rs", "`now` is an argument"),
    ("env::var", "app/config/environment.rs", "the environment is handed in"),
    ("env::vars", "app/config/environment.rs", "the environment is handed in"),
    ("env::var_os", "app/config/environment.rs", "the environment is handed in"),
    ("env::vars_os", "app/config/environment.rs", "the environment is handed in"),
];

/// Drawers in which everything ends up.
const DRAWERS: [&str; 9] = ["util", "utils", "common", "types", "models", "helpers", "misc", "shared", "prelude"];

/// Lines of code in a file that can still be read in one go; tests, comments and empty lines are not counted.
const LONGEST: usize = 500;

#[test]
fn the_sources_keep_to_the_floors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no sources under {}", root.display());
    let offences: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(&root).expect("files are below the root").to_string_lossy().replace('\\', "/");
            offences(&path, &fs::read_to_string(file).expect("sources are readable"))
        })
        .collect();
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("source folders are readable") {
        let path = entry.expect("source folders are readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// Everything a file does against the rules; `path` is relative to `src`.
fn offences(path: &str, source: &str) -> Vec<String> {
    let modules = modules(path);
    let mut found = Vec::new();
    for name in modules.iter().filter(|name| DRAWERS.contains(name)) {
        found.push(format!("{path}: {name:?} is a drawer, not a room; name it after what it owns"));
    }
    if !source.starts_with("//!") && !is_test(&modules) {
        found.push(format!("{path}: opens without `//!`: say what it owns"));
    }
    if path == "main.rs" || path == "lib.rs" {
        return found;
    }
    let Some(floor) = floor_of(modules[0]) else {
        found.push(format!("{path}: the room {:?} is not on the map of the floors", modules[0]));
        return found;
    };
    if is_test(&modules) {
        return found;
    }
    let code = without_tests(&code_only(source));
    let length = code.lines().filter(|line| !line.trim().is_empty()).count();
    if length > LONGEST {
        found.push(format!("{path}: {length} lines of code are more than {LONGEST}; split it by noun"));
    }
    for (line, room) in imports(&code, modules.len()) {
        let place = format!("{path}:{line}");
        match floor_of(&room) {
            _ if room == modules[0] => {}
            Some(other) if other < floor => {}
            Some(other) if other == floor => {
                found.push(format!("{place}: {} and {room} live on one floor and are strangers", modules[0]));
            }
            Some(_) => found.push(format!("{place}: {} may not look up to {room}", modules[0])),
            None => found.push(format!("{place}: the room {room:?} is not on the map of the floors")),
        }
    }
    for (word, owner, why) in MONOPOLIES {
        let owns = path.strip_prefix(owner).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']));
        for line in if owns { Vec::new() } else { lines_naming(&code, word) } {
            found.push(format!("{path}:{line}: names {word}; {why} ({owner})"));
        }
    }
    found
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The module path of a file: `chat/slack/mod.rs` is `chat`, `slack`.
fn modules(path: &str) -> Vec<&str> {
    let mut modules: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if modules.len() > 1 && modules.last() == Some(&"mod") {
        modules.pop();
    }
    modules
}

/// Files that are compiled for tests only, by their names.
fn is_test(modules: &[&str]) -> bool {
    modules.iter().skip(1).any(|name| *name == "tests" || name.ends_with("_tests"))
}

/// The rooms a file imports, with the line: `crate::room`, `crate::{a, b::c}`, and `super::` up to the root.
fn imports(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, word)) = next_word(code, at) {
        at = start + word.len();
        let mut rest = &code[at..];
        match word {
            "crate" => {}
            "super" if !code[..start].ends_with("super::") => {
                let mut climbed = 1;
                while let Some(further) = rest.strip_prefix("::super") {
                    climbed += 1;
                    rest = further;
                }
                if climbed < depth {
                    continue;
                }
            }
            _ => continue,
        }
        let Some(path) = rest.strip_prefix("::") else { continue };
        let line = code[..start].matches('\n').count() + 1;
        found.extend(heads(path).into_iter().map(|head| (line, head)));
    }
    found
}

/// The first names of a path, or of each path in braces. Macros and items at the root of the crate are no rooms.
fn heads(path: &str) -> Vec<String> {
    let Some(group) = path.trim_start().strip_prefix('{') else {
        let Some((0, head)) = next_word(path, 0) else { return Vec::new() };
        let is_macro = path[head.len()..].starts_with('!');
        return if is_macro { Vec::new() } else { vec![head.to_owned()] };
    };
    let mut depth = 1;
    let mut branch = String::new();
    let mut branches = Vec::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            branches.push(std::mem::take(&mut branch));
        } else {
            branch.push(c);
        }
        if depth == 0 {
            break;
        }
    }
    branches.iter().flat_map(|branch| heads(branch.trim())).collect()
}

/// The next identifier at or after an offset.
fn next_word(code: &str, from: usize) -> Option<(usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let start = from + code[from..].find(is_part)?;
    let end = code[start..].find(|c| !is_part(c)).map_or(code.len(), |length| start + length);
    Some((start, &code[start..end]))
}

/// The lines in which a word, or a path, stands by itself.
fn lines_naming(code: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |start: usize| !code[..start].ends_with(is_part) && !code[start + word.len()..].starts_with(is_part);
    let found = code.match_indices(word).filter(|(start, _)| whole(*start));
    found.map(|(start, _)| code[..start].matches('\n').count() + 1).collect()
}

/// The source with comments gone and texts empty; lines stay where they are.
fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => text(rest),
            'r' | 'b' if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') => prefixed_text(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            rest = &rest[skipped..];
        }
    }
    out
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of `"…"`.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of `b"…"`, `r"…"`, `r#"…"#` and the like; 0 when it is an ordinary word.
fn prefixed_text(rest: &str) -> usize {
    let prefix = rest.len() - rest.trim_start_matches(['b', 'r']).len();
    let after = &rest[prefix..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    if prefix > 2 || !after[hashes..].starts_with('"') {
        return 0;
    }
    if !rest[..prefix].contains('r') {
        return prefix + text(after);
    }
    let open = prefix + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len())
}

/// The length of `'x'`; 0 when it is a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => rest[3..].find('\'').map_or(0, |end| end + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// The code with `#[cfg(test)] mod … { … }` cut out.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::new();
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, marked) = rest.split_at(start);
        out.push_str(before);
        let item = &marked[MARK.len()..];
        // `mod tests;` ends before any brace.
        let end = match (item.find('{'), item.find(';')) {
            (Some(open), semicolon) if semicolon.is_none_or(|s| open < s) => open + balanced(&item[open..]),
            (_, Some(semicolon)) => semicolon + 1,
            _ => item.len(),
        };
        rest = &item[end..];
    }
    out + rest
}

/// The length of `{…}`.
fn balanced(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The rules that a planted source breaks, without their places.
fn broken(path: &str, body: &str) -> Vec<String> {
    let all = offences(path, &format!("//! Planted.\n{body}"));
    all.into_iter()
        .map(|offence| offence.split_once(": ").map_or(offence.clone(), |(_, what)| what.to_owned()))
        .collect()
}

#[test]
fn looking_up_is_seen() {
    for (path, body) in [
        ("domain/sla.rs", "use crate::store::Store;"),
        ("store/mod.rs", "use crate::{domain::sla, ingest::{accept, Accepted}};"),
        ("ingest.rs", "fn f() { crate::commands::run(); }"),
        ("chat/slack/render.rs", "use super::super::super::web::Server;"),
        ("chat/mod.rs", "use super::{domain::message, alerts};"),
        ("commands/mod.rs", "impl From<crate::app::Config> for X {}"),
    ] {
        let broken = broken(path, body);
        assert!(broken.len() == 1 && broken[0].contains("may not look up to"), "{path}: {body}: {broken:?}");
    }
}

#[test]
fn neighbours_are_strangers() {
    let said = broken("metrics/csat.rs", "use crate::store::Store;");
    assert_eq!(said, ["metrics and store live on one floor and are strangers"]);
    assert_eq!(broken("alerts/mod.rs", "use crate::digests;").len(), 1);
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (path, body) in [
        ("web/hooks.rs", "use crate::{domain, store::Store, ingest};\nuse super::Server;"),
        ("store/mod.rs", "use sqlx::Row; use crate::domain::event::Event; use crate::store::sql;"),
        ("chat/discord/mod.rs", "use serenity::all::Ready;"),
        ("app/clock.rs", "fn f() { SystemTime::now(); }"),
        (
            "domain/sla.rs",
            "// crate::store and sqlx\n/// crate::web\nconst A: &str = \"use crate::web;\"; /* crate::app */",
        ),
        (
            "domain/sla.rs",
            "const A: &str = r#\"crate::web \" sqlx\"#; const B: char = '\"'; const C: char = '\\''; fn f<'a>() {}",
        ),
        ("domain/sla.rs", "crate::row!(a); fn sqlx_like() {}"),
        ("domain/ticket/turns.rs", "use super::super::sla;"),
        ("domain/sla.rs", "#[cfg(test)]\nmod tests { use crate::store::Store; fn f() { {} } }\nfn g() {}"),
        ("grammar/tests.rs", "use crate::metrics;"),
    ] {
        assert_eq!(broken(path, body), Vec::<String>::new(), "{path}: {body}");
    }
}

#[test]
fn code_behind_a_test_module_is_still_read() {
    let body = "#[cfg(test)]\nmod tests;\nuse crate::web::Server;";
    assert_eq!(broken("domain/sla.rs", body), ["domain may not look up to web"]);
}

#[test]
fn monopolies_drawers_giants_and_strangers_to_the_map_are_seen() {
    assert_eq!(broken("web/hooks.rs", "use sqlx::Row;").len(), 1);
    assert_eq!(broken("alerts/mod.rs", "let now = chrono::Utc::now();").len(), 1);
    assert_eq!(broken("app/jobs.rs", "let now = SystemTime::now();").len(), 1);
    assert_eq!(broken("app/jobs.rs", "let home = std::env::var(\"HOME\");").len(), 1);
    assert_eq!(broken("commands/util.rs", "").len(), 1);
    assert_eq!(broken("commands/mod.rs", &"fn f() {}\n".repeat(LONGEST + 1)).len(), 1);
    assert_eq!(broken("cellar/mod.rs", "").len(), 1);
    assert_eq!(broken("web/mod.rs", "use crate::cellar;").len(), 1);
    assert_eq!(offences("web/mod.rs", "use crate::store;").len(), 1, "no //!");
}

#[test]
fn places_are_lines_of_the_file() {
    let offences = offences("domain/sla.rs", "//! Planted.\n\n/* two\nlines */\nuse crate::app;\n");
    assert_eq!(offences, ["domain/sla.rs:5: domain may not look up to app"]);
}
