//! Decoding of a Secret that lets no value out.
//!
//! It must not keep a payload beyond the call. Next: `any` for why no input is an error, `certificate` for
//! what is read out of the payloads.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess};
use zeroize::Zeroizing;

use super::any::{Any, Reader};
use super::{SecretFacts, TLS_TYPE, ValueFacts};
use crate::inventory::certificate::{DataKey, TlsInput, TlsMaterial, decode_base64};

/// A value while its Secret is decoded.
enum Payload {
    Malformed,
    Bytes(Zeroizing<Vec<u8>>),
}

/// The two values that are read, of `data` or of `stringData`.
#[derive(Default)]
struct Payloads {
    certificate: Option<Payload>,
    private_key: Option<Payload>,
}

/// What is known while a Secret is decoded.
#[derive(Default)]
struct Draft {
    secret_type: Option<String>,
    immutable: bool,
    keys: BTreeSet<String>,
    malformed: BTreeSet<String>,
    data: Payloads,
    string_data: Payloads,
    values: BTreeMap<String, ValueFacts>,
    string_values: BTreeMap<String, ValueFacts>,
}

impl<'de> Deserialize<'de> for SecretFacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut draft = Draft::default();
        match deserializer.deserialize_any(Any(Fields(&mut draft)))? {
            Some(()) => Ok(draft.finish()),
            None => Err(Error::custom("a Secret must be an object")),
        }
    }
}

impl Draft {
    fn finish(self) -> SecretFacts {
        let secret_type = self.secret_type.unwrap_or_else(|| "Opaque".to_owned());
        let certificate = self.string_data.certificate.or(self.data.certificate);
        let private_key = self.string_data.private_key.or(self.data.private_key);
        let is_read = secret_type == TLS_TYPE || certificate.is_some() || private_key.is_some();
        let tls =
            is_read.then(|| TlsMaterial::read(input(certificate.as_ref()), input(private_key.as_ref())));
        // What is given as text replaces what is given under the same key.
        let mut values = self.values;
        values.extend(self.string_values);
        if secret_type == TLS_TYPE {
            values.clear();
        }
        SecretFacts {
            values: values.into_iter().collect(),
            secret_type,
            immutable: self.immutable,
            keys: self.keys.into_iter().collect(),
            malformed: self.malformed.into_iter().collect(),
            tls,
        }
    }
}

fn input(payload: Option<&Payload>) -> TlsInput<'_> {
    match payload {
        None => TlsInput::Absent,
        Some(Payload::Malformed) => TlsInput::Malformed,
        Some(Payload::Bytes(bytes)) => TlsInput::Bytes(bytes),
    }
}

/// The Secret itself.
struct Fields<'a>(&'a mut Draft);

impl<'de> Reader<'de> for Fields<'_> {
    type Output = ();

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        let draft = self.0;
        while let Some(field) = map.next_key::<String>()? {
            let Draft { keys, malformed, .. } = draft;
            let read = match field.as_str() {
                "type" => map.next_value_seed(Any(Text))?.map(|text| draft.secret_type = text),
                "immutable" => map.next_value_seed(Any(Flag))?.map(|flag| draft.immutable = flag),
                "data" => {
                    let entries = Entries {
                        field: "data",
                        keys,
                        malformed,
                        payloads: &mut draft.data,
                        values: &mut draft.values,
                        read: decode_base64,
                    };
                    map.next_value_seed(Any(entries))?
                }
                "stringData" => {
                    let entries = Entries {
                        field: "stringData",
                        keys,
                        malformed,
                        payloads: &mut draft.string_data,
                        values: &mut draft.string_values,
                        read: |text| Some(Zeroizing::new(text.to_vec())),
                    };
                    map.next_value_seed(Any(entries))?
                }
                _ => map.next_value::<IgnoredAny>().map(|_| Some(()))?,
            };
            if read.is_none() {
                draft.malformed.insert(field);
            }
        }
        Ok(Some(()))
    }
}

struct Text;

impl Reader<'_> for Text {
    type Output = Option<String>;

    fn text(self, text: &str) -> Option<Self::Output> {
        Some(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
    fn null(self) -> Option<Self::Output> {
        Some(None)
    }
}

struct Flag;

impl Reader<'_> for Flag {
    type Output = bool;

    fn boolean(self, value: bool) -> Option<bool> {
        Some(value)
    }
    fn null(self) -> Option<bool> {
        Some(false)
    }
}

/// `data` or `stringData`.
struct Entries<'a> {
    field: &'static str,
    keys: &'a mut BTreeSet<String>,
    malformed: &'a mut BTreeSet<String>,
    payloads: &'a mut Payloads,
    values: &'a mut BTreeMap<String, ValueFacts>,
    read: fn(&[u8]) -> Option<Zeroizing<Vec<u8>>>,
}

impl<'de> Reader<'de> for Entries<'_> {
    type Output = ();

    fn null(self) -> Option<()> {
        Some(())
    }

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let place = self.payloads.place(&key);
            let is_well_formed = if let Some(place) = place {
                let payload = map.next_value_seed(Any(Value(self.read)))?.unwrap_or(Payload::Malformed);
                matches!(place.insert(payload), Payload::Bytes(_))
            } else {
                let measured = map.next_value_seed(Any(Measured(self.read)))?;
                self.values.extend(measured.flatten().map(|facts| (key.clone(), facts)));
                measured.is_some()
            };
            if !is_well_formed {
                self.malformed.insert(format!("{}[{key}]", self.field));
            }
            self.keys.insert(key);
        }
        Ok(Some(()))
    }
}

impl Payloads {
    fn place(&mut self, key: &str) -> Option<&mut Option<Payload>> {
        if key == DataKey::Certificate.as_str() {
            Some(&mut self.certificate)
        } else if key == DataKey::PrivateKey.as_str() {
            Some(&mut self.private_key)
        } else {
            None
        }
    }
}

/// A value that is read.
struct Value(fn(&[u8]) -> Option<Zeroizing<Vec<u8>>>);

impl Reader<'_> for Value {
    type Output = Payload;

    fn text(self, text: &str) -> Option<Payload> {
        self.0(text.as_bytes()).map(Payload::Bytes)
    }
    fn null(self) -> Option<Payload> {
        Some(Payload::Bytes(Zeroizing::default()))
    }
}

/// A value of which facts are kept, if it can be decoded.
struct Measured(fn(&[u8]) -> Option<Zeroizing<Vec<u8>>>);

impl Reader<'_> for Measured {
    type Output = Option<ValueFacts>;

    fn text(self, text: &str) -> Option<Self::Output> {
        Some(ValueFacts::of(text.as_bytes(), self.0))
    }
    fn null(self) -> Option<Self::Output> {
        Some(ValueFacts::of(&[], self.0))
    }
}
