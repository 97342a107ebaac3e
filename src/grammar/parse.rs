//! Tokens → [`Call`]: the order of things, metrics, `by`, `vs`, `share`, and what to say to a word nobody knows.

use std::cmp::Reverse;

use super::conditions;
use super::error::{GrammarError, any_of};
use super::help::Topic;
use super::lexicon::{self, Found, KEYWORDS, NAMES, OPENERS, PERIOD_UNITS, ROLLING_UNITS, Target};
use super::periods;
use super::vocabulary::Vocabulary;
use super::words::{Kind, Span, Token, through, tokens};
use super::{Call, MetricsCall};
use crate::domain::names::{GroupBy, MetricId, folded};

/// The longest name of a metric has so many words, about; longer phrases are not looked up.
const LONGEST_NAME: usize = 8;

/// Reads a whole command: `/metrics …` or `/bell help …`. The slash may be left out; text that begins with neither
/// command is what follows `/metrics`. Values of filters are checked against the vocabulary.
///
/// # Errors
/// Says what is wrong, at which characters, and what could stand there instead.
pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Call, GrammarError> {
    Parser::new(text, vocabulary)?.command(text)
}

/// Metrics that somebody may have meant who used words with two meanings: `response time` is `response_time`, and
/// for many `first_response_time`. Empty when the text cannot be understood.
pub fn also_meant(text: &str) -> Vec<MetricId> {
    let vocabulary = Vocabulary::default();
    let Ok(mut parser) = Parser::new(text, &vocabulary) else { return Vec::new() };
    let Ok(Call::Metrics(call)) = parser.command(text) else { return Vec::new() };
    parser.also.retain(|metric| !call.metrics.contains(metric));
    parser.also
}

/// Walks over the tokens once.
pub(super) struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    /// Where the text ends, for things that are missing there.
    end: usize,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) call: MetricsCall,
    /// What may stand only once and was given.
    given: Vec<&'static str>,
    also: Vec<MetricId>,
}

impl<'a> Parser<'a> {
    fn new(text: &str, vocabulary: &'a Vocabulary) -> Result<Self, GrammarError> {
        let end = text.trim_end().chars().count();
        let (tokens, call) = (tokens(text)?, MetricsCall::default());
        Ok(Self { tokens, next: 0, end, vocabulary, call, given: Vec::new(), also: Vec::new() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    /// The token `ahead` of the next one.
    pub(super) fn ahead(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.next + ahead)
    }

    pub(super) fn skip(&mut self, n: usize) {
        self.next += n;
    }

    /// The place of the next token, or the end of the text.
    pub(super) fn here(&self) -> Span {
        self.peek().map_or((self.end, 0), |token| token.span)
    }

    /// Fails when something was given already.
    pub(super) fn once(&mut self, what: &'static str, span: Span) -> Result<(), GrammarError> {
        if self.given.contains(&what) {
            return Err(GrammarError::new(span, format!("{what} was given already")));
        }
        self.given.push(what);
        Ok(())
    }

    fn command(&mut self, text: &str) -> Result<Call, GrammarError> {
        let slash = text.trim_start().starts_with('/');
        match self.peek().and_then(Token::word) {
            Some("metrics") => self.skip(1),
            Some("bell") => {
                self.skip(1);
                return self.bell();
            }
            Some(word) if slash => {
                let (at, length) = self.here();
                let commands = ["/metrics", "/bell help"];
                let near = lexicon::near(word, commands.into_iter());
                let place = (at.saturating_sub(1), length + 1);
                return Err(GrammarError::new(place, format!("there is no command /{word}"))
                    .suggesting(if near.is_empty() { commands.map(str::to_owned).to_vec() } else { near }));
            }
            _ => {}
        }
        if self.peek().and_then(Token::word) == Some("help") {
            self.skip(1);
            return self.topic().map(Call::Help);
        }
        while self.peek().is_some() {
            self.part()?;
        }
        Ok(Call::Metrics(std::mem::take(&mut self.call)))
    }

    fn bell(&mut self) -> Result<Call, GrammarError> {
        match self.peek().map(Token::word) {
            None => Ok(Call::Help(None)),
            Some(Some("help")) => {
                self.skip(1);
                self.topic().map(Call::Help)
            }
            Some(_) => Err(GrammarError::new(self.here(), "/bell can only help").suggesting(["help"])),
        }
    }

    fn topic(&mut self) -> Result<Option<Topic>, GrammarError> {
        let Some(token) = self.peek().cloned() else { return Ok(None) };
        let topic = token.word().and_then(Topic::named).ok_or_else(|| {
            let names = Topic::ALL.map(Topic::name);
            let near = lexicon::near(token.word().unwrap_or_default(), names.into_iter());
            GrammarError::new(token.span, format!("there is no help on this; the topics are {}", any_of(&names)))
                .suggesting(near)
        })?;
        self.skip(1);
        match self.peek() {
            None => Ok(Some(topic)),
            Some(more) => Err(GrammarError::new(more.span, "one topic at a time")),
        }
    }

    /// One part of `/metrics …`.
    fn part(&mut self) -> Result<(), GrammarError> {
        let Some(token) = self.peek().cloned() else { return Ok(()) };
        match &token.kind {
            Kind::Condition(condition) => {
                self.skip(1);
                conditions::apply(self, condition, token.span)
            }
            // Digits are a period, unless they begin the name of a metric (`1-touch`).
            Kind::Literal(_) if self.phrases().iter().any(Phrase::is_name) => self.metric(),
            Kind::Literal(_) => periods::period(self),
            Kind::Word(word) => match word.as_str() {
                "today" | "yesterday" | "this" | "last" | "past" | "since" | "all" => periods::period(self),
                "by" => self.by(token.span),
                "vs" | "versus" => self.versus(token.span),
                "share" => {
                    self.skip(1);
                    self.call.share = true;
                    Ok(())
                }
                _ => self.metric(),
            },
        }
    }

    fn by(&mut self, by: Span) -> Result<(), GrammarError> {
        self.skip(1);
        let names = GroupBy::ALL.map(GroupBy::name);
        let place = self.here();
        let word = self.peek().and_then(Token::word).unwrap_or_default();
        let Some(group) = lexicon::group_by(word) else {
            let message = format!("by needs one of {}", any_of(&names));
            return Err(GrammarError::new(place, message).suggesting(lexicon::near(word, names.into_iter())));
        };
        self.once("a breakdown (by …)", through(by, place))?;
        self.skip(1);
        self.call.by = Some(group);
        Ok(())
    }

    fn versus(&mut self, versus: Span) -> Result<(), GrammarError> {
        self.skip(1);
        let place = self.here();
        for length in [2, 1] {
            let phrase = self.phrase(length);
            if let Some((_, meant)) = lexicon::VERSUS.iter().find(|(word, _)| Some(folded(word)) == phrase) {
                self.once("a comparison (vs …)", through(versus, self.place_of(length)))?;
                self.skip(length);
                self.call.versus = *meant;
                return Ok(());
            }
        }
        let word = self.peek().and_then(Token::word).unwrap_or_default();
        let message = "vs needs one of previous, last-year, average or none";
        let next = self.ahead(1).and_then(Token::word);
        if word == "last" && PERIOD_UNITS.iter().any(|(unit, _)| next == Some(*unit)) {
            return Err(GrammarError::new(self.place_of(2), message).suggesting(["previous"]));
        }
        let near = lexicon::near(word, lexicon::VERSUS.iter().map(|(word, _)| *word));
        Err(GrammarError::new(place, message).suggesting(near))
    }

    /// The next `length` words, folded into one phrase; `None` if there are not as many.
    fn phrase(&self, length: usize) -> Option<String> {
        let words: Option<Vec<&str>> = (0..length).map(|i| self.ahead(i).and_then(Token::text)).collect();
        words.map(|words| folded(&words.join(" ")))
    }

    /// The phrases that begin here and could name a metric, longest first.
    fn phrases(&self) -> Vec<Phrase> {
        let goes_on = |i: usize| {
            let token = self.ahead(i).filter(|token| i == 0 || !token.after_comma);
            token.and_then(Token::text).is_some_and(|text| !KEYWORDS.contains(&text))
        };
        let most = (0..LONGEST_NAME).take_while(|i| goes_on(*i)).count();
        let has_digits = |length: usize| (0..length).any(|i| self.ahead(i).and_then(Token::literal).is_some());
        let phrase = |length| Some(Phrase { length, text: self.phrase(length)?, whole_only: has_digits(length) });
        (1..=most).rev().filter_map(phrase).collect()
    }

    /// A metric or a group: the longest phrase that begins any name decides.
    fn metric(&mut self) -> Result<(), GrammarError> {
        for phrase in self.phrases() {
            let target = match phrase.look_up() {
                Found::Exactly(target) | Found::ByPrefix(target) => target,
                Found::Several(targets) => return Err(self.ambiguous(phrase.length, &targets)),
                Found::Nothing => continue,
            };
            let also = lexicon::ALSO_MEANT.iter().filter(|(word, _)| *word == phrase.text).map(|(_, other)| *other);
            self.also.extend(also);
            self.skip(phrase.length);
            for metric in target.metrics() {
                // `csat satisfaction` asks for one thing.
                if !self.call.metrics.contains(&metric) {
                    self.call.metrics.push(metric);
                }
            }
            return Ok(());
        }
        Err(self.unknown())
    }

    /// The place of the next `length` tokens.
    fn place_of(&self, length: usize) -> Span {
        let last = self.ahead(length.saturating_sub(1)).map_or(self.here(), |token| token.span);
        through(self.here(), last)
    }

    fn ambiguous(&self, length: usize, targets: &[Target]) -> GrammarError {
        let typed = self.phrase(length).unwrap_or_default();
        let names = targets.iter().map(|target| target.name()).take(5);
        GrammarError::new(self.place_of(length), format!("{typed:?} begins several names")).suggesting(names)
    }

    /// What to say to a word that is none of the grammar's.
    fn unknown(&self) -> GrammarError {
        let place = self.here();
        let word = self.peek().and_then(Token::word).unwrap_or_default();
        let error =
            |message: String, suggestions: Vec<String>| GrammarError::new(place, message).suggesting(suggestions);

        if let Some((unit, _)) = PERIOD_UNITS.iter().find(|(unit, _)| *unit == word) {
            let mut ways = vec![format!("this {unit}"), format!("last {unit}")];
            ways.extend(lexicon::group_by(word).map(|by| format!("by {}", by.name())));
            return error(format!("{word} of what?"), ways);
        }
        if let Some(by) = lexicon::group_by(word) {
            return error(format!("{word} alone says nothing"), vec![format!("by {}", by.name())]);
        }
        if ROLLING_UNITS.iter().any(|(unit, _, _)| *unit == word) {
            return error(format!("how many {word}?"), vec![format!("last 7 {word}")]);
        }
        let values: Vec<String> = self
            .vocabulary
            .dimensions_of(word)
            .map(|(dimension, value)| format!("{}:{}", dimension.name(), super::unparse::quoted(value)))
            .collect();
        if !values.is_empty() {
            return error(format!("{word:?} is a value, which needs its key"), values);
        }
        let (length, suggestions) = self.nearest_names();
        let typed = self.phrase(length).unwrap_or_default();
        let way_out = if suggestions.is_empty() { "; /bell help metrics lists them" } else { "" };
        let message = format!("{typed:?} is neither a metric nor another word I know{way_out}");
        GrammarError::new(self.place_of(length), message).suggesting(suggestions)
    }

    /// The names nearest to the phrases that begin here, and how many words they would replace. Of equally near
    /// names the one that explains more words is likelier.
    fn nearest_names(&self) -> (usize, Vec<&'static str>) {
        let is_last = self.ahead(1).is_none();
        let keywords =
            KEYWORDS.iter().filter(|word| !(is_last && OPENERS.contains(word))).map(|word| (*word, *word, None));
        let names = NAMES.iter().map(|name| (name.folded.as_str(), name.written, Some(name.target)));
        let names: Vec<_> = names.chain(keywords).collect();
        let mut found = Vec::new();
        for Phrase { length, text, .. } in self.phrases().into_iter().filter(|phrase| !phrase.whole_only) {
            for (name, written, target) in names.iter().filter(|(name, ..)| name.split(' ').count() == length) {
                let rank = lexicon::distance(&text, name).map(|distance| (distance, Reverse(length)));
                found.extend(rank.map(|rank| (rank, *written, *target)));
            }
        }
        let Some(best) = found.iter().map(|(rank, ..)| *rank).min() else { return (1, Vec::new()) };
        found.retain(|(rank, ..)| *rank == best);
        // A metric may be near under several of its names; one is enough.
        found.dedup_by_key(|(_, written, target)| target.map_or(*written, Target::name));
        (best.1.0, found.into_iter().map(|(_, written, _)| written).take(3).collect())
    }
}

/// Words that could name a metric.
struct Phrase {
    /// How many tokens.
    length: usize,
    /// Folded.
    text: String,
    /// With digits in it, which are a period unless they belong to a whole name.
    whole_only: bool,
}

impl Phrase {
    fn look_up(&self) -> Found {
        match lexicon::look_up(&self.text) {
            Found::ByPrefix(_) | Found::Several(_) if self.whole_only => Found::Nothing,
            found => found,
        }
    }

    fn is_name(&self) -> bool {
        matches!(lexicon::look_up(&self.text), Found::Exactly(_))
    }
}
