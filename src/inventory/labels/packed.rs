//! How the parts of an entry are written: numbers as characters of one byte, and common keys as numbers.
//!
//! It must not know maps. Next: [`super::Labels`].

/// Long keys that many objects have: those that Kubernetes recommends for labels, and what common tools write. Nobody
/// sees their order.
pub(super) const COMMON: [&str; 16] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
    "kubernetes.io/metadata.name",
    "pod-template-hash",
    "deployment.kubernetes.io/revision",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "checksum/config",
    "prometheus.io/scrape",
    "prometheus.io/port",
    "prometheus.io/path",
];

/// Digits of a number have so many bits, the lowest first; one more bit says that another digit follows. So each is a
/// character of one byte.
const DIGIT_BITS: u32 = 6;
const FOLLOWED: u8 = 1 << DIGIT_BITS;
const DIGIT: u8 = FOLLOWED - 1;

/// Writes a number behind a text.
pub(super) fn push_number(packed: &mut String, mut number: usize) {
    loop {
        let digit = u8::try_from(number & usize::from(DIGIT)).unwrap_or_default();
        number >>= DIGIT_BITS;
        if number == 0 {
            packed.push(char::from(digit));
            return;
        }
        packed.push(char::from(digit | FOLLOWED));
    }
}

/// The number at the start of a text, and what follows it.
#[inline]
pub(super) fn number(packed: &str) -> (usize, &str) {
    // Hardly any takes a second digit, and these are read more often than anything else.
    match packed.as_bytes().first() {
        Some(&digit) if digit & FOLLOWED == 0 => (usize::from(digit), packed.get(1..).unwrap_or_default()),
        _ => long_number(packed),
    }
}

fn long_number(packed: &str) -> (usize, &str) {
    let (mut number, mut shift) = (0, 0);
    for (place, byte) in packed.bytes().enumerate() {
        number |= usize::from(byte & DIGIT).checked_shl(shift).unwrap_or_default();
        if byte & FOLLOWED == 0 {
            return (number, packed.get(place + 1..).unwrap_or_default());
        }
        shift += DIGIT_BITS;
    }
    (0, "")
}
