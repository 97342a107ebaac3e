//! The console as a chat: a prompt with history where there is a terminal, plain lines where there is a pipe.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use reedline::{DefaultPrompt, DefaultPromptSegment, FileBackedHistory, Reedline, Signal};
use tokio::sync::mpsc;

use crate::chat::console::{Console, Reply};
use crate::chat::{Channel, Inbound, ReplyHandle};

/// Commands that the arrow keys bring back; they are kept in memory only.
const HISTORY: usize = 500;

/// Where alerts and answers are printed, and the line editor beside it.
pub(super) struct Terminal {
    /// What prints.
    pub(super) console: Console,
    prompt: Option<Prompt>,
}

/// A line editor that steps aside while a message is printed.
struct Prompt {
    editor: Reedline,
    above: AbovePrompt,
}

impl Terminal {
    /// Opens the terminal. With a person at the keyboard, messages are printed above the line being typed.
    ///
    /// # Errors
    /// When there is no room for the history of commands.
    pub(super) fn open(colour: bool, width: usize, zone: chrono_tz::Tz) -> anyhow::Result<Self> {
        let is_terminal =
            std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        if !is_terminal {
            let console = Console::new(Box::new(std::io::stdout()), colour, width, zone);
            return Ok(Self { console, prompt: None });
        }
        let above = AbovePrompt::default();
        let console = Console::new(Box::new(above.clone()), colour, width, zone);
        let editor = Reedline::create()
            .with_break_signal(Arc::clone(&above.waiting))
            .with_history(Box::new(FileBackedHistory::new(HISTORY)?));
        Ok(Self { console, prompt: Some(Prompt { editor, above }) })
    }

    /// Whether a person is at the keyboard.
    pub(super) fn is_interactive(&self) -> bool {
        self.prompt.is_some()
    }

    /// Reads commands until the end of input, on a thread of its own; returns when the person leaves. Lines are
    /// numbered from `first`, which must not repeat when the program is started again: each number is answered once.
    pub(super) async fn read(self, inbound: mpsc::Sender<Inbound>, first: u64) {
        let (done, finished) = tokio::sync::oneshot::channel();
        let console = self.console;
        let mut number = first;
        let submit = move |line: &str| {
            number += 1;
            line.trim().is_empty() || inbound.blocking_send(command(number, line.trim(), console.clone())).is_ok()
        };
        let _leaving = match self.prompt {
            Some(prompt) => {
                let above = prompt.above.clone();
                let reading = std::thread::spawn(move || {
                    prompt.read(submit);
                    // The receiver is gone only when the program is ending anyway.
                    let _ = done.send(());
                });
                Some(Leaving { above, reading: Some(reading) })
            }
            None => {
                let mut submit = submit;
                std::thread::spawn(move || {
                    let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
                    while lines.next().is_some_and(|line| submit(&line)) {}
                    let _ = done.send(());
                });
                None
            }
        };
        let _ = finished.await;
    }
}

impl Prompt {
    fn read(mut self, mut submit: impl FnMut(&str) -> bool) {
        let name = DefaultPromptSegment::Basic("deskbell".to_owned());
        let prompt = DefaultPrompt::new(name, DefaultPromptSegment::Empty);
        while !self.above.leaving.load(Ordering::Acquire) {
            self.above.print();
            match self.editor.read_line(&prompt) {
                Ok(Signal::Success(line)) if matches!(line.trim(), "exit" | "quit") => return,
                Ok(Signal::Success(line)) => {
                    if !submit(&line) {
                        return;
                    }
                }
                Ok(Signal::CtrlC | Signal::CtrlD) => return,
                // A message waits; what was typed so far is still there when the prompt comes back.
                Ok(_) => {}
                Err(e) => {
                    tracing::warn!(error = %e, "the terminal cannot be read");
                    return;
                }
            }
        }
    }
}

/// Calls the editor back when nobody waits for it any more, so that the terminal is left as it was found.
struct Leaving {
    above: AbovePrompt,
    reading: Option<JoinHandle<()>>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.above.leaving.store(true, Ordering::Release);
        self.above.waiting.store(true, Ordering::Release);
        if let Some(reading) = self.reading.take() {
            // A panic of the editor has been printed already.
            let _ = reading.join();
        }
    }
}

/// A line typed here, as the command of a person.
fn command(number: u64, text: &str, console: Console) -> Inbound {
    Inbound {
        id: format!("console:{number}"),
        channel: Channel::Console,
        user: "console".to_owned(),
        roles: Vec::new(),
        text: text.to_owned(),
        press: None,
        reply: ReplyHandle::Console(Reply::new(console)),
    }
}

/// Collects what is to be printed and calls the editor back from its line.
#[derive(Clone, Default)]
struct AbovePrompt {
    text: Arc<Mutex<Vec<u8>>>,
    waiting: Arc<AtomicBool>,
    leaving: Arc<AtomicBool>,
}

impl AbovePrompt {
    /// Prints what has come, in place of the prompt.
    fn print(&self) {
        self.waiting.store(false, Ordering::Release);
        let text = std::mem::take(&mut *self.text.lock().unwrap_or_else(PoisonError::into_inner));
        if text.is_empty() {
            return;
        }
        let mut out = std::io::stdout().lock();
        // To the beginning of the line, which is cleared. A terminal that is gone is noticed by the editor.
        let _ = out.write_all(b"\r\x1b[J").and_then(|()| out.write_all(&text)).and_then(|()| out.flush());
    }
}

impl Write for AbovePrompt {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.waiting.store(true, Ordering::Release);
        Ok(())
    }
}
