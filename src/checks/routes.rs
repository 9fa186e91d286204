//! The routes of the Gateway API that send to a workload.
//!
//! It must not judge. Next: [`super::listeners`] for the Gateways that they are at.

use crate::catalogue::WorkloadSubject;
use crate::checks::listeners::Route;
use crate::inventory::Kind;
use crate::inventory::lookup::Search;

/// Those of the workload's namespace and of these kinds, with their kinds.
pub(super) fn to<'a>(subject: &WorkloadSubject<'a>, kinds: &[Kind]) -> Search<Route<'a>> {
    let of = |kind| {
        let search = subject.namespace.reached_by(subject.workload, kind);
        let found = search.found.iter().filter_map(|object| Some((kind, object.route()?)));
        Search { found: found.collect(), incomplete: search.incomplete }
    };
    kinds.iter().map(|kind| of(*kind)).fold(Search { found: Vec::new(), incomplete: None }, Search::and)
}
