//! Socket Mode's server side.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::State;

/// Our end of a connection; dropped, the connection is cut without a word.
pub(super) struct Line {
    id: usize,
    frames: mpsc::UnboundedSender<Value>,
}

impl Line {
    pub(super) fn send(&self, frame: Value) {
        // A bot that has just left misses the frame, as with Slack.
        let _ = self.frames.send(frame);
    }
}

/// A certificate for `localhost` that nobody else trusts.
pub(super) struct Certificate {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Certificate {
    pub(super) fn fresh() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        Self { certificate: made.cert.der().clone(), key }
    }

    pub(super) fn client(&self) -> Arc<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("our own certificate");
        Arc::new(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    }

    fn acceptor(self) -> TlsAcceptor {
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![self.certificate], self.key).expect("our own")))
    }
}

pub(super) async fn serve(listener: TcpListener, state: Arc<State>, certificate: Option<Certificate>) {
    let acceptor = certificate.map(Certificate::acceptor);
    loop {
        let (stream, _) = listener.accept().await.expect("a listener");
        let (state, acceptor) = (Arc::clone(&state), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                None => connection(stream, state).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => connection(stream, state).await,
                    Err(error) => state.problem(format!("TLS handshake: {error}")),
                },
            }
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    #[expect(clippy::result_large_err, reason = "the signature is the library's")]
    let admit = |request: &Request, response: Response| {
        let url = reqwest::Url::parse(&format!("ws://local{}", request.uri())).ok();
        let ticket = url.and_then(|url| url.query_pairs().find(|(k, _)| k == "ticket").map(|(_, v)| v.into_owned()));
        match ticket {
            Some(ticket) if state.lock().tickets.remove(&ticket) => Ok(response),
            _ => Err(ErrorResponse::new(Some("ticket unknown or used".into()))),
        }
    };
    let Ok(mut socket) = accept_hdr_async(stream, admit).await else {
        return state.problem("a WebSocket without a fresh ticket");
    };
    let (frames, mut outgoing) = mpsc::unbounded_channel();
    let id = state.lock().connections.iter().filter(|e| e.starts_with("opened")).count() + 1;
    let hello = json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0LOCAL"}});
    let line = Line { id, frames };
    line.send(hello);
    state.change(|inner| {
        inner.connections.push(format!("opened {id}"));
        inner.sockets.push(line);
    });
    loop {
        tokio::select! {
            frame = outgoing.recv() => match frame {
                Some(frame) => {
                    if socket.send(Frame::text(frame.to_string())).await.is_err() {
                        break;
                    }
                }
                None => break,
            },
            frame = socket.next() => match frame {
                Some(Ok(Frame::Text(text))) => acknowledge(&state, &text),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    state.change(|inner| {
        inner.connections.push(format!("closed {id}"));
        inner.sockets.retain(|line| line.id != id);
    });
}

fn acknowledge(state: &State, text: &str) {
    let ack: Value = serde_json::from_str(text).unwrap_or_default();
    let waiting = ack["envelope_id"].as_str().and_then(|id| state.lock().acks.remove(id));
    match waiting {
        Some(waiting) => {
            // Nobody waits any more when it came too late, which is a problem already.
            let _ = waiting.send((Instant::now(), ack["payload"].clone()));
        }
        None => state.problem(format!("an acknowledgement of nothing: {text}")),
    }
}
