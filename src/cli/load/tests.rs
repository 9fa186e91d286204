use super::*;

/// `file number line name` of each document, and the numbers of those that cannot be read.
fn read(name: &str, text: &str) -> (Vec<String>, Vec<Option<usize>>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut read = Vec::new();
    let name = |document: Document<'_>| (document.location, document.value.get("a").unwrap().to_string());
    let loaded = load(&[path], &Bounds::default(), &name, &mut |(location, name), before| {
        let line = location.position.map_or(0, |position| position.line);
        read.push(format!("{} {line} {name}", location.document + before));
    });
    (read, loaded.problems.iter().map(|problem| problem.document).collect(), loaded.documents)
}

#[test]
fn a_large_file_is_read_like_a_small_one() {
    let document = |index: usize| match index {
        // Empty ones do not count, broken ones do.
        70 => "---\n# nothing\n".to_owned(),
        200 => "---\na: [\n".to_owned(),
        index => format!("---\na: {index}\n"),
    };
    let small: String = (0..1_000).map(document).collect();
    let filler = format!("---\na: {}\n", "x".repeat(LARGE));
    let (few, wrong, count) = read("small.yaml", &small);
    assert!(small.len() < LARGE && few.len() == 998);
    assert_eq!((wrong.as_slice(), count, few[70].as_str()), (&[Some(200)][..], 999, "71 144 71"));
    let (mut many, same, more) = read("large.yaml", &(small + &filler));
    assert!(many.pop().unwrap().starts_with("1000 "));
    assert_eq!((many, same, more), (few, wrong, 1_000));
}
