//! What the controllers of Gateways say of a route.
//!
//! They say it some time after the route has changed, and each condition says which generation it is about. What is
//! about an earlier one is told as not said yet: nobody is held to what was. It must not judge. Next:
//! [`super::gateway`].

use serde::{Deserialize, Deserializer};

use super::gateway::{HttpRoute, Reference};
use super::lenient::{list, null_is_default};
use super::object::Object;

/// What is asked of a controller about a route and one of its parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the parent takes the route.
    Accepted,
    /// Whether all that the route refers to was found, and may be referred to.
    ResolvedRefs,
}

/// What controllers answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It is so.
    Yes,
    /// It is not so, for this reason: a word.
    No(&'a str),
    /// It was said of an earlier generation, or is not decided.
    NotYet,
    /// Nobody says anything.
    Nothing,
}

/// `status` of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct RouteStatus {
    #[serde(deserialize_with = "list")]
    parents: Vec<ParentStatus>,
}

/// What one controller says about one parent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParentStatus {
    #[serde(deserialize_with = "null_is_default")]
    parent_ref: Reference,
    #[serde(deserialize_with = "conditions")]
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    #[serde(rename = "type", deserialize_with = "null_is_default")]
    kind: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    status: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    reason: Box<str>,
    #[serde(deserialize_with = "null_is_default")]
    observed_generation: i64,
}

impl Question {
    const ALL: [Self; 2] = [Self::Accepted, Self::ResolvedRefs];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::ResolvedRefs => "ResolvedRefs",
        }
    }
}

/// Those conditions that answer a question.
fn conditions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    let mut conditions: Vec<Condition> = list(deserializer)?;
    conditions.retain(|one| Question::ALL.iter().any(|question| *one.kind == *question.as_str()));
    conditions.shrink_to_fit();
    Ok(conditions)
}

impl Object {
    /// The route that it is, of whatever protocol.
    pub const fn route(&self) -> Option<&HttpRoute> {
        match self {
            Self::HttpRoute(route)
            | Self::GrpcRoute(route)
            | Self::TlsRoute(route)
            | Self::TcpRoute(route)
            | Self::UdpRoute(route) => Some(route),
            _ => None,
        }
    }
}

impl HttpRoute {
    /// What controllers answer about one of the route's parents. Where several do, one that says yes is enough: another may
    /// have left. Of a route without a generation, which no server has stored, nothing is told.
    pub fn answer(&self, question: Question, parent: &Reference) -> Answer<'_> {
        let (generation, own) = (self.metadata.generation(), self.metadata.namespace.as_str());
        let about = self.status.parents.iter().filter(|one| is_same(&one.parent_ref, parent, own));
        let conditions = about.flat_map(|one| &one.conditions).filter(|one| *one.kind == *question.as_str());
        let answers = conditions.map(|one| match (&*one.status, one.observed_generation) {
            ("True", observed) if observed == generation || observed == 0 => Answer::Yes,
            ("False", observed) if observed == generation => Answer::No(&one.reason),
            _ => Answer::NotYet,
        });
        let answers: Vec<_> = answers.filter(|_| generation > 0).collect();
        let weight = |answer: &Answer<'_>| match answer {
            Answer::Yes => 0,
            Answer::No(_) => 1,
            Answer::NotYet => 2,
            Answer::Nothing => 3,
        };
        answers.into_iter().min_by_key(weight).unwrap_or(Answer::Nothing)
    }
}

/// Whether two references of a route in this namespace mean the same parent.
fn is_same(one: &Reference, other: &Reference, own: &str) -> bool {
    const GATEWAY: (&str, &str) = ("gateway.networking.k8s.io", "Gateway");
    let kind = (one.group.as_deref().unwrap_or(GATEWAY.0), one.kind.as_deref().unwrap_or(GATEWAY.1));
    other.is_of(kind, GATEWAY)
        && (&one.name, &one.section_name, one.port) == (&other.name, &other.section_name, other.port)
        && one.namespace_from(own) == other.namespace_from(own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn condition(kind: &str, status: &str, observed: i64) -> Value {
        json!({"type": kind, "status": status, "reason": "Why", "observedGeneration": observed,
            "message": "long", "lastTransitionTime": "2026-01-01T00:00:00Z"})
    }

    fn route(generation: i64, parents: &Value) -> HttpRoute {
        let route = json!({"metadata": {"name": "web", "namespace": "shop", "generation": generation},
            "status": {"parents": parents}});
        serde_json::from_str(&route.to_string()).unwrap()
    }

    fn edge() -> Reference {
        Reference { name: "edge".to_owned(), ..Reference::default() }
    }

    fn answers(conditions: &[&[Value]]) -> Answer<'static> {
        let parents = conditions
            .iter()
            .map(|conditions| json!({"parentRef": {"name": "edge"}, "conditions": conditions}));
        let route = route(2, &Value::Array(parents.collect()));
        match route.answer(Question::Accepted, &edge()) {
            Answer::No(reason) => {
                assert_eq!(reason, "Why");
                Answer::No("Why")
            }
            Answer::Yes => Answer::Yes,
            Answer::NotYet => Answer::NotYet,
            Answer::Nothing => Answer::Nothing,
        }
    }

    #[test]
    fn only_what_is_said_of_the_route_as_it_stands_counts() {
        let accepted = |status: &str, observed: i64| answers(&[&[condition("Accepted", status, observed)]]);
        assert_eq!(accepted("True", 2), Answer::Yes);
        assert_eq!(accepted("False", 2), Answer::No("Why"));
        assert_eq!(accepted("True", 1), Answer::NotYet);
        assert_eq!(accepted("False", 1), Answer::NotYet);
        assert_eq!(accepted("Unknown", 2), Answer::NotYet);
        assert_eq!(accepted("True", 0), Answer::Yes, "it does not say of which");
        assert_eq!(accepted("False", 0), Answer::NotYet, "nobody is held to what may have been");
        assert_eq!(answers(&[&[condition("ResolvedRefs", "False", 2)]]), Answer::Nothing);
        assert_eq!(answers(&[]), Answer::Nothing);
        let undated = route(
            0,
            &json!([{"parentRef": {"name": "edge"}, "conditions": [condition("Accepted", "False", 0)]}]),
        );
        assert_eq!(undated.answer(Question::Accepted, &edge()), Answer::Nothing, "no server has stored it");
    }

    #[test]
    fn of_several_controllers_one_that_says_yes_is_enough() {
        let [yes, no, old] = [("True", 2), ("False", 2), ("True", 1)]
            .map(|(status, observed)| condition("Accepted", status, observed));
        let several = |own: &[&Value]| {
            let own: Vec<[Value; 1]> = own.iter().map(|one| [(*one).clone()]).collect();
            answers(&own.iter().map(<[Value; 1]>::as_slice).collect::<Vec<_>>())
        };
        assert_eq!(several(&[&no, &yes]), Answer::Yes);
        assert_eq!(several(&[&old, &no]), Answer::No("Why"));
    }

    #[test]
    fn an_answer_is_about_the_parent_that_it_names_in_full() {
        let route = |parent: Value| {
            route(1, &json!([{"parentRef": parent, "conditions": [condition("Accepted", "True", 1)]}]))
        };
        let is_about_edge = |parent: Value| route(parent).answer(Question::Accepted, &edge()) == Answer::Yes;
        assert!(is_about_edge(json!({"name": "edge"})));
        let whole = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "shop", "name": "edge"});
        assert!(is_about_edge(whole));
        for other in [
            json!({"name": "other"}),
            json!({"name": "edge", "namespace": "infra"}),
            json!({"name": "edge", "sectionName": "http"}),
            json!({"name": "edge", "port": 80}),
            json!({"name": "edge", "group": "", "kind": "Service"}),
        ] {
            assert!(!is_about_edge(other.clone()), "{other}");
        }
    }

    #[test]
    fn of_conditions_those_are_kept_that_are_asked_for() {
        let conditions = json!([condition("Accepted", "True", 1), condition("Programmed", "True", 1), null]);
        let route = route(1, &json!([{"parentRef": {"name": "edge"}, "conditions": conditions}, null]));
        assert_eq!(route.status.parents[0].conditions.len(), 1);
    }
}
