//! A container's environment, without its values.
//!
//! A literal value may be a credential, so it is looked at while it is decoded, and what is kept says what it
//! is like. It must not keep a character of a value. Next: [`super::credential`] and [`super::development`].

use serde::{Deserialize, Deserializer};

use super::credential::{self, Shape};
use super::development::{Switch, Word, in_text};
use super::exploit::Exploit;
use super::lenient::null_is_default;

/// One of a container's variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnvVar {
    /// Name.
    pub name: Box<str>,
    /// What its value is, or where it comes from.
    pub value: EnvValue,
    /// The key of a ConfigMap that it comes from, if it does.
    pub config_map: Option<Box<KeyReference>>,
    /// The key of a Secret that it comes from, if it does.
    pub secret: Option<Box<KeyReference>>,
}

/// A key of a ConfigMap or Secret, or a whole one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct KeyReference {
    /// Name of the ConfigMap or Secret.
    #[serde(deserialize_with = "null_is_default")]
    pub name: Box<str>,
    /// The key; of a variable only.
    #[serde(deserialize_with = "null_is_default")]
    pub key: Box<str>,
    /// Whether the container starts without it.
    #[serde(deserialize_with = "null_is_default")]
    pub optional: bool,
}

/// What a variable's value is, or where it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvValue {
    /// Nothing.
    #[default]
    Empty,
    /// A literal that has the shape of a credential.
    Credential(Shape),
    /// A word of a closed list, which no credential is.
    Word(Word),
    /// A literal that holds a switch of a developer's machine; only of variables that hold options.
    Switch(Switch),
    /// A literal that a known vulnerability is exploited with.
    Exploit(Exploit),
    /// A text in which the kubelet puts the value of another variable.
    Expansion,
    /// Any other literal.
    Literal,
    /// The value of a Secret's key.
    FromSecret,
    /// A field of the pod, a resource, a file or the value of a ConfigMap's key.
    FromElsewhere,
}

/// One entry of `envFrom`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "RawEnvFrom")]
pub struct EnvFrom {
    /// Whether it is a Secret whose keys become variables; else it is a ConfigMap.
    pub is_secret: bool,
    /// The ConfigMap, if it is one.
    pub config_map: Option<Box<KeyReference>>,
    /// The Secret, if it is one.
    pub secret: Option<Box<KeyReference>>,
    /// What the name of each variable begins with, before the key.
    pub prefix: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawEnvVar {
    #[serde(deserialize_with = "null_is_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    value: String,
    value_from: Option<RawSource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSource {
    secret_key_ref: Option<Box<KeyReference>>,
    config_map_key_ref: Option<Box<KeyReference>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawEnvFrom {
    secret_ref: Option<Box<KeyReference>>,
    config_map_ref: Option<Box<KeyReference>>,
    #[serde(deserialize_with = "null_is_default")]
    prefix: Box<str>,
}

impl From<RawEnvFrom> for EnvFrom {
    fn from(raw: RawEnvFrom) -> Self {
        let RawEnvFrom { secret_ref: secret, config_map_ref: config_map, prefix } = raw;
        Self { is_secret: secret.is_some(), config_map, secret, prefix }
    }
}

impl<'de> Deserialize<'de> for EnvVar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RawEnvVar { name, value, value_from } = RawEnvVar::deserialize(deserializer)?;
        let (value, config_map, secret) = match value_from {
            Some(RawSource { secret_key_ref: Some(secret), .. }) => {
                (EnvValue::FromSecret, None, Some(secret))
            }
            Some(RawSource { config_map_key_ref, .. }) => (EnvValue::FromElsewhere, config_map_key_ref, None),
            None => (EnvValue::of(&name, &value), None, None),
        };
        Ok(Self { name, value, config_map, secret })
    }
}

impl EnvValue {
    /// What the literal value of a variable of this name is.
    pub(super) fn of(name: &str, value: &str) -> Self {
        if value.is_empty() {
            return Self::Empty;
        }
        if let Some(shape) = credential::find(value) {
            return Self::Credential(shape);
        }
        if let Some(exploit) = Exploit::in_variable(name, value) {
            return Self::Exploit(exploit);
        }
        if let Some(word) = Word::of(value) {
            return Self::Word(word);
        }
        let holds_profiles = name.to_ascii_uppercase().ends_with("PROFILES_ACTIVE");
        if holds_profiles && Word::is_listed_development(value) {
            return Self::Word(Word::Development);
        }
        let holds_options = ["OPTS", "OPTIONS", "ARGS", "FLAGS"].iter().any(|end| name.ends_with(end));
        if let Some(switch) = in_text(value).filter(|_| holds_options) {
            return Self::Switch(switch);
        }
        if is_expansion(value) { Self::Expansion } else { Self::Literal }
    }
}

/// Whether the kubelet puts another variable into a text: `$(NAME)`, while `$$(NAME)` stays as it is.
fn is_expansion(value: &str) -> bool {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('$') {
        if after.starts_with('(') && after.contains(')') {
            return true;
        }
        rest = after.strip_prefix('$').unwrap_or(after);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> EnvValue {
        serde_json::from_str::<EnvVar>(json).unwrap().value
    }

    #[test]
    fn values_are_reduced_to_what_they_are_like() {
        let token = format!(r#"{{"name":"A","value":"ghp_{}"}}"#, "a".repeat(36));
        for (json, expected) in [
            (r#"{"name":"A"}"#, EnvValue::Empty),
            (r#"{"name":"A","value":null,"valueFrom":null}"#, EnvValue::Empty),
            (r#"{"name":"A","value":"made up"}"#, EnvValue::Literal),
            (r#"{"name":"A","value":"TRUE"}"#, EnvValue::Word(Word::True)),
            (r#"{"name":"SPRING_PROFILES_ACTIVE","value":"cloud, dev"}"#, EnvValue::Word(Word::Development)),
            (r#"{"name":"PASSWORD","value":"cloud, dev"}"#, EnvValue::Literal),
            (r#"{"name":"A","value":"x-$(B)"}"#, EnvValue::Expansion),
            (r#"{"name":"A","value":"$$(B)"}"#, EnvValue::Literal),
            (r#"{"name":"NODE_OPTIONS","value":"--inspect"}"#, EnvValue::Switch(Switch::RemoteDebugger)),
            (r#"{"name":"MOTTO","value":"--inspect"}"#, EnvValue::Literal),
            (r#"{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}"#, EnvValue::FromSecret),
            (r#"{"name":"A","valueFrom":{"fieldRef":{}}}"#, EnvValue::FromElsewhere),
            (&token, EnvValue::Credential(Shape::ForgeToken)),
        ] {
            assert_eq!(value(json), expected, "{json}");
        }
    }

    #[test]
    fn whole_sources_are_secrets_or_not() {
        let sources: Vec<EnvFrom> =
            serde_json::from_str(r#"[{"secretRef":{"name":"s"}},{"configMapRef":{"name":"c"}}]"#).unwrap();
        assert_eq!(sources.iter().map(|source| source.is_secret).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_config_map_is_kept_by_its_name_and_key() {
        let json = r#"{"name":"A","valueFrom":{"configMapKeyRef":{"name":"c","key":"k","optional":true}}}"#;
        let variable: EnvVar = serde_json::from_str(json).unwrap();
        assert_eq!(variable.value, EnvValue::FromElsewhere);
        let key = KeyReference { name: "c".into(), key: "k".into(), optional: true };
        assert_eq!(variable.config_map.as_deref(), Some(&key));
        let whole: EnvFrom =
            serde_json::from_str(r#"{"configMapRef":{"name":"c","optional":null}}"#).unwrap();
        let map = whole.config_map.unwrap();
        assert_eq!((&*map.name, map.optional), ("c", false));
    }

    #[test]
    fn nothing_of_a_value_is_kept() {
        let variable: EnvVar = serde_json::from_str(r#"{"name":"A","value":"planted"}"#).unwrap();
        assert!(!format!("{variable:?}").contains("planted"));
    }
}
