//! What is noteworthy in a container's `command` or `args`.
//!
//! Arguments may hold credentials that nothing tells from other words, so none is kept: each is looked at
//! while it is decoded, and what is kept says where something stood and what it was. It must not keep a
//! character of an argument. Next: [`super::credential`], [`super::development`] and [`super::entrypoint`].

use serde::{Deserialize, Deserializer};

use super::credential::{self, Shape};
use super::development::{Switch, in_arguments, in_text};
use super::entrypoint;
use super::exploit::{Exploit, Place};
use super::lenient::list;

/// The noteworthy words of one list of arguments, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Arguments {
    words: Box<[(u32, Argument)]>,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Argument {
    /// It is, or holds, a credential.
    Credential(Shape),
    /// It turns on what belongs on a developer's machine.
    Switch(Switch),
    /// A known vulnerability is exploited with it.
    Exploit(Exploit),
    /// It starts this program, which starts another with other rights.
    Program(&'static str),
    /// It starts this program, which serves shells to those who come with a key.
    RemoteShell(&'static str),
}

impl Arguments {
    /// The noteworthy words, each with its place in the list.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Argument)> + '_ {
        self.words.iter().copied()
    }

    fn of(arguments: &[String]) -> Self {
        let mut words = Vec::new();
        let mut before = [""; 2];
        for (place, argument) in (0..).zip(arguments) {
            words.extend(credential::find(argument).map(|shape| (place, Argument::Credential(shape))));
            let switch = in_arguments(before, argument).or_else(|| in_text(argument));
            words.extend(switch.map(|switch| (place, Argument::Switch(switch))));
            let exploit = Exploit::find(Place::Text, "", argument);
            let exploit = exploit.or_else(|| Exploit::in_arguments(before[0], argument));
            words.extend(exploit.map(|exploit| (place, Argument::Exploit(exploit))));
            before = [argument, before[0]];
        }
        for (programs, argument) in [
            (entrypoint::WITH_OTHER_RIGHTS, Argument::Program as fn(&'static str) -> Argument),
            (entrypoint::REMOTE_SHELLS, Argument::RemoteShell),
        ] {
            let calls = entrypoint::calls(arguments, programs);
            words.extend(calls.map(|(place, program)| (place, argument(program))));
        }
        words.sort_unstable();
        Self { words: words.into() }
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(|arguments: Vec<String>| Self::of(&arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noteworthy_is_kept_with_its_place_and_without_its_text() {
        let token = format!("glpat-{}", "a".repeat(20));
        let json = serde_json::json!(["app", format!("--token={token}"), null, "--log-level", "trace"]);
        let arguments: Arguments = serde_json::from_value(json).unwrap();
        let expected =
            [(1, Argument::Credential(Shape::ForgeToken)), (4, Argument::Switch(Switch::TraceLog))];
        assert_eq!(arguments.iter().collect::<Vec<_>>(), expected);
        assert!(!format!("{arguments:?}").contains("glpat"));
    }

    #[test]
    fn null_is_no_argument_and_a_script_is_read_word_by_word() {
        assert_eq!(serde_json::from_str::<Arguments>("null").unwrap(), Arguments::default());
        let script: Arguments = serde_json::from_str(r#"["sh","-c","exec node --inspect app.js"]"#).unwrap();
        assert_eq!(script.iter().collect::<Vec<_>>(), [(2, Argument::Switch(Switch::RemoteDebugger))]);
    }
}
