//! A set of names that does not change any more: the keys of a Secret or a ConfigMap.
//!
//! A `BTreeSet` allocates places for eleven; of thousands of Secrets most have one or two keys. It must not be used
//! for what grows. Next: [`super::small_map`], the same for maps.

/// Names, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    names: Box<[Box<str>]>,
}

impl Names {
    /// Whether this name is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.names.binary_search_by(|known| (**known).cmp(name)).is_ok()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(|name| &**name)
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl<N: Into<Box<str>>> FromIterator<N> for Names {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Self { names: names.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_each_is_there_once() {
        let names: Names = ["tls.key", "ca.crt", "tls.key"].into_iter().collect();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["ca.crt", "tls.key"]);
        assert!(names.contains("ca.crt") && names.contains("tls.key"));
        assert!(!names.contains("tls") && !names.contains("") && !names.is_empty());
        assert!(Names::default().is_empty() && !Names::default().contains(""));
    }
}
