//! The Middlewares of Traefik through which requests go, and who names one.
//!
//! Of one that stands for others, those count. It must not judge. Next: [`super::super::middleware`], [`super::tls_options`].

use std::collections::BTreeSet;

use super::super::gateway::HttpRouteRule;
use super::super::index::Everywhere;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Coverage, Lookup};
use super::super::middleware::{Middleware, MiddlewareSpec};
use super::super::object::{Ingress, Object, ObjectKey};
use super::super::traefik::split;
use super::{Inventory, NamespaceView};

/// The Middlewares through which requests go, in order.
#[derive(Clone, Debug, Default)]
pub struct Steps<'a> {
    found: Vec<&'a Middleware>,
    seen: BTreeSet<(&'a str, &'a str)>,
    /// The first of which it is not known what it does, as it is named, and why.
    pub doubt: Option<(Cause, Box<str>)>,
    /// The first that is not there, as it is named.
    pub missing: Option<Box<str>>,
    /// Whether there may be one that is out of sight.
    pub is_hidden: bool,
}

impl Steps<'_> {
    /// Whether answers have a header that one of them sets. They go back through them, so that the first is the last to
    /// set it, or to take it out.
    pub fn set(&self, header: &str) -> bool {
        self.found.iter().find_map(|one| one.spec.sets(header)).unwrap_or_default()
    }

    /// Whether one of them does this.
    pub fn any(&self, does: impl Fn(&MiddlewareSpec) -> bool) -> bool {
        self.found.iter().any(|one| does(&one.spec))
    }

    fn doubt(&mut self, cause: Cause, name: &str) {
        if self.doubt.is_none() {
            self.doubt = Some((cause, name.into()));
        }
    }

    fn miss(&mut self, name: &str) {
        if self.missing.is_none() {
            self.missing = Some(name.into());
        }
    }
}

impl<'a> NamespaceView<'a> {
    /// Those that the annotation of an Ingress names.
    pub fn steps_of_ingress(&self, ingress: &Ingress) -> Steps<'a> {
        let mut steps = Steps::default();
        for word in ingress.middlewares() {
            match word.split_once('@') {
                Some((joined, "kubernetescrd")) => self.take_joined(joined, &mut steps),
                // Of a file, or of another provider.
                Some(_) => steps.doubt(Cause::Undecidable, word),
                // Whoever reads Ingresses provides none itself.
                None => steps.miss(word),
            }
        }
        steps
    }

    /// Those that the filters of a rule name.
    pub fn steps_of_rule<'b>(&self, rule: &'b HttpRouteRule) -> Steps<'b>
    where
        'a: 'b,
    {
        let mut steps = Steps::default();
        for name in rule.middlewares() {
            self.take((self.namespace, name), &mut steps);
        }
        steps
    }

    /// The Middleware of this name. Traefik before 3.0 reads them in a group of its former name as well: where the kind is
    /// not served, they may be there.
    fn middleware(&self, namespace: &str, name: &str) -> Lookup<&'a Middleware> {
        if self.inventory.coverage(Kind::Middleware) == Coverage::NotServed {
            return Lookup::Unknown(Cause::Undecidable);
        }
        self.inventory.lookup(Kind::Middleware, namespace, name, |object| match object {
            Object::Middleware(one) => Some(&**one),
            _ => None,
        })
    }

    /// One by its namespace and name joined with a dash, either of which may hold another.
    fn take_joined(&self, joined: &str, steps: &mut Steps<'a>) {
        let (mut found, mut unknown, mut is_hidden) = (Vec::new(), None, false);
        for (namespace, name) in split(joined) {
            if self.elsewhere(namespace).is_none() {
                is_hidden = true;
                continue;
            }
            match self.middleware(namespace, name) {
                Lookup::Found(one) => found.push(one),
                Lookup::Missing => {}
                Lookup::Unknown(cause) => unknown = unknown.or(Some(cause)),
            }
        }
        match (found.as_slice(), unknown) {
            ([one], _) => self.take((&one.metadata.namespace, &one.metadata.name), steps),
            ([], Some(cause)) => steps.doubt(cause, joined),
            ([], None) if is_hidden => steps.is_hidden = true,
            ([], None) => steps.miss(joined),
            // Two whose names join alike are one to Traefik, and which of them it takes nobody knows.
            _ => steps.doubt(Cause::Undecidable, joined),
        }
    }

    /// One by namespace and name, and those that it stands for, each where it comes first.
    fn take<'b>(&self, first: (&'b str, &'b str), steps: &mut Steps<'b>)
    where
        'a: 'b,
    {
        let mut left = vec![first];
        while let Some((namespace, name)) = left.pop() {
            if !steps.seen.insert((namespace, name)) {
                continue;
            }
            let named = || [namespace, "/", name].concat();
            if self.elsewhere(namespace).is_none() {
                steps.is_hidden = true;
                continue;
            }
            match self.middleware(namespace, name) {
                Lookup::Found(one) => {
                    if one.spec.is_plugin {
                        steps.doubt(Cause::Undecidable, &named());
                    }
                    steps.found.push(one);
                    left.extend(one.spec.chained(namespace).rev());
                }
                // What it would do is not done.
                Lookup::Missing => steps.miss(&named()),
                Lookup::Unknown(cause) => steps.doubt(cause, &named()),
            }
        }
    }
}

impl Inventory {
    /// The Ingresses and routes of every namespace that name a Middleware, there or not, or one that stands for it.
    pub(in super::super) fn going_through(&self, namespace: &str, name: &str) -> Vec<&Object> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut left: Vec<&ObjectKey> = self.naming_middleware(namespace, name).collect();
        while let Some(key) = left.pop() {
            if !seen.insert(key) {
                continue;
            }
            match self.get(key) {
                Some(Object::Middleware(one)) => {
                    left.extend(self.naming_middleware(&one.metadata.namespace, &one.metadata.name));
                }
                other => found.extend(other),
            }
        }
        found
    }

    fn naming_middleware(&self, namespace: &str, name: &str) -> impl Iterator<Item = &ObjectKey> + use<'_> {
        self.index.find_everywhere(Everywhere::GoesThrough(namespace, name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inventory::decode::decode;

    fn object(kind: Kind, namespace: &str, name: &str, spec: &Value, annotations: &Value) -> Object {
        let metadata = json!({"name": name, "namespace": namespace, "annotations": annotations});
        decode(kind, &json!({"metadata": metadata, "spec": spec}).to_string()).unwrap()
    }

    fn chain(names: &[(&str, &str)]) -> Value {
        let named = names.iter().map(|(namespace, name)| json!({"namespace": namespace, "name": name}));
        json!({"chain": {"middlewares": named.collect::<Vec<_>>()}})
    }

    fn ingress(words: &str) -> Object {
        let annotations = json!({"traefik.ingress.kubernetes.io/router.middlewares": words});
        object(Kind::Ingress, "shop", "web", &json!({}), &annotations)
    }

    fn inventory() -> Inventory {
        let mut inventory = Inventory::with_coverage(Coverage::Complete);
        let add = |inventory: &mut Inventory, namespace: &str, name: &str, spec: Value| {
            inventory.apply(object(Kind::Middleware, namespace, name, &spec, &json!({})));
        };
        add(&mut inventory, "edge", "nosniff", json!({"headers": {"contentTypeNosniff": true}}));
        add(
            &mut inventory,
            "shop",
            "none",
            json!({"headers": {"customResponseHeaders": {"x-content-type-options": ""}}}),
        );
        add(&mut inventory, "shop", "own", json!({"plugin": {"own": {}}}));
        add(&mut inventory, "shop", "all", chain(&[("edge", "nosniff"), ("shop", "all"), ("shop", "gone")]));
        inventory.apply(ingress("shop-compress@kubernetescrd, shop-all@kubernetescrd"));
        let step = json!({"group": "traefik.io", "kind": "Middleware", "name": "nosniff"});
        let rules = json!([{"filters": [{"type": "ExtensionRef", "extensionRef": step}]}]);
        inventory.apply(object(Kind::HttpRoute, "edge", "web", &json!({ "rules": rules }), &json!({})));
        inventory
    }

    const NOSNIFF: &str = "X-Content-Type-Options";

    #[test]
    fn of_one_that_stands_for_others_those_count_in_order() {
        let inventory = inventory();
        let view = inventory.namespace("shop");
        let steps = |words: &str, sees_others| {
            let Object::Ingress(ingress) = ingress(words) else { panic!("an Ingress") };
            view.seeing_others(sees_others).steps_of_ingress(&ingress)
        };
        let all = steps("shop-all@kubernetescrd", true);
        assert!(all.set(NOSNIFF) && !all.is_hidden && all.doubt.is_none());
        assert_eq!(all.missing.as_deref(), Some("shop/gone"));
        assert!(!steps("shop-none@kubernetescrd,shop-all@kubernetescrd", true).set(NOSNIFF), "taken out");
        assert!(steps("shop-all@kubernetescrd,shop-none@kubernetescrd", true).set(NOSNIFF));
        let own = steps("shop-all@kubernetescrd", false);
        assert!(!own.set(NOSNIFF) && own.is_hidden);
        assert!(steps("edge-nosniff@kubernetescrd", false).is_hidden);
        let unseen = |words: &str| steps(words, true).doubt.map(|(cause, name)| (cause, name.into_string()));
        let doubt = |name: &str| Some((Cause::Undecidable, name.to_owned()));
        assert_eq!(unseen("secure@file"), doubt("secure@file"));
        assert_eq!(unseen("shop-own@kubernetescrd"), doubt("shop/own"));
        assert_eq!(unseen("secure"), None);
        assert_eq!(steps("secure", true).missing.as_deref(), Some("secure"));
        assert_eq!(steps("shop-gone@kubernetescrd", true).missing.as_deref(), Some("shop-gone"));
    }

    #[test]
    fn two_whose_names_join_alike_and_what_was_not_given_are_doubts() {
        let mut inventory = inventory();
        for (namespace, name) in [("a", "b-c"), ("a-b", "c")] {
            inventory.apply(object(Kind::Middleware, namespace, name, &json!({}), &json!({})));
        }
        let Object::Ingress(ingress) = ingress("a-b-c@kubernetescrd") else { panic!("an Ingress") };
        let cause = |inventory: &Inventory| {
            let steps = inventory.namespace("shop").seeing_others(true).steps_of_ingress(&ingress);
            steps.doubt.map(|(cause, _)| cause)
        };
        assert_eq!(cause(&inventory), Some(Cause::Undecidable));
        assert_eq!(cause(&Inventory::with_coverage(Coverage::Partial)), Some(Cause::NotGiven));
        assert_eq!(cause(&Inventory::with_coverage(Coverage::Forbidden)), Some(Cause::Forbidden));
    }

    #[test]
    fn who_names_one_is_found_also_through_others() {
        let inventory = inventory();
        let found = |namespace: &str, name: &str| -> BTreeSet<String> {
            inventory.going_through(namespace, name).iter().map(|one| one.key().to_string()).collect()
        };
        let both = BTreeSet::from(["HTTPRoute edge/web".to_owned(), "Ingress shop/web".to_owned()]);
        assert_eq!(found("edge", "nosniff"), both);
        let one = BTreeSet::from(["Ingress shop/web".to_owned()]);
        assert_eq!(found("shop", "compress"), one);
        assert_eq!(found("shop", "gone"), one);
        assert!(found("bank", "nosniff").is_empty());
    }
}
