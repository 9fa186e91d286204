//! What files of a chart or a kustomization stand for, where a commit names them one by one.
//!
//! A template is no manifest, and a patch is no object: of either nothing can be said but in what is made from it. It must
//! not render. Next: [`super::folders`], which says what belongs together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Rendered;
use super::folders;
use crate::cli::config::settings::Excludes;
use crate::cli::load::walk::walk;

/// The charts and kustomizations below the folder that the command was started in.
pub(super) struct Wholes {
    /// Where they really lie, all of them.
    folders: BTreeSet<PathBuf>,
    /// Those that are rendered, and all that each is made from.
    rendered: Vec<(Rendered, BTreeSet<PathBuf>)>,
}

impl Wholes {
    /// Looks for them.
    pub(super) fn here(excludes: &Excludes) -> Self {
        let root = Path::new(".");
        let mut files = walk(root, super::skip(root, excludes));
        let real = |folder: PathBuf| folder.canonicalize().ok();
        let folders = folders::holding(&files).into_iter().filter_map(real).collect();
        let rendered = folders::split(root, &mut files).into_iter().map(Rendered::plain);
        Self { folders, rendered: rendered.map(|one| (one.clone(), one.folders())).collect() }
    }

    /// What a file stands for; nothing if it belongs to none of them.
    pub(super) fn of(&self, file: &Path) -> Option<Vec<Rendered>> {
        let file = file.canonicalize().ok()?;
        let belongs_to = |folders: &BTreeSet<PathBuf>| file.ancestors().any(|above| folders.contains(above));
        let of =
            self.rendered.iter().filter(|(_, from)| belongs_to(from)).map(|(rendered, _)| rendered.clone());
        belongs_to(&self.folders).then(|| of.collect())
    }
}
