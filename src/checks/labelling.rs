//! Where labels and annotations are, and which of several keys says a thing.
//!
//! It must not say what a workload needs. Next: the checks of the family `configuration`.

use super::pattern::Patterns;
use crate::catalogue::{Field, Statement};
use crate::inventory::labels::Labels;
use crate::inventory::{Kind, Object, Workload};

/// Labels or annotations of the workload or of its pods, or of another object.
pub(super) struct Place<'a> {
    /// Where the metadata is, from the root of the workload: nothing, or a path that ends in a dot.
    of: &'static str,
    /// `label` or `annotation`.
    pub(super) what: &'static str,
    /// The labels or annotations.
    pub(super) entries: &'a Labels,
}

impl Place<'_> {
    /// Path of the map.
    pub(super) fn whole(&self) -> Field {
        Field::Object([self.of, "metadata.", self.what, "s"].concat().into())
    }

    /// Path of one entry.
    pub(super) fn entry(&self, key: &str) -> Field {
        Field::Object([self.of, "metadata.", self.what, "s[", key, "]"].concat().into())
    }

    /// What is not there, or not as a policy wants it.
    pub(super) fn unlike<'a>(&'a self, wanted: &'a Patterns) -> impl Iterator<Item = Statement> + 'a {
        wanted.iter().filter_map(|(key, pattern)| {
            let Some(value) = self.entries.get(key) else {
                let message = ["the ", self.what, " ", key, " is missing"].concat();
                return Some(Statement::fail(self.whole(), message));
            };
            let problem = match pattern.as_str() {
                _ if pattern.matches(value) => return None,
                "" => "says nothing",
                _ => "does not match what the policy wants",
            };
            Some(Statement::fail(self.entry(key), ["the ", self.what, " ", key, " ", problem].concat()))
        })
    }
}

/// The labels of a workload and of its pods.
pub(super) fn labels(workload: &Workload) -> Vec<Place<'_>> {
    places(workload, "label", [&workload.metadata.labels, &workload.pod_labels])
}

/// The annotations of a workload and of its pods.
pub(super) fn annotations(workload: &Workload) -> Vec<Place<'_>> {
    places(workload, "annotation", [&workload.metadata.annotations, &workload.pod_annotations])
}

/// The labels and the annotations of an object that is no workload.
pub(super) fn of_object(object: &Object) -> [Place<'_>; 2] {
    let metadata = object.metadata();
    let place = |what, entries| Place { of: "", what, entries };
    [place("label", &metadata.labels), place("annotation", &metadata.annotations)]
}

fn places<'a>(workload: &Workload, what: &'static str, [own, pods]: [&'a Labels; 2]) -> Vec<Place<'a>> {
    let mut places = vec![Place { of: "", what, entries: own }];
    // A Pod has but one metadata.
    if workload.kind != Kind::Pod {
        let template = workload.pod_path().strip_suffix("spec").unwrap_or_default();
        places.push(Place { of: template, what, entries: pods });
    }
    places
}

/// What one of several annotations or labels of a workload says: the first that is not blank, with its path.
pub(super) fn said<'a>(workload: &'a Workload, keys: &[String]) -> Option<(Field, &'a str)> {
    let metadata = &workload.metadata;
    let sources = [("annotations", &metadata.annotations), ("labels", &metadata.labels)];
    let mut first: Option<(usize, &str, &str, &str)> = None;
    // In one pass over each map: to look for each key would go through it again and again.
    for (name, entries) in sources {
        for (key, value) in entries {
            let Some(place) = keys.iter().position(|wanted| wanted == key) else { continue };
            let value = value.trim();
            if !value.is_empty() && first.is_none_or(|(before, ..)| place < before) {
                first = Some((place, name, key, value));
            }
        }
    }
    let (_, name, key, value) = first?;
    Some((Field::Object(["metadata.", name, "[", key, "]"].concat().into()), value))
}

/// What is said of a workload that does not say something.
pub(super) fn unsaid(what: &str, keys: &[String]) -> Statement {
    let field = Field::Object("metadata.annotations".into());
    let key = keys.first().map(String::as_str).unwrap_or_default();
    let message = ["the workload does not say its ", what, ", as the annotation ", key, " would"].concat();
    Statement::fail(field, message)
}

/// Keys as the default of a parameter.
pub(super) fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// Whether a text is an address of the web that a browser can open, without a password in it.
pub(super) fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;

    fn workload(kind: Kind, json: &str) -> Workload {
        match decode(kind, json).unwrap() {
            Object::Workload(workload) => *workload,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pods_have_one_place_and_their_makers_two() {
        let paths = |kind| labels(&workload(kind, "{}")).iter().map(Place::whole).collect::<Vec<_>>();
        let path = |path: &str| Field::Object(path.to_owned().into());
        assert_eq!(paths(Kind::Pod), [path("metadata.labels")]);
        assert_eq!(
            paths(Kind::CronJob),
            [path("metadata.labels"), path("spec.jobTemplate.spec.template.metadata.labels")]
        );
    }

    #[test]
    fn the_first_key_that_says_something_counts() {
        let json = r#"{"metadata":{"annotations":{"a":" "},"labels":{"b":"x","c":"y"}}}"#;
        let workload = workload(Kind::Deployment, json);
        let found = said(&workload, &keys(&["a", "b", "c"]));
        assert_eq!(found, Some((Field::Object("metadata.labels[b]".into()), "x")));
        assert_eq!(said(&workload, &keys(&["a"])), None);
        let later = said(&workload, &keys(&["c", "b"]));
        assert_eq!(
            later,
            Some((Field::Object("metadata.labels[c]".into()), "y")),
            "whichever comes first in its map"
        );
    }

    #[test]
    fn of_one_key_the_annotation_counts_before_the_label() {
        let both = workload(Kind::Deployment, r#"{"metadata":{"annotations":{"a":"x"},"labels":{"a":"y"}}}"#);
        assert_eq!(said(&both, &keys(&["a"])), Some((Field::Object("metadata.annotations[a]".into()), "x")));
    }

    #[test]
    fn links_are_of_the_web() {
        for (text, link) in [
            ("https://wiki.example/run", true),
            ("http://wiki", true),
            ("wiki.example", false),
            ("https://", false),
            ("https://a:b@wiki.example", false),
            ("https://wiki.example/a b", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_link(text), link, "{text}");
        }
    }
}
