//! Sets of container classes.

use crate::inventory::container::ContainerClass;

/// The container classes that a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    classes: &'static [ContainerClass],
}

impl Classes {
    /// Every class: what security checks look at.
    pub const ALL: Self = Self { classes: ContainerClass::ALL };
    /// The classes that can have resources.
    pub const WITH_RESOURCES: Self =
        Self { classes: &[ContainerClass::App, ContainerClass::Sidecar, ContainerClass::Init] };
    /// The classes that can have ports.
    pub const WITH_PORTS: Self = Self::WITH_RESOURCES;
    /// App containers only.
    pub const APP: Self = Self { classes: &[ContainerClass::App] };
    /// The classes that run as long as the pod does, and so can have probes.
    pub const LONG_RUNNING: Self = Self { classes: &[ContainerClass::App, ContainerClass::Sidecar] };

    /// Whether a class is among them.
    pub fn contain(self, class: ContainerClass) -> bool {
        self.classes.contains(&class)
    }
}
