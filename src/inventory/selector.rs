//! stub
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector as Api;
use std::collections::BTreeMap;
#[derive(Clone, Debug, Default)]
pub struct Selector {
    pairs: BTreeMap<String, String>,
}
impl Selector {
    pub fn matches(&self, l: &BTreeMap<String, String>) -> bool {
        self.pairs.iter().all(|(k, v)| l.get(k) == Some(v))
    }
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}
#[derive(Clone, Debug)]
pub struct Glob(String);
#[derive(Debug, thiserror::Error)]
#[error("bad")]
pub struct GlobError;
#[derive(Debug, thiserror::Error)]
#[error("bad")]
pub struct SelectorError;
impl SelectorError {
    pub fn field(&self) -> String {
        String::new()
    }
}
impl Glob {
    pub fn new(p: &str) -> Result<Self, GlobError> {
        Ok(Self(p.to_owned()))
    }
    pub fn matches(&self, n: &str) -> bool {
        self.0 == n
    }
}
pub struct LabelSelector(BTreeMap<String, String>);
impl From<&Api> for LabelSelector {
    fn from(a: &Api) -> Self {
        Self(a.match_labels.clone().unwrap_or_default())
    }
}
impl LabelSelector {
    pub fn compile(self) -> Result<Selector, SelectorError> {
        Ok(Selector { pairs: self.0 })
    }
}
