//! Where findings stand: in the document of their object, at the field that they are about.
//!
//! It must not judge. Next: [`super::load::Places`] for the places of one document.

use jiff::Timestamp;

use super::input::origin::Origin;
use super::load::{FieldPlace, Finder};
use super::objects::{Given, Objects};
use super::suppress;
use crate::engine::merge::MergedFinding;
use crate::inventory::object::ObjectKey;
use crate::render::run::{Location, Related, RunFinding};

/// The findings of what was given, each at its place, suppressed where a comment there says so.
pub(super) fn placed<'a>(
    findings: Vec<MergedFinding>,
    (given, objects): (&'a Given, &'a Objects),
    finder: &mut Finder<'a>,
    now: Timestamp,
) -> Vec<RunFinding> {
    let places = places(&findings, (given, objects), finder);
    let mut last = (given, objects.standing.location(given));
    let placed =
        findings.into_iter().zip(places).map(|(merged, Placed { holder, is_of_field, mut place })| {
            // Most stand in one document.
            if !std::ptr::eq(last.0, holder) {
                last = (holder, objects.standing.location(holder));
            }
            let location = last.1.clone();
            let written = holder.origin().map(|origin| {
                let field = if is_of_field { merged.found.field.as_str() } else { "" };
                origin.field(field, place.as_ref(), &location)
            });
            let mut others = if is_of_field { related(&merged, holder, &location) } else { Vec::new() };
            others.extend(account(&merged, objects));
            let through = place.as_mut().map(|place| std::mem::take(&mut place.through)).unwrap_or_default();
            let mut found = RunFinding { related: others, ..finding(merged, location, place) };
            // Comments cover places where they stand: in the render of a chart, in the base of a kustomization.
            let in_base = matches!(holder.origin(), Some(Origin::Kustomization(_)));
            if !in_base {
                suppress::apply(&mut found, holder.ignores(), &through, now);
            }
            if let Some(written) = written {
                (found.location, found.missing) = written;
            }
            if in_base {
                suppress::apply(&mut found, holder.ignores(), &[], now);
            }
            found
        });
    placed.collect()
}

/// Where a finding stands.
struct Placed<'a> {
    /// The object in whose document it stands.
    holder: &'a Given,
    /// Whether it is about a field of that.
    is_of_field: bool,
    place: Option<FieldPlace>,
}

/// Where findings stand.
fn places<'a>(
    findings: &[MergedFinding],
    (given, objects): (&'a Given, &'a Objects),
    finder: &mut Finder<'a>,
) -> Vec<Placed<'a>> {
    // The object that was told of last, and what was given of it: each has several findings, of one check or the next.
    let mut last: Option<(&ObjectKey, Option<&Given>)> = None;
    let placed = findings.iter().map(|MergedFinding { found, .. }| {
        let object = found.object.as_ref();
        let other = object.and_then(|key| {
            let known = last.filter(|(known, _)| *known == key);
            last.insert(known.unwrap_or_else(|| (key, objects.given(key)))).1
        });
        let holder = other.unwrap_or(given);
        // What is said of an object that was not given has no place in another one.
        let is_of_field = object.is_none() || other.is_some();
        let path = if is_of_field { found.field.as_str() } else { "" };
        Placed { holder, is_of_field, place: objects.standing.find(holder, path, finder) }
    });
    placed.collect()
}

/// What compares documents with their types tells of fields that are given twice.
const TELLS_DUPLICATES: &str = "schema-valid";

/// Where else the field of a finding is given.
fn related(merged: &MergedFinding, holder: &Given, object: &Location) -> Vec<Related> {
    if merged.check != TELLS_DUPLICATES {
        return Vec::new();
    }
    let given = holder.given_before(&merged.found.field);
    let places = given.map(|position| {
        let at = Location { position: Some(position), ..object.clone() };
        let location = holder.origin().map_or_else(|| at.clone(), |origin| origin.object(&at));
        Related { location, message: "this one does not count" }
    });
    places.collect()
}

/// Where the object stands on whose account a finding is one.
fn account(merged: &MergedFinding, objects: &Objects) -> Option<Related> {
    let given = objects.given(merged.found.related.as_ref()?)?;
    let at = objects.standing.location(given);
    let location = given.origin().map_or_else(|| at.clone(), |origin| origin.object(&at));
    Some(Related { location, message: "on account of this object" })
}

fn finding(merged: MergedFinding, object: Location, place: Option<FieldPlace>) -> RunFinding {
    let position = place.as_ref().map(|place| place.position).or(object.position);
    let missing = place.and_then(|place| place.missing);
    let location = Location { position, ..object };
    RunFinding {
        merged,
        location,
        missing,
        related: Vec::new(),
        baselined: false,
        suppressed: None,
        waiver: None,
    }
}
