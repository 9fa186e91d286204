//! How an object was written before the server read it: facts of its document, which lean types drop.
//!
//! A file says it in full; of a live object, which was decoded and is served in the newest version, only what
//! kubectl last applied is told, and only where that names another version. It must not keep the document.
//! Next: [`super::schema`], [`super::lifecycle`].

use super::metadata::LAST_APPLIED;
use super::schema::custom::Definition;
use super::schema::{self, Flaw, Problem};
use super::tree::Tree;

/// How an object was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    /// Its `apiVersion`.
    pub api_version: Box<str>,
    /// What its document is like.
    pub shape: Shape,
}

/// What a document is like beside the types of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The server has taken it.
    Taken,
    /// Nobody has looked.
    Unseen,
    /// There are no types for its version.
    Untyped,
    /// The schema of its CustomResourceDefinition cannot be read.
    Unreadable,
    /// It was compared; empty when all is well.
    Compared(Box<[Problem]>),
}

impl Written {
    /// A document in a file; with the paths of its duplicate keys if its shape is asked for.
    pub fn document(api_version: &str, kind: &str, document: &Tree<'_>, duplicates: Option<&[&str]>) -> Self {
        let compared = |duplicates: &[&str]| {
            let Some(mut problems) = schema::problems(api_version, kind, document) else {
                return Shape::Untyped;
            };
            problems.extend(given_twice(duplicates));
            problems.truncate(schema::MOST);
            Shape::Compared(problems.into())
        };
        Self { api_version: api_version.into(), shape: duplicates.map_or(Shape::Unseen, compared) }
    }

    /// A custom resource in a file, whose definition is given as well; with the paths of its duplicate keys.
    pub fn custom(
        definition: &Definition,
        api_version: &str,
        document: &Tree<'_>,
        duplicates: &[&str],
    ) -> Self {
        let shape = definition.problems(api_version, document).map_or(Shape::Unreadable, |mut problems| {
            problems.extend(given_twice(duplicates));
            problems.truncate(schema::MOST);
            Shape::Compared(problems.into())
        });
        Self { api_version: api_version.into(), shape }
    }

    /// Whether a file gave the object; otherwise the server did.
    pub fn is_of_a_file(&self) -> bool {
        self.shape != Shape::Taken
    }

    /// What kubectl last applied, if that was in another version than this one.
    pub(super) fn applied(json: &str, served: &str) -> Option<Self> {
        // kubectl writes keys in order, so that this is how its annotation begins; inside of any text the first
        // quotation mark of this would stand behind a backslash, and so would the next one.
        let start = format!(r#""{LAST_APPLIED}":"{{\"apiVersion\":\""#);
        let (_, rest) = json.split_once(&start)?;
        let (api_version, _) = rest.split_once('\\')?;
        (api_version != served).then(|| Self { api_version: api_version.into(), shape: Shape::Taken })
    }
}

/// The problem that each of these keys is.
fn given_twice<'a>(paths: &'a [&str]) -> impl Iterator<Item = Problem> + 'a {
    paths.iter().map(|path| Problem { field: (*path).to_owned(), flaw: Flaw::Duplicate })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(configuration: &str) -> Option<String> {
        let object = json!({"metadata": {"annotations": {"a": "b", LAST_APPLIED: configuration}}});
        Written::applied(&object.to_string(), "apps/v1").map(|written| written.api_version.into_string())
    }

    #[test]
    fn what_was_last_applied_counts_where_it_was_in_another_version() {
        let old = r#"{"apiVersion":"extensions/v1beta1","kind":"Deployment","metadata":{}}"#;
        assert_eq!(applied(old).as_deref(), Some("extensions/v1beta1"));
        assert_eq!(applied(&old.replace("extensions/v1beta1", "apps/v1")), None);
        assert_eq!(applied("not JSON"), None);
        let inside = json!({"data": {"a": format!("{:?}", json!({LAST_APPLIED: old}).to_string())}});
        assert_eq!(Written::applied(&inside.to_string(), "apps/v1"), None);
    }

    #[test]
    fn duplicates_are_problems_of_a_document_whose_shape_is_asked_for() {
        let shape =
            |duplicates| Written::document("v1", "Pod", &json!({"spec": {}}).into(), duplicates).shape;
        assert_eq!(shape(None), Shape::Unseen);
        let Shape::Compared(problems) = shape(Some(&["spec.hostPID"])) else { panic!("not seen") };
        assert_eq!((problems.len(), problems[0].flaw.clone()), (1, Flaw::Duplicate));
        let untyped = Written::document("extensions/v1beta1", "Deployment", &json!({}).into(), Some(&[]));
        assert_eq!(untyped.shape, Shape::Untyped);
    }
}
