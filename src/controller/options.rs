//! Flags of `seaworthy controller`.
//!
//! Everything that is timed is a flag, so that tests need not wait. It must not read the environment by
//! itself: clap does. Next: [`super::run`].

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::places::Places;
use crate::catalogue::Family;
use crate::catalogue::parameters::nearest;
use crate::inventory::selector::is_dns_label;
use crate::ops::client::ClientOptions;
use crate::ops::election::LeaseTiming;
use crate::ops::watch::WatchOptions;
use crate::webhook::WebhookOptions;

/// Options of the controller.
#[derive(Args, Clone, Debug)]
pub struct ControllerOptions {
    /// Address of the health and metrics server.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8081")]
    pub health_address: SocketAddr,
    /// Namespace of the operator itself: where its Lease lies, and reports on objects that are in no namespace.
    #[arg(long, value_name = "NAMESPACE", env = "POD_NAMESPACE")]
    pub namespace: Option<String>,
    /// Namespaces that are looked at; all by default. With a list, what lies outside is not judged, and
    /// ClusterReadinessPolicies are not looked at.
    #[arg(long, value_name = "NAMESPACE,...", value_delimiter = ',')]
    pub watch_namespaces: Vec<String>,
    /// Namespaces whose Secrets are looked at; by default those of --watch-namespaces, or all.
    #[arg(long, value_name = "NAMESPACE,...", value_delimiter = ',')]
    pub secret_namespaces: Vec<String>,
    /// Families of checks that are switched off: those that came with a policy's profile have nothing to say, and a policy
    /// that names one is not accepted. What only they would read is not watched.
    #[arg(long, value_name = "FAMILY,...", value_delimiter = ',', value_parser = family)]
    pub families_off: Vec<Family>,
    /// Run without leader election. For a single replica only: two would write against each other.
    #[arg(long)]
    pub no_leader_election: bool,
    /// Name of the Lease.
    #[arg(long, value_name = "NAME", default_value = "seaworthy")]
    pub lease_name: String,
    /// How long a Lease is valid.
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=3600))]
    pub lease_duration: u32,
    /// After how long without a renewal a leader stops writing.
    #[arg(long, value_name = "SECONDS", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub lease_renew_deadline: u32,
    /// How often a leader renews. A candidate looks twice as often.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub lease_retry: u32,
    /// When the API server ends a watch, so that it is opened anew. A dead connection is noticed 5 s later.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=290))]
    pub watch_timeout: u32,
    /// Objects per page of a list.
    #[arg(long, value_name = "OBJECTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub page_size: u32,
    /// When a kind that is forbidden or not served is asked for again.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub unavailable_retry: u32,
    /// How long a kind is watched that no policy asks for any more.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub unwatch_after: u32,
    /// Most writes in flight.
    #[arg(long, value_name = "WRITES", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub writes_in_flight: u16,
    /// Total time of a call to the API server that is not a watch.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=300))]
    pub call_deadline: u32,
    /// The admission webhook.
    #[command(flatten, next_help_heading = "Admission webhook")]
    pub webhook: WebhookOptions,
    /// Log filter, such as `info` or `seaworthy=debug`.
    #[arg(long, value_name = "FILTER", env = "RUST_LOG")]
    pub log_level: Option<String>,
}

impl ControllerOptions {
    /// Limits of watches.
    pub fn watch(&self) -> WatchOptions {
        WatchOptions {
            page_size: self.page_size,
            timeout_seconds: self.watch_timeout,
            unavailable_wait: seconds(self.unavailable_retry),
            ..WatchOptions::default()
        }
    }

    /// The namespaces that are looked at.
    pub fn places(&self) -> Places {
        Places::new(&self.watch_namespaces, &self.secret_namespaces)
    }

    /// After how long without a sign of life from its watch a kind is stale: two watch timeouts.
    pub fn stale_after(&self) -> Duration {
        seconds(self.watch_timeout * 2)
    }

    /// How long a kind is watched that no policy reads any more.
    pub fn linger(&self) -> SignedDuration {
        SignedDuration::from_secs(self.unwatch_after.into())
    }

    /// Limits of calls. A connection may be silent for as long as a quiet watch is, and a little more.
    pub fn client(&self) -> ClientOptions {
        ClientOptions {
            call_deadline: seconds(self.call_deadline),
            read_timeout: seconds(self.watch_timeout + 8),
            ..ClientOptions::default()
        }
    }

    /// Times of the election.
    pub fn lease(&self) -> LeaseTiming {
        LeaseTiming {
            duration: seconds(self.lease_duration),
            renew_deadline: seconds(self.lease_renew_deadline),
            retry: seconds(self.lease_retry),
            ..LeaseTiming::default()
        }
    }

    /// What is wrong with the options together.
    pub fn problem(&self) -> Option<String> {
        let (duration, deadline, retry) = (self.lease_duration, self.lease_renew_deadline, self.lease_retry);
        let lease = (duration <= deadline || deadline <= retry).then(|| {
            format!(
                "--lease-duration ({duration} s) must be longer than --lease-renew-deadline ({deadline} s), and that longer than --lease-retry ({retry} s)"
            )
        });
        lease.or_else(|| self.problem_of_places()).or_else(|| self.webhook.problem())
    }

    fn problem_of_places(&self) -> Option<String> {
        let all = self.watch_namespaces.iter().chain(&self.secret_namespaces);
        if let Some(wrong) = all.into_iter().find(|name| !is_dns_label(name)) {
            return Some(format!("{wrong:?} is no name of a namespace"));
        }
        let is_seen =
            |name: &&String| self.watch_namespaces.is_empty() || self.watch_namespaces.contains(name);
        let outside = self.secret_namespaces.iter().find(|name| !is_seen(name))?;
        Some(format!("--secret-namespaces names {outside}, which --watch-namespaces does not"))
    }
}

fn family(name: &str) -> Result<Family, String> {
    let known = || Family::ALL.iter().map(|family| family.as_str());
    let unknown = || match nearest(name, known()) {
        Some(nearest) => format!("no family of checks; did you mean `{nearest}`?"),
        None => format!("no family of checks; there are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Family::find(name).ok_or_else(unknown)
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: ControllerOptions,
    }

    fn problem(arguments: &[&str]) -> Option<String> {
        let line = ["controller"].iter().chain(arguments);
        Line::try_parse_from(line).unwrap().options.problem()
    }

    #[test]
    fn families_are_switched_off_by_name() {
        let off = |families: &str| {
            Line::try_parse_from(["controller".to_owned(), format!("--families-off={families}")])
        };
        let families = off("tls,network").unwrap().options.families_off;
        assert_eq!(families, [Family::Tls, Family::Network]);
        assert!(Line::try_parse_from(["controller"]).unwrap().options.families_off.is_empty());
        for (wrong, hint) in [("netwrok", "did you mean `network`?"), ("", "no family of checks")] {
            let said = off(wrong).err().unwrap().to_string();
            assert!(said.contains(hint), "{said}");
        }
    }

    #[test]
    fn secrets_are_looked_at_in_namespaces_that_are_looked_at() {
        assert_eq!(problem(&["--watch-namespaces=shop,blog", "--secret-namespaces=shop"]), None);
        assert_eq!(problem(&["--secret-namespaces=shop"]), None);
        let said = problem(&["--watch-namespaces=shop", "--secret-namespaces=shop,blog"]).unwrap();
        assert!(said.contains("names blog"), "{said}");
        for wrong in ["--watch-namespaces=", "--watch-namespaces=shop,", "--secret-namespaces=Shop"] {
            assert!(problem(&[wrong]).unwrap().contains("no name of a namespace"), "{wrong}");
        }
    }
}
