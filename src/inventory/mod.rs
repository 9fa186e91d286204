//! L0: what a cluster, or a folder of YAML, looks like.
//!
//! [`Inventory`] holds lean objects ([`object`]) by namespace and kind, says how complete its
//! knowledge of a kind is ([`lookup::Coverage`]), and answers lookups with Found, Missing or Unknown.
//! It is filled from watch events, from files or from fixtures; checks see one type.
//!
//! It must not know what a check or a policy is. Next: [`crate::catalogue`].
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod certificate;
pub mod container;
pub mod decode;
pub mod default;
mod index;
mod joins;
pub mod kind;
pub mod lenient;
pub mod limit_range;
pub mod lookup;
pub mod metadata;
pub mod object;
pub mod pod;
pub mod probe;
pub mod quantity;
pub mod resources;
pub mod secret;
pub mod security;
pub mod selector;
pub mod small_map;
pub mod snapshot;
pub mod workload;

pub use kind::Kind;
pub use metadata::Metadata;
pub use object::{Object, ObjectKey};
pub use snapshot::{Inventory, NamespaceView};
pub use workload::Workload;
