//! References to images: what the core makes of them is what the kubelet's own library makes of them.
//!
//! Generated from parts that are right, nearly right and wrong, and from bytes that mean something in the
//! grammar. It must not have an answer of its own.
use seaworthy::inventory::image::ImageReference;
use seaworthy_e2e::{Image, Oracle};

use super::{compare, random::Choices, texts::made};

const COMPARED: usize = 30_000;
const SEED: u64 = 27;

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const DOMAINS: &[&str] = &[
    "",
    "docker.io/",
    "index.docker.io/",
    "localhost/",
    "localhost:5000/",
    "registry.example/",
    "registry.example:5000/",
    "Registry/",
    "registry/",
    "r_x.io/",
    "-r.io/",
    "r.io-/",
    "r..io/",
    "r.io:/",
    "r.io:port/",
    "[::1]/",
    "[::1]:5000/",
    "[::g]/",
    "[]/",
    "127.0.0.1:80/",
    "http://",
    "user@r.io/",
    "ä.io/",
    "/",
    " r.io/",
    "a:b:1/",
    "[::1]x/",
    "R.IO/",
];
const PATHS: &[&str] = &[
    "nginx",
    "library/nginx",
    "team/app",
    "a/b/c/d",
    "a.b",
    "a_b",
    "a__b",
    "a___b",
    "a-b",
    "a---b",
    "a.-b",
    "a..b",
    "A",
    "team/App",
    "-a",
    "a-",
    ".a",
    "a.",
    "_a",
    "a//b",
    "",
    "a b",
    "é",
    "0",
    "a/",
    "a\n",
    "1a2b",
    "a._b",
];
const TAGS: &[&str] = &[
    "", "", "", ":1.0", ":latest", ":", ":_x", ":-x", ":.x", ":x-._9", ":X", ":a b", ":é", ":1:2", ":a/b",
    ":5000", ":5000/x",
];
const ALGORITHMS: &[&str] =
    &["sha256", "sha384", "sha512", "SHA256", "md5", "sha256+b64", "", "sha1", "blake3"];

/// Whole references, to be changed by chance.
const SEEDS: &[&str] = &[
    "nginx",
    "nginx:1.0",
    "team/app:latest",
    "registry.example:5000/a/b:1.2.3",
    "docker.io/library/nginx",
    "localhost/a_b",
    "[::1]:5000/a",
    "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "a/b:c@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

#[test]
fn references_are_read_as_the_kubelet_reads_them() {
    let mut oracle = Oracle::start().unwrap();
    let mut choices = Choices::seeded(SEED);
    let mut texts: Vec<String> = (0..COMPARED)
        .map(|_| if choices.percent(70) { assembled(&mut choices) } else { hostile(&mut choices) })
        .collect();
    texts.extend(made(COMPARED / 2, SEED, SEEDS, "abz019..//::__--@[]"));
    let theirs = |texts: &[String]| oracle.images(texts).unwrap().into_iter().map(expected).collect();
    compare("references", &texts, theirs, ours);
}

type Parts = Option<[String; 4]>;

fn ours(text: &str) -> Parts {
    let image = ImageReference::parse(text).ok()?;
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Some([image.domain.to_owned(), image.path.to_string(), text(image.tag), text(image.digest)])
}

fn expected(theirs: Image) -> Parts {
    let Image { valid, domain, path, tag, digest, .. } = theirs;
    valid.then_some([domain, path, tag, digest])
}

fn assembled(choices: &mut Choices) -> String {
    // Half of the parts are right, so that a good share of the whole is.
    let part = |choices: &mut Choices, parts: &'static [&'static str], right: usize| {
        let bound = if choices.percent(50) { right } else { parts.len() };
        parts[choices.below(bound)]
    };
    let domain = part(choices, DOMAINS, 7);
    let path = part(choices, PATHS, 7);
    let tag = part(choices, TAGS, 5);
    let digest = if choices.percent(30) { digest(choices) } else { String::new() };
    let long = if choices.percent(3) { "x".repeat(120 + choices.below(140)) } else { String::new() };
    let text = format!("{domain}{path}{long}{tag}{digest}");
    match choices.below(60) {
        0 => HEX.to_owned(),
        1 => format!("{HEX}{tag}"),
        2 => format!("{path}:{}", "t".repeat(120 + choices.below(16))),
        _ => text,
    }
}

fn digest(choices: &mut Choices) -> String {
    let algorithm = choices.one_of(ALGORITHMS);
    let full = match *algorithm {
        "sha384" => 96,
        "sha512" => 128,
        _ => 64,
    };
    let length = if choices.percent(75) { full } else { choices.below(140) };
    let digits: String = HEX.chars().cycle().take(length).collect();
    let digits = if choices.percent(90) { digits } else { digits.to_uppercase() };
    format!("@{algorithm}:{digits}")
}

/// Few characters, each of which means something.
fn hostile(choices: &mut Choices) -> String {
    let letters: Vec<char> = "aaabz09AZ..//::--__@[]% \n\tä\u{0}".chars().collect();
    let length = choices.below(14);
    (0..length).map(|_| *choices.one_of(&letters)).collect()
}
