//! The console as a chat: a prompt with history where there is a terminal, plain lines where there is a pipe.

use std::io::{BufRead, IsTerminal, Write};

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor, ExternalPrinter};
use tokio::sync::mpsc;

use crate::chat::console::{Console, Reply};
use crate::chat::{Channel, Inbound, ReplyHandle};

/// Where alerts and answers are printed, and the line editor beside it.
pub(super) struct Terminal {
    /// What prints.
    pub(super) console: Console,
    prompt: Option<Editor<(), MemHistory>>,
}

impl Terminal {
    /// Opens the terminal. With a person at the keyboard, messages are printed above the line being typed.
    ///
    /// # Errors
    /// When the terminal cannot be put under the line editor.
    pub(super) fn open(colour: bool, width: usize, zone: chrono_tz::Tz) -> anyhow::Result<Self> {
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            let console = Console::new(Box::new(std::io::stdout()), colour, width, zone);
            return Ok(Self { console, prompt: None });
        }
        let mut editor = Editor::<(), MemHistory>::with_history(
            Config::builder().auto_add_history(true).build(),
            MemHistory::new(),
        )?;
        let printer = AbovePrompt(Box::new(editor.create_external_printer()?));
        let console = Console::new(Box::new(printer), colour, width, zone);
        Ok(Self { console, prompt: Some(editor) })
    }

    /// Whether a person is at the keyboard.
    pub(super) fn is_interactive(&self) -> bool {
        self.prompt.is_some()
    }

    /// Reads commands until the end of input, on a thread of its own; returns when the person leaves. Lines are
    /// numbered from `first`, which must not repeat when the program is started again: each number is answered once.
    pub(super) async fn read(self, inbound: mpsc::Sender<Inbound>, first: u64) {
        let (done, finished) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            self.read_blocking(&inbound, first);
            // The receiver is gone only when the program is ending anyway.
            let _ = done.send(());
        });
        let _ = finished.await;
    }

    fn read_blocking(mut self, inbound: &mpsc::Sender<Inbound>, first: u64) {
        let console = self.console.clone();
        let mut typed = first;
        let mut submit = |line: String| {
            typed += 1;
            line.trim().is_empty() || inbound.blocking_send(command(typed, line.trim(), console.clone())).is_ok()
        };
        match &mut self.prompt {
            Some(editor) => loop {
                match editor.readline("deskbell> ") {
                    Ok(line) if matches!(line.trim(), "exit" | "quit") => return,
                    Ok(line) => {
                        if !submit(line) {
                            return;
                        }
                    }
                    Err(ReadlineError::Eof | ReadlineError::Interrupted) => return,
                    Err(e) => {
                        tracing::warn!(error = %e, "the terminal cannot be read");
                        return;
                    }
                }
            },
            None => {
                for line in std::io::stdin().lock().lines() {
                    let Ok(line) = line else { return };
                    if !submit(line) {
                        return;
                    }
                }
            }
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
        reply: ReplyHandle::Console(Reply::new(console)),
    }
}

/// Prints above the prompt without disturbing the line being typed.
struct AbovePrompt<P: ExternalPrinter + Send>(Box<P>);

impl<P: ExternalPrinter + Send> Write for AbovePrompt<P> {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        let text_utf8 = String::from_utf8_lossy(text).into_owned();
        self.0.print(text_utf8).map_err(std::io::Error::other)?;
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
