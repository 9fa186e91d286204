//! A proxy between the operator and the API server that fails on request: it ends TLS on both sides,
//! passes credentials through, and applies [`Rule`]s that come and go while it runs.
//!
//! It must not fail by itself: without rules it is invisible, and what it cannot reach it answers with
//! a closed connection, as a dead server would. Each fault counts how often it happened; a test that
//! injects one asserts that it did ([`Fault::count`]).
//!
//! Next: [`rule`] for what can go wrong and when; `exchange.rs` applies it to requests, `stream.rs` to
//! the events of a watch.

mod edit;
mod exchange;
mod matching;
mod rule;
mod server;
mod stream;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::AbortHandle;

pub use matching::{On, Verb};
pub use rule::{Action, Answer, Rule};
pub use table::Fault;

use crate::{ControlPlane, Error, Port, kubeconfig};
use exchange::Exchange;
use table::Table;

/// A running proxy, ended when this value is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    table: Arc<Table>,
    port: Port,
    serving: AbortHandle,
}

impl FaultProxy {
    /// Listens on a free loopback port in front of this control plane, without any fault.
    pub async fn start(control_plane: &ControlPlane) -> Result<Self, Error> {
        let table = Arc::new(Table::default());
        let port = Port::reserve()?;
        let exchange = Exchange::new(control_plane.admin_config(), Arc::clone(&table))?;
        let accept = server::listen(port.number(), control_plane.serving()?).await?;
        let serving = tokio::spawn(accept.serve(exchange)).abort_handle();
        Ok(Self { table, port, serving })
    }

    /// A kubeconfig that the harness wrote, for example by
    /// [`ControlPlane::kubeconfig_for_service_account`], with this proxy as the server.
    pub fn kubeconfig(&self, direct: &Path) -> Result<PathBuf, Error> {
        kubeconfig::through(direct, self.port.number())
    }

    /// From now on, until the returned value is dropped, requests fail as the rule says. Of several rules
    /// that match, the oldest decides.
    #[must_use = "the fault ends when this value is dropped"]
    pub fn inject(&self, rule: Rule) -> Fault {
        Table::add(&self.table, rule)
    }

    /// How many requests went through, faulty ones too.
    pub fn requests(&self) -> u64 {
        self.table.requests()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
