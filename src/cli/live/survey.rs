//! What stands in a cluster, read with the rights of whoever asks into the inventory that checks read.
//!
//! Each kind is one list, of one moment, decoded page by page: no text is kept, of Secrets least of all. What
//! may not be read is Forbidden, what is not served is not there, as for the controller. It must not judge.
//! Next: [`super::audit`], [`super::context`].

use std::collections::BTreeSet;

use super::{Cluster, LiveError};
use crate::inventory::kind::KindInfo;
use crate::inventory::lookup::Coverage;
use crate::inventory::name::Name;
use crate::inventory::{Inventory, Kind, Object};
use crate::ops::calls::ListQuery;
use crate::ops::error::ApiError;
use crate::ops::resource::ResourceRef;

/// Objects on one page of a list.
const PAGE: u32 = 250;

/// How often a list begins again of which the server has forgotten the moment.
const TRIES: usize = 3;

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In all namespaces, and at objects of the cluster.
    All,
    /// In these.
    Namespaces {
        names: BTreeSet<String>,
        /// Kinds that checks look for in others as well: they are read in all, where the right to that is there.
        beyond: BTreeSet<Kind>,
    },
}

/// What was seen.
#[derive(Debug)]
pub(in crate::cli) struct Survey {
    /// Every object, and how much is known of each kind.
    pub(super) inventory: Inventory,
    /// Kinds that may not be read.
    pub(super) refused: BTreeSet<Kind>,
}

impl Survey {
    /// Reads these kinds.
    pub(super) async fn read(
        cluster: &Cluster,
        scope: &Scope,
        kinds: &BTreeSet<Kind>,
    ) -> Result<Self, LiveError> {
        let mut survey = Self {
            inventory: Inventory::with_coverage(Coverage::NotSynced).live(true),
            refused: BTreeSet::new(),
        };
        // Whoever does not say which version it has is taken for the newest known.
        survey.inventory.set_server_minor(cluster.client.server_minor().await.ok().flatten());
        for kind in kinds {
            let coverage = survey.kind(cluster, scope, *kind).await?;
            // The right to a kind is the right to whatever is read of it: that is told once.
            let first = Kind::find(kind.info().group, kind.as_str());
            if coverage == Coverage::Forbidden && first.is_none_or(|first| first == *kind) {
                survey.refused.insert(*kind);
            }
            survey.inventory.set_coverage(*kind, coverage);
        }
        Ok(survey)
    }

    async fn kind(&mut self, cluster: &Cluster, scope: &Scope, kind: Kind) -> Result<Coverage, LiveError> {
        let Some(resource) = resource(cluster, kind).await? else { return Ok(Coverage::NotServed) };
        let Scope::Namespaces { names, beyond } = scope else {
            return self.place(cluster, &resource, (kind, None)).await;
        };
        if !resource.namespaced && kind != Kind::Namespace {
            return self.place(cluster, &resource, (kind, None)).await;
        }
        let mut elsewhere = Coverage::Partial;
        if beyond.contains(&kind) {
            match self.place(cluster, &resource, (kind, None)).await? {
                Coverage::Forbidden => elsewhere = Coverage::Forbidden,
                known => return Ok(known),
            }
        }
        for name in names {
            match self.place(cluster, &resource, (kind, Some(name))).await? {
                Coverage::Complete => self.inventory.set_coverage_in(kind, name, Coverage::Complete),
                other => {
                    self.inventory.clear(kind);
                    return Ok(other);
                }
            }
        }
        // Of other namespaces nothing is known, not even which there are.
        self.inventory.set_coverage_elsewhere(kind, elsewhere);
        Ok(Coverage::Complete)
    }

    /// Reads a kind in one namespace or in all.
    async fn place(
        &mut self,
        cluster: &Cluster,
        resource: &ResourceRef,
        (kind, place): (Kind, Option<&str>),
    ) -> Result<Coverage, LiveError> {
        let read = match place {
            // Whoever may see a namespace need not be allowed to list all.
            Some(name) if kind == Kind::Namespace => namespace(cluster, resource, name).await,
            place => list(cluster, resource, (kind, place)).await,
        };
        match read {
            Ok(objects) => {
                for object in objects {
                    self.inventory.apply(object);
                }
                Ok(Coverage::Complete)
            }
            Err(error) if error.is_forbidden() => Ok(Coverage::Forbidden),
            Err(error) if error.is_not_found() => Ok(Coverage::NotServed),
            Err(error) => Err(LiveError::api(resource.plural.clone())(error)),
        }
    }

    /// Asks about the Secrets that Ingresses and Gateways name and no list showed, once all else is known.
    pub(super) async fn ask_for_secrets(cluster: &Cluster, inventory: &mut Inventory) {
        let own = inventory.objects().map(|object| object.metadata().namespace.clone());
        let presented = inventory.objects().filter_map(|object| match object {
            Object::Gateway(gateway) => Some(gateway),
            _ => None,
        });
        let presented = presented.flat_map(|gateway| {
            let own = &gateway.metadata.namespace;
            gateway.spec.secrets().map(|secret| Name::from(secret.namespace_from(own)))
        });
        let namespaces: BTreeSet<Name> = own.chain(presented).collect();
        for namespace in namespaces {
            for name in inventory.unanswered_secrets(&namespace) {
                let answer = cluster.client.tls_secret(&namespace, &name).await;
                if answer.is_some() {
                    inventory.set_secret_answer(&namespace, &name, answer);
                }
            }
        }
    }
}

/// How a kind is served; none if it is not.
async fn resource(cluster: &Cluster, kind: Kind) -> Result<Option<ResourceRef>, LiveError> {
    let found = cluster.client.served(kind).await;
    let found = found.map_err(LiveError::api(format!("how {kind} is served")))?;
    Ok(found.filter(|resource| resource.namespaced || kind.custom().is_none()))
}

/// Every object of a kind, in a namespace or everywhere.
async fn list(
    cluster: &Cluster,
    resource: &ResourceRef,
    (kind, namespace): (Kind, Option<&str>),
) -> Result<Vec<Object>, ApiError> {
    let KindInfo { field_selector, label_selector, .. } = kind.info();
    let query = ListQuery { namespace, field_selector, label_selector, page_size: PAGE };
    let mut tries = 0;
    loop {
        tries += 1;
        match pages(cluster, resource, (kind, &query)).await {
            // The moment that its pages are of has passed out of the server's memory.
            Err(error) if error.category() == "expired" && tries < TRIES => {}
            other => return other,
        }
    }
}

async fn pages(
    cluster: &Cluster,
    resource: &ResourceRef,
    (kind, query): (Kind, &ListQuery<'_>),
) -> Result<Vec<Object>, ApiError> {
    let mut objects = Vec::new();
    let mut token = String::new();
    loop {
        let (page, next) = if kind.is_metadata_only() {
            cluster.client.list_metadata_page(resource, query, &token).await?
        } else {
            cluster.client.list_page(resource, query, &token).await?
        };
        objects.extend(page.iter().map(|object| object.decode(kind)));
        if next.is_empty() {
            return Ok(objects);
        }
        token = next;
    }
}

/// A Namespace; nothing if it is not there.
async fn namespace(cluster: &Cluster, resource: &ResourceRef, name: &str) -> Result<Vec<Object>, ApiError> {
    let found = cluster.client.get_json(resource.object(None, name)).await?;
    let text = found.map(|value| value.to_string());
    let object =
        text.and_then(|text| crate::inventory::decode::decode_or_broken(Kind::Namespace, &text).ok());
    Ok(object.into_iter().collect())
}
