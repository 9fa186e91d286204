//! L0: what a cluster, or a folder of YAML, looks like.
//!
//! [`Inventory`] holds lean objects ([`object`]) by namespace and kind, says how complete its
//! knowledge of a kind is ([`lookup::Coverage`]), and answers lookups with Found, Missing or Unknown.
//! It is filled from watch events, from files or from fixtures; checks see one type.
//!
//! It must not know what a check or a policy is. Next: [`crate::catalogue`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod add_on_policy;
pub mod admission;
pub mod auth_policy;
pub mod autoscaler;
pub mod batch;
pub mod certificate;
pub mod cidr;
pub mod class;
pub mod command;
pub mod config_map;
pub mod consul;
pub mod container;
pub mod contour;
pub mod credential;
pub mod custom;
pub mod decode;
pub mod default;
pub mod development;
pub mod disruption;
pub mod dns_names;
pub mod endpoints;
mod entrypoint;
pub mod env;
pub mod exploit;
pub mod extension;
pub mod files;
pub mod gateway;
pub mod given_labels;
pub mod image;
mod index;
pub mod ingress;
pub mod istio;
mod joins;
pub mod kind;
pub mod labels;
pub mod lenient;
pub mod lifecycle;
pub mod limit_range;
pub mod listener;
pub mod lookup;
pub mod manifest_kind;
mod maps_only;
pub mod marked;
pub mod metadata;
pub mod name;
pub mod names;
mod naming;
pub mod network_policy;
pub mod node;
pub mod object;
pub mod owners;
pub mod peer_authentication;
pub mod pod;
mod pool;
mod pools;
pub mod probe;
pub mod quantity;
pub mod quick_hash;
pub mod quota;
pub mod rbac;
pub mod reach;
pub mod resources;
pub mod revision;
pub mod rollout;
pub mod route_status;
pub mod scaled_object;
pub mod scheduling;
pub mod schema;
pub mod secret;
pub mod secret_provider;
pub mod security;
pub mod selector;
pub mod service;
pub mod service_account;
pub mod shared;
pub mod small_map;
pub mod snapshot;
pub mod source_secret;
mod spec;
pub mod storage;
pub mod subject;
pub mod tls_version;
pub mod traefik;
pub mod traffic_policy;
pub mod tree;
pub mod uid;
pub mod velero;
pub mod vertical_autoscaler;
pub mod virtual_service;
pub mod volume;
pub mod workload;
pub mod written;

pub use kind::Kind;
pub use metadata::Metadata;
pub use object::{Object, ObjectKey};
pub use snapshot::{Inventory, NamespaceView};
pub use subject::SubjectKey;
pub use uid::Uid;
pub use workload::Workload;
