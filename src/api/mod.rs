//! L3: the objects of the API group `seaworthy.dev`, as the API server stores them.
//!
//! Types, names and conditions only: nothing here decides a verdict. Field descriptions that users read
//! in `kubectl explain` are the doc comments of the fields. Next: [`policy`] for what people write,
//! [`report`] for what the operator writes, [`schema`] for the `CustomResourceDefinitions`.
#![forbid(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod condition;
pub mod names;
pub mod policy;
pub mod policy_status;
pub mod report;
pub mod schema;
pub mod severity;

pub use crate::catalogue::profile::{NEWEST_PROFILE_VERSION, Profile};
pub use condition::{Condition, ConditionStatus, ConditionType, DesiredCondition, Reason, set_conditions};
pub use policy::{ClusterReadinessPolicy, ReadinessPolicy};
pub use policy_status::PolicyStatus;
pub use report::{ReadinessReport, ReportStatus};
pub use severity::{FailOn, Severity};

/// The API group of every object of this product.
pub const GROUP: &str = "seaworthy.dev";

/// The version of the API group.
pub const VERSION: &str = "v1alpha1";

/// `apiVersion` of every object of this product.
pub const API_VERSION: &str = "seaworthy.dev/v1alpha1";

#[cfg(test)]
mod tests {
    use kube::Resource;

    use super::*;

    #[test]
    fn every_kind_is_in_the_group() {
        assert_eq!(ReadinessPolicy::api_version(&()), API_VERSION);
        assert_eq!(ClusterReadinessPolicy::api_version(&()), API_VERSION);
        assert_eq!(ReadinessReport::api_version(&()), API_VERSION);
        assert_eq!(API_VERSION, format!("{GROUP}/{VERSION}"));
    }
}
