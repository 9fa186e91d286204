//! A folder of manifests like those that teams write, as large as one likes.
//!
//! What they say is in [`documents`], which the root package's test of memory reads as well. Next: [`super::speed`].

#[path = "../../../tests/support/corpus.rs"]
mod documents;

use std::{fmt::Write as _, fs, path::Path};

use self::documents::document;
use crate::Error;

/// Documents in a folder.
const IN_FOLDER: usize = 1_000;

/// Writes this many documents, one a file in folders below `many`, and all in the file `one`.
pub fn write(documents: usize, many: &Path, one: &Path) -> Result<(), Error> {
    let mut all = String::new();
    for index in 0..documents {
        let folder = many.join(format!("{:03}", index / IN_FOLDER));
        if index % IN_FOLDER == 0 {
            fs::create_dir_all(&folder).map_err(Error::io("make a folder of manifests"))?;
        }
        let text = document(index);
        let path = folder.join(format!("{index:06}.yaml"));
        fs::write(&path, &text).map_err(Error::io(format!("write {}", path.display())))?;
        let _ = write!(all, "---\n{text}");
    }
    fs::write(one, all).map_err(Error::io(format!("write {}", one.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_of_the_size_that_is_told() {
        let bytes: usize = (0..3_000).map(|index| document(index).len()).sum();
        assert!((800..1_000).contains(&(bytes / 3_000)), "{}", bytes / 3_000);
    }
}
