//! Volumes of files that the kubelet writes: where they come from, modes and tokens.
//!
//! It must not name what a volume holds beyond what a check reads. Next: [`super::volume`].

use serde::Deserialize;

use super::lenient::{list, null_is_default};

/// The mode of files for which none is given.
pub const DEFAULT_MODE: i64 = 0o644;

/// Seconds that a projected token lasts when nothing is said.
pub const DEFAULT_EXPIRATION: i64 = 3600;

/// A `secret` or `configMap`, as a volume or as a part of a projected one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Files {
    /// Mode of files that set none; only of a volume of its own.
    pub default_mode: Option<i64>,
    /// Name of the ConfigMap or Secret.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
    /// Whether the pod starts without it.
    #[serde(deserialize_with = "null_is_default")]
    pub optional: bool,
    /// Single keys as files.
    #[serde(deserialize_with = "list")]
    pub items: Vec<FileItem>,
}

/// A `secret` that is a volume of its own: its name is another field.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SecretFiles {
    default_mode: Option<i64>,
    #[serde(deserialize_with = "null_is_default")]
    secret_name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    optional: bool,
    #[serde(deserialize_with = "list")]
    items: Vec<FileItem>,
}

impl From<SecretFiles> for Files {
    fn from(SecretFiles { default_mode, secret_name, optional, items }: SecretFiles) -> Self {
        Self { default_mode, name: secret_name, optional, items }
    }
}

/// One key as a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct FileItem {
    /// The key.
    #[serde(deserialize_with = "null_is_default")]
    pub key: Box<str>,
    /// Mode of the file, if it has one of its own.
    pub mode: Option<i64>,
}

/// `projected`: several sources in one volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Projected {
    /// Mode of files that set none.
    pub default_mode: Option<i64>,
    /// What is put together.
    #[serde(deserialize_with = "list")]
    pub sources: Vec<ProjectedSource>,
}

/// One source of a projected volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectedSource {
    /// Keys of a Secret.
    pub secret: Option<Box<Files>>,
    /// Keys of a ConfigMap.
    pub config_map: Option<Box<Files>>,
    /// A token of the pod's ServiceAccount.
    pub service_account_token: Option<Box<TokenSource>>,
}

/// `serviceAccountToken`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenSource {
    /// Who the token is for; empty means the API server.
    #[serde(deserialize_with = "null_is_default")]
    pub audience: String,
    /// Seconds that it lasts.
    pub expiration_seconds: Option<i64>,
}

impl Files {
    /// Fills in what the server does for a volume.
    pub(super) fn default_volume(&mut self) {
        self.default_mode.get_or_insert(DEFAULT_MODE);
    }
}

impl Projected {
    /// Fills in what the server does.
    pub(super) fn default_volume(&mut self) {
        self.default_mode.get_or_insert(DEFAULT_MODE);
        for token in self.sources.iter_mut().filter_map(|source| source.service_account_token.as_mut()) {
            token.expiration_seconds.get_or_insert(DEFAULT_EXPIRATION);
        }
    }
}
