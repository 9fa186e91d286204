use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::Statement;
use crate::catalogue::declare::check;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, WorkloadSubject};
use crate::checks::labelling::{is_link, keys, said, unsaid};

/// Parameters of `owner-contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    /// Keys that name the team.
    team: Vec<String>,
    /// Keys that say how to reach it.
    contact: Vec<String>,
    /// Keys that say whom to call when it does not answer.
    escalation: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            team: keys(&["seaworthy.dev/team", "a8r.io/owner", "team", "owner"]),
            contact: keys(&["seaworthy.dev/contact", "a8r.io/chat", "a8r.io/support", "contact"]),
            escalation: keys(&["seaworthy.dev/escalation", "a8r.io/incidents", "escalation"]),
        }
    }
}

check! {
    /// ## What it checks
    /// Annotations or labels of the workload say which team owns it, how to reach that team, and whom to
    /// call when it does not answer. The last two are something that can be used: a mail address, a link, a
    /// `#channel`, an `@handle` or a telephone number.
    ///
    /// ## Why it matters
    /// At three in the morning the person on call knows the name of a pod and nothing else. Who wrote it
    /// must not be a matter of asking around.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     seaworthy.dev/team: shop
    ///     seaworthy.dev/contact: "#shop-help"
    ///     seaworthy.dev/escalation: https://oncall.example/shop
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Add the annotations to `metadata.annotations` of the workload. A label cannot hold a mail address or
    /// a link.
    ///
    /// ## Parameters
    /// - `team`: keys, any of which may say which team owns the workload; the first is the one that
    ///   findings name (default `seaworthy.dev/team`, `a8r.io/owner`, `team`, `owner`; an empty list asks
    ///   for none).
    /// - `contact`: keys, any of which may say how to reach it; the first is the one that findings name
    ///   (default `seaworthy.dev/contact`, `a8r.io/chat`, `a8r.io/support`, `contact`; an empty list asks
    ///   for none).
    /// - `escalation`: keys, any of which may say whom to call when it does not answer; the first is the
    ///   one that findings name (default `seaworthy.dev/escalation`, `a8r.io/incidents`, `escalation`; an
    ///   empty list asks for none).
    ///
    /// ## References
    /// - a8r.io: Annotations for humans, conventions for the keys
    name: "owner-contact",
    family: Configuration,
    severity: Medium,
    title: "Workloads say who owns them and whom to call",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: Parameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, parameters: &Parameters) -> Judgement {
    let Parameters { team, contact, escalation } = parameters;
    if [team, contact, escalation].iter().all(|keys| keys.is_empty()) {
        return Judgement::not_applicable("the policy asks for no owner");
    }
    let workload = subject.workload;
    let wanted =
        [("team", team, false), ("contact", contact, true), ("escalation contact", escalation, true)];
    let problems =
        wanted.into_iter().filter(|(_, keys, _)| !keys.is_empty()).filter_map(|(what, keys, reachable)| {
            let Some((field, value)) = said(workload, keys) else { return Some(unsaid(what, keys)) };
            let message =
                format!("the {what} is no mail address, link, #channel, @handle or telephone number");
            (reachable && !is_contact(value)).then(|| Statement::fail(field, message))
        });
    problems.collect()
}

/// Whether a text is something that people can write to or call.
fn is_contact(text: &str) -> bool {
    let handle =
        |start| text.strip_prefix(start).is_some_and(|rest: &str| rest.len() > 1 && !rest.contains(' '));
    let mail = text.strip_prefix("mailto:").unwrap_or(text).split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains(['@', ' ']) && !user.contains([' ', ':'])
    });
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let telephone = text.strip_prefix("tel:").unwrap_or(text).strip_prefix('+').is_some_and(|rest| {
        digits >= 6 && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')'))
    });
    is_link(text) || handle('#') || handle('@') || mail || telephone
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

    fn annotated(annotations: serde_json::Value) -> Case {
        let none = json!({"metadata": {"annotations": null, "labels": null}});
        Case::of(&CHECK).workload(none).workload(json!({"metadata": {"annotations": annotations}}))
    }

    #[test]
    fn each_part_is_asked_for_by_itself() {
        assert_eq!(annotated(json!({})).judged().findings.len(), 3);
        let team = annotated(json!({"team": "shop", "contact": "#shop"}));
        assert_eq!(
            team.message(),
            "the workload does not say its escalation contact, as the annotation seaworthy.dev/escalation would"
        );
        assert_eq!(team.parameters(json!({"escalation": []})).outcome(), Outcome::Pass);
    }

    #[test]
    fn contacts_can_be_used() {
        for (text, usable) in [
            ("shop@shop.example", true),
            ("mailto:shop@shop.example", true),
            ("https://chat.example/shop", true),
            ("#shop", true),
            ("@shop-on-call", true),
            ("+49 30 123456", true),
            ("ask Bob", false),
            ("shop", false),
            ("#", false),
            ("a@b", false),
            ("#ab", true),
            ("#a", false),
            ("+49 123", false),
            ("+49 1234", true),
            ("+4930123456x", false),
        ] {
            assert_eq!(is_contact(text), usable, "{text}");
        }
        let nobody = annotated(json!({"team": "shop", "contact": "ask Bob", "escalation": "#a1"}));
        assert_eq!(nobody.fields(), ["metadata.annotations[contact]"]);
    }
}
