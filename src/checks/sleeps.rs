//! How long a command sleeps: `sleep` as a program, or in a script of a shell.
//!
//! Only what is surely waited counts: of alternatives the longest, of what runs in the background nothing, of a
//! length that a variable holds nothing. It must not run anything. Next: the check `graceful-termination`.

/// What is longer than every grace period.
pub(super) const FOR_EVER: i64 = i64::MAX;

/// Words by which a script may do a thing, or leave it, or do it again.
const CHOICES: &[&str] = &["if", "case", "while", "until", "for", "select", "||"];

/// How many whole seconds a command surely sleeps; nothing if it does not.
pub(super) fn seconds(command: &[String]) -> Option<i64> {
    let mut sleeps = Vec::new();
    let mut may_choose = false;
    for step in steps(command) {
        may_choose |= step.words.first().is_some_and(|word| CHOICES.contains(word));
        if !step.is_in_background {
            sleeps.extend(slept(&step.words));
        }
    }
    let milliseconds =
        if may_choose { sleeps.into_iter().max() } else { sleeps.into_iter().reduce(i64::saturating_add) };
    milliseconds.map(|sum| if sum == FOR_EVER { sum } else { sum / 1000 })
}

/// One command of a script.
#[derive(Default)]
struct Step<'a> {
    words: Vec<&'a str>,
    is_in_background: bool,
}

/// A command in steps: words without white space are one, a word with some is a script.
fn steps(command: &[String]) -> Vec<Step<'_>> {
    let mut steps = vec![Step::default()];
    for part in command {
        if !part.contains([' ', '\t', '\n', ';', '&', '|', '(']) {
            push(&mut steps, part);
            continue;
        }
        steps.push(Step::default());
        for line in part.lines() {
            in_line(&mut steps, line);
            steps.push(Step::default());
        }
    }
    steps
}

fn push<'a>(steps: &mut [Step<'a>], word: &'a str) {
    if let Some(step) = steps.last_mut().filter(|_| !word.is_empty()) {
        step.words.push(word);
    }
}

/// Adds the steps of one line of a script.
fn in_line<'a>(steps: &mut Vec<Step<'a>>, line: &'a str) {
    let mut rest = line;
    while let Some(end) = rest.find([' ', '\t', ';', '&', '|', '(', ')', '{', '}', '#']) {
        let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        push(steps, word);
        let separator = tail.get(..1).unwrap_or_default();
        rest = tail.get(1..).unwrap_or_default();
        match separator {
            // A comment begins at the beginning of a word.
            "#" if word.is_empty() => return,
            " " | "\t" | "#" => {}
            // `2>&1` sends one stream to another, `&>` both to a file.
            "&" if word.ends_with(['>', '<']) || rest.starts_with('>') => {}
            "&" if !rest.starts_with('&') => {
                if let Some(step) = steps.last_mut() {
                    step.is_in_background = true;
                }
                steps.push(Step::default());
            }
            "|" if rest.starts_with('|') => {
                steps.push(Step { words: vec!["||"], is_in_background: false });
                steps.push(Step::default());
            }
            _ => steps.push(Step::default()),
        }
    }
    push(steps, rest);
}

/// How many milliseconds one command sleeps.
fn slept(words: &[&str]) -> Option<i64> {
    let is = |name: &'static str| move |word: &&str| word.rsplit('/').next() == Some(name);
    let place = words.iter().position(is("sleep"))?;
    let (before, operands) = (words.get(..place)?, words.get(place + 1..)?);
    let sum = operands.iter().map_while(|word| milliseconds(word)).reduce(i64::saturating_add)?;
    let limit = before.iter().position(is("timeout")).and_then(|place| before.get(place + 1..));
    let limit = limit.and_then(|words| words.iter().find_map(|word| milliseconds(word)));
    Some(limit.map_or(sum, |limit| limit.min(sum)))
}

/// `30`, `1.5`, `2m`, `infinity`: a length as `sleep` reads it.
fn milliseconds(word: &str) -> Option<i64> {
    let word = word.trim_matches(['"', '\'']);
    if ["inf", "infinity"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
        return Some(FOR_EVER);
    }
    let (number, unit) = match word.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) if word.ends_with('m') => (number, 60),
        Some(number) if word.ends_with('h') => (number, 3_600),
        Some(number) if word.ends_with('d') => (number, 86_400),
        Some(number) => (number, 1),
        None => (word, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.is_empty() || number == "." || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    // As many digits as could be: a longer number is for ever.
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().unwrap_or(FOR_EVER) };
    let thousandths: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(whole.saturating_mul(1000).saturating_add(thousandths).saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Option<i64> {
        seconds(&["sh".to_owned(), "-c".to_owned(), text.to_owned()])
    }

    #[test]
    fn lengths_are_read_as_sleep_reads_them() {
        for (text, seconds) in [
            ("sleep 1m", Some(60)),
            ("sleep 1m 30s", Some(90)),
            ("sleep 30.5", Some(30)),
            ("sleep .5h", Some(1_800)),
            ("sleep 1d", Some(86_400)),
            ("sleep infinity", Some(FOR_EVER)),
            ("sleep '45'", Some(45)),
            ("sleep 99999999999999999999", Some(FOR_EVER)),
            ("sleep $WAIT", None),
            ("sleep", None),
            ("sleep 5x", None),
            ("sleep -1", None),
            ("sleep .", None),
        ] {
            assert_eq!(script(text), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_done_one_after_the_other_adds_up() {
        for (text, seconds) in [
            ("sleep 20; nginx -s quit; sleep 25", Some(45)),
            ("sleep 20 && sync\nsleep 25", Some(45)),
            ("(sleep 45)", Some(45)),
            ("{ sleep 20; } 2>&1; sleep 1.5 >/dev/null 2>&1 && sleep 1.5", Some(23)),
            ("exec /bin/sleep 30s", Some(30)),
            ("sleep 20 # sleep 25", Some(20)),
            ("# sleep 30", None),
            ("cat x | sleep 5", Some(5)),
            ("sleep 30 &>/dev/null", Some(30)),
            ("echo a#b; sleep 3", Some(3)),
        ] {
            assert_eq!(script(text), seconds, "{text}");
        }
    }

    #[test]
    fn only_what_is_surely_waited_counts() {
        for (text, seconds) in [
            ("sleep 45 & nginx -s quit", None),
            ("sleep 5 || sleep 40", Some(40)),
            ("if test -e /a; then sleep 20; else sleep 25; fi", Some(25)),
            ("while curl a; do sleep 1; done", Some(1)),
            ("timeout 10 sleep 60", Some(10)),
            ("/drain", None),
        ] {
            assert_eq!(script(text), seconds, "{text}");
        }
        let words = |words: &[&str]| seconds(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["/bin/sleep", "10", "20"]), Some(30));
        assert_eq!(words(&["/drain", "30"]), None);
        assert_eq!(words(&[]), None);
    }
}
