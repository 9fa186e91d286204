//! L6: the admission webhook. The API server asks about an object, the engine judges, the answer goes back.
//!
//! [`server`] takes requests and [`question`] reads them; the controller's one owner of the state judges;
//! [`registrar`] keeps the certificate and the ValidatingWebhookConfiguration. It must not be able to stop a
//! cluster: whatever goes wrong here, the request is let through. Next: [`server`].

pub mod certificate;
pub mod files;
pub mod judge;
pub mod listener;
pub mod options;
pub mod probe;
pub mod question;
pub mod registrar;
pub mod registration;
pub mod server;
pub mod start;
pub mod store;

pub use options::WebhookOptions;
