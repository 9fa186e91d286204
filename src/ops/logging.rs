//! Logging: JSON lines in a cluster, for people on a terminal, always on stderr.
//!
//! kube logs a whole response body when it does not decode, which may be a Secret; so nothing of
//! `kube_client` below an error is ever let through, whatever the filter says. Next: `main`.

use std::io::{self, IsTerminal as _};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error("invalid log filter {filter:?}: {reason}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something else logs already.
    #[error("logging was started twice")]
    Twice,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

impl LogFormat {
    /// For people on a terminal, JSON elsewhere.
    pub fn detect() -> Self {
        if io::stderr().is_terminal() { Self::Human } else { Self::Json }
    }
}

/// Starts logging to stderr. The filter is `level` (a level or directives), else `RUST_LOG`, else `info`.
pub fn init(level: Option<&str>, format: LogFormat) -> Result<(), LoggingError> {
    let environment = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = level.or(environment.as_deref()).unwrap_or("info");
    let started = match format {
        LogFormat::Json => json(filter, io::stderr)?.try_init(),
        LogFormat::Human => human(filter, io::stderr)?.try_init(),
    };
    started.map_err(|_| LoggingError::Twice)
}

fn json<W>(filter: &str, writer: W) -> Result<impl Subscriber + Send + Sync + use<W>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer);
    Ok(tracing_subscriber::registry().with(parse(filter)?).with(filter_fn(may_pass)).with(lines))
}

fn human<W>(filter: &str, writer: W) -> Result<impl Subscriber + Send + Sync + use<W>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(tracing_subscriber::registry().with(parse(filter)?).with(filter_fn(may_pass)).with(lines))
}

fn parse(filter: &str) -> Result<EnvFilter, LoggingError> {
    EnvFilter::builder()
        .parse(filter)
        .map_err(|error| LoggingError::Filter { filter: filter.to_owned(), reason: error.to_string() })
}

/// Apart from the filter that users set, because there a more specific directive would win.
fn may_pass(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let kube_client = target == "kube_client" || target.starts_with("kube_client::");
    !kube_client || *metadata.level() == Level::ERROR
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::inventory::kind::Kind;
    use crate::ops::client::{ApiClient, ClientOptions};
    use crate::ops::life::ProofOfLife;
    use crate::ops::testing::{Server, answer};
    use crate::ops::watch::{WatchEvent, WatchOptions, WatchSpec, watch};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        fn writer(&self) -> impl Fn() -> Self + Send + Sync + 'static + use<> {
            let lines = self.clone();
            move || lines.clone()
        }
    }

    #[test]
    fn kube_client_stays_capped_whatever_the_filter_says() {
        for filter in ["trace", "kube_client=trace", "info,kube_client::client=trace"] {
            let lines = Lines::default();
            tracing::subscriber::with_default(json(filter, lines.writer()).unwrap(), || {
                tracing::warn!(target: "kube_client::client", "hunter2");
                tracing::error!(target: "kube_client", "kept");
                tracing::trace!(target: "others", "theirs");
            });
            let text = lines.text();
            assert!(!text.contains("hunter2") && text.contains("kept"), "{filter}: {text}");
            assert_eq!(text.contains("theirs"), filter == "trace", "{filter}: {text}");
        }
    }

    #[tokio::test]
    async fn no_body_is_logged_when_a_page_of_secrets_does_not_decode() {
        let broken = r#"{"metadata":{},"items":[{"metadata":{"name":"tls"},"data":{"tls.key":"hunter2"}}"#;
        let server = Server::start(move |_, _| Some(answer(200, broken))).await;
        let lines = Lines::default();
        let guard = tracing::subscriber::set_default(json("trace", lines.writer()).unwrap());
        let client = ApiClient::for_url(&server.url, ClientOptions::default()).unwrap();
        let spec = WatchSpec {
            resource: Kind::Secret.info().into(),
            namespace: None,
            field_selector: Kind::Secret.info().field_selector.to_owned(),
            label_selector: String::new(),
            metadata_only: false,
            label: "secrets".to_owned(),
        };
        let life = Arc::new(ProofOfLife::default());
        let events = watch(&client, spec, WatchOptions::default(), life);
        let event = futures::StreamExt::next(&mut std::pin::pin!(events)).await;
        drop(guard);
        assert!(matches!(event, Some(WatchEvent::Failed("decode"))), "{event:?}");
        let text = lines.text();
        assert!(text.contains("kube_runtime") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_line_is_one_json_object() {
        let lines = Lines::default();
        tracing::subscriber::with_default(json("info", lines.writer()).unwrap(), || {
            tracing::info!(kind = "Deployment", "synced");
            tracing::debug!("below the level");
        });
        let line: serde_json::Value = serde_json::from_str(lines.text().trim_end()).unwrap();
        assert_eq!((&line["message"], &line["kind"]), (&"synced".into(), &"Deployment".into()));
    }

    #[test]
    fn a_wrong_filter_is_an_error_that_names_it() {
        let error = parse("seaworthy=loud").unwrap_err();
        assert!(error.to_string().contains("seaworthy=loud"), "{error}");
    }
}
