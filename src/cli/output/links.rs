//! Whether the terminal shows links, and where they lead.
//!
//! A terminal that does not know them prints what nobody can read, so only those that are known to get any. Next:
//! [`crate::render::style`], which writes them.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

/// The variable that says where the pages of `docs/checks` are.
const PAGES: &str = "SEAWORTHY_DOCS_URL";

/// Address below which the pages of checks are, if standard output is a terminal that shows links.
pub(super) fn pages() -> Option<&'static str> {
    static ADDRESS: OnceLock<Option<String>> = OnceLock::new();
    let address = ADDRESS.get_or_init(|| {
        let variable = |name: &str| std::env::var(name).ok();
        variable(PAGES)
            .filter(|address| io::stdout().is_terminal() && is_address(address) && shows(&variable))
    });
    address.as_deref()
}

/// Whether text can stand in a link.
fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.chars().all(|c| c.is_ascii_graphic())
}

/// Whether the terminal is one that shows links, by what it and its makers say of themselves.
fn shows(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, known: &[&str]| variable(name).is_some_and(|value| known.contains(&value.as_str()));
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let number = |name: &str| variable(name).and_then(|value| value.parse::<u32>().ok()).unwrap_or_default();
    // A multiplexer or a log in between may show what it is not told to.
    if is("TERM", &["dumb", "linux"]) || is_set("CI") || is_set("STY") {
        return false;
    }
    let programs = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"];
    let terminals = ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "wezterm", "contour"];
    is("TERM_PROGRAM", &programs)
        || is("TERM", &terminals)
        || number("VTE_VERSION") >= 5000
        || number("KONSOLE_VERSION") >= 201_200
        || is_set("WT_SESSION")
        || is_set("DOMTERM")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(variables: &[(&str, &str)]) -> bool {
        shows(&|name| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_terminals_that_are_known_show_links() {
        for yes in [
            ("TERM_PROGRAM", "WezTerm"),
            ("TERM", "xterm-kitty"),
            ("VTE_VERSION", "7600"),
            ("WT_SESSION", "x"),
        ] {
            assert!(known(&[yes]), "{yes:?}");
            assert!(!known(&[yes, ("CI", "true")]), "{yes:?}");
        }
        for no in [("TERM", "xterm-256color"), ("VTE_VERSION", "4600"), ("TERM_PROGRAM", "Apple_Terminal")] {
            assert!(!known(&[no]), "{no:?}");
        }
        assert!(!known(&[]) && !known(&[("TERM", "dumb"), ("WT_SESSION", "x")]));
    }

    #[test]
    fn an_address_holds_nothing_that_a_terminal_would_act_on() {
        assert!(is_address("https://docs.example/checks"));
        for wrong in ["docs.example", "file:///etc", "https://a b", "https://a\u{1b}\\", "https://ü"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
