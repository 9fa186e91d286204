//! What each installation of the operator looks at, as its Deployment says: all namespaces, or those listed. Two that
//! look at one namespace write over each other.
//!
//! It must not look at rights. Next: [`super::rights`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::text;
use super::Sign;
use crate::checks;
use crate::inventory::Kind;
use crate::render::manifests::NAME;

/// Namespaces; none for all.
pub(super) type Namespaces = Option<BTreeSet<String>>;

/// One installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installation {
    pub(super) namespace: String,
    name: String,
    /// The service account that it runs as.
    pub(super) account: String,
    pub(super) namespaces: Namespaces,
    /// Where Secrets are looked at.
    pub(super) secrets: Namespaces,
    /// Families of checks that are switched off.
    families_off: BTreeSet<String>,
}

impl Installation {
    /// What a Deployment of the operator looks at.
    pub(super) fn of(deployment: &Value) -> Self {
        let listed = |flag: &str| -> Option<BTreeSet<String>> {
            let arguments = deployment.pointer("/spec/template/spec/containers/0/args");
            let mut arguments = arguments.and_then(Value::as_array)?.iter().filter_map(Value::as_str);
            let given = arguments.find_map(|argument| argument.strip_prefix(flag)?.strip_prefix('='))?;
            Some(given.split(',').map(str::to_owned).collect())
        };
        let [namespace, name] =
            ["/metadata/namespace", "/metadata/name"].map(|at| text(deployment, at).to_owned());
        let account = text(deployment, "/spec/template/spec/serviceAccountName");
        let account = if account.is_empty() { NAME } else { account }.to_owned();
        let namespaces = listed("--watch-namespaces");
        let secrets = listed("--secret-namespaces").or_else(|| namespaces.clone());
        let families_off = listed("--families-off").unwrap_or_default();
        Self { namespace, name, account, namespaces, secrets, families_off }
    }

    /// The kinds that its checks read or judge: those of a family that is switched off do neither.
    pub(super) fn watched(&self) -> BTreeSet<Kind> {
        let on = checks::ALL.iter().filter(|check| !self.families_off.contains(check.family.as_str()));
        on.flat_map(|check| check.watches()).collect()
    }

    /// Whether it looks at a namespace; an empty one stands for what is in none.
    pub(super) fn looks_at(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|listed| listed.contains(namespace))
    }

    fn who(&self) -> String {
        format!("Deployment {}/{}", self.namespace, self.name)
    }

    /// What both look at.
    fn shared_with(&self, other: &Self) -> Option<String> {
        match (&self.namespaces, &other.namespaces) {
            (None, None) => Some("the whole cluster".to_owned()),
            (None, Some(listed)) | (Some(listed), None) => Some(names(listed.iter())),
            (Some(one), Some(two)) => {
                let both: BTreeSet<&String> = one.intersection(two).collect();
                (!both.is_empty()).then(|| names(both.into_iter()))
            }
        }
    }
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Each two that look at the same.
pub(super) fn overlaps(installations: &[Installation]) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut rest = installations;
    while let Some((one, others)) = rest.split_first() {
        for other in others {
            let Some(shared) = one.shared_with(other) else { continue };
            let what = format!("{} and {} both judge {shared}", one.who(), other.who());
            let fix = "uninstall one, or list other namespaces for it (rbac.namespaces): their reports and \
                       conditions overwrite each other";
            signs.push(Sign::wrong(what, fix));
        }
        rest = others;
    }
    signs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn installation(name: &str, arguments: &[&str]) -> Installation {
        let container = json!({"args": arguments});
        Installation::of(&json!({
            "metadata": {"name": name, "namespace": "ops"},
            "spec": {"template": {"spec": {"serviceAccountName": name, "containers": [container]}}},
        }))
    }

    fn said(installations: &[Installation]) -> Vec<String> {
        let what = |sign| match sign {
            Sign::Wrong(what, _) => what,
            other => panic!("{other:?}"),
        };
        overlaps(installations).into_iter().map(what).collect()
    }

    #[test]
    fn only_two_that_look_at_one_namespace_overlap() {
        let all = installation("all", &["controller"]);
        let shop = installation("shop", &["controller", "--watch-namespaces=shop,blog"]);
        let bank = installation("bank", &["--watch-namespaces=bank", "--secret-namespaces=bank"]);
        let blog = installation("blog", &["--watch-namespaces=blog"]);
        assert!(said(&[shop.clone(), bank.clone()]).is_empty());
        assert_eq!(
            said(&[shop.clone(), bank, blog]),
            ["Deployment ops/shop and Deployment ops/blog both judge blog"]
        );
        assert_eq!(
            said(&[all.clone(), shop.clone()]),
            ["Deployment ops/all and Deployment ops/shop both judge blog, shop"]
        );
        assert_eq!(said(&[all.clone(), all.clone()]).len(), 1);
        assert!(
            all.looks_at("bank") && shop.looks_at("blog") && !shop.looks_at("bank") && !shop.looks_at("")
        );
    }

    #[test]
    fn secrets_are_looked_at_where_everything_else_is_unless_listed() {
        let secrets = |arguments: &[&str]| installation("x", arguments).secrets;
        assert_eq!(secrets(&[]), None);
        assert_eq!(secrets(&["--watch-namespaces=shop"]).unwrap().len(), 1);
        assert_eq!(secrets(&["--secret-namespaces=shop"]).unwrap().len(), 1);
    }
}
