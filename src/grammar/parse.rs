//! Tokens → [`Call`]: the order of things, metrics, `by`, `vs`, `share`, and what to say to a word nobody knows.

use std::cmp::Reverse;

use super::claims;
use super::conditions;
use super::digests;
use super::error::{GrammarError, any_of};
use super::help::Topic;
use super::lexicon::{self, Found, KEYWORDS, Key, NAMES, OPENERS, PERIOD_UNITS, ROLLING_UNITS, Reach, Target};
use super::periods;
use super::vocabulary::Vocabulary;
use super::words::{Kind, Span, Token, through, tokens};
use super::{Call, MetricsCall, View};
use crate::domain::names::{GroupBy, MetricId, folded};

/// The longest name of a metric has so many words, about; longer phrases are not looked up.
const LONGEST_NAME: usize = 8;

/// What errors call a breakdown.
const BREAKDOWN: &str = "a breakdown (by …)";

/// What errors call the wish for something other than the number.
const VIEW: &str = "explain, list or export";

/// Reads a whole command: `/metrics …`, `/sla …`, `/digest …` or `/bell help …`. The slash may be left out; text that begins with neither
/// command is what follows `/metrics`. Values of filters are checked against the vocabulary.
///
/// # Errors
/// Says what is wrong, at which characters, and what could stand there instead.
pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Call, GrammarError> {
    if claims::is_meant(text) {
        return claims::parse(text, vocabulary).map(Call::Sla);
    }
    if digests::is_meant(text) {
        return digests::parse(text).map(Call::Digest);
    }
    Parser::new(text, vocabulary)?.command(text)
}

/// Metrics that somebody may have meant who used words with two meanings: `response time` is `response_time`, and
/// for many `first_response_time`. Empty when the text cannot be understood.
pub fn also_meant(text: &str, vocabulary: &Vocabulary) -> Vec<MetricId> {
    let Ok(mut parser) = Parser::new(text, vocabulary) else { return Vec::new() };
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
    /// What may stand only once and was given, with its place.
    given: Vec<(&'static str, Span)>,
    also: Vec<MetricId>,
    /// Where the phrases just read as metrics began, for the slip that cuts a longer name short.
    metrics_began: Vec<usize>,
}

impl<'a> Parser<'a> {
    fn new(text: &str, vocabulary: &'a Vocabulary) -> Result<Self, GrammarError> {
        let end = text.trim_end().chars().count();
        let (tokens, call) = (tokens(text)?, MetricsCall::default());
        Ok(Self {
            tokens,
            next: 0,
            end,
            vocabulary,
            call,
            given: Vec::new(),
            also: Vec::new(),
            metrics_began: Vec::new(),
        })
    }

    /// For a text of which the first words are a command.
    pub(super) fn after(words: usize, text: &str, vocabulary: &'a Vocabulary) -> Result<Self, GrammarError> {
        let mut parser = Self::new(text, vocabulary)?;
        parser.skip(words);
        Ok(parser)
    }

    /// Reads the rest, of which each part must be of some kind.
    pub(super) fn only(mut self, may: fn(&Self) -> bool, otherwise: &'static str) -> Result<MetricsCall, GrammarError> {
        while self.peek().is_some() {
            if !may(&self) {
                return Err(GrammarError::new(self.here(), otherwise));
            }
            self.part()?;
        }
        Ok(self.call)
    }

    /// Whether a filter comes next, a moment, or the wish to share the answer.
    pub(super) fn is_of_conditions(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(Kind::Condition(condition)) => {
                // An unknown key is told so where it is read.
                !matches!(Key::named(&condition.key), Some(Key::Clock | Key::Stat | Key::Variant))
            }
            Some(Kind::Word(word)) => word == "share",
            Some(Kind::Literal(_)) | None => false,
        }
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
        if self.place_given(what).is_some() {
            return Err(GrammarError::new(span, format!("{what} was given already")));
        }
        self.given.push((what, span));
        Ok(())
    }

    /// Where something that may stand only once stands.
    pub(super) fn place_given(&self, what: &str) -> Option<Span> {
        self.given.iter().find(|(given, _)| *given == what).map(|(_, span)| *span)
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
                // The whole word is wrong, with whatever is tied to it: `/sla-x`.
                let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
                let typed = text.split_whitespace().next().filter(|typed| *typed != "/");
                let (at, length) = self.here();
                let place = typed.map_or((at.saturating_sub(1), length + 1), |typed| (blanks, typed.chars().count()));
                let typed = typed.map_or_else(|| format!("/{word}"), str::to_owned);
                let commands = ["/metrics", "/sla", "/digest", "/bell help"];
                let near = lexicon::near(&typed, commands.into_iter());
                return Err(GrammarError::new(place, format!("there is no command {typed}"))
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
        self.whole()?;
        Ok(Call::Metrics(std::mem::take(&mut self.call)))
    }

    /// What can only be said of the question as a whole.
    fn whole(&mut self) -> Result<(), GrammarError> {
        if let (Some(place), Some(word)) = (self.place_given(VIEW), lexicon::view_word(self.call.view)) {
            // Without a metric, the rows are the tickets.
            if self.call.metrics.is_empty() && self.call.view != View::Rows {
                let ways = ["first_response_time", "csat"].map(|metric| format!("{word} {metric}"));
                return Err(GrammarError::new(place, format!("{word} what? name a metric")).suggesting(ways));
            }
            if let Some(by) = self.place_given(BREAKDOWN) {
                let message = match self.call.view {
                    View::Rows => format!("{word} gives every row; a breakdown does not go with it"),
                    _ => format!("{word} is about one number; a breakdown does not go with it"),
                };
                return Err(GrammarError::new(by, message));
            }
        }
        conditions::check_variant(self)?;
        if self.call.metrics.is_empty() && self.is_breakdown_of_workload() {
            self.also.extend(lexicon::metric("workload_breakdown"));
        }
        Ok(())
    }

    /// Some say `by channel` and mean how many tickets came by each.
    fn is_breakdown_of_workload(&self) -> bool {
        use crate::domain::names::Dimension::{Channel, Priority, Tag, Team};
        matches!(self.call.by, Some(GroupBy::Dimension(Channel | Priority | Tag | Team)))
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
        if let Some((length, target)) = self.written_out() {
            self.take(target, length);
            return Ok(());
        }
        if token.word().is_none_or(|word| KEYWORDS.contains(&word)) {
            self.metrics_began.clear();
        }
        match &token.kind {
            Kind::Condition(condition) => {
                self.skip(1);
                conditions::apply(self, condition, token.span)
            }
            Kind::Literal(_) => periods::period(self),
            Kind::Word(word) => match word.as_str() {
                word if periods::BEGINNINGS.contains(&word) => periods::period(self),
                "by" => self.by(token.span),
                "vs" | "versus" => self.versus(token.span),
                "share" => {
                    self.skip(1);
                    self.call.share = true;
                    Ok(())
                }
                _ => match lexicon::VIEWS.iter().find(|(view, _)| view == word) {
                    Some((_, view)) => self.view(*view, token.span),
                    None => self.metric(),
                },
            },
        }
    }

    /// `explain`, `list` and `export`; said twice it is still one wish.
    fn view(&mut self, view: View, span: Span) -> Result<(), GrammarError> {
        self.skip(1);
        if self.call.view == view {
            return Ok(());
        }
        self.once(VIEW, span)
            .map_err(|_| GrammarError::new(span, "explain, list and export are different questions"))?;
        self.call.view = view;
        Ok(())
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
        self.once(BREAKDOWN, through(by, place))?;
        self.skip(1);
        self.call.by = Some(group);
        Ok(())
    }

    fn versus(&mut self, versus: Span) -> Result<(), GrammarError> {
        self.skip(1);
        for length in [2, 1] {
            let phrase = self.phrase(length);
            if let Some((_, meant)) = lexicon::VERSUS.iter().find(|(word, _)| Some(folded(word)) == phrase) {
                self.once("a comparison (vs …)", through(versus, self.place_of(length)))?;
                self.skip(length);
                self.call.versus = *meant;
                return Ok(());
            }
        }
        let message = "vs needs one of previous, last-week, last-month, last-year, average or none";
        let word = self.peek().and_then(Token::word).unwrap_or_default();
        let next = self.ahead(1).and_then(Token::word);
        if word == "last" && PERIOD_UNITS.iter().any(|(unit, _)| next == Some(*unit)) {
            return Err(GrammarError::new(self.place_of(2), message).suggesting(["previous"]));
        }
        let near = |length| {
            let phrase = self.phrase(length).unwrap_or_default();
            lexicon::near(&phrase, lexicon::VERSUS.iter().map(|(word, _)| *word))
        };
        let two = if next.is_some_and(|word| KEYWORDS.contains(&word)) { Vec::new() } else { near(2) };
        let (length, near) = if two.is_empty() { (1, near(1)) } else { (2, two) };
        Err(GrammarError::new(self.place_of(length), message).suggesting(near))
    }

    /// The next `length` words, folded into one phrase; `None` if there are not as many.
    fn phrase(&self, length: usize) -> Option<String> {
        let words: Option<Vec<&str>> = (0..length).map(|i| self.ahead(i).and_then(Token::word)).collect();
        words.map(|words| folded(&words.join(" ")))
    }

    /// The phrases that begin at a token and could name a metric, longest first.
    fn phrases(&self, from: usize) -> Vec<(usize, String)> {
        let word = |i: usize| {
            let token = self.tokens.get(from + i).filter(|token| i == 0 || !token.after_comma);
            token.and_then(Token::word).filter(|word| !KEYWORDS.contains(word))
        };
        let words: Vec<&str> = (0..LONGEST_NAME).map_while(word).collect();
        let ends = |length: &usize| !self.tokens.get(from + length).is_some_and(|next| next.tied);
        let lengths = (1..=words.len()).rev().filter(ends);
        lengths.map(|length| (length, folded(&words[..length].join(" ")))).collect()
    }

    /// A name that begins here and holds words or digits that mean something else where it is not written out.
    fn written_out(&self) -> Option<(usize, Target)> {
        let word = |i: usize| {
            let token = self.ahead(i).filter(|token| i == 0 || !token.after_comma)?;
            token.word().or_else(|| token.literal())
        };
        let words: Vec<&str> = (0..LONGEST_NAME).map_while(word).collect();
        let is_whole_question = |length: usize| self.call == MetricsCall::default() && self.ahead(length).is_none();
        (1..=words.len()).rev().find_map(|length| {
            let phrase = folded(&words[..length].join(" "));
            let name = NAMES.iter().find(|name| match name.reach {
                Reach::Begun => false,
                Reach::Whole => name.folded == phrase,
                Reach::Alone => name.folded == phrase && is_whole_question(length),
            })?;
            Some((length, name.target))
        })
    }

    /// A metric or a group: the longest phrase that begins any name decides.
    fn metric(&mut self) -> Result<(), GrammarError> {
        for (length, phrase) in self.phrases(self.next) {
            if let Some((metric, also)) = lexicon::two_meanings(&phrase, self.vocabulary.has_queue()) {
                self.also.extend(also);
                self.take(Target::Metric(metric), length);
                return Ok(());
            }
            match lexicon::look_up(&phrase) {
                Found::Exactly(target) | Found::ByPrefix(target) => {
                    self.take(target, length);
                    return Ok(());
                }
                Found::Several(targets) => return Err(self.ambiguous(length, &targets)),
                Found::Nothing => {}
            }
        }
        Err(self.unknown())
    }

    /// Takes the next `length` tokens as the name of something to measure.
    fn take(&mut self, target: Target, length: usize) {
        self.metrics_began.push(self.next);
        self.skip(length);
        for metric in target.metrics() {
            // `csat satisfaction` asks for one thing.
            if !self.call.metrics.contains(&metric) {
                self.call.metrics.push(metric);
            }
        }
    }

    /// The place of the next `length` tokens.
    fn place_of(&self, length: usize) -> Span {
        self.place(self.next, length)
    }

    /// The place of `length` tokens from one on.
    fn place(&self, from: usize, length: usize) -> Span {
        let first = self.tokens.get(from).map_or((self.end, 0), |token| token.span);
        let last = self.tokens.get(from + length.saturating_sub(1)).map_or(first, |token| token.span);
        through(first, last)
    }

    /// A beginning of several names, unless more words make it nearly one of them.
    fn ambiguous(&self, length: usize, targets: &[Target]) -> GrammarError {
        if let Some(nearest) = self.nearest_names(length) {
            return self.misspelt(&nearest);
        }
        let typed = self.phrase(length).unwrap_or_default();
        let names = targets.iter().map(|target| target.name()).take(lexicon::MOST_SUGGESTIONS);
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
            // Unless it is the first word of a name that is nearly written out.
            if let Some(nearest) = self.nearest_names(1) {
                return self.misspelt(&nearest);
            }
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
        if let Some(nearest) = self.nearest_names(0) {
            return self.misspelt(&nearest);
        }
        let message = format!("{word:?} is neither a metric nor another word I know; /bell help metrics lists them");
        error(message, Vec::new())
    }

    fn misspelt(&self, nearest: &Nearest) -> GrammarError {
        let words = self.tokens[nearest.from..].iter().take(nearest.length);
        let typed = words.filter_map(Token::word).collect::<Vec<_>>().join(" ");
        let message = format!("{typed:?} is neither a metric nor another word I know");
        GrammarError::new(self.place(nearest.from, nearest.length), message).suggesting(nearest.words.iter().copied())
    }

    /// The names nearest to the phrases that begin here and go beyond so many words, or that begin with a metric just
    /// read and reach as far; of equally near names the one that explains more words is likelier.
    fn nearest_names(&self, understood: usize) -> Option<Nearest> {
        let is_last = self.ahead(1).is_none();
        let keywords = KEYWORDS.into_iter().filter(|word| !(is_last && OPENERS.contains(word)));
        let mut found = Vec::new();
        for from in self.metrics_began.iter().copied().chain([self.next]) {
            let least = if from == self.next { understood + 1 } else { self.next + understood.max(1) - from };
            for (length, phrase) in self.phrases(from).into_iter().filter(|(length, _)| *length >= least) {
                let rank = |distance: usize| (distance, Reverse(length), from);
                found.extend(
                    NAMES.iter().filter_map(|name| {
                        Some((rank(name.distance(&phrase, length)?), name.written, Some(name.target)))
                    }),
                );
                if length == 1 {
                    let near = |word: &'static str| Some((rank(lexicon::distance(&phrase, word)?), word, None));
                    found.extend(keywords.clone().filter_map(near));
                }
            }
        }
        let best @ (_, Reverse(length), from) = found.iter().map(|(rank, ..)| *rank).min()?;
        found.retain(|(rank, ..)| *rank == best);
        // A metric may be near under several of its names; one is enough.
        found.dedup_by_key(|(_, written, target)| target.map_or(*written, Target::name));
        let words = found.into_iter().map(|(_, written, _)| written).take(lexicon::MOST_SUGGESTIONS).collect();
        Some(Nearest { from, length, words })
    }
}

/// What some words were probably meant to be.
struct Nearest {
    /// The first of the tokens meant.
    from: usize,
    /// How many tokens.
    length: usize,
    /// What could stand there instead.
    words: Vec<&'static str>,
}
