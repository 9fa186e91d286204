//! What a container's `command` and `args` start, reduced to the programs that checks ask about.
//!
//! The words themselves are not kept: they may hold credentials, and scripts are long. It must not
//! decide whether a program is welcome. Next: [`super::command`].

/// Those that start another program with other rights.
pub(super) const WITH_OTHER_RIGHTS: &[&str] = &["doas", "su", "sudo"];
/// Those that serve shells to whoever comes with a key.
pub(super) const REMOTE_SHELLS: &[&str] = &["dropbear", "sshd"];
/// Words after which a shell, or a program that starts another, looks for a program.
const BEFORE_A_PROGRAM: &[&str] = &[
    "!", "--", "do", "elif", "else", "env", "exec", "if", "nice", "nohup", "then", "time", "until", "while",
];

/// The first of these programs in each element, with the element's place.
pub(super) fn calls(
    elements: &[String],
    programs: &'static [&'static str],
) -> impl Iterator<Item = (u32, &'static str)> {
    let mut before = "";
    (0..).zip(elements).filter_map(move |(place, element)| {
        // What follows an option is its value, not a program.
        let value = before.starts_with('-') && before != "--" && !takes_a_script(before);
        before = element;
        if value { None } else { program(element, programs).map(|program| (place, program)) }
    })
}

/// `-c`, `-ec`, `-lc` and the like.
fn takes_a_script(option: &str) -> bool {
    !option.starts_with("--") && option.ends_with('c')
}

/// The first of these programs in a script, or in a single word.
fn program(script: &str, programs: &[&'static str]) -> Option<&'static str> {
    let mut expected = true;
    for word in words(script) {
        if is_separator(word) {
            expected = true;
        } else if expected && let Some(program) = asked_about(word, programs) {
            return Some(program);
        } else {
            let assignment = expected && word.contains('=') && !word.starts_with('-');
            expected = assignment || BEFORE_A_PROGRAM.contains(&word);
        }
    }
    None
}

fn asked_about(word: &str, programs: &[&'static str]) -> Option<&'static str> {
    // The value of an option may be a path that ends in such a name.
    if word.starts_with('-') {
        return None;
    }
    let name = word.trim_matches(['"', '\'']).rsplit('/').next()?;
    programs.iter().copied().find(|program| *program == name)
}

fn is_separator(word: &str) -> bool {
    word.chars().all(is_separating)
}

const fn is_separating(c: char) -> bool {
    matches!(c, ';' | '&' | '|' | '(' | ')' | '{' | '}' | '`' | '\n')
}

/// Words and separators of a script, one after another.
fn words(script: &str) -> impl Iterator<Item = &str> {
    let mut rest = script;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', '\r', '$']);
        let first = rest.chars().next()?;
        let end = if is_separating(first) {
            first.len_utf8()
        } else {
            rest.find(|c: char| matches!(c, ' ' | '\t' | '\r') || is_separating(c)).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(elements: &[&str]) -> Vec<(u32, &'static str)> {
        let elements: Vec<String> = elements.iter().map(|element| (*element).to_owned()).collect();
        calls(&elements, WITH_OTHER_RIGHTS).collect()
    }

    #[test]
    fn a_program_is_found_by_its_name_wherever_it_lies() {
        assert_eq!(found(&["sudo", "-u", "app", "/run.sh"]), [(0, "sudo")]);
        assert_eq!(found(&["/usr/bin/sudo", "id"]), [(0, "sudo")]);
        assert_eq!(found(&["tini", "--", "su", "app"]), [(2, "su")]);
        assert_eq!(found(&["/bin/pseudo", "summary", "sudoku"]), []);
    }

    #[test]
    fn a_script_is_read_as_a_shell_would() {
        for script in [
            "apt-get update && sudo apt-get install -y curl",
            "set -e\nsudo id",
            "X=1 sudo id",
            "id; exec su - app",
            "echo $(sudo cat /etc/shadow)",
            "if sudo true; then id; fi",
        ] {
            assert_eq!(found(&["sh", "-ec", script]).len(), 1, "{script}");
        }
        for script in ["echo sudo", "grep su /etc/passwd", "ls /etc/sudoers.d", "echo 'do not use sudo'"] {
            assert_eq!(found(&["sh", "-c", script]), [], "{script}");
        }
    }

    #[test]
    fn the_value_of_an_option_is_no_program() {
        assert_eq!(found(&["app", "--language", "su"]), []);
        assert_eq!(found(&["app", "--user=su"]), []);
        assert_eq!(found(&["app", "--shell=/bin/su"]), []);
    }

    #[test]
    fn programs_are_asked_about_by_group() {
        let elements = ["sh", "-c", "sudo /usr/sbin/sshd -D; exec /usr/sbin/sshd -D"].map(str::to_owned);
        let of = |programs| calls(&elements, programs).collect::<Vec<_>>();
        assert_eq!(of(WITH_OTHER_RIGHTS), [(2, "sudo")]);
        assert_eq!(of(REMOTE_SHELLS), [(2, "sshd")]);
    }
}
