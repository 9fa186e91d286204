//! The SecretProviderClasses of a pod's volumes, and the Secrets that their driver makes for it.
//!
//! It must not judge. Next: `secrets/secret_refs_exist.rs`.

use crate::catalogue::WorkloadSubject;
use crate::inventory::lookup::Lookup;

/// The SecretProviderClasses of a pod's volumes.
pub(super) struct Classes<'a> {
    /// Each with the path of its name from the pod spec, and with the Secrets that it makes, if that is known.
    pub(super) named: Vec<(String, &'a str, Lookup<Vec<&'a str>>)>,
}

impl<'a> Classes<'a> {
    /// Those of this workload's pod.
    pub(super) fn of(subject: &WorkloadSubject<'a>) -> Self {
        let volumes = subject.pod().volumes.iter().enumerate();
        let named = volumes.filter_map(|(index, volume)| {
            let name = volume.driver.as_ref()?.provider_class.as_deref()?;
            let path = format!("volumes[{index}].csi.volumeAttributes.secretProviderClass");
            let made = subject.namespace.secret_provider_class(name).map(|class| {
                class.spec.secret_objects.iter().map(|object| object.secret_name.as_str()).collect()
            });
            Some((path, name, made))
        });
        Self { named: named.collect() }
    }

    /// Whether the driver makes this Secret for the pod.
    pub(super) fn makes(&self, secret: &str) -> Lookup<()> {
        let mut answer = Lookup::Missing;
        for (_, _, made) in &self.named {
            match made {
                Lookup::Found(made) if made.contains(&secret) => return Lookup::Found(()),
                Lookup::Unknown(cause) => answer = Lookup::Unknown(*cause),
                _ => {}
            }
        }
        answer
    }
}
