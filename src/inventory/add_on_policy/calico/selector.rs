//! Calico's language of selectors: `app == 'web' && tier in {'a', 'b'} || !has(team)`.
//!
//! What cannot be read is unclear: the API server of Calico would refuse it. It must not fail, whatever the text is.
//! Next: [`super::super::expression`].

use super::super::expression::{Attribute, Expression, Test};

/// So many parentheses and negations may be open: reading them goes down as deep.
const DEPTH: usize = 64;

/// Of what labels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Of pods, with what Calico adds.
    Pods,
    /// Of namespaces.
    Namespaces,
}

/// The condition that a selector stands for; an empty one holds for all.
pub(super) fn parse(text: &str, of: Of) -> Expression {
    if text.trim().is_empty() {
        return Expression::Always;
    }
    let mut reader = Reader { rest: text, of, depth: 0 };
    match reader.any() {
        Some(expression) if reader.rest.trim_start().is_empty() => expression,
        _ => Expression::Unclear,
    }
}

struct Reader<'a> {
    rest: &'a str,
    of: Of,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Option<Expression> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Some(Expression::Any(parts))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Some(Expression::All(parts))
    }

    fn one(&mut self) -> Option<Expression> {
        self.depth += 1;
        let one = if self.depth > DEPTH { None } else { self.operation() };
        self.depth -= 1;
        one
    }

    fn operation(&mut self) -> Option<Expression> {
        if self.take("!") {
            return self.one().map(not);
        }
        if self.take("(") {
            let inner = self.any()?;
            return self.take(")").then_some(inner);
        }
        let word = self.word()?;
        match word {
            "all" if self.take("()") || self.take("( )") => return Some(Expression::Always),
            // Of endpoints without a namespace, which pods are none of.
            "global" if self.take("()") => return Some(not(Expression::Always)),
            "has" if self.take("(") => {
                let key = self.word()?;
                return self.take(")").then(|| self.test(key, Test::Exists));
            }
            _ => {}
        }
        self.comparison(word)
    }

    fn comparison(&mut self, key: &str) -> Option<Expression> {
        if self.take("==") {
            let value = self.text()?;
            return Some(self.test(key, Test::In(vec![value.into()])));
        }
        if self.take("!=") {
            let value = self.text()?;
            return Some(not(self.test(key, Test::In(vec![value.into()]))));
        }
        match self.word()? {
            "in" => self.set().map(|values| self.test(key, Test::In(values))),
            "not" => {
                let is_in = self.word()? == "in";
                let values = self.set()?;
                is_in.then(|| not(self.test(key, Test::In(values))))
            }
            "contains" => self.text().map(|part| self.test(key, Test::Contains(part.into()))),
            "starts" if self.word()? == "with" => {
                self.text().map(|part| self.test(key, Test::StartsWith(part.into())))
            }
            "ends" if self.word()? == "with" => {
                self.text().map(|part| self.test(key, Test::EndsWith(part.into())))
            }
            _ => None,
        }
    }

    fn set(&mut self) -> Option<Vec<Box<str>>> {
        let mut values = Vec::new();
        if !self.take("{") {
            return None;
        }
        while !self.take("}") {
            if !values.is_empty() && !self.take(",") {
                return None;
            }
            values.push(self.text()?.into());
        }
        Some(values)
    }

    fn test(&self, key: &str, test: Test) -> Expression {
        let attribute = match (self.of, key) {
            (Of::Pods, "projectcalico.org/namespace") | (Of::Namespaces, "projectcalico.org/name") => {
                Attribute::Namespace
            }
            (Of::Pods, "projectcalico.org/serviceaccount") => Attribute::ServiceAccount,
            (Of::Pods, "projectcalico.org/orchestrator") => return fixed(&test, "k8s"),
            (Of::Pods, _) if key.starts_with("pcsa.") => return Expression::Unclear,
            (Of::Pods, _) => match key.strip_prefix("pcns.") {
                Some(label) => Attribute::NamespaceLabel(label.into()),
                None => Attribute::Label(key.into()),
            },
            (Of::Namespaces, _) => Attribute::NamespaceLabel(key.into()),
        };
        Expression::Test(attribute, test)
    }

    /// Takes this away, and spaces before it, if it comes next.
    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A label's key, or a word of the language.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '.' | '/' | '-');
        let end = rest.find(|one| !is_part(one)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.rest = rest;
        Some(word)
    }

    /// What stands in quotes of either kind; nothing is escaped in them.
    fn text(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        let (text, rest) = rest.get(1..)?.split_once(quote)?;
        self.rest = rest;
        Some(text)
    }
}

fn not(one: Expression) -> Expression {
    Expression::Not(Box::new(one))
}

/// What a test of a value comes to that all pods have.
fn fixed(test: &Test, value: &str) -> Expression {
    if test.passes(value) { Expression::Always } else { not(Expression::Always) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::super::labels::Labels;
    use super::super::super::Selected;
    use super::*;

    fn holds(text: &str, of: Of) -> Option<bool> {
        let labels = Labels::from([("app", "web"), ("tier", "front-end")]);
        let team = Labels::from([("team", "a")]);
        parse(text, of).holds(&Selected {
            namespace: "shop",
            namespace_labels: Some(&team),
            pod: Some((&labels, "runner")),
        })
    }

    #[test]
    fn selectors_of_pods_mean_what_calico_makes_of_them() {
        for (text, expected) in [
            ("", true),
            ("all()", true),
            ("!all()", false),
            ("global()", false),
            ("app == 'web'", true),
            ("app==\"web\"", true),
            ("app != 'web'", false),
            ("team != 'web'", true),
            ("has(app)", true),
            ("!has( app )", false),
            ("! has(team) && app == 'web'", true),
            ("app in {'api', \"web\"}", true),
            ("app in {}", false),
            ("app not in {'api'}", true),
            ("team not in { 'api' }", true),
            ("tier contains '-'", true),
            ("tier starts with 'front'", true),
            ("tier ends with 'front'", false),
            ("app == 'api' || app == 'web' && has(tier)", true),
            ("(app == 'api' || app == 'web') && has(team)", false),
            ("projectcalico.org/namespace == 'shop'", true),
            ("projectcalico.org/serviceaccount == 'other'", false),
            ("projectcalico.org/orchestrator == 'k8s'", true),
            ("pcns.team == 'a'", true),
        ] {
            assert_eq!(holds(text, Of::Pods), Some(expected), "{text}");
        }
        assert_eq!(holds("team == 'a' && projectcalico.org/name == 'shop'", Of::Namespaces), Some(true));
        assert_eq!(holds("kubernetes.io/metadata.name == 'shop'", Of::Namespaces), Some(false));
    }

    #[test]
    fn what_cannot_be_read_is_unclear() {
        let deep = format!("{}has(app){}", "(".repeat(100_000), ")".repeat(100_000));
        let negated = format!("{}has(app)", "!".repeat(100_000));
        for text in [
            "app",
            "app =",
            "app == web",
            "app == 'web",
            "has(app",
            "app in 'a'",
            "app in {'a' 'b'}",
            "app == 'a' b",
            "&&",
            "app starts 'a'",
            "pcsa.role == 'x'",
            &deep,
            &negated,
        ] {
            assert_eq!(holds(text, Of::Pods), None, "{}", text.get(..20).unwrap_or(text));
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in r#"[a-z'"!&|(){}=, é]{0,60}"#) {
            let _ = parse(&text, Of::Pods);
        }
    }
}
