//! `docs/performance.md` shows the figures in `docs/performance/` and no others.
#![cfg(test)]

use std::path::Path;

use seaworthy_e2e::bench::table;

#[test]
fn the_tables_show_the_figures() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let document = std::fs::read_to_string(docs.join("performance.md")).unwrap();
    let expected = table::generated(&document, &docs).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(docs.join("performance.md"), expected).unwrap();
        return;
    }
    assert!(document == expected, "run `make generate`: the tables are not those of docs/performance/*.json");
}
