//! Which folders below an input are rendered, and which files are read as they are.
//!
//! A folder with a `Chart.yaml` is a chart, all of it; one of a library, which makes nothing by itself, is rendered only
//! if it is named. A folder with a kustomization is rendered if no other one that
//! is there refers to it; what lies below it is read through it only. It must not render. Next: [`super::helm`],
//! [`super::kustomize`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf, is_separator};

use super::{helm, kustomize};
use crate::cli::load::plain::plain;
use crate::cli::load::walk::Below;

/// A folder, or an archive, that is rendered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Rendered {
    /// By Helm.
    Chart(PathBuf),
    /// By Kustomize.
    Kustomization(PathBuf),
}

impl Rendered {
    /// Where everything really lies that it is made from: its own folder or archive, and those that it refers to.
    pub(in crate::cli) fn folders(&self) -> BTreeSet<PathBuf> {
        let (Self::Chart(path) | Self::Kustomization(path)) = self;
        let mut folders: BTreeSet<PathBuf> = path.canonicalize().into_iter().collect();
        let mut left: Vec<PathBuf> = folders.iter().cloned().collect();
        while let (Self::Kustomization(_), Some(folder)) = (self, left.pop()) {
            let more = kustomize::refers_to(&folder).into_iter();
            left.extend(more.filter(|folder| folders.insert(folder.clone())));
        }
        folders
    }

    /// The same, named as anybody would.
    pub(super) fn plain(self) -> Self {
        match self {
            Self::Chart(path) => Self::Chart(plain(&path)),
            Self::Kustomization(path) => Self::Kustomization(plain(&path)),
        }
    }

    /// The same for every name that it has.
    pub(super) fn identity(&self) -> Self {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match self {
            Self::Chart(path) => Self::Chart(real(path)),
            Self::Kustomization(path) => Self::Kustomization(real(path)),
        }
    }
}

/// The folders that hold a file of one of these names.
fn with<E>(files: &[Result<Below, E>], names: &[&str]) -> BTreeSet<PathBuf> {
    let named = files.iter().filter_map(|file| Some(&file.as_ref().ok()?.path));
    let named = named.filter(|file| names.iter().any(|name| is_named(file, name)));
    named.filter_map(|file| file.parent()).map(Path::to_owned).collect()
}

/// The folders of charts and kustomizations, be they rendered or not.
pub(super) fn holding<E>(files: &[Result<Below, E>]) -> BTreeSet<PathBuf> {
    let mut folders = with(files, &[CHART]);
    folders.extend(with(files, kustomize::FILE_NAMES));
    folders
}

/// The file that makes a folder a chart.
const CHART: &str = "Chart.yaml";

/// What is made as a file says, if the file is one of a chart or a kustomization that says so.
pub(super) fn made_by(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?;
    let is_kustomization = kustomize::FILE_NAMES.iter().any(|is| name == *is);
    let what = if name == CHART { Some("a chart") } else { is_kustomization.then_some("a kustomization") };
    what.filter(|_| file.is_file())
}

/// Manifests that lie beside or below kustomizations and that none of these names: nothing is made from them.
pub(super) fn unnamed(files: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    let is_its_own = |file: &Path| made_by(file) == Some("a kustomization");
    let folders: BTreeSet<&Path> =
        files.iter().filter(|file| is_its_own(file)).filter_map(|file| file.parent()).collect();
    let charts: BTreeSet<&Path> = files
        .iter()
        .filter(|file| made_by(file) == Some("a chart"))
        .filter_map(|file| file.parent())
        .collect();
    let named: BTreeSet<PathBuf> = folders.iter().flat_map(|folder| kustomize::names(folder)).collect();
    let is_named = |file: &Path| {
        file.canonicalize().is_ok_and(|file| file.ancestors().any(|above| named.contains(above)))
    };
    let unnamed = files.iter().filter_map(|file| {
        let folder = file.ancestors().skip(1).find(|above| folders.contains(above))?;
        let is_of_chart = file.ancestors().any(|above| charts.contains(above));
        let is_other = is_its_own(file) || is_of_chart || is_named(file) || !is_manifest(file);
        (!is_other).then(|| (file.clone(), folder.to_owned()))
    });
    unnamed.collect()
}

/// Whether a file looks like one with objects of Kubernetes.
fn is_manifest(file: &Path) -> bool {
    let begins = |line: &str, key: &str| line.starts_with(key);
    std::fs::read_to_string(file).is_ok_and(|text| {
        text.lines().any(|line| begins(line, "apiVersion:")) && text.lines().any(|line| begins(line, "kind:"))
    })
}

/// Takes from the files below a folder those that belong to something that is rendered.
pub(super) fn split<E>(root: &Path, files: &mut Vec<Result<Below, E>>) -> Vec<Rendered> {
    let is_below = |path: &Path, folders: &BTreeSet<PathBuf>| path.ancestors().any(|at| folders.contains(at));
    let charts: BTreeSet<PathBuf> = {
        let all = with(files, &[CHART]);
        let inner = |chart: &Path| chart.parent().is_some_and(|above| is_below(above, &all));
        all.iter().filter(|chart| !inner(chart)).cloned().collect()
    };
    let mut kustomized = with(files, kustomize::FILE_NAMES);
    kustomized.retain(|folder| !is_below(folder, &charts));
    if charts.is_empty() && kustomized.is_empty() {
        return Vec::new();
    }
    files.retain(|file| {
        file.as_ref()
            .map_or(true, |Below { path, .. }| !is_below(path, &charts) && !is_below(path, &kustomized))
    });
    let referred: BTreeSet<PathBuf> =
        kustomized.iter().flat_map(|folder| kustomize::refers_to(folder)).collect();
    let is_referred = |folder: &Path| folder.canonicalize().is_ok_and(|folder| referred.contains(&folder));
    let tops = kustomized.into_iter().filter(|folder| {
        // Whoever names a folder means it.
        *folder == root || (!is_referred(folder) && !kustomize::is_component(folder))
    });
    let charts = charts.into_iter().filter(|chart| *chart == root || !helm::is_library(chart));
    let charts = charts.map(Rendered::Chart);
    charts.chain(tops.map(Rendered::Kustomization)).collect()
}

/// Whether this is the last name of a path, as it was found: there are many, and hardly any has it.
fn is_named(path: &Path, name: &str) -> bool {
    let before = path.as_os_str().as_encoded_bytes().strip_suffix(name.as_bytes());
    before.is_some_and(|before| before.last().is_none_or(|byte| is_separator(char::from(*byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_and_the_kustomizations_on_top_are_rendered_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let resources = |names: &str| format!("resources: [{names}]\n");
        let component = "kind: Component\n".to_owned();
        let contents = [
            ("app/base/kustomization.yaml", resources("web.yaml")),
            ("app/base/web.yaml", String::new()),
            ("app/prod/kustomization.yaml", resources("../base")),
            ("app/test/kustomization.yml", resources("../base")),
            ("app/extra/kustomization.yaml", component),
            ("charts/a/Chart.yaml", String::new()),
            ("charts/common/Chart.yaml", "name: common\ntype: library\n".to_owned()),
            ("charts/common/templates/_x.yaml", String::new()),
            ("charts/a/charts/b/Chart.yaml", String::new()),
            ("charts/a/templates/x.yaml", String::new()),
            ("plain.yaml", String::new()),
        ];
        let plain = |path: PathBuf| Below { path, is_plain: true };
        let mut files: Vec<Result<Below, ()>> = Vec::new();
        for (name, text) in contents {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            files.push(Ok(plain(path)));
        }
        let at = |name: &str| folder.path().join(name);
        let kustomization = |name: &str| Rendered::Kustomization(at(name));
        let mut left = files.clone();
        let found = split(folder.path(), &mut left);
        assert_eq!(
            found,
            [Rendered::Chart(at("charts/a")), kustomization("app/prod"), kustomization("app/test")]
        );
        assert_eq!(left, [Ok(plain(at("plain.yaml")))]);
        let library = plain(at("charts/common/Chart.yaml"));
        let named = split(&at("charts/common"), &mut vec![Ok::<_, ()>(library)]);
        assert_eq!(named, [Rendered::Chart(at("charts/common"))]);
        let kustomized = plain(at("app/extra/kustomization.yaml"));
        let folders = kustomization("app/prod").folders();
        let real = |name: &str| at(name).canonicalize().unwrap();
        assert_eq!(folders, BTreeSet::from([real("app/base"), real("app/prod")]));
        let named = split(&at("app/extra"), &mut vec![Ok::<_, ()>(kustomized)]);
        assert_eq!(named, [kustomization("app/extra")]);
    }
}
