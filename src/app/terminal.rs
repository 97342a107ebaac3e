//! The console as a chat: a prompt with history where there is a terminal, plain lines where there is a pipe.

use std::io::{BufRead, IsTerminal, Write};

use reedline::{DefaultPrompt, DefaultPromptSegment, ExternalPrinter, FileBackedHistory, Reedline, Signal};
use tokio::sync::mpsc;

use crate::chat::console::{Console, Reply};
use crate::chat::{Channel, Inbound, ReplyHandle};

/// Commands that the arrow keys bring back; they are kept in memory only.
const HISTORY: usize = 500;

/// Messages that may wait to be printed while a line is being typed.
const UNPRINTED: usize = 1024;

/// Where alerts and answers are printed, and the line editor beside it.
pub(super) struct Terminal {
    /// What prints.
    pub(super) console: Console,
    editor: Option<Reedline>,
}

impl Terminal {
    /// Opens the terminal. With a person at the keyboard, messages are printed above the line being typed.
    ///
    /// # Errors
    /// When there is no room for the history of commands.
    pub(super) fn open(colour: bool, width: usize, zone: chrono_tz::Tz) -> anyhow::Result<Self> {
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            let console = Console::new(Box::new(std::io::stdout()), colour, width, zone);
            return Ok(Self { console, editor: None });
        }
        let printer = ExternalPrinter::new(UNPRINTED);
        let console = Console::new(Box::new(AbovePrompt(printer.clone())), colour, width, zone);
        let editor =
            Reedline::create().with_external_printer(printer).with_history(Box::new(FileBackedHistory::new(HISTORY)?));
        Ok(Self { console, editor: Some(editor) })
    }

    /// Whether a person is at the keyboard.
    pub(super) fn is_interactive(&self) -> bool {
        self.editor.is_some()
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
        let mut submit = |line: &str| {
            typed += 1;
            line.trim().is_empty() || inbound.blocking_send(command(typed, line.trim(), console.clone())).is_ok()
        };
        let Some(editor) = &mut self.editor else {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if !submit(&line) {
                    return;
                }
            }
            return;
        };
        let name = DefaultPromptSegment::Basic("deskbell".to_owned());
        let prompt = DefaultPrompt::new(name, DefaultPromptSegment::Empty);
        loop {
            match editor.read_line(&prompt) {
                Ok(Signal::Success(line)) if matches!(line.trim(), "exit" | "quit") => return,
                Ok(Signal::Success(line)) => {
                    if !submit(&line) {
                        return;
                    }
                }
                Ok(Signal::CtrlC | Signal::CtrlD) => return,
                Ok(_) => {}
                Err(e) => {
                    tracing::warn!(error = %e, "the terminal cannot be read");
                    return;
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
struct AbovePrompt(ExternalPrinter<String>);

impl Write for AbovePrompt {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        // Nobody must ever wait for a person who does not look: what finds no room is not printed.
        let printed = self.0.sender().try_send(String::from_utf8_lossy(text).into_owned());
        printed.map(|()| text.len()).map_err(|_| std::io::Error::other("too much waits to be printed"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
