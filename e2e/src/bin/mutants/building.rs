//! Cargo, and what it says.
//!
//! It must not know of mutants. Next: [`crate::weeding`] reads the errors, [`crate::suites`] runs the programs.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::error::Error;

/// How to build the tree.
#[derive(Debug)]
pub(crate) struct Cargo {
    pub(crate) tree: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) profile: String,
    pub(crate) tests: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Built {
    /// Programs with tests, if any were asked for.
    Programs(Vec<Program>),
    /// Errors of the compiler.
    Errors(Vec<Diagnostic>),
}

/// A program with tests.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// `lib`, or the integration test's name.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// What the compiler says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Diagnostic {
    level: String,
    pub(crate) message: String,
    code: Option<Code>,
    spans: Vec<Place>,
    rendered: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Code {
    code: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Place {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    #[serde(rename = "compiler-message")]
    Said {
        message: Diagnostic,
    },
    CompilerArtifact {
        target: Target,
        executable: Option<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Cargo {
    /// Builds the library alone: whether it compiles is known before it is, and what is built serves the tests.
    pub(crate) fn build_library(&self) -> Result<Built, Error> {
        self.run(&["build", "--lib"])
    }

    /// Builds the tests.
    pub(crate) fn build_tests(&self) -> Result<Built, Error> {
        let mut arguments = vec!["test", "--no-run", "--lib"];
        arguments.extend(self.tests.iter().flat_map(|name| ["--test", name.as_str()]));
        self.run(&arguments)
    }

    fn run(&self, arguments: &[&str]) -> Result<Built, Error> {
        let mut command = Command::new("cargo");
        command.args(arguments).args(["--message-format", "json", "--profile", &self.profile]);
        // What is built once and never debugged: without these a build takes half as long again.
        let debug = format!("profile.{}.package.seaworthy.debug=false", self.profile);
        command.args(["--config", &debug]).env("CARGO_INCREMENTAL", "0");
        command.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target).stdin(Stdio::null());
        let output = command.output().map_err(Error::io("run cargo"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (mut programs, mut errors) = (Vec::new(), Vec::new());
        for message in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match message {
                Message::Said { message } if message.level == "error" => errors.push(message),
                Message::CompilerArtifact { target, executable: Some(path) } => {
                    let is_test = target.kind.iter().any(|kind| kind == "test");
                    programs
                        .push(Program { name: if is_test { target.name } else { "lib".to_owned() }, path });
                }
                _ => {}
            }
        }
        if output.status.success() {
            return Ok(Built::Programs(
                programs.into_iter().filter(|program| self.is_asked(program)).collect(),
            ));
        }
        if errors.is_empty() {
            return Err(Error::Build(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(Built::Errors(errors))
    }

    /// Integration tests bring the package's own binary with them, which holds no tests.
    fn is_asked(&self, program: &Program) -> bool {
        let folder = program.path.parent().and_then(Path::file_name);
        folder.is_some_and(|folder| folder == "deps")
            && (program.name == "lib" || self.tests.contains(&program.name))
    }
}

impl Diagnostic {
    /// The places it names in files of the tree, those that it is about first.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let of = |primary: bool| self.spans.iter().filter(move |span| span.is_primary == primary);
        of(true).chain(of(false)).map(|span| (span.file_name.as_str(), span.byte_start..span.byte_end))
    }

    /// The code of the error.
    pub(crate) fn code(&self) -> &str {
        self.code.as_ref().map_or("", |code| code.code.as_str())
    }

    /// As the compiler shows it.
    pub(crate) fn shown(&self) -> &str {
        self.rendered.as_deref().unwrap_or(&self.message)
    }
}
