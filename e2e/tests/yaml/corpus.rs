//! The hard cases of `tests/fixtures/yaml`, and what is made of them.

use std::path::{Path, PathBuf};

/// Where a scalar can stand; `@` is the scalar.
const PLACES: &[&str] = &[
    "a: @\n",
    "@: a\n",
    "- @\n",
    "[@]\n",
    "[a, @, b]\n",
    "{a: @}\n",
    "{@: a}\n",
    "@",
    "? @\n: b\n",
    "a:\n  @\n",
    "a: !!str @\n",
    "a: !!int @\n",
    "a: !!float @\n",
    "a: !!bool @\n",
    "a: !!null @\n",
    "a: &x @\nb: *x\n",
    "<<: @\n",
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

fn lines(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(fixtures().join("yaml").join(name)).unwrap();
    text.lines().filter(|line| !line.starts_with("//") && !line.is_empty()).map(str::to_owned).collect()
}

/// The documents: one JSON string a line, so that tabs and line ends are seen.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let mut documents: Vec<Vec<u8>> = ["documents.txt", "streams.txt"]
        .iter()
        .flat_map(|name| lines(name))
        .map(|line| {
            serde_json::from_str::<String>(&line)
                .unwrap_or_else(|error| panic!("{line}: {error}"))
                .into_bytes()
        })
        .collect();
    for name in ["bad.yaml", "good.yaml", "list.json", "owned.yaml", "namespaces.yaml"] {
        documents.push(std::fs::read(fixtures().join("cli").join(name)).unwrap());
    }
    documents
}

/// Every case: the documents, and each scalar in each place.
pub(crate) fn cases() -> Vec<Vec<u8>> {
    let scalars = lines("scalars.txt");
    let placed =
        scalars.iter().flat_map(|scalar| PLACES.iter().map(|place| place.replace('@', scalar).into_bytes()));
    documents().into_iter().chain(placed).collect()
}
