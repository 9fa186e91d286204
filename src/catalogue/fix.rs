//! The one answer that some checks have to what they find: a field and the value that it should have.
//!
//! It must not edit anything. Next: [`super::check`], whose part it is.

/// The value that a field should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// True.
    True,
    /// False.
    False,
    /// A word.
    Text(&'static str),
    /// A list that holds this word, beside whatever else it holds.
    Member(&'static str),
}

/// What a field of a finding should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The end of the path of the fields that it is about.
    pub field: &'static str,
    /// What they should be.
    pub answer: Answer,
    /// Whether a program that runs as it should goes on doing so.
    pub is_safe: bool,
}

impl Fix {
    /// One that takes nothing away that a program would use.
    pub const fn safe(field: &'static str, answer: Answer) -> Self {
        Self { field, answer, is_safe: true }
    }

    /// One that a program may not be made for.
    pub const fn risky(field: &'static str, answer: Answer) -> Self {
        Self { field, answer, is_safe: false }
    }

    /// Whether it answers a finding on this field that says this. What asks for something else to be mended first
    /// is not answered by the field alone.
    pub fn answers(&self, field: &str, message: &str) -> bool {
        let is_end =
            field.strip_suffix(self.field).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        is_end && !message.ends_with("first")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_its_own_field_unless_something_else_comes_first() {
        let fix = Fix::safe("tty", Answer::False);
        assert!(fix.answers("spec.containers[0].tty", "tty is true"));
        assert!(!fix.answers("spec.containers[0].stdin", "stdin is true"));
        assert!(!fix.answers("spec.containers[0].getty", "x"));
        assert!(!fix.answers("spec.containers[0].tty", "a container: drop privileged first"));
    }
}
