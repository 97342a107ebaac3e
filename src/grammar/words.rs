//! Text → tokens with their places.
//!
//! Words are separated by white space or commas. Punctuation in them does not matter (`first_response_time` is three
//! words, `csat!` is one), except in conditions (`team:billing`) and in what starts with a digit (`7d`, `2026-10-01`).

use super::error::GrammarError;

/// A place in the text: the first character and how many.
pub(super) type Span = (usize, usize);

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// A comma before it ends the phrase: `sla, at risk` are two metrics.
    pub(super) after_comma: bool,
    /// An underscore ties it to the word before, as in the ids of metrics: no phrase ends between the two.
    pub(super) tied: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A word, in lower case.
    Word(String),
    /// Digits and what follows them: `7d`, `2026-10-01..2026-10-31`; also `..`.
    Literal(String),
    /// `key:value,value`
    Condition(Condition),
}

/// `key:value`, `-key:value`, `key=value`, `key!=value`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) exclude: bool,
    /// As typed.
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) values: Vec<Value>,
}

/// One of the values of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    /// Without quotes.
    pub(super) text: String,
    /// With quotes.
    pub(super) span: Span,
}

impl Token {
    const fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span, after_comma: false, tied: false }
    }

    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Literal(_) | Kind::Condition(_) => None,
        }
    }

    pub(super) fn literal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Literal(literal) => Some(literal),
            Kind::Word(_) | Kind::Condition(_) => None,
        }
    }
}

/// The place from the start of one span to the end of another.
pub(super) fn through(from: Span, to: Span) -> Span {
    (from.0, (to.0 + to.1).saturating_sub(from.0))
}

/// Cuts text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, GrammarError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut start = 0;
    let mut after_comma = false;
    while start < chars.len() {
        if chars[start].is_whitespace() || chars[start] == ',' {
            after_comma |= chars[start] == ',';
            start += 1;
            continue;
        }
        let separator = separator(&chars, start);
        let end = end_of_word(&chars, start, separator.is_some())?;
        let first = tokens.len();
        match separator {
            Some(separator) => tokens.push(condition(&chars, start, separator, end)?),
            None => bare(&chars, start, end, &mut tokens)?,
        }
        if let Some(token) = tokens.get_mut(first) {
            token.after_comma = after_comma;
            after_comma = false;
        }
        start = end;
    }
    Ok(tokens)
}

/// Phones write quotation marks and dashes their own way.
fn opens_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

fn closes_quote(opened: char, c: char) -> bool {
    if opened == '"' { c == '"' } else { matches!(c, '“' | '”') }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '−')
}

/// Where the `:`, `=` or `!=` of a condition is, if a condition starts here: a key of letters and then one of those.
fn separator(chars: &[char], start: usize) -> Option<usize> {
    let key = start + usize::from(is_dash(chars[start]));
    if !chars.get(key).is_some_and(|c| c.is_alphabetic()) {
        return None;
    }
    let end = (key..chars.len()).find(|i| !chars[*i].is_alphanumeric() && !matches!(chars[*i], '-' | '_'))?;
    let is_separator = matches!(chars[end], ':' | '=') || chars[end..].starts_with(&['!', '=']);
    is_separator.then_some(end)
}

/// The end of the word: white space or, outside conditions, a comma, neither of them in quotes.
fn end_of_word(chars: &[char], start: usize, is_condition: bool) -> Result<usize, GrammarError> {
    let mut i = start;
    let mut may_open = true;
    while let Some(c) = chars.get(i) {
        if c.is_whitespace() || (*c == ',' && !is_condition) {
            break;
        }
        i = if may_open && opens_quote(*c) { end_of_quote(chars, i)? } else { i + 1 };
        may_open = is_condition && matches!(c, ':' | '=' | ',');
    }
    Ok(i)
}

/// The place after the closing quotation mark.
fn end_of_quote(chars: &[char], open: usize) -> Result<usize, GrammarError> {
    let mut i = open + 1;
    while let Some(c) = chars.get(i) {
        match c {
            '\\' => i += 2,
            c if closes_quote(chars[open], *c) => return Ok(i + 1),
            _ => i += 1,
        }
    }
    let rest: String = chars[open + 1..].iter().collect();
    Err(GrammarError::new((open, chars.len() - open), "this quotation mark is never closed")
        .suggesting([format!("\"{}\"", rest.trim_end_matches('\\'))]))
}

/// What stands between quotation marks; a backslash makes the character behind it an ordinary one.
fn unquoted(chars: &[char]) -> String {
    let mut out = String::new();
    let mut i = 0;
    while let Some(c) = chars.get(i) {
        let escaped = *c == '\\' && i + 1 < chars.len();
        i += usize::from(escaped);
        out.push(chars[i]);
        i += 1;
    }
    out
}

fn condition(chars: &[char], start: usize, separator: usize, end: usize) -> Result<Token, GrammarError> {
    let minus = is_dash(chars[start]);
    let not = chars[separator] == '!';
    let key_start = start + usize::from(minus);
    let key: String = chars[key_start..separator].iter().collect();
    if minus && not {
        return Err(GrammarError::new((start, end - start), "this excludes twice; write - or !=, not both"));
    }
    let mut values = Vec::new();
    let mut i = separator + 1 + usize::from(not);
    loop {
        let (text, next) = match chars[i..end].first() {
            Some(c) if opens_quote(*c) => {
                let next = end_of_quote(chars, i)?;
                (unquoted(&chars[i + 1..next - 1]), next)
            }
            _ => {
                let next = (i..end).find(|at| chars[*at] == ',').unwrap_or(end);
                (chars[i..next].iter().collect(), next)
            }
        };
        if text.is_empty() {
            return Err(missing_value(chars, start, i, &key));
        }
        values.push(Value { text, span: (i, next - i) });
        match chars[next..end].first() {
            None => break,
            Some(',') => i = next + 1,
            Some(_) => {
                let message = "after a quotation mark, a comma or a space must follow";
                return Err(GrammarError::new((next, end - next), message));
            }
        }
    }
    let condition = Condition { exclude: minus || not, key, key_span: (key_start, separator - key_start), values };
    Ok(Token::new(Kind::Condition(condition), (start, end - start)))
}

/// Nothing between separators, or a space before the value, which is the likelier slip.
fn missing_value(chars: &[char], start: usize, at: usize, key: &str) -> GrammarError {
    let message = format!("a value is missing here, as in {key}:VALUE");
    let blanks = chars[at..].iter().take_while(|c| c.is_whitespace()).count();
    let end = end_of_word(chars, at + blanks, true).unwrap_or(chars.len());
    if blanks == 0 || end == at + blanks {
        return GrammarError::new((at, 0), message);
    }
    let joined: String = chars[start..at].iter().chain(&chars[at + blanks..end]).collect();
    GrammarError::new((start, end - start), "a condition is written without spaces").suggesting([joined])
}

/// The words of a stretch that is no condition.
fn bare(chars: &[char], start: usize, end: usize, tokens: &mut Vec<Token>) -> Result<(), GrammarError> {
    let text: String = chars[start..end].iter().collect();
    if chars[start].is_numeric() || text.starts_with("..") {
        tokens.push(Token::new(Kind::Literal(text.to_lowercase()), (start, end - start)));
        return Ok(());
    }
    if is_dash(chars[start]) && end - start > 1 {
        let message = "only a condition can be turned round with a minus, as in -tag:spam";
        return Err(GrammarError::new((start, end - start), message));
    }
    let mut i = start;
    while i < end {
        let length = chars[i..end].iter().take_while(|c| c.is_alphanumeric()).count();
        if length > 0 {
            let word: String = chars[i..i + length].iter().collect();
            let token = Token::new(Kind::Word(word.to_lowercase()), (i, length));
            tokens.push(Token { tied: i > start && chars[i - 1] == '_', ..token });
        }
        i += length.max(1);
    }
    Ok(())
}
