//! Where the binaries lie that the harness starts.
//!
//! It must not build Rust: cargo does, before it runs a test. The Go helpers are built by `e2e/build`,
//! which is asked once per process and answers at once when they exist.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use crate::{Error, processes::CommandLine};

/// The control plane's components: one binary for all, or a directory with one each.
#[derive(Debug, Clone)]
pub(crate) enum Components {
    /// Built by `e2e/build`.
    Built(PathBuf),
    /// The directory `KUBEBUILDER_ASSETS` names: etcd, kube-apiserver and kubectl only.
    Assets(PathBuf),
}

impl Components {
    pub(crate) fn find() -> Result<Self, Error> {
        match env::var_os("KUBEBUILDER_ASSETS") {
            Some(directory) if !directory.is_empty() => Ok(Self::Assets(directory.into())),
            _ => Self::built(),
        }
    }

    /// Those of the pinned Kubernetes; of another minor that there is a module for, where `SEAWORTHY_KUBERNETES`
    /// names it.
    pub(crate) fn built() -> Result<Self, Error> {
        let minor = env::var("SEAWORTHY_KUBERNETES").unwrap_or_default();
        let module =
            if minor.is_empty() { "controlplane".to_owned() } else { format!("controlplane-{minor}") };
        helper(&module).map(Self::Built)
    }

    /// Whether there are controllers and a scheduler too.
    pub(crate) fn complete(&self) -> bool {
        matches!(self, Self::Built(_))
    }

    /// The command line of one component.
    pub(crate) fn command(&self, component: &str, arguments: Vec<String>) -> CommandLine {
        match self {
            Self::Built(binary) => CommandLine {
                program: binary.clone(),
                arguments: [vec![component.to_owned()], arguments].concat(),
                ..CommandLine::default()
            },
            Self::Assets(directory) => {
                CommandLine { program: directory.join(component), arguments, ..CommandLine::default() }
            }
        }
    }
}

/// A Go helper, built if it is not there yet.
pub fn helper(module: &str) -> Result<PathBuf, Error> {
    static KNOWN: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    // Held while building, so that parallel tests of one process print one build's progress.
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, path)) = known.iter().find(|(name, _)| name == module) {
        return Ok(path.clone());
    }
    let path = fetched("build", &[module], (module, Path::is_file))?;
    known.push((module.to_owned(), path.clone()));
    Ok(path)
}

/// What cert-manager defines of a Certificate, fetched if it is not there yet.
pub fn certificate_definition() -> Result<PathBuf, Error> {
    fetched("cert-manager", &[], ("the definition of a Certificate", Path::is_file))
}

/// What a script of this folder builds or fetches and names: how it is called in an error, and what it must be.
pub(crate) fn fetched(
    script: &str,
    arguments: &[&str],
    (what, is_there): (&str, fn(&Path) -> bool),
) -> Result<PathBuf, Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new(&path)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(Error::io(format!("run {}", path.display())))?;
    let found = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && is_there(&found) {
        return Ok(found);
    }
    let hint = format!("e2e/{script} failed, see its output above");
    Err(Error::NoBinary { name: what.to_owned(), hint })
}

/// The supervisor that this build of the crate made.
pub(crate) fn supervisor() -> Result<PathBuf, Error> {
    beside_this_executable("seaworthy-supervisor")
}

/// The operator: `SEAWORTHY_BIN`, or the one of the same target directory and profile.
pub fn seaworthy() -> Result<PathBuf, Error> {
    match env::var_os("SEAWORTHY_BIN") {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => beside_this_executable("seaworthy"),
    }
}

// Tests lie in target/<profile>/deps, binaries one level up.
fn beside_this_executable(name: &str) -> Result<PathBuf, Error> {
    let this = env::current_exe().map_err(Error::io("find this executable"))?;
    this.ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join(name))
        .find(|path| fs::metadata(path).is_ok_and(|found| found.is_file()))
        .ok_or_else(|| Error::NoBinary {
            name: name.to_owned(),
            hint: "run `cargo build --workspace --bins` with the same --profile first".to_owned(),
        })
}
