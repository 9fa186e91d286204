//! `seaworthy doctor`: is what is installed whole, and what to do where it is not.
//!
//! It reads and never writes, and asks the operator nothing: what a cluster shows is what counts. What may not
//! be read is said, and is no sign of health. Next: [`installed`], [`scope`], [`rights`], [`policies`], [`webhook`].

mod installed;
mod policies;
mod rights;
mod scope;
mod webhook;

use std::process::ExitCode;

use clap::Args;

use super::{Cluster, ClusterArguments, LiveError, ask};
use crate::cli::{exit, output};
use crate::render::manifests::NAMESPACE;
use crate::render::style::{Colour, Style, visible};

/// Arguments of `seaworthy doctor`.
#[derive(Args, Clone, Debug)]
pub struct DoctorArguments {
    /// Context of the kubeconfig; without it, the current one, or the Pod's own service account
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Namespace that the operator is installed in
    #[arg(long, short, value_name = "NAME", default_value = NAMESPACE)]
    pub namespace: String,
}

/// What one look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    /// All is well with this.
    Fine(String),
    /// Something is wrong: what, and what to do.
    Wrong(String, String),
    /// It cannot be told: why.
    Hidden(String),
}

impl Sign {
    fn wrong(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Wrong(what.into(), fix.into())
    }

    /// What is said instead of an answer that was refused.
    fn hidden(error: LiveError) -> Result<Self, LiveError> {
        match error {
            LiveError::Api { what, source } if source.is_forbidden() => {
                Ok(Self::Hidden(format!("not allowed to read {what}")))
            }
            other => Err(other),
        }
    }

    fn line(&self, style: Style) -> String {
        let (colour, word, what) = match self {
            Self::Fine(what) => (Colour::Green, "fine   ", what),
            Self::Wrong(what, _) => (Colour::Red, "problem", what),
            Self::Hidden(what) => (Colour::Yellow, "unknown", what),
        };
        let fix = match self {
            Self::Wrong(_, fix) => format!("\n        fix: {}", visible(fix)),
            _ => String::new(),
        };
        format!("{} {}{fix}\n", style.paint(colour, word), visible(what))
    }
}

/// Looks. Exit 0 when all is well, 1 when something is wrong, 2 when that cannot be told.
pub fn run(arguments: &DoctorArguments) -> ExitCode {
    ask(|| look(arguments.clone()))
}

async fn look(arguments: DoctorArguments) -> Result<u8, LiveError> {
    let DoctorArguments { context, namespace } = arguments;
    let cluster = Cluster::connect(&ClusterArguments { context, namespace: Some(namespace) })?;
    let mut signs = installed::definitions(&cluster).await?;
    let (found, installations) = installed::deployments(&cluster).await?;
    signs.extend(found);
    signs.extend(installed::lease(&cluster).await?);
    let own = installations.iter().find(|one| one.namespace == cluster.namespace);
    signs.extend(rights::look(&cluster, own).await?);
    let (found, is_enforced) = policies::look(&cluster, &installations).await?;
    signs.extend(found);
    signs.extend(webhook::look(&cluster, is_enforced).await?);
    let style = output::style();
    for sign in &signs {
        output::print(&style.fit(sign.line(style)))?;
    }
    Ok(code(&signs))
}

fn code(signs: &[Sign]) -> u8 {
    if signs.iter().any(|sign| matches!(sign, Sign::Wrong(..))) {
        exit::FAILED
    } else if signs.iter().any(|sign| matches!(sign, Sign::Hidden(_))) {
        exit::INCOMPLETE
    } else {
        exit::OK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_that_is_seen_beats_what_is_hidden() {
        let fine = Sign::Fine("a".to_owned());
        let hidden = Sign::Hidden("b".to_owned());
        let wrong = Sign::wrong("c", "mend it");
        assert_eq!(code(&[fine.clone(), hidden.clone(), wrong.clone()]), exit::FAILED);
        assert_eq!(code(&[fine.clone(), hidden]), exit::INCOMPLETE);
        assert_eq!(code(&[fine]), exit::OK);
        let plain = Style::plain(100);
        assert_eq!(wrong.line(plain), "problem c\n        fix: mend it\n");
    }
}
