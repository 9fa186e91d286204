//! Whatever bytes come in, nothing panics: objects and what every check says of them, quantities, selectors,
//! certificates, references to images, parameters of checks.
//!
//! `make fuzz` runs each target for a minute from another seed and keeps what taught it something: an input whose
//! answer is of a new form becomes a seed, and a file of `tests/fixtures/fuzz/<target>/`. Without it the kept ones
//! are tried, and some hundred changes of them, always the same. An input that breaks something is kept as well:
//! commit it with the mend. It must not say what is right about an answer: other tests do.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use seaworthy::catalogue::{Compiled, WorkloadSubject};
use seaworthy::checks;
use seaworthy::engine::judge::judge;
use seaworthy::inventory::certificate::TlsMaterial;
use seaworthy::inventory::decode::{decode, decode_document, decode_or_broken};
use seaworthy::inventory::image::ImageReference;
use seaworthy::inventory::labels::Labels;
use seaworthy::inventory::lookup::{Cause, Coverage};
use seaworthy::inventory::quantity::Quantity;
use seaworthy::inventory::selector::LabelSelector;
use seaworthy::inventory::written::{Shape, Written};
use seaworthy::inventory::{Inventory, Kind, Object, Workload};

use support::mutation::Chance;

mod support {
    pub(crate) mod mutation;
}

/// Inputs made without a time to keep to.
const CASES: usize = 400;
/// Files that are kept of a target, and their largest size.
const KEPT: usize = 120;
const LARGEST: usize = 4096;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(target)
}

fn kept(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder(target)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn keep(target: &str, input: &[u8]) -> PathBuf {
    fs::create_dir_all(folder(target)).unwrap();
    let sum = input.iter().fold(17_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(*byte));
    let file = folder(target).join(format!("{sum:016x}"));
    fs::write(&file, input).unwrap();
    file
}

/// Tries what is kept and the seeds, then changed ones until the time or the number of cases is over.
fn fuzz(target: &str, seeds: Vec<Vec<u8>>, run: impl Fn(&[u8]) -> String) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("SEAWORTHY_FUZZ_SEED").unwrap_or(7);
    let end = number("SEAWORTHY_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut corpus = kept(target);
    let mut files = corpus.len();
    corpus.extend(seeds);
    // What an answer looks like, without what differs from input to input.
    let form =
        |answer: &str| -> String { answer.chars().filter(char::is_ascii_alphabetic).take(90).collect() };
    let mut forms: BTreeSet<String> =
        corpus.iter().map(|input| form(&attempt(target, input, &run))).collect();
    let mut chance = Chance::new(seed);
    let mut cases = 0;
    while end.map_or(cases < CASES, |end| Instant::now() < end) {
        cases += 1;
        let (one, other) = (chance.below(corpus.len()), chance.below(corpus.len()));
        let input = chance.change(&corpus[one], &corpus[other]);
        if forms.insert(form(&attempt(target, &input, &run))) && input.len() <= LARGEST {
            if end.is_some() && files < KEPT {
                keep(target, &input);
                files += 1;
            }
            corpus.push(input);
        }
    }
    println!("{target}: {cases} inputs from seed {seed}, {} forms of answers, {files} kept", forms.len());
}

fn attempt(target: &str, input: &[u8], run: &impl Fn(&[u8]) -> String) -> String {
    catch_unwind(AssertUnwindSafe(|| run(input))).unwrap_or_else(|_| {
        panic!("{target}: the input is in {}", keep(target, input).display());
    })
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The objects of the cases of all checks, and the baseline.
fn objects() -> Vec<Vec<u8>> {
    let mut seeds = vec![fixture("baseline.json")];
    for check in checks::ALL {
        let cases: serde_json::Value =
            serde_json::from_slice(&fixture(&format!("checks/{}.json", check.name))).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let with = case["with"].as_array().into_iter().flatten();
            seeds.extend(with.chain(case.get("object")).map(|object| object.to_string().into_bytes()));
        }
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

/// What every check says of a workload; a check that panics says that it failed.
fn judged(workload: &Workload, compiled: &[Compiled]) -> usize {
    let mut inventory = Inventory::with_coverage(Coverage::Complete);
    inventory.apply(Object::Workload(Box::new(workload.clone())));
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut findings = 0;
    for (check, compiled) in checks::ALL.iter().zip(compiled) {
        let namespace = inventory.namespace(&workload.metadata.namespace);
        let judged = judge(check, compiled, &WorkloadSubject { workload, namespace, now });
        let broken = judged.findings.iter().any(|found| found.cause == Some(Cause::Internal));
        assert!(!broken, "{}: {:?}", check.name, judged.findings);
        findings += judged.findings.len();
    }
    findings
}

/// A document says the same as its text.
fn assert_reads_alike(kind: Kind, document: &serde_json::Value) {
    // Only text says how an object was written, and has a hash.
    let written = Written { api_version: "v1".into(), shape: Shape::Taken };
    let read = |object: Result<Object, _>| {
        let mut object = object.ok()?;
        object.metadata_mut().written = Some(written.clone().into());
        if let Object::Workload(workload) = &mut object {
            workload.template_hash.clear();
        }
        Some(object)
    };
    let of_text = read(decode(kind, &document.to_string()));
    assert_eq!(read(decode_document(kind, &document.clone().into())), of_text, "{kind}: {document}");
}

#[test]
fn objects_of_every_kind_decode_or_are_broken_and_every_check_bears_them() {
    let compile = |check: &&seaworthy::catalogue::Check| (check.compile)(&serde_json::Map::new()).unwrap();
    let compiled: Vec<Compiled> = checks::ALL.iter().map(compile).collect();
    fuzz("objects", objects(), |input| {
        let text = String::from_utf8_lossy(input);
        let tree = serde_json::from_slice::<serde_json::Value>(input).ok();
        let name = tree.as_ref().and_then(|tree| Some(tree.get("kind")?.as_str()?.to_owned()));
        let name = name.unwrap_or_default();
        let mut answer = name.clone();
        for kind in Kind::ALL {
            // Of another kind it must not break either.
            let _ = decode_or_broken(*kind, &text);
            if let Some(tree) = &tree {
                assert_reads_alike(*kind, tree);
            }
            match decode(*kind, &text) {
                Err(error) if kind.as_str() == name => answer += &error.to_string(),
                Ok(Object::Workload(workload)) if kind.as_str() == name => {
                    answer += &"f".repeat(judged(&workload, &compiled) % 40);
                }
                _ => {}
            }
        }
        answer
    });
}

#[test]
fn quantities_are_read_or_refused() {
    let seeds = texts(&["1", "100m", "1.5Gi", "-0.5", "1e3", "9223372036854775807", ".", "+1Ei", "1e-10"]);
    fuzz("quantities", seeds, |input| match String::from_utf8_lossy(input).parse::<Quantity>() {
        Ok(quantity) => {
            let written = quantity.to_string();
            assert_eq!(written.parse(), Ok(quantity), "{written}");
            written
        }
        Err(error) => error.to_string(),
    });
}

#[test]
fn selectors_are_compiled_or_refused() {
    let seeds = texts(&[
        "{}",
        r#"{"matchLabels":{"app":"web"}}"#,
        r#"{"matchExpressions":[{"key":"a","operator":"In","values":["b"]},{"key":"c","operator":"Exists"}]}"#,
    ]);
    let labels = Labels::from([("app".to_owned(), "web".to_owned())]);
    fuzz("selectors", seeds, |input| match serde_json::from_slice::<LabelSelector>(input) {
        Ok(selector) => match selector.compile() {
            Ok(compiled) => format!("{} {}", compiled.matches(&labels), compiled.is_empty()),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    });
}

#[test]
fn references_to_images_are_read_or_refused() {
    let seeds = texts(&[
        "nginx",
        "registry.example:5000/a/b:1.2@sha256:00",
        "docker.io/library/x",
        "A/b",
        "[::1]:5/a",
    ]);
    fuzz("images", seeds, |input| match ImageReference::parse(&String::from_utf8_lossy(input)) {
        Ok(image) => {
            assert!(!image.path.is_empty());
            format!("{} {} {}", image.domain.len() % 3, image.tag.is_some(), image.digest.is_some())
        }
        Err(error) => error.to_string(),
    });
}

#[test]
fn certificates_and_keys_are_read_or_refused() {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls")).unwrap();
    let mut paths: Vec<PathBuf> =
        files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let seeds = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    fuzz("certificates", seeds, |input| format!("{:?}", TlsMaterial::parse(Some(input), Some(input))));
}

#[test]
fn parameters_of_checks_are_read_or_refused() {
    let parameters = |check: &&seaworthy::catalogue::Check| {
        let compiled = (check.compile)(&serde_json::Map::new()).unwrap();
        compiled.parameters.into_bytes()
    };
    fuzz("parameters", checks::ALL.iter().map(parameters).collect(), |input| {
        let Ok(given) = serde_json::from_slice(input) else { return "no object".to_owned() };
        let answers = checks::ALL.iter().map(|check| match (check.compile)(&given) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        });
        answers.collect::<BTreeSet<String>>().into_iter().collect()
    });
}
