//! What is known of a run before a document is read: its files and its policies.
//!
//! It must not read documents. Next: [`super::judging`], which goes on from there.

use std::path::PathBuf;

use super::check::JudgingArguments;
use super::config::settings::Settings;
use super::input::Inputs;
use super::parallel::both;
use super::policies::narrow::Narrowing;
use super::policies::{Policies, Wanted};
use crate::inventory::schema;

/// What is known before a document is read.
pub(super) struct Begun {
    pub(super) inputs: Inputs,
    pub(super) wanted: Wanted,
    pub(super) policies: Policies,
}

impl Begun {
    /// For these paths.
    pub(super) fn new(
        paths: &[PathBuf],
        settings: &Settings,
        arguments: &JudgingArguments,
        narrowing: Narrowing,
    ) -> Self {
        let wanted = Wanted {
            everywhere: true,
            files: settings.policies.value.clone(),
            profile: settings.profile.value,
            fail_on: settings.fail_on.value,
            namespace: settings.namespace.value.clone(),
            narrowing,
        };
        let policies = || {
            let policies = Policies::read(&wanted, &arguments.bounds());
            if policies.asks("schema-valid") {
                schema::prepare();
            }
            policies
        };
        // To find the files takes as long.
        let (policies, inputs) =
            both(policies, || Inputs::resolve(paths, &settings.excludes, arguments.rendering.whole));
        Self { inputs, wanted, policies }
    }
}
