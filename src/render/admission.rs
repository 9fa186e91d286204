//! What the API server is answered when it asks about an object, and what the client reads of it.
//!
//! Bounded as the API server bounds it: a warning is one line of at most 256 bytes, all together at most 4,096;
//! a refusal at most 4 KiB. Control characters go, or the server would drop the line. It must not decide.
//! Next: [`super::webhook`] for when the API server asks at all.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::engine::admission::{Objection, Review};

/// Most bytes of one warning.
const WARNING_MAX: usize = 256;
/// Most bytes of all warnings of one answer.
const WARNINGS_MAX: usize = 4096;
/// Most bytes of a refusal.
const DENIAL_MAX: usize = 4096;
/// Kept free for the line that says how many are left out.
const REST_MAX: usize = 96;
/// Most bytes of a policy's name in a line.
const POLICY_MAX: usize = 64;
/// Most bytes of a field in a line.
const FIELD_MAX: usize = 72;
/// Most bytes of one line of a refusal.
const LINE_MAX: usize = 512;

/// What the client is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Why the request is refused; none when it is let through.
    pub denial: Option<String>,
    /// What is said of it all the same, one line each.
    pub warnings: Vec<String>,
}

/// What a review comes to.
pub fn answer(review: &Review) -> Answer {
    let warnings = bounded(&review.warnings, (WARNING_MAX, WARNINGS_MAX), "warnings");
    if review.denials.is_empty() {
        return Answer { denial: None, warnings };
    }
    let noun = if review.denials.len() == 1 { "check" } else { "checks" };
    let mut denial = format!("{} {noun} of Seaworthy failed", review.denials.len());
    for line in bounded(&review.denials, (LINE_MAX, DENIAL_MAX - denial.len() - REST_MAX), "findings") {
        // Writing to a String cannot fail.
        let _ = write!(denial, "\n- {line}");
    }
    Answer { denial: Some(denial), warnings }
}

/// The body of an answer to the request with this uid.
pub fn response(uid: &str, answer: &Answer) -> Value {
    let mut response = json!({ "uid": uid, "allowed": answer.denial.is_none() });
    if let (Some(fields), Some(denial)) = (response.as_object_mut(), &answer.denial) {
        let status = json!({ "status": "Failure", "code": 403, "reason": "Forbidden", "message": denial });
        fields.insert("status".to_owned(), status);
    }
    if let (Some(fields), false) = (response.as_object_mut(), answer.warnings.is_empty()) {
        fields.insert("warnings".to_owned(), json!(answer.warnings));
    }
    json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response })
}

/// A line for each, as many as there is room for, and a last one that says how many are left out.
fn bounded(objections: &[Objection], (line_max, all_max): (usize, usize), noun: &str) -> Vec<String> {
    // A refusal puts three characters before each line.
    const MARK: usize = 3;
    let mut lines: Vec<String> = objections.iter().map(|objection| line(objection, line_max)).collect();
    let bytes = |lines: &[String]| lines.iter().map(|line| line.len() + MARK).sum::<usize>();
    if bytes(&lines) <= all_max {
        return lines;
    }
    while bytes(&lines) + REST_MAX > all_max && lines.pop().is_some() {}
    let rest = objections.len() - lines.len();
    lines.push(format!("{rest} more {noun} are left out; `seaworthy check` shows all"));
    lines
}

/// Policy, check, field, what is wrong, and what would mend it.
fn line(objection: &Objection, max: usize) -> String {
    let mut policies = objection.policies.iter();
    let mut policy = policies.next().map(ToString::to_string).unwrap_or_default();
    shorten(&mut policy, POLICY_MAX);
    if policies.len() > 0 {
        let _ = write!(policy, " and {} more", policies.len());
    }
    let mut place = objection.found.object.as_ref().map_or_else(String::new, |object| format!("{object} "));
    place.push_str(if objection.found.field.is_empty() { "metadata" } else { &objection.found.field });
    shorten(&mut place, FIELD_MAX);
    let mut line = plain(&format!("{policy} {}: {place}: ", objection.check.name));
    let mut message = plain(&objection.found.message);
    let mut fix = first_sentence(&plain(&objection.check.remediation()));
    let room = max.saturating_sub(line.len() + FIX.len());
    // Half of the room each, and what one does not need is the other's.
    shorten(&mut message, room.saturating_sub(fix.len().min(room / 2)));
    shorten(&mut fix, room.saturating_sub(message.len()));
    line.push_str(&message);
    if !fix.is_empty() {
        line.push_str(FIX);
        line.push_str(&fix);
    }
    line
}

const FIX: &str = "; fix: ";

/// In one line, without what a terminal would act on.
fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|one| if is_visible(one) { one } else { ' ' }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ") + if text.ends_with(' ') { " " } else { "" }
}

/// Neither a control character nor one that turns the direction of a line.
fn is_visible(one: char) -> bool {
    !one.is_control()
        && !matches!(one, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn first_sentence(text: &str) -> String {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.').to_owned()
}

/// Cuts a text on a character boundary, saying so.
fn shorten(text: &mut String, max: usize) {
    const MARK: &str = "...";
    if text.len() <= max {
        return;
    }
    text.truncate(text.floor_char_boundary(max.saturating_sub(MARK.len())));
    if max >= MARK.len() {
        text.push_str(MARK);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{Outcome, Severity};
    use crate::checks;
    use crate::engine::judge::Found;
    use crate::engine::policy::PolicyKey;

    fn objection(policy: &str, field: &str, message: &str) -> Objection {
        let found = Found {
            outcome: Outcome::Fail,
            cause: None,
            grade: None,
            object: None,
            container: Some("app".to_owned()),
            field: field.to_owned(),
            message: message.to_owned(),
            related: None,
        };
        let check = checks::ALL.iter().find(|check| check.name == "memory-limits").unwrap();
        let policy = PolicyKey { namespace: "shop".to_owned(), name: policy.to_owned() };
        Objection { check, severity: Severity::High, policies: BTreeSet::from([policy]), found }
    }

    #[test]
    fn a_line_names_policy_check_field_and_fix() {
        let review = Review {
            denials: vec![objection("gate", "spec.containers[0].resources", "no memory limit")],
            ..Review::default()
        };
        let told = answer(&review);
        assert_eq!(
            told.denial.as_deref(),
            Some(
                "1 check of Seaworthy failed\n- ReadinessPolicy/gate memory-limits: spec.containers[0].resources: \
                 no memory limit; fix: Set `resources.limits.memory` on the container, somewhat above the most it \
                 was seen to use"
            )
        );
        let body = response("u", &told);
        assert_eq!((&body["response"]["uid"], &body["response"]["allowed"]), (&json!("u"), &json!(false)));
        assert_eq!(body["response"]["status"]["code"], 403);
    }

    #[test]
    fn what_is_let_through_carries_its_warnings_and_no_status() {
        let review = Review { warnings: vec![objection("gate", "spec", "no")], ..Review::default() };
        let body = response("u", &answer(&review));
        assert_eq!(body["response"]["allowed"], true);
        assert_eq!(body["response"]["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(body["response"].get("status"), None);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let many = vec![objection("gate", "spec", &"x".repeat(300)); 40];
        let told = answer(&Review { warnings: many.clone(), denials: many, ..Review::default() });
        let last = told.warnings.last().unwrap();
        let rest = 40 - (told.warnings.len() - 1);
        assert_eq!(*last, format!("{rest} more warnings are left out; `seaworthy check` shows all"));
        assert!(told.denial.unwrap().ends_with("more findings are left out; `seaworthy check` shows all"));
    }

    proptest! {
        #[test]
        fn every_line_is_bounded_and_plain(
            texts in proptest::collection::vec((any::<String>(), any::<String>(), any::<String>()), 0..40),
            long in 1_usize..60,
        ) {
            let all: Vec<Objection> = texts
                .iter()
                .map(|(policy, field, message)| objection(policy, &field.repeat(long), &message.repeat(long)))
                .collect();
            let told = answer(&Review { warnings: all.clone(), denials: all, ..Review::default() });
            prop_assert!(told.warnings.iter().map(String::len).sum::<usize>() <= WARNINGS_MAX);
            for warning in &told.warnings {
                prop_assert!(warning.len() <= WARNING_MAX, "{}", warning.len());
                prop_assert!(warning.chars().all(is_visible), "{warning:?}");
            }
            if let Some(denial) = told.denial {
                prop_assert!(denial.len() <= DENIAL_MAX, "{}", denial.len());
                prop_assert!(denial.lines().flat_map(str::chars).all(is_visible), "{denial:?}");
            }
        }
    }
}
