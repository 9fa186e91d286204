//! The listeners of a Gateway: which routes are at them, and which Secrets they present.
//!
//! It must not judge a route or a certificate. Next: `tls/gateway_tls.rs`, `tls/tls_secret_valid.rs`.

use jiff::Timestamp;

use crate::catalogue::{Judgement, ObjectSubject, Statement};
use crate::checks::around::{OUT_OF_SCOPE, at, key_of, quoted};
use crate::checks::secret_use::SecretUse;
use crate::inventory::gateway::{Gateway, HttpRoute, Reference};
use crate::inventory::labels::Labels;
use crate::inventory::listener::{LetIn, Listener};
use crate::inventory::lookup::{Cause, Lookup, Search};
use crate::inventory::snapshot::Granted;
use crate::inventory::{Kind, NamespaceView, ObjectKey};

/// The label that every namespace has.
const NAME: &str = "kubernetes.io/metadata.name";

/// A route, with its kind.
pub(super) type Route<'a> = (Kind, &'a HttpRoute);

/// The routes that want to be attached to a Gateway: those of its namespace, and where others are in sight, theirs.
pub(super) struct Attached<'a> {
    gateway: &'a Gateway,
    namespace: NamespaceView<'a>,
    own: Vec<(Kind, Search<Route<'a>>)>,
    others: Vec<(Kind, Search<Route<'a>>)>,
}

/// What one listener that ends TLS presents.
pub(super) struct Presented<'a> {
    /// Place of the listener.
    pub(super) index: usize,
    /// The listener.
    pub(super) listener: &'a Listener,
    /// The Secrets that it names, those that it may not use left out.
    pub(super) secrets: Vec<SecretUse<'a>>,
    /// Whether a certificate may be presented that is not among them.
    pub(super) may_be_more: bool,
    /// What is not known of whether it may use Secrets.
    pub(super) doubts: Vec<Statement>,
    /// Whether it names a Secret that is out of sight.
    pub(super) is_hidden: bool,
}

impl<'a> Attached<'a> {
    /// Those of this Gateway that are of these kinds.
    pub(super) fn to(subject: &ObjectSubject<'a>, gateway: &'a Gateway, kinds: &[Kind]) -> Self {
        let namespace = subject.namespace;
        let own = kinds.iter().map(|kind| (*kind, namespace.routes_of(gateway, *kind)));
        let others = kinds.iter().filter_map(|kind| {
            let others = namespace.routes_from_elsewhere(gateway, *kind)?;
            Some((*kind, others))
        });
        Self { gateway, namespace, own: own.collect(), others: others.collect() }
    }

    /// Those that are at a listener: it is the one that they name, and lets them in.
    pub(super) fn at(&self, listener: &Listener) -> Search<Route<'a>> {
        let may_come: [&[_]; 2] = match listener.lets_in() {
            LetIn::Nobody => [&[], &[]],
            LetIn::Own => [&self.own, &[]],
            LetIn::All | LetIn::Selected(_) => [&self.own, &self.others],
        };
        let (mut found, mut incomplete) = (Vec::new(), None);
        let may_come = may_come.into_iter().flatten().filter(|(kind, _)| listener.takes(*kind));
        for (_, search) in may_come {
            incomplete = incomplete.or(search.incomplete);
            for route in search.found.iter().filter(|(_, route)| self.names(route, listener)) {
                match self.is_let_in(&route.1.metadata.namespace, listener) {
                    Ok(true) => found.push(*route),
                    Ok(false) => {}
                    Err(cause) => incomplete = incomplete.or(Some(cause)),
                }
            }
        }
        Search { found, incomplete }
    }

    fn names(&self, route: &HttpRoute, listener: &Listener) -> bool {
        let own = &self.gateway.metadata;
        route.spec.parent_refs.iter().any(|parent| {
            parent.is_gateway()
                && parent.name == own.name
                && parent.namespace_from(&route.metadata.namespace) == own.namespace
                && listener.is_meant_by(parent)
        })
    }

    /// Whether a listener lets in routes of a namespace, or why that is not known.
    fn is_let_in(&self, namespace: &str, listener: &Listener) -> Result<bool, Cause> {
        let selector = match listener.lets_in() {
            LetIn::Nobody => return Ok(false),
            LetIn::All => return Ok(true),
            LetIn::Own => return Ok(namespace == self.gateway.metadata.namespace),
            LetIn::Selected(selector) => selector,
        };
        let with_name = |labels: &Labels| labels.iter().chain([(NAME, namespace)]).collect::<Labels>();
        let there = self.namespace.elsewhere(namespace).map(|there| there.metadata());
        let cause = match there {
            Some(Lookup::Found(metadata)) => return Ok(selector.matches(&with_name(&metadata.labels))),
            Some(Lookup::Unknown(cause)) => cause,
            Some(Lookup::Missing) | None => Cause::Undecidable,
        };
        selector.matches_known(&with_name(&Labels::new())).ok_or(cause)
    }
}

/// The judgement over what listeners present; with `nothing` where there was nothing to judge.
pub(super) fn conclude(
    presented: &[Presented<'_>],
    nothing: Option<&'static str>,
    statements: Vec<Statement>,
    next_change: Option<Timestamp>,
) -> Judgement {
    let doubts = presented.iter().flat_map(|one| one.doubts.iter().cloned());
    let statements: Vec<Statement> = statements.into_iter().chain(doubts).collect();
    if let Some(nothing) = nothing.filter(|_| statements.is_empty()) {
        let is_hidden = presented.iter().any(|one| one.is_hidden);
        return Judgement::not_applicable(if is_hidden { OUT_OF_SCOPE } else { nothing });
    }
    Judgement { statements, not_applicable: None, next_change }
}

impl<'a> Presented<'a> {
    /// What each listener of a Gateway presents that ends TLS and names a Secret.
    pub(super) fn by(subject: &ObjectSubject<'a>, gateway: &'a Gateway) -> Vec<Self> {
        let listeners = gateway.spec.listeners.iter().enumerate().filter(|(_, one)| one.ends_tls());
        let presented = listeners.map(|listener| Self::at(subject, gateway, listener));
        presented.filter(|one| one.is_hidden || !one.secrets.is_empty() || !one.doubts.is_empty()).collect()
    }

    fn at(
        subject: &ObjectSubject<'a>,
        gateway: &'a Gateway,
        (index, listener): (usize, &'a Listener),
    ) -> Self {
        let (secrets, doubts) = (Vec::new(), Vec::new());
        let mut one = Self { index, listener, secrets, may_be_more: false, doubts, is_hidden: false };
        let Some(tls) = &listener.tls else { return one };
        one.may_be_more = !tls.options.is_empty();
        for (place, reference) in tls.certificate_refs.iter().enumerate() {
            if reference.is_secret() {
                one.add(subject, gateway, (place, reference));
            } else {
                one.may_be_more = true;
            }
        }
        one
    }

    fn add(
        &mut self,
        subject: &ObjectSubject<'a>,
        gateway: &'a Gateway,
        (place, reference): (usize, &'a Reference),
    ) {
        let own = gateway.metadata.namespace.as_str();
        let namespace = reference.namespace_from(own);
        let name = match quoted(&reference.name, 63) {
            name if namespace == own => name,
            name => format!("{}/{name}", quoted(namespace, 63)),
        };
        let path = format!("spec.listeners[{}].tls.certificateRefs[{place}]", self.index);
        let by = key_of(Kind::Gateway, &gateway.metadata);
        let granted = if namespace == own {
            Some(Granted::Yes(subject.namespace.tls_secret(&reference.name)))
        } else {
            subject.namespace.granted_tls_secret(namespace, &reference.name)
        };
        match granted {
            Some(Granted::Yes(found)) => {
                let key = ObjectKey {
                    namespace: namespace.into(),
                    kind: Kind::Secret,
                    name: reference.name.as_str().into(),
                };
                self.secrets.push(SecretUse { key, name, field: at(format!("{path}.name")), by, found });
            }
            // That it may not is what `gateway-tls` says.
            Some(Granted::No) => self.may_be_more = true,
            Some(Granted::Unknown(cause)) => {
                self.may_be_more = true;
                let message =
                    format!("whether a ReferenceGrant lets the Gateway use Secret {name} is not known");
                self.doubts
                    .push(Statement::unknown(cause, at(format!("{path}.namespace")), message).about(by));
            }
            None => {
                self.may_be_more = true;
                self.is_hidden = true;
            }
        }
    }
}
