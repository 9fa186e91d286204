//! Which requests a rule is about, in the words of RBAC: verb, resource, namespace, name.
//!
//! It must not know what happens to them. Next: [`super::rule`].

use http::Method;

/// What a request does, as RBAC calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// One object.
    Get,
    /// A collection.
    List,
    /// A collection, followed.
    Watch,
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// One request to the API server, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) verb: Verb,
    /// Empty for what is no resource: discovery, health.
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    path: String,
}

impl Asked {
    pub(super) fn of(method: &Method, path: &str, query: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let known = match parts.next() {
            Some("api") => parts.next().is_some(),
            Some("apis") => parts.next().is_some() && parts.next().is_some(),
            _ => false,
        };
        let rest: Vec<&str> = if known { parts.collect() } else { Vec::new() };
        let (namespace, rest) = match rest.as_slice() {
            // `/namespaces/shop` itself is the Namespace.
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            rest => ("", rest),
        };
        let part = |index: usize| rest.get(index).copied().unwrap_or_default().to_owned();
        let name = part(1);
        let watches = query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"));
        let verb = match *method {
            Method::POST => Verb::Create,
            Method::PUT => Verb::Update,
            Method::PATCH => Verb::Patch,
            Method::DELETE => Verb::Delete,
            _ if watches => Verb::Watch,
            _ if name.is_empty() => Verb::List,
            _ => Verb::Get,
        };
        Self {
            verb,
            resource: part(0),
            subresource: part(2),
            namespace: namespace.to_owned(),
            name,
            path: path.to_owned(),
        }
    }
}

/// Which requests a rule is about. Nothing said means any.
#[derive(Debug, Clone, Default)]
pub struct On {
    verbs: Vec<Verb>,
    resource: Option<String>,
    subresource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    path_prefix: Option<String>,
}

impl On {
    /// Every request.
    pub fn anything() -> Self {
        Self::default()
    }

    /// Requests with one of these verbs.
    pub fn verbs(verbs: impl IntoIterator<Item = Verb>) -> Self {
        Self { verbs: verbs.into_iter().collect(), ..Self::default() }
    }

    /// Lists of a resource, such as `deployments`.
    pub fn list(resource: &str) -> Self {
        Self::verbs([Verb::List]).resource(resource)
    }

    /// Watches of a resource.
    pub fn watch(resource: &str) -> Self {
        Self::verbs([Verb::Watch]).resource(resource)
    }

    /// Lists and watches of a resource.
    pub fn read(resource: &str) -> Self {
        Self::verbs([Verb::List, Verb::Watch]).resource(resource)
    }

    /// Everything that would change a resource.
    pub fn write(resource: &str) -> Self {
        Self::verbs([Verb::Create, Verb::Update, Verb::Patch, Verb::Delete]).resource(resource)
    }

    /// Only of this resource.
    #[must_use]
    pub fn resource(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// Only of this subresource.
    #[must_use]
    pub fn subresource(self, subresource: &str) -> Self {
        Self { subresource: Some(subresource.to_owned()), ..self }
    }

    /// Only in this namespace.
    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self }
    }

    /// Only of the object with this name.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// Only below this path.
    #[must_use]
    pub fn path_prefix(self, path: &str) -> Self {
        Self { path_prefix: Some(path.to_owned()), ..self }
    }

    pub(super) fn matches(&self, asked: &Asked) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|name| name == found);
        (self.verbs.is_empty() || self.verbs.contains(&asked.verb))
            && is(&self.resource, &asked.resource)
            && is(&self.subresource, &asked.subresource)
            && is(&self.namespace, &asked.namespace)
            && is(&self.name, &asked.name)
            && self.path_prefix.as_deref().is_none_or(|prefix| asked.path.starts_with(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, path: &str, query: &str) -> Asked {
        Asked::of(method, path, query)
    }

    #[test]
    fn a_request_is_taken_apart() {
        let list = asked(&Method::GET, "/apis/apps/v1/deployments", "limit=100");
        assert!(On::list("deployments").matches(&list) && !On::watch("deployments").matches(&list));
        let watch = asked(&Method::GET, "/api/v1/namespaces", "watch=true&timeoutSeconds=5");
        assert!(On::watch("namespaces").matches(&watch));
        let namespace = asked(&Method::GET, "/api/v1/namespaces/shop", "");
        assert!(On::verbs([Verb::Get]).resource("namespaces").name("shop").matches(&namespace));
        let path = "/apis/seaworthy.dev/v1alpha1/namespaces/shop/readinesspolicies/gate/status";
        let status = asked(&Method::PATCH, path, "force=true");
        let on = On::write("readinesspolicies").namespace("shop").name("gate").subresource("status");
        assert!(on.matches(&status) && !on.name("other").matches(&status));
    }

    #[test]
    fn what_is_no_resource_matches_no_resource() {
        let version = asked(&Method::GET, "/version", "");
        assert!(On::anything().matches(&version) && !On::list("version").matches(&version));
        assert!(On::default().path_prefix("/ver").matches(&version));
    }
}
