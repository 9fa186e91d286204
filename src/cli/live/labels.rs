//! A label selector as kubectl's `-l` writes it: `app=web,tier!=db,env in (test,prod),!canary`.
//!
//! It must not match by itself: the selector of the inventory does. Next: [`super::audit`].

use crate::inventory::selector::{LabelSelector, LabelSelectorRequirement, Selector};

/// Reads a selector; an error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Selector, String> {
    let mut match_expressions = Vec::new();
    for part in split(text) {
        match_expressions
            .push(requirement(part.trim()).ok_or_else(|| format!("{part:?} is no requirement"))?);
    }
    let selector = LabelSelector { match_expressions, ..LabelSelector::default() };
    selector.compile().map_err(|error| error.to_string())
}

/// The requirements: a comma between brackets separates values.
fn split(text: &str) -> Vec<&str> {
    let mut inside = false;
    let parts = text.split(move |letter| {
        inside = (inside || letter == '(') && letter != ')';
        letter == ',' && !inside
    });
    parts.filter(|part| !part.trim().is_empty()).collect()
}

fn requirement(text: &str) -> Option<LabelSelectorRequirement> {
    let made = |key: &str, operator: &str, values: Vec<&str>| LabelSelectorRequirement {
        key: key.trim().to_owned(),
        operator: operator.to_owned(),
        values: values.into_iter().map(|value| value.trim().to_owned()).collect(),
    };
    if let Some((head, values)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let operator = match operator {
            "in" => "In",
            "notin" => "NotIn",
            _ => return None,
        };
        return Some(made(key, operator, values.split(',').collect()));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return Some(made(key, "NotIn", vec![value]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(made(key, "In", vec![value]));
    }
    Some(match text.strip_prefix('!') {
        Some(key) => made(key, "DoesNotExist", Vec::new()),
        None => made(text, "Exists", Vec::new()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::labels::Labels;

    fn matches(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels: Labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        parse(selector).unwrap().matches(&labels)
    }

    #[test]
    fn selectors_mean_what_kubectl_means_by_them() {
        let web = [("app", "web"), ("tier", "front")];
        for selector in [
            "app=web",
            "app==web,tier=front",
            "app in (web, api)",
            "app in (web,api),tier notin (db)",
            "tier!=db",
            "absent!=x",
            "app",
            "!absent",
            "",
        ] {
            assert!(matches(selector, &web), "{selector}");
        }
        for selector in ["app=api", "app in (api)", "!app", "absent", "app=web,tier=db", "app notin (web)"] {
            assert!(!matches(selector, &web), "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for selector in ["app of (web)", "a b=c", "app in web)", "app=\u{e4}"] {
            assert!(parse(selector).is_err(), "{selector}");
        }
    }
}
