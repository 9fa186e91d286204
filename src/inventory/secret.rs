//! stub
use serde::Deserialize;
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SecretFacts {}
