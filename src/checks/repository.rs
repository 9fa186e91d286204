//! Images as checks see them, and lists of registries and repositories as policies write them.
//!
//! It must not say which are good. Next: the checks of the family `images`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::ContainerSubject;
use crate::inventory::image::ImageReference;

/// Longest part of a text that a message shows.
const SHOWN: usize = 100;

/// A container's image, or what is wrong with it in words.
pub(super) fn image<'a>(subject: &ContainerSubject<'a>) -> Result<ImageReference<'a>, String> {
    if subject.container.image.is_empty() {
        return Err("no image is set".to_owned());
    }
    // The text is not shown: people put passwords into what is no reference.
    subject.image().map_err(|error| format!("the image cannot be pulled: {error}"))
}

/// An image for a message.
pub(super) fn shown(image: &ImageReference<'_>) -> String {
    let mut text = image.repository();
    if let Some(tag) = image.tag {
        text.extend([":", tag]);
    }
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A registry, or a repository of it and all below: `registry.example/team`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub(super) struct Repositories {
    prefix: String,
}

impl Repositories {
    /// Those of this prefix, which must be in full.
    pub(super) fn known(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The prefix in full.
    pub(super) fn as_str(&self) -> &str {
        &self.prefix
    }

    /// The first of a list that an image is of.
    pub(super) fn find<'a>(list: &'a [Self], image: &ImageReference<'_>) -> Option<&'a Self> {
        list.iter().find(|repositories| image.is_within(&repositories.prefix))
    }
}

impl From<Repositories> for String {
    fn from(repositories: Repositories) -> Self {
        repositories.prefix
    }
}

impl TryFrom<String> for Repositories {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is neither a registry, such as registry.example, nor a repository of one");
        let plain = text.strip_suffix('/').unwrap_or(&text);
        if plain.contains('/') {
            // Of what lies below it, so that one word behind a registry is an owner and no image.
            let below = format!("{plain}/x");
            let image = ImageReference::parse(&below).map_err(|_| wrong())?;
            let repository = image.repository();
            let prefix = repository.strip_suffix("/x").filter(|_| !image.domain.is_empty());
            return prefix.map(Self::known).ok_or_else(wrong);
        }
        // A registry by its host: a word without a dot or a port would be an image of Docker Hub.
        let below = format!("{plain}/a/b");
        let image = ImageReference::parse(&below).map_err(|_| wrong())?;
        let is_host = image.path == "a/b" && !image.domain.is_empty();
        if is_host { Ok(Self { prefix: image.domain.to_owned() }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Result<String, String> {
        Repositories::try_from(text.to_owned()).map(String::from)
    }

    #[test]
    fn entries_are_completed_as_images_are() {
        for (text, expected) in [
            ("registry.example", "registry.example"),
            ("registry.example/", "registry.example"),
            ("registry.example:5000/team", "registry.example:5000/team"),
            ("localhost", "localhost"),
            ("index.docker.io", "docker.io"),
            ("team/app", "docker.io/team/app"),
            ("docker.io/team", "docker.io/team"),
        ] {
            assert_eq!(prefix(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_entry_that_could_end_inside_the_name_of_a_host_is_refused() {
        for text in [
            "",
            "/",
            "registry",
            "*.example",
            "https://registry.example",
            "registry.example/app:1",
            "r.",
            "a b.c",
        ] {
            assert!(prefix(text).unwrap_err().contains("neither a registry"), "{text}");
        }
    }
}
