//! Which Secrets the API server must be asked about, because an Ingress or Gateway names them and the index, which
//! holds TLS Secrets only, does not.
//!
//! It must not ask itself: the writer does, for metadata only. Next: [`super::judging`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::inventory::Inventory;
use crate::inventory::lookup::SecretAnswer;

/// Namespace and name of a Secret.
pub type SecretName = (String, String);

/// An answer is asked for again after this long: the Secret may have come with another type.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// A question that was not answered is asked again after this long.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Questions about Secrets: on their way, and due.
#[derive(Debug, Default)]
pub struct SecretQuestions {
    asking: BTreeSet<SecretName>,
    due: BTreeMap<SecretName, Timestamp>,
    namespaces: BTreeSet<String>,
}

impl SecretQuestions {
    /// A Secret of this namespace, or what may name one, changed or came to be known.
    pub fn look_at(&mut self, namespace: &str) {
        self.namespaces.insert(namespace.to_owned());
    }

    /// What refers to this Secret changed: an answer that is kept is asked for again.
    pub fn ask_again(&mut self, namespace: &str, secret: &str) {
        if let Some(at) = self.due.get_mut(&(namespace.to_owned(), secret.to_owned())) {
            *at = Timestamp::MIN;
        }
    }

    /// Forgets what there is to ask: nobody reads Secrets, or what names them, any more.
    pub fn forget(&mut self) {
        self.due.clear();
        self.namespaces.clear();
    }

    /// Questions to ask now; they are on their way then.
    pub fn begin(&mut self, inventory: &Inventory, now: Timestamp) -> Vec<SecretName> {
        let mut ask: BTreeSet<SecretName> =
            self.due.iter().filter(|(_, at)| **at <= now).map(|(name, _)| name.clone()).collect();
        for namespace in std::mem::take(&mut self.namespaces) {
            let unanswered = inventory.unanswered_secrets(&namespace);
            ask.extend(unanswered.into_iter().map(|name| (namespace.clone(), name)));
        }
        let asked: Vec<_> = ask.into_iter().filter(|name| !self.asking.contains(name)).collect();
        for name in &asked {
            self.due.remove(name);
            self.asking.insert(name.clone());
        }
        asked
    }

    /// A question was answered, or not. Says whether what is known of the Secret changed.
    pub fn answered(
        &mut self,
        name: &SecretName,
        answer: Option<SecretAnswer>,
        inventory: &mut Inventory,
        now: Timestamp,
    ) -> bool {
        self.asking.remove(name);
        let wait = if answer.is_some() { AGAIN_AFTER } else { RETRY_AFTER };
        let changed = answer.is_some() && inventory.set_secret_answer(&name.0, &name.1, answer);
        // A Secret that nothing names any more, or that has come, is not asked for again.
        let wanted = inventory.secret_answers().any(|known| known.0 == name.0 && known.1 == name.1)
            || inventory.unanswered_secrets(&name.0).contains(&name.1);
        if let (true, Ok(at)) = (wanted, now.checked_add(wait)) {
            self.due.insert(name.clone(), at);
        }
        changed
    }

    /// The next moment at which a question is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.values().min().copied()
    }
}
