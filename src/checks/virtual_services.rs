//! The VirtualServices of Istio that send to a workload.
//!
//! It must not judge. Next: [`super::routes`] for the routes of the Gateway API.

use crate::catalogue::WorkloadSubject;
use crate::inventory::lookup::Search;
use crate::inventory::virtual_service::VirtualService;
use crate::inventory::{Kind, Object};

/// Those of the workload's namespace.
pub(super) fn to<'a>(subject: &WorkloadSubject<'a>) -> Search<&'a VirtualService> {
    let search = subject.namespace.reached_by(subject.workload, Kind::VirtualService);
    let found = search.found.iter().copied().filter_map(Object::virtual_service);
    Search { found: found.collect(), incomplete: search.incomplete }
}
