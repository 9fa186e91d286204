//! Nulls and defaults of a custom resource, as the API server treats them before it validates.
//!
//! A null that may not be one is as if nothing stood there; what has a default gets it. It must not judge. Next:
//! [`super::rules`].

use serde_json::Value;

use super::node::Node;

/// Makes of an object what the server validates.
pub(super) fn fill(value: &mut Value, node: &Node) {
    drop_nulls(value, node);
    set_defaults(value, node);
}

/// Takes nulls out of mappings that may not stand there and have no default.
fn drop_nulls(value: &mut Value, node: &Node) {
    match value {
        Value::Object(fields) => fields.retain(|key, value| {
            let Some(of) = node.of_field(key) else { return true };
            if value.is_null() && !of.nullable && of.default.is_none() {
                return false;
            }
            drop_nulls(value, of);
            true
        }),
        Value::Array(items) => {
            if let Some(of) = &node.items {
                for item in items {
                    drop_nulls(item, of);
                }
            }
        }
        _ => {}
    }
}

fn set_defaults(value: &mut Value, node: &Node) {
    match value {
        Value::Object(fields) => {
            for (key, of) in &node.properties {
                let Some(default) = &of.default else { continue };
                if fields.get(&**key).is_none_or(|value| value.is_null() && !of.nullable) {
                    fields.insert(key.to_string(), default.clone());
                }
            }
            for (key, value) in fields {
                let Some(of) = node.of_field(key) else { continue };
                set_default(value, of);
            }
        }
        Value::Array(items) => {
            if let Some(of) = &node.items {
                for item in items {
                    set_default(item, of);
                }
            }
        }
        _ => {}
    }
}

fn set_default(value: &mut Value, node: &Node) {
    if let (Value::Null, false, Some(default)) = (&*value, node.nullable, &node.default) {
        *value = default.clone();
    }
    set_defaults(value, node);
}
