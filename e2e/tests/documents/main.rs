//! The documentation, executed: every command of these documents is run as it stands there, with the real tools against a
//! real API server, and every piece of YAML in them is applied or read by what it is for.
//!
//! `guide.rs` reads a document from top to bottom. Of `docs/install.md` and `docs/gitops.md`, which show several ways,
//! sections are run by name: a command of another section fails the test, too. `left_out.rs` has a table of what is not run.
#![cfg(test)]

mod admission;
mod existing_cluster;
mod gitops;
mod guide;
mod install;
mod left_out;
mod operations;
mod runbooks;

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use seaworthy_e2e::document::Document;
use seaworthy_e2e::{Cluster, Helm, Kubelet, Options, Output, Shell};
use tempfile::TempDir;

pub(crate) const SOON: Duration = Duration::from_mins(1);

/// A reader at a terminal, in a directory that has `charts`, `deploy` and `crds` as a clone has.
struct Reader {
    // First: it must be gone before the control plane.
    _kubelet: Kubelet,
    cluster: Cluster,
    document: Document,
    shell: Shell,
    directory: TempDir,
    executed: BTreeSet<String>,
}

impl Reader {
    async fn of(document: &str, helm: u8) -> Self {
        let cluster = Cluster::bare(Options { scheduler: true, ..Options::default() }).await.unwrap();
        let kubelet = Kubelet::start(cluster.plane(), "node-1").await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        for name in ["charts", "deploy", "crds"] {
            symlink(repository.join(name), directory.path().join(name)).unwrap();
        }
        let helm = Helm::on(helm, cluster.plane()).unwrap();
        let shell = Shell::new(cluster.plane(), &helm, directory.path()).unwrap();
        let document = Document::read(document).unwrap();
        Self { _kubelet: kubelet, cluster, document, shell, directory, executed: BTreeSet::new() }
    }

    /// Runs every command of a section; each must succeed. Hands back what they said.
    async fn follow(&mut self, section: &str) -> String {
        self.follow_those(section, |_| true).await
    }

    /// Runs those commands of a section that are meant here.
    async fn follow_those(&mut self, section: &str, is_meant: impl Fn(&str) -> bool) -> String {
        let mut said = String::new();
        let commands = self.document.commands(section).unwrap();
        for line in commands.iter().filter(|line| is_meant(line)) {
            let Output { code, stdout, stderr } = self.shell.run(line).await.unwrap();
            assert_eq!(code, 0, "{line}\n{stdout}{stderr}");
            said.push_str(&stdout);
        }
        self.executed.insert(section.to_owned());
        said
    }

    /// A folder beside those of the clone.
    fn folder(&self, name: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// The sections that have commands.
    fn sections(&self) -> BTreeSet<String> {
        let blocks = self.document.blocks().iter().filter(|block| block.language == "sh");
        blocks.map(|block| block.section.clone()).collect()
    }
}
