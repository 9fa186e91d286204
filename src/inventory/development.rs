//! Switches that belong on a developer's machine, as they stand in arguments and variables.
//!
//! A closed vocabulary: a text that is not in it is not kept. It must not say which switch is acceptable
//! where. Next: [`super::command`] and [`super::env`].

/// What a switch turns on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Switch {
    /// Debugging in the program itself.
    DebugMode,
    /// A port that a debugger can attach to.
    RemoteDebugger,
    /// Watching the source and starting anew when it changes, or a server made for that.
    HotReload,
    /// The environment of a developer, by its name.
    DevelopmentMode,
    /// A log of every step, with the data that passes through.
    TraceLog,
}

impl Switch {
    /// What it turns on, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DebugMode => "debugging",
            Self::RemoteDebugger => "a port for a debugger",
            Self::HotReload => "reloading or a development server",
            Self::DevelopmentMode => "development mode",
            Self::TraceLog => "a trace log",
        }
    }
}

/// Programs, by their file name, that nobody starts in production.
const PROGRAMS: &[(&str, Switch)] = &[
    ("debugpy", Switch::RemoteDebugger),
    ("dlv", Switch::RemoteDebugger),
    ("nodemon", Switch::HotReload),
    ("runserver", Switch::HotReload),
    ("ts-node-dev", Switch::HotReload),
    ("webpack-dev-server", Switch::HotReload),
];

/// Options, before any `=`.
const OPTIONS: &[(&str, Switch)] = &[
    ("--debug", Switch::DebugMode),
    ("--dev", Switch::DevelopmentMode),
    ("--hot", Switch::HotReload),
    ("--inspect", Switch::RemoteDebugger),
    ("--inspect-brk", Switch::RemoteDebugger),
    ("--reload", Switch::HotReload),
    ("--remote-debugging-port", Switch::RemoteDebugger),
];

/// Programs with the word behind them by which they serve a developer.
const SERVERS: &[(&str, &str)] =
    &[("astro", "dev"), ("next", "dev"), ("ng", "serve"), ("nuxt", "dev"), ("vite", "dev")];

/// Programs that start a script of a package by its name, some without the word `run`.
const RUNNERS: &[&str] = &["bun", "npm", "pnpm", "yarn"];

/// Options whose value is a list of profiles.
const PROFILE_OPTIONS: &[&str] = &["--spring.profiles.active", "-Dspring.profiles.active"];

/// Options whose value is the level of the log.
const LOG_OPTIONS: &[&str] =
    &["--log-level", "--log.level", "--loglevel", "--log_level", "-log-level", "-log.level", "-loglevel"];

/// The switch that a word of a command line is, given the two before it, the nearer one first.
pub fn in_arguments([before, earlier]: [&str; 2], word: &str) -> Option<Switch> {
    let (option, value) = word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
    if word.starts_with("-agentlib:jdwp") || word.starts_with("-Xrunjdwp") || option == "-Xdebug" {
        return Some(Switch::RemoteDebugger);
    }
    let level =
        if LOG_OPTIONS.contains(&option) { value } else { LOG_OPTIONS.contains(&before).then_some(word) };
    if level.is_some_and(|level| Word::of(level) == Some(Word::Trace)) {
        return Some(Switch::TraceLog);
    }
    if PROFILE_OPTIONS.contains(&option) && value.is_some_and(Word::is_listed_development) {
        return Some(Switch::DevelopmentMode);
    }
    if SERVERS.contains(&(file_name(before), word)) || is_script(before, earlier, word) {
        return Some(Switch::HotReload);
    }
    let program = file_name(word);
    let named = |list: &[(&str, Switch)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, switch)| *switch)
    };
    let off = value.is_some_and(|value| Word::of(value) == Some(Word::False));
    named(PROGRAMS, program).or_else(|| named(OPTIONS, option).filter(|_| !off))
}

/// Whether a word is the name of a developer's script, as in `npm run dev`. What runs it may be the image's own.
fn is_script(before: &str, earlier: &str, word: &str) -> bool {
    let runs = matches!(before, "run" | "run-script");
    let is_run = (runs && (earlier.is_empty() || RUNNERS.contains(&file_name(earlier))))
        || RUNNERS.contains(&file_name(before));
    is_run && (matches!(word, "dev" | "start:dev") || word.starts_with("dev:"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The first switch in a text of several words, such as a script or `JAVA_TOOL_OPTIONS`.
pub fn in_text(text: &str) -> Option<Switch> {
    let mut before = [""; 2];
    text.split_whitespace().find_map(|word| {
        let switch = in_arguments(before, word);
        before = [word, before[0]];
        switch
    })
}

/// A word that is no credential, whatever the variable is called that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// `true`, `1`, `yes`, `on`, `*`.
    True,
    /// `false`, `0`, `no`, `off`, `none`.
    False,
    /// `development` and its short forms.
    Development,
    /// The finest level of a log, in the words of several libraries.
    Trace,
}

impl Word {
    /// The word that a text is, whatever its case.
    pub fn of(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "enabled" | "*" => Some(Self::True),
            "false" | "0" | "no" | "off" | "none" | "null" | "disabled" => Some(Self::False),
            "development" | "develop" | "dev" | "local" => Some(Self::Development),
            "trace" | "finest" | "silly" | "all" => Some(Self::Trace),
            _ => None,
        }
    }

    /// Whether a list with commas holds the environment of a developer.
    pub(super) fn is_listed_development(text: &str) -> bool {
        text.split(',').any(|one| Self::of(one.trim()) == Some(Self::Development))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_known_in_every_spelling_of_a_command_line() {
        for (text, switch) in [
            ("java -agentlib:jdwp=transport=dt_socket,address=*:5005 -jar app.jar", Switch::RemoteDebugger),
            ("node --inspect=0.0.0.0:9229 app.js", Switch::RemoteDebugger),
            ("/go/bin/dlv exec ./app", Switch::RemoteDebugger),
            ("uvicorn app:app --reload", Switch::HotReload),
            ("python manage.py runserver", Switch::HotReload),
            ("app --debug", Switch::DebugMode),
            ("app --debug=true", Switch::DebugMode),
            ("app --log-level trace", Switch::TraceLog),
            ("app --log.level=TRACE", Switch::TraceLog),
            ("npm run dev", Switch::HotReload),
            ("/usr/bin/yarn start:dev", Switch::HotReload),
            ("node_modules/.bin/next dev", Switch::HotReload),
            ("java -Dspring.profiles.active=cloud,dev -jar app.jar", Switch::DevelopmentMode),
        ] {
            assert_eq!(in_text(text), Some(switch), "{text}");
        }
    }

    #[test]
    fn what_is_turned_off_or_only_looks_alike_is_none() {
        for text in [
            "",
            "app --debug=false",
            "app --log-level=debug",
            "app trace",
            "app --inspector",
            "npm run build",
            "next start dev",
            "deploy dev",
            "make run dev",
            "java -Dspring.profiles.active=prod -jar app.jar",
            "dlvx",
            "--log-level",
        ] {
            assert_eq!(in_text(text), None, "{text}");
        }
    }
}
