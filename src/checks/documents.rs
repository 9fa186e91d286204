//! How an object was written, and what belongs to a workload in the same files.
//!
//! Nothing is read for it: of a live object that is not the workload, how it was written is not looked at, so
//! that no verdict depends on what happens to be watched. What belongs to a workload is told with it, the rest by
//! itself; the inventory says once for both which is which. It must not judge. Next:
//! [`crate::inventory::written`].

use crate::catalogue::{Field, Judgement, ObjectSubject, Statement, Text, WorkloadSubject};
use crate::inventory::metadata::LAST_APPLIED;
use crate::inventory::reach::BELONGING;
use crate::inventory::written::{Shape, Written};
use crate::inventory::{Kind, Object};

/// One object as it was written.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) kind: Kind,
    pub(super) written: &'a Written,
    /// The object, when that is not the one that is judged.
    other: Option<&'a Object>,
}

impl Document<'_> {
    /// What is wrong with it, at a path from its root.
    pub(super) fn fail(&self, field: impl Into<Text>, message: impl Into<Text>) -> Statement {
        let statement = Statement::fail(Field::Object(field.into()), message);
        match self.other {
            Some(object) => statement.about(object.key()),
            None => statement,
        }
    }

    /// Where its version stands.
    pub(super) fn version_field(&self) -> String {
        match self.written.shape {
            Shape::Taken => format!("metadata.annotations[{LAST_APPLIED}]"),
            _ => "apiVersion".to_owned(),
        }
    }
}

/// The workload, if it is known how it was written, and the objects of files that belong to it.
pub(super) fn of<'a>(subject: &WorkloadSubject<'a>) -> Vec<Document<'a>> {
    let own = subject.workload.metadata.written();
    let own = own.map(|written| Document { kind: subject.workload.kind, written, other: None });
    own.into_iter().chain(around(subject)).collect()
}

fn around<'a>(subject: &WorkloadSubject<'a>) -> Vec<Document<'a>> {
    let documents = beside(subject).into_iter().filter_map(|object| {
        let written = given(object.metadata().written())?;
        Some(Document { kind: object.kind(), written, other: Some(object) })
    });
    documents.collect()
}

/// The objects of files that belong to the workload.
pub(super) fn beside<'a>(subject: &WorkloadSubject<'a>) -> Vec<&'a Object> {
    let WorkloadSubject { workload, namespace, .. } = subject;
    if !namespace.may_hold_documents() {
        return Vec::new();
    }
    let kinds = BELONGING.iter().filter(|kind| !kind.is_second_reading());
    let reached = kinds.flat_map(|kind| namespace.reached_by(workload, *kind).into_owned().found);
    reached.filter(|object| is_given(object)).collect()
}

/// Whether an object is as a file gives it.
pub(super) fn is_given(object: &Object) -> bool {
    given(object.metadata().written()).is_some()
}

/// Why nothing is said of an object that is not.
pub(super) const LIVE: &str = "what the server holds is looked at with the workloads alone";

/// What is said of an object that belongs to no workload.
pub(super) fn judge_alone(
    subject: &ObjectSubject<'_>,
    judge: impl FnOnce(&Document<'_>) -> Judgement,
) -> Judgement {
    match given(subject.object.metadata().written()) {
        Some(written) => judge(&Document { kind: subject.object.kind(), written, other: None }),
        None => Judgement::not_applicable("only files tell how such an object was written"),
    }
}

/// The same, for a check that knows no other versions than those of Kubernetes' own kinds.
pub(super) fn judge_alone_if_built_in(
    subject: &ObjectSubject<'_>,
    judge: impl FnOnce(&Document<'_>) -> Judgement,
) -> Judgement {
    if subject.object.kind().is_of_a_definition() {
        return Judgement::not_applicable("its own definition says in which versions it is served");
    }
    judge_alone(subject, judge)
}

fn given(written: Option<&Written>) -> Option<&Written> {
    written.filter(|written| written.is_of_a_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;

    #[test]
    fn what_a_watch_brings_is_as_no_file_gives_it() {
        let service = decode(Kind::Service, r#"{"metadata":{"name":"web","namespace":"shop"}}"#).unwrap();
        assert!(!is_given(&service));
    }
}
