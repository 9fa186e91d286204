//! What asks who is there, or that it be encrypted, for whom: policies of Envoy Gateway, of Istio and of the Gateway API, and
//! the workloads behind a Service.
//!
//! Policies in Istio's root namespace are about every workload of the mesh, so that each namespace is told of them. It
//! must not judge. Next: [`super::super::auth_policy`].

use super::super::auth_policy::{AuthorizationPolicy, SecurityPolicy};
use super::super::backend_tls_policy::BackendTlsPolicy;
use super::super::kind::Kind;
use super::super::lookup::{Cause, Search};
use super::super::object::{Object, Service};
use super::super::peer_authentication::PeerAuthentication;
use super::super::workload::Workload;
use super::{Inventory, NamespaceView};

/// Istio's root namespace unless a mesh is told otherwise.
pub const ROOT_NAMESPACE: &str = "istio-system";

impl<'a> NamespaceView<'a> {
    /// The SecurityPolicies of Envoy Gateway: they are about objects of their own namespace.
    pub fn security_policies(&self) -> Search<&'a SecurityPolicy> {
        self.search(Kind::SecurityPolicy, |object| match object {
            Object::SecurityPolicy(policy) => Some(&**policy),
            _ => None,
        })
    }

    /// The AuthorizationPolicies of Istio.
    pub fn authorization_policies(&self) -> Search<&'a AuthorizationPolicy> {
        self.search(Kind::AuthorizationPolicy, |object| match object {
            Object::AuthorizationPolicy(policy) => Some(&**policy),
            _ => None,
        })
    }

    /// Those that are about the pods of a workload of this namespace, the whole mesh's among them.
    pub fn authorization_policies_about(&self, workload: &Workload) -> Search<&'a AuthorizationPolicy> {
        let root = NamespaceView { namespace: ROOT_NAMESPACE, ..*self };
        let mut search = self.authorization_policies();
        if self.namespace != ROOT_NAMESPACE {
            search = search.and(root.authorization_policies());
        }
        search.found.retain(|policy| policy.spec.selects(&workload.pod_labels));
        search
    }

    /// The PeerAuthentications that are about the pods of a workload of this namespace, where this one is the root of the
    /// mesh: in there, those that select pods are about none.
    pub fn peer_authentications_about<'b>(
        &self,
        workload: &Workload,
        root: &'b str,
    ) -> Search<&'b PeerAuthentication>
    where
        'a: 'b,
    {
        let mut search = self.inventory.namespace(root).peer_authentications();
        search.found.retain(|one| one.spec.is_about_all());
        if self.namespace != root {
            let mut own = self.peer_authentications();
            own.found.retain(|one| one.spec.selects(&workload.pod_labels));
            search = search.and(own);
        }
        search
    }

    /// The BackendTLSPolicies: they are about Services of their own namespace.
    pub fn backend_tls_policies(&self) -> Search<&'a BackendTlsPolicy> {
        self.search(Kind::BackendTlsPolicy, |object| match object {
            Object::BackendTlsPolicy(policy) => Some(&**policy),
            _ => None,
        })
    }

    fn peer_authentications(&self) -> Search<&'a PeerAuthentication> {
        self.search(Kind::PeerAuthentication, |object| match object {
            Object::PeerAuthentication(one) => Some(&**one),
            _ => None,
        })
    }

    /// The workloads whose pods a Service of this namespace selects; why there may be one is told where there is none.
    pub fn workloads_behind(&self, service: &'a Service) -> Search<&'a Workload> {
        let found: Vec<_> = self.inventory.selected_by(service).map(|(_, workload)| workload).collect();
        let gap = || self.workload_kinds_gap();
        Search { incomplete: if found.is_empty() { gap() } else { None }, found }
    }

    fn workload_kinds_gap(&self) -> Option<Cause> {
        Kind::WORKLOADS.iter().find_map(|kind| self.inventory.coverage_in(*kind, self.namespace).gap())
    }
}

impl Inventory {
    /// Whether there is an AuthorizationPolicy, in whatever namespace and shape.
    pub(in super::super) fn has_authorization_policies(&self) -> bool {
        use super::super::index::Everywhere::AsksInMesh;
        self.index.find_everywhere(AsksInMesh).next().is_some()
            || self.broken_everywhere(Kind::AuthorizationPolicy).next().is_some()
    }
}
