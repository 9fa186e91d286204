//! How to fix what fails, in the words of `seaworthy explain`.
//!
//! It must not word anything itself. Next: `verdicts.rs` puts it beside the findings.

use std::collections::BTreeMap;

use seaworthy_e2e::seaworthy_binary;
use tokio::process::Command;

use crate::failure::Failure;

/// What the manual says of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// What the check wants, in a line.
    pub(crate) title: String,
    /// How to satisfy it.
    pub(crate) fix: String,
}

/// The remedies for these checks, by name.
pub(crate) async fn remedies(
    checks: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, Remedy>, Failure> {
    let binary = seaworthy_binary()?;
    let mut remedies = BTreeMap::new();
    for check in checks {
        let output = Command::new(&binary).args(["explain", &check]).output().await;
        let output = output.map_err(|error| Failure::Binary(format!("explain {check}: {error}")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let remedy = read(&text).ok_or_else(|| Failure::Binary(format!("explain {check}: says no fix")))?;
        remedies.insert(check, remedy);
    }
    Ok(remedies)
}

fn read(manual: &str) -> Option<Remedy> {
    let (_, title) = manual.lines().next()?.split_once(": ")?;
    let section = manual.lines().skip_while(|line| *line != "How to fix").skip(1);
    let fix: Vec<&str> = section
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    (!fix.is_empty()).then(|| Remedy { title: title.to_owned(), fix: fix.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fix_is_one_section_of_the_manual() {
        let manual = "memory-limits: Containers limit their memory\n\n  Family  resources\n\nHow to fix\n  \
                      Set the limit,\n  somewhat high.\n\nParameters\n  - none\n";
        let remedy = read(manual).unwrap();
        assert_eq!(remedy.title, "Containers limit their memory");
        assert_eq!(remedy.fix, "Set the limit, somewhat high.");
    }

    #[test]
    fn a_manual_without_a_fix_is_not_made_up() {
        assert_eq!(read("a: b\n\nWhy it matters\n  Because.\n"), None);
        assert_eq!(read(""), None);
    }
}
