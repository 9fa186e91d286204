//! Whom a policy selects, where part of what decides may not be known.
//!
//! An answer is yes, no or neither (Kleene's logic): labels of a namespace that was not given may be any. It must not
//! look anything up. Next: [`super::cilium`], [`super::calico`], [`super::admin`], which make expressions.

use super::super::labels::Labels;
use super::super::selector::Selector;

/// A condition on pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// It holds for all of them.
    Always,
    /// Whether it holds cannot be told from objects that are read here.
    Unclear,
    /// The pods' labels match.
    Pods(Selector),
    /// The labels of their namespace match.
    Namespaces(Selector),
    /// Something of the pods passes a test; what is not there passes none.
    Test(Attribute, Test),
    /// The other does not hold.
    Not(Box<Self>),
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
}

/// Something of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The value of this label.
    Label(Box<str>),
    /// The value of this label of its namespace.
    NamespaceLabel(Box<str>),
    /// The name of its namespace.
    Namespace,
    /// The name of its ServiceAccount.
    ServiceAccount,
    /// Something that no pod has.
    Nothing,
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is there.
    Exists,
    /// It is one of these.
    In(Vec<Box<str>>),
    /// It holds this.
    Contains(Box<str>),
    /// It begins so.
    StartsWith(Box<str>),
    /// It ends so.
    EndsWith(Box<str>),
}

/// The pods that an expression is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'a> {
    /// Name of their namespace.
    pub namespace: &'a str,
    /// Labels of their namespace; absent where they are not known.
    pub namespace_labels: Option<&'a Labels>,
    /// Their labels and their ServiceAccount; absent for every pod of the namespace.
    pub pod: Option<(&'a Labels, &'a str)>,
}

/// What is known of a text.
enum Known<'a> {
    /// It is this, or not there.
    Is(Option<&'a str>),
    /// It may be any.
    Any,
}

impl Expression {
    /// Whether it holds for these pods; nothing where that is not known. For every pod of a namespace: whether it holds for
    /// whatever pod there may be.
    pub fn holds(&self, of: &Selected<'_>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Unclear => None,
            Self::Pods(selector) | Self::Namespaces(selector) if selector.is_empty() => Some(true),
            Self::Pods(selector) => of.pod.map(|(labels, _)| selector.matches(labels)),
            Self::Namespaces(selector) => of.namespace_labels.map(|labels| selector.matches(labels)),
            Self::Test(attribute, test) => match attribute.of(of) {
                Known::Is(text) => Some(text.is_some_and(|text| test.passes(text))),
                Known::Any => None,
            },
            Self::Not(other) => other.holds(of).map(|holds| !holds),
            Self::All(parts) => decided(parts, of, false),
            Self::Any(parts) => decided(parts, of, true),
        }
    }

    /// Whether it holds for every pod of a namespace. One that asks for something of the pods does not.
    pub fn holds_for_all(&self, of: &Selected<'_>) -> Option<bool> {
        let every = Selected { pod: None, ..*of };
        self.holds(&every).or_else(|| self.is_clear(of).then_some(false))
    }

    /// Whether nothing but the pods can be missing to tell whether it holds.
    fn is_clear(&self, of: &Selected<'_>) -> bool {
        match self {
            Self::Unclear => false,
            Self::Not(other) => other.is_clear(of),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.is_clear(of)),
            Self::Namespaces(_) | Self::Test(Attribute::NamespaceLabel(_), _) => {
                of.namespace_labels.is_some()
            }
            Self::Always | Self::Pods(_) | Self::Test(..) => true,
        }
    }
}

/// What parts come to of which one that comes to `word` decides.
fn decided(parts: &[Expression], of: &Selected<'_>, word: bool) -> Option<bool> {
    let mut whole = Some(!word);
    for part in parts {
        match part.holds(of) {
            Some(holds) if holds == word => return Some(word),
            Some(_) => {}
            None => whole = None,
        }
    }
    whole
}

impl Attribute {
    fn of<'a>(&self, of: &Selected<'a>) -> Known<'a> {
        match (self, of.pod) {
            (Self::Namespace, _) => Known::Is(Some(of.namespace)),
            (Self::NamespaceLabel(key), _) => match of.namespace_labels {
                Some(labels) => Known::Is(labels.get(key)),
                None => Known::Any,
            },
            (Self::Nothing, _) => Known::Is(None),
            (Self::Label(key), Some((labels, _))) => Known::Is(labels.get(key)),
            (Self::ServiceAccount, Some((_, account))) => Known::Is(Some(account)),
            (Self::Label(_) | Self::ServiceAccount, None) => Known::Any,
        }
    }
}

impl Test {
    /// Whether a text that is there passes it.
    pub(super) fn passes(&self, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::In(values) => values.iter().any(|value| **value == *text),
            Self::Contains(part) => text.contains(&**part),
            Self::StartsWith(part) => text.starts_with(&**part),
            Self::EndsWith(part) => text.ends_with(&**part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: Expression = Expression::Unclear;

    fn no() -> Expression {
        Expression::Not(Box::new(Expression::Always))
    }

    #[test]
    fn what_is_not_known_decides_only_where_nothing_else_does() {
        let of = Selected { namespace: "shop", namespace_labels: None, pod: None };
        for (expression, holds) in [
            (Expression::All(vec![]), Some(true)),
            (Expression::Any(vec![]), Some(false)),
            (Expression::All(vec![UNKNOWN, no()]), Some(false)),
            (Expression::All(vec![UNKNOWN, Expression::Always]), None),
            (Expression::Any(vec![UNKNOWN, Expression::Always]), Some(true)),
            (Expression::Any(vec![UNKNOWN, no()]), None),
            (Expression::Not(Box::new(UNKNOWN)), None),
        ] {
            assert_eq!(expression.holds(&of), holds, "{expression:?}");
        }
    }

    #[test]
    fn an_attribute_that_is_not_there_passes_no_test_and_one_that_is_not_known_may() {
        let labels = Labels::from([("app", "web")]);
        let app = |test| Expression::Test(Attribute::Label("app".into()), test);
        let team = Expression::Test(Attribute::NamespaceLabel("team".into()), Test::Exists);
        let of = Selected { namespace: "shop", namespace_labels: None, pod: Some((&labels, "default")) };
        assert_eq!(app(Test::In(vec!["api".into(), "web".into()])).holds(&of), Some(true));
        assert_eq!(app(Test::Contains("e".into())).holds(&of), Some(true));
        assert_eq!(app(Test::StartsWith("e".into())).holds(&of), Some(false));
        assert_eq!(app(Test::EndsWith("eb".into())).holds(&of), Some(true));
        assert_eq!(Expression::Test(Attribute::Nothing, Test::Exists).holds(&of), Some(false));
        assert_eq!(team.holds(&of), None);
        let labelled = Labels::from([("team", "a")]);
        assert_eq!(team.holds(&Selected { namespace_labels: Some(&labelled), ..of }), Some(true));
        let account = Expression::Test(Attribute::ServiceAccount, Test::In(vec!["default".into()]));
        assert_eq!(account.holds(&of), Some(true));
    }

    #[test]
    fn whoever_asks_for_something_of_a_pod_does_not_select_all_of_them() {
        let none = Labels::default();
        let of = Selected { namespace: "shop", namespace_labels: Some(&none), pod: None };
        let shop = Expression::Test(Attribute::Namespace, Test::In(vec!["shop".into()]));
        let app = Expression::Test(Attribute::Label("app".into()), Test::Exists);
        let both = Expression::All(vec![shop.clone(), app]);
        assert_eq!(shop.holds_for_all(&of), Some(true));
        assert_eq!(both.holds_for_all(&of), Some(false));
        let team = Expression::Test(Attribute::NamespaceLabel("team".into()), Test::Exists);
        let bare = Selected { namespace_labels: None, ..of };
        assert_eq!(both.holds_for_all(&bare), Some(false), "whatever the namespace's labels are");
        assert_eq!(Expression::All(vec![both.clone(), team]).holds_for_all(&bare), None);
        assert_eq!(Expression::All(vec![both, UNKNOWN]).holds_for_all(&of), None);
    }
}
