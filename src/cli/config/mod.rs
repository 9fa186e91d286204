//! `.seaworthy.yaml`: what a repository always wants said to `seaworthy check`.
//!
//! The nearest file above each input counts, flags count more. An unknown key is an error. It must not judge, and
//! must not say what a policy can say better: it names policies. Next: [`find`] for where it lies, [`read`] for what
//! it says, [`settings`] for what then counts, [`show`] for the command that tells it.

mod exclude;
mod find;
mod read;
pub(super) mod settings;
pub mod show;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Profile;
use crate::api::severity::FailOn;
use crate::checks;

/// The name of the file.
pub const FILE_NAME: &str = ".seaworthy.yaml";

/// What the file says. Paths and patterns are relative to the folder that it lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = ".seaworthy.yaml")]
pub struct Config {
    /// Profile to check: beside `policies`, or by itself. Without both, Standard.
    #[schemars(schema_with = "profiles")]
    pub profile: Option<Profile>,
    /// Files with a ReadinessPolicy or ClusterReadinessPolicy.
    #[schemars(with = "Vec<String>")]
    pub policies: Option<Vec<String>>,
    /// Lowest severity that fails; replaces what the policies say.
    #[schemars(schema_with = "severities")]
    pub fail_on: Option<FailOn>,
    /// Namespace of objects that name none.
    #[schemars(with = "String")]
    pub namespace: Option<String>,
    /// Whether the input is all there is: what is not given does not exist.
    #[schemars(with = "bool")]
    pub complete: Option<bool>,
    /// What is not read, in the notation of `.gitignore`.
    pub exclude: Vec<String>,
    /// Findings that are accepted.
    pub suppress: Vec<Suppression>,
}

/// Findings that are accepted, why, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suppression {
    /// Names of checks.
    #[schemars(schema_with = "check_names")]
    pub checks: Vec<String>,
    /// The objects that it is about.
    pub object: ObjectPattern,
    /// Why.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// The last day on which it counts, in UTC, as in 2026-12-31; without it, it counts for ever.
    #[serde(default)]
    #[schemars(with = "String")]
    pub until: Option<String>,
}

/// Objects by pattern: `*` stands for any characters, `?` for one, `{a,b}` for either. What is absent is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ObjectPattern {
    /// Kind, as in Deployment.
    #[schemars(with = "String")]
    pub kind: Option<String>,
    /// Namespace.
    #[schemars(with = "String")]
    pub namespace: Option<String>,
    /// Name.
    #[schemars(with = "String")]
    pub name: Option<String>,
}

fn profiles(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Profile::ALL.iter().map(|profile| profile.as_str()).collect();
    json_schema!({
        "description": "Profile to check: beside `policies`, or by itself. Without both, Standard.",
        "type": "string",
        "enum": names,
    })
}

fn severities(_: &mut SchemaGenerator) -> Schema {
    let all = [FailOn::Critical, FailOn::High, FailOn::Medium, FailOn::Low, FailOn::Info, FailOn::Never];
    json_schema!({
        "description": "Lowest severity that fails; replaces what the policies say.",
        "type": "string",
        "enum": all.map(|severity| severity.to_string()),
    })
}

fn check_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "Names of checks, as in findings.",
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "enum": checks::names()},
    })
}

/// JSON Schema of the file, for editors.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}
