//! Kustomizations, rendered by the user's own `kustomize`, or `kubectl`, without a network.
//!
//! A kustomization around it, in a folder of its own, has Kustomize say which file each object is from. It must not
//! judge. Next: [`remote`] for what is refused, [`origin`] for where an object is from.

pub(super) mod origin;
mod remote;

use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use thiserror::Error;

use super::program::{self, ProgramError};
use super::{RenderArguments, Rendering};
use crate::cli::load::{Bounds, yaml};

/// What a kustomization may be called.
pub(super) const FILE_NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

#[derive(Debug, Error)]
enum KustomizeError {
    #[error("a Component is no input by itself: give the kustomization that uses it")]
    Component,
    #[error("{0} refers to `{1}`, which is not here: what is remote is not fetched without --allow-remote")]
    Remote(String, String),
    #[error("neither kustomize nor kubectl is on PATH: one of them renders kustomizations")]
    NoProgram,
    #[error(transparent)]
    Program(ProgramError),
    #[error("cannot be rendered in a folder for a while: {0}")]
    Folder(#[from] io::Error),
}

/// What a folder's kustomization says; nothing if there is none that can be read.
fn read(folder: &Path) -> Option<Value> {
    let file = FILE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file())?;
    let text = std::fs::read_to_string(file).ok()?;
    Some(yaml::parse(&text, &Bounds::default()).ok()??.value)
}

/// Whether a folder holds a Component, which only another kustomization can use.
pub(super) fn is_component(folder: &Path) -> bool {
    read(folder).is_some_and(|value| value.get("kind") == Some(&json!("Component")))
}

/// Every file that a kustomization names, wherever it does, and where it really is; of folders that it names, those that
/// no kustomization is in by itself.
pub(super) fn names(folder: &Path) -> Vec<PathBuf> {
    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(map) => map.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let Some(value) = read(folder) else { return Vec::new() };
    let mut found = Vec::new();
    texts(&value, &mut found);
    // Generators name files as KEY=FILE.
    let paths = found.into_iter().flat_map(|text| [Some(text), text.split_once('=').map(|(_, file)| file)]);
    let paths = paths.flatten().filter(|text| !text.is_empty() && *text != "." && !text.contains('\n'));
    let paths = paths.map(|text| folder.join(text)).filter(|path| {
        let is_rendered = || FILE_NAMES.iter().any(|name| path.join(name).is_file());
        path.is_file() || (path.is_dir() && !is_rendered())
    });
    paths.filter_map(|path| path.canonicalize().ok()).collect()
}

/// The folders that a kustomization refers to.
pub(super) fn refers_to(folder: &Path) -> Vec<PathBuf> {
    let Some(value) = read(folder) else { return Vec::new() };
    let lists = ["resources", "bases", "components"].map(|key| value.get(key).and_then(Value::as_array));
    let names = lists.into_iter().flatten().flatten().filter_map(Value::as_str);
    let folders = names.map(|name| folder.join(name)).filter(|path| path.is_dir());
    folders.filter_map(|path| path.canonicalize().ok()).collect()
}

/// Renders a folder.
pub(super) fn render(
    folder: &Path,
    arguments: &RenderArguments,
    bounds: &Bounds,
) -> Result<Rendering, String> {
    rendering(folder, arguments, bounds).map_err(|error| error.to_string())
}

fn rendering(
    folder: &Path,
    arguments: &RenderArguments,
    bounds: &Bounds,
) -> Result<Rendering, KustomizeError> {
    if is_component(folder) {
        return Err(KustomizeError::Component);
    }
    if !arguments.allow_remote
        && let Some((file, name)) = remote::find(folder)
    {
        return Err(KustomizeError::Remote(file, name));
    }
    let wrapper = wrapper(folder)?;
    let built = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).arg(wrapper.path());
        if !arguments.allow_remote {
            // Should something be overlooked: nothing is fetched all the same.
            command.env("GIT_ALLOW_PROTOCOL", "none");
            let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
            command.envs(proxies.map(|name| (name, "http://127.0.0.1:9")));
        }
        program::run(command, bounds.file_bytes)
    };
    let text = match built("kustomize", &["build"]) {
        Err(ProgramError::NotThere(_)) => match built("kubectl", &["kustomize"]) {
            Err(ProgramError::NotThere(_)) => return Err(KustomizeError::NoProgram),
            other => other,
        },
        other => other,
    };
    let text = text.map_err(|error| KustomizeError::Program(plain(error, folder, wrapper.path())))?;
    let real = wrapper.path().canonicalize()?;
    Ok(Rendering::of_kustomization(folder.display().to_string().into(), text, real))
}

/// What a program says, without the folder that is ours.
fn plain(error: ProgramError, folder: &Path, wrapper: &Path) -> ProgramError {
    match error {
        ProgramError::Failed(program, words) => {
            // Kustomize tells the way from our folder, where it really is.
            let ours = wrapper.display().to_string();
            let real = |path: &Path| path.canonicalize().ok();
            let way = real(wrapper).zip(real(folder)).map(|(ours, folder)| relative(&ours, &folder));
            let (way, theirs) = (way.map(|way| way.display().to_string()), folder.display().to_string());
            let words = match way.filter(|way| way.contains('/')) {
                Some(way) => words.replace(&way, &theirs),
                None => words,
            };
            ProgramError::Failed(program, words.replace(&ours, &theirs))
        }
        other => other,
    }
}

/// A folder with a kustomization that holds another one and asks where everything is from.
fn wrapper(folder: &Path) -> io::Result<TempDir> {
    let wrapper = tempfile::Builder::new().prefix("seaworthy-").tempdir()?;
    // Kustomize takes no absolute path, and tells wrong origins where links are on the way.
    let path = relative(&wrapper.path().canonicalize()?, &folder.canonicalize()?);
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [path],
        "buildMetadata": ["originAnnotations", "transformerAnnotations"],
    });
    std::fs::write(wrapper.path().join("kustomization.yaml"), kustomization.to_string())?;
    Ok(wrapper)
}

/// The way from one folder to a path, both without links.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    up.chain(to.into_iter().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_one_folder_to_another() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(way("/tmp/x", "/work/app/prod"), "../../work/app/prod");
        assert_eq!(way("/work/x", "/work/x/y"), "y");
    }
}
