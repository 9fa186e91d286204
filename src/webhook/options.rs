//! Flags of the webhook, a part of those of `seaworthy controller`.
//!
//! It must not read the environment by itself: clap does. Next: [`super::registrar`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use crate::render::webhook::Endpoint;

/// Options of the webhook.
#[derive(Args, Clone, Debug)]
pub struct WebhookOptions {
    /// Address of the admission webhook. Without it there is none: policies that warn or deny only report.
    #[arg(long, value_name = "ADDRESS")]
    pub webhook_address: Option<SocketAddr>,
    /// Name of the ValidatingWebhookConfiguration that the operator keeps while a policy warns or denies, and of
    /// the operator's ClusterRole, with which it ends; with "-webhook" behind it, of the Service through which
    /// the API server asks, and of the Secret that holds the certificate.
    #[arg(long, value_name = "NAME", default_value = "seaworthy")]
    pub webhook_name: String,
    /// URL at which the API server calls the webhook, instead of a Service; without a path.
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// Directory with tls.crt, tls.key and ca.crt for the webhook, read again when they change. Without it the
    /// operator makes its own and keeps it in the Secret.
    #[arg(long, value_name = "DIRECTORY")]
    pub webhook_certificate_directory: Option<PathBuf>,
    /// What becomes of a request about which nobody answers.
    #[arg(long, value_name = "POLICY", value_enum, ignore_case = true, default_value = "Ignore")]
    pub webhook_failure_policy: FailurePolicy,
    /// How long a certificate that the operator makes is valid. It is renewed after two thirds of that.
    #[arg(long, value_name = "SECONDS", default_value_t = 7_776_000, value_parser = clap::value_parser!(u32).range(6..=315_360_000))]
    pub webhook_certificate_lifetime: u32,
    /// How often the certificate, the webhook and its configuration are looked after.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub webhook_interval: u32,
    /// How long a process that is to stop goes on answering what it is asked anew: until nobody sends it any more.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub webhook_drain: u32,
}

/// What becomes of a request about which nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailurePolicy {
    /// It is let through.
    #[value(name = "Ignore")]
    Ignore,
    /// It is refused.
    #[value(name = "Fail")]
    Fail,
}

impl WebhookOptions {
    /// Where the API server finds the webhook.
    pub fn endpoint(&self, namespace: &str) -> Endpoint {
        match &self.webhook_url {
            Some(url) => Endpoint::Url(url.trim_end_matches('/').to_owned()),
            None => Endpoint::Service { namespace: namespace.to_owned(), name: self.in_namespace() },
        }
    }

    /// Name of the Service, and of the Secret.
    pub fn in_namespace(&self) -> String {
        format!("{}-webhook", self.webhook_name)
    }

    /// How long a certificate is valid.
    pub fn lifetime(&self) -> SignedDuration {
        SignedDuration::from_secs(self.webhook_certificate_lifetime.into())
    }

    /// How often everything is looked after.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.webhook_interval.into())
    }

    /// How long a process that is to stop goes on answering.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.webhook_drain.into())
    }

    /// What is wrong with the options.
    pub fn problem(&self) -> Option<String> {
        let url = self.webhook_url.as_ref()?;
        let host = url.strip_prefix("https://").unwrap_or_default().trim_end_matches('/');
        let wrong = host.is_empty() || host.contains('/');
        wrong.then(|| format!("--webhook-url must be https://HOST[:PORT] without a path, not {url}"))
    }
}
