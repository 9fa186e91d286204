//! PEM blocks and base64, decoded into buffers that are wiped when they are dropped.
//!
//! Written here because the crates at hand skip what a finding must name (an encrypted key, a block that
//! breaks off) and leave copies of a private key in memory. It must not interpret what a block holds, and
//! no byte of it may leave in an error. Next: `x509` and `key`, which read the blocks.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Standard alphabet and required padding; bits left over in the last character are let through, as Go does.
const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// One block of a PEM text.
pub(super) struct Block<'a> {
    label: &'a [u8],
    headers: &'a [u8],
    /// The base64 text; none when the block breaks off or ends under another label.
    body: Option<&'a [u8]>,
}

impl Block<'_> {
    /// Whether this block is a certificate.
    pub(super) fn is_certificate(&self) -> bool {
        self.label == b"CERTIFICATE"
    }

    /// Whether this block is a private key in any notation, encrypted or not.
    pub(super) fn is_private_key(&self) -> bool {
        self.label == b"PRIVATE KEY" || self.label.ends_with(b" PRIVATE KEY")
    }

    /// Whether the content is encrypted, by either of the two ways to say so.
    pub(super) fn is_encrypted(&self) -> bool {
        self.label == b"ENCRYPTED PRIVATE KEY"
            || lines(self.headers).any(|line| line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED"))
    }

    /// The bytes of the block, if it is whole and base64.
    pub(super) fn der(&self) -> Option<Zeroizing<Vec<u8>>> {
        decode(self.body?, |byte| byte.is_ascii_whitespace())
    }
}

/// Decodes base64 as the API server decodes a value of `data`: line ends count for nothing.
pub(in crate::inventory) fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    decode(text, |byte| matches!(byte, b'\r' | b'\n'))
}

fn decode(text: &[u8], ignored: fn(u8) -> bool) -> Option<Zeroizing<Vec<u8>>> {
    // Sized beforehand: a buffer that grows leaves its former self behind.
    let mut compact = Zeroizing::new(Vec::with_capacity(text.len()));
    compact.extend(text.iter().copied().filter(|byte| !ignored(*byte)));
    let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(compact.len())]);
    let length = ENGINE.decode_slice(compact.as_slice(), decoded.as_mut_slice()).ok()?;
    decoded.truncate(length);
    Some(decoded)
}

/// The blocks of a PEM text, in order; what stands between them counts for nothing.
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (line, after) = take_line(rest)?;
            rest = after;
            if let Some(label) = begin(line) {
                let (block, after) = read_block(label, rest);
                rest = after;
                return Some(block);
            }
        }
    })
}

fn read_block<'a>(label: &'a [u8], text: &'a [u8]) -> (Block<'a>, &'a [u8]) {
    let (headers, content) = split_while(text, |line| line.contains(&b':'));
    let (body, end) = split_while(content, |line| !line.starts_with(b"-----"));
    let whole = take_line(end).filter(|(line, _)| is_end(line, label));
    let after = whole.map_or(end, |(_, after)| after);
    (Block { label, headers, body: whole.map(|_| body) }, after)
}

/// The text up to the first line that does not fit, and the rest.
fn split_while(text: &[u8], fits: impl Fn(&[u8]) -> bool) -> (&[u8], &[u8]) {
    let mut rest = text;
    while let Some((line, after)) = take_line(rest) {
        if !fits(line) {
            break;
        }
        rest = after;
    }
    text.split_at_checked(text.len() - rest.len()).unwrap_or((text, &[]))
}

fn begin(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")
}

fn is_end(line: &[u8], label: &[u8]) -> bool {
    line.strip_prefix(b"-----END ").and_then(|rest| rest.strip_suffix(b"-----")) == Some(label)
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end)
}

/// The first line without trailing white space, and what follows it; none at the end of the text.
fn take_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let mut parts = text.splitn(2, |byte| *byte == b'\n');
    let line = parts.next()?.trim_ascii_end();
    Some((line, parts.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
        blocks(text.as_bytes())
            .map(|block| {
                (String::from_utf8_lossy(block.label).into_owned(), block.der().map(|der| der.to_vec()))
            })
            .collect()
    }

    #[test]
    fn blocks_are_found_between_other_text() {
        let text = "Bag Attributes\n-----BEGIN A-----\r\nYQ==\r\n-----END A-----\nnoise\n-----BEGIN B C-----\nYm\n I=\n-----END B C-----";
        assert_eq!(
            labels(text),
            [("A".to_owned(), Some(b"a".to_vec())), ("B C".to_owned(), Some(b"bb".to_vec()))]
        );
    }

    #[test]
    fn a_broken_block_does_not_swallow_the_next() {
        for broken in [
            "-----BEGIN A-----\nYQ==\n",
            "-----BEGIN A-----\nYQ==\n-----END B-----\n",
            "-----BEGIN A-----\n-----BEGIN",
            "-----BEGIN A-----\nY!==\n-----END A-----\n",
        ] {
            let found = labels(&format!("{broken}\n-----BEGIN B-----\nYg==\n-----END B-----\n"));
            assert_eq!(found, [("A".to_owned(), None), ("B".to_owned(), Some(b"b".to_vec()))], "{broken}");
        }
        assert_eq!(labels("  -----BEGIN A-----\nYQ==\n  -----END A-----\n"), []);
        assert_eq!(labels(""), []);
    }

    #[test]
    fn encryption_is_seen_in_the_label_and_in_the_headers() {
        let header = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nYQ==\n-----END RSA PRIVATE KEY-----";
        let label = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nYQ==\n-----END ENCRYPTED PRIVATE KEY-----";
        let plain = "-----BEGIN EC PRIVATE KEY-----\nYQ==\n-----END EC PRIVATE KEY-----";
        for (text, encrypted) in [(header, true), (label, true), (plain, false)] {
            let block = blocks(text.as_bytes()).next().unwrap();
            assert!(block.is_private_key());
            assert_eq!(block.is_encrypted(), encrypted);
            assert_eq!(block.der().unwrap().as_slice(), b"a");
        }
    }

    #[test]
    fn base64_is_read_as_go_reads_it() {
        for (text, expected) in [
            ("", Some("")),
            ("YWI=", Some("ab")),
            ("Y\r\nWI\n=", Some("ab")),
            ("YWJ=", Some("ab")),
            ("YWI", None),
            ("Y W I=", None),
            ("YWI=YWI=", None),
            ("-_==", None),
            ("YWI==", None),
        ] {
            let decoded = decode_base64(text.as_bytes());
            assert_eq!(
                decoded.as_ref().map(|bytes| bytes.as_slice()),
                expected.map(str::as_bytes),
                "{text:?}"
            );
        }
    }
}
