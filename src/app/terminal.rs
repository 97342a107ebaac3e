//! The console as a chat: a prompt with history where there is a terminal, plain lines where there is a pipe.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor, ExternalPrinter};
use tokio::sync::mpsc;

use crate::chat::console::{self, Console};
use crate::chat::{Channel, Inbound, ReplyHandle};

/// Where alerts and answers are printed, and the line editor beside it.
pub struct Terminal {
    /// What prints.
    pub console: Console,
    prompt: Option<Editor<(), MemHistory>>,
}

impl Terminal {
    /// Opens the terminal. With a person at the keyboard, messages are printed above the line being typed.
    ///
    /// # Errors
    /// When the terminal cannot be put under the line editor.
    pub fn open(colour: bool, width: usize, zone: chrono_tz::Tz) -> anyhow::Result<Self> {
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            let console = Console::new(Box::new(std::io::stdout()), colour, width, zone);
            return Ok(Self { console, prompt: None });
        }
        let mut editor = Editor::<(), MemHistory>::with_history(Config::builder().auto_add_history(true).build(), MemHistory::new())?;
        let printer = AbovePrompt(Box::new(editor.create_external_printer()?));
        let console = Console::new(Box::new(printer), colour, width, zone);
        Ok(Self { console, prompt: Some(editor) })
    }

    /// Whether a person is at the keyboard.
    pub fn is_interactive(&self) -> bool {
        self.prompt.is_some()
    }

    /// Reads commands until the end of input, on a thread of its own; returns when the person leaves.
    pub async fn read(self, inbound: mpsc::Sender<Inbound>) {
        let (done, finished) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            self.read_blocking(&inbound);
            // The receiver is gone only when the program is ending anyway.
            let _ = done.send(());
        });
        let _ = finished.await;
    }

    fn read_blocking(mut self, inbound: &mpsc::Sender<Inbound>) {
        let reply = console::Reply::new(self.console.clone());
        let submit = |line: String| {
            let line = line.trim().to_owned();
            line.is_empty() || inbound.blocking_send(typed(line, reply.clone())).is_ok()
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

/// A line typed here, as a command; what has no slash is a `/metrics` question.
fn typed(line: String, reply: console::Reply) -> Inbound {
    static LINES: AtomicU64 = AtomicU64::new(0);
    let id = format!("console:{}:{}", std::process::id(), LINES.fetch_add(1, Ordering::Relaxed));
    Inbound {
        id,
        channel: Channel::Console,
        user: "console".to_owned(),
        roles: Vec::new(),
        text: line,
        reply: ReplyHandle::Console(reply),
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
