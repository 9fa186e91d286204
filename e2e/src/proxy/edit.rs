//! Changes to objects on their way: in the body of a list, and in one event of a watch.
//!
//! Whatever is not changed keeps its bytes: the operator hashes the text of a pod template, and another
//! order of keys would look like a change. Next: [`super::stream`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::rule::Action;
use super::table::Entry;

type Fields = BTreeMap<String, Box<RawValue>>;

/// The body of a list with the changes that these rules ask for; none if there are none.
pub(super) fn list(body: &[u8], rules: &[Arc<Entry>]) -> Option<Vec<u8>> {
    let mut fields: Fields = serde_json::from_slice(body).ok()?;
    let mut items: Vec<Box<RawValue>> = serde_json::from_str(fields.get("items")?.get()).ok()?;
    let mut changed = false;
    for item in &mut items {
        if let Some(edited) = object(item, rules) {
            *item = edited;
            changed = true;
        }
    }
    for rule in rules {
        if let Action::Add(object) = rule.action()
            && rule.take()
        {
            items.push(to_raw_value(object).ok()?);
            changed = true;
        }
    }
    if !changed {
        return None;
    }
    fields.insert("items".to_owned(), to_raw_value(&items).ok()?);
    serde_json::to_vec(&fields).ok()
}

/// What becomes of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Same,
    Changed(Vec<u8>),
    Lost,
}

/// One event of a watch, a line of JSON, by these rules.
pub(super) fn event(line: &[u8], rules: &[Arc<Entry>]) -> Event {
    event_of(line, rules).unwrap_or(Event::Same)
}

fn event_of(line: &[u8], rules: &[Arc<Entry>]) -> Option<Event> {
    let mut fields: Fields = serde_json::from_slice(line).ok()?;
    let raw = fields.get("object")?;
    for rule in rules {
        if let Action::Swallow(is_meant) = rule.action()
            && is_meant(&mut parsed(raw)?)
            && rule.take()
        {
            return Some(Event::Lost);
        }
    }
    let edited = object(raw, rules)?;
    fields.insert("object".to_owned(), edited);
    let mut line = serde_json::to_vec(&fields).ok()?;
    line.push(b'\n');
    Some(Event::Changed(line))
}

fn object(raw: &RawValue, rules: &[Arc<Entry>]) -> Option<Box<RawValue>> {
    let mut value = None;
    for rule in rules {
        if let Action::Edit(edit) = rule.action() {
            let mut copy = value.clone().or_else(|| parsed(raw))?;
            if edit(&mut copy) && rule.take() {
                value = Some(copy);
            }
        }
    }
    to_raw_value(&value?).ok()
}

fn parsed(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::proxy::matching::Asked;
    use crate::proxy::table::Table;
    use crate::proxy::{On, Rule};

    fn rules(action: Action) -> (Arc<Table>, crate::proxy::Fault) {
        let table = Arc::new(Table::default());
        let fault = Table::add(&table, Rule::new(On::anything(), action));
        (table, fault)
    }

    fn on_events(table: &Table) -> Vec<Arc<Entry>> {
        table.on_events(&Asked::of(&Method::GET, "/api/v1/pods", ""))
    }

    #[test]
    fn only_what_is_changed_changes_its_bytes() {
        let (table, fault) = rules(Action::replace("bad", "/spec", json!(7)));
        let body =
            br#"{"items":[{"z":1,"a":2,"metadata":{"name":"good"}},{"metadata":{"name":"bad"},"spec":{}}]}"#;
        let changed = list(body, &on_events(&table)).unwrap();
        let text = String::from_utf8(changed).unwrap();
        assert!(text.contains(r#"{"z":1,"a":2,"metadata":{"name":"good"}}"#), "{text}");
        assert!(text.contains(r#""spec":7"#), "{text}");
        assert_eq!(fault.count(), 1);
    }

    #[test]
    fn an_event_is_lost_or_stays() {
        let (table, fault) = rules(Action::swallow("web"));
        let line = |name: &str| format!(r#"{{"type":"ADDED","object":{{"metadata":{{"name":"{name}"}}}}}}"#);
        assert_eq!(event(line("web").as_bytes(), &on_events(&table)), Event::Lost);
        assert_eq!(event(line("api").as_bytes(), &on_events(&table)), Event::Same);
        assert_eq!(fault.count(), 1);
    }
}
