//! The macro that declares a check and captures its doc comment as the manual.
//!
//! It must stay plain `macro_rules`: a check's file reads as data. Next: any file of [`crate::checks`].

/// Declares `pub(crate) static CHECK`. The doc comment is the manual; its two examples are run as tests.
/// `reads` is the most the check may read; `reads_with` says, for a check where that depends on its
/// parameters, what it reads with these. `orphans` is what a check of workloads says of objects around them
/// that no workload reaches; `judges` what it says of objects in themselves, with the workload that they belong to or alone, and
/// from nothing but the object, unless `orphans` says otherwise of those alone; `judges_in` the only namespace in which it does; `sight` how far it looks where a policy of the whole cluster asks. `fixes` are the answers
/// that there is only one of.
macro_rules! check {
    (
        $(#[doc = $doc:expr])*
        name: $name:literal,
        family: $family:ident,
        severity: $severity:ident,
        title: $title:literal,
        profiles: [$($membership:expr),* $(,)?],
        reads: [$($kind:ident),* $(,)?],
        $(reads_with: $reads_with:path,)?
        parameters: $parameters:ty,
        $(sight: $sight:ident,)?
        rule: $variant:ident($($rule:tt)*)
        $(, orphans: [$($orphan:ident),* $(,)?] $of_orphan:path)?
        $(, judges: [$($judged:ident),* $(,)?] $of_object:path)?
        $(, judges_in: $judges_in:literal)?
        $(, fixes: [$($fix:expr),* $(,)?])? $(,)?
    ) => {
        $(#[doc = $doc])*
        pub(crate) static CHECK: $crate::catalogue::check::Check = $crate::catalogue::check::Check {
            name: $name,
            family: $crate::catalogue::check::Family::$family,
            severity: $crate::catalogue::severity::Severity::$severity,
            title: $title,
            docs: concat!($($doc, "\n"),*),
            profiles: &[$($membership),*],
            reads: &[$($crate::inventory::Kind::$kind),*],
            judges: &[$($($crate::inventory::Kind::$judged),*)?],
            compile: |given| {
                let parameters: $parameters = $crate::catalogue::parameters::read(given)?;
                Ok($crate::catalogue::check::Compiled {
                    parameters: $crate::catalogue::declare::canonical(&parameters),
                    reads: $crate::catalogue::declare::reads!(parameters, CHECK.reads $(, $reads_with)?),
                    sight: $crate::catalogue::declare::sight!($($sight)?),
                    orphans: $crate::catalogue::declare::beside!(parameters $(, [$($orphan),*], $of_orphan)?),
                    judges: $crate::catalogue::declare::beside!(parameters $(, [$($judged),*], $of_object)?),
                    judges_in: $crate::catalogue::declare::judges_in!($($judges_in)?),
                    rule: $crate::catalogue::declare::rule!($variant, parameters, $($rule)*),
                })
            },
            schema: $crate::catalogue::parameters::schema::<$parameters>,
            fixes: &[$($($fix),*)?],
        };
    };
}

/// The kinds a check reads with these parameters: all it may read, unless it says which.
macro_rules! reads {
    ($parameters:ident, $most:expr) => {
        $most
    };
    ($parameters:ident, $most:expr, $reads_with:path) => {
        $reads_with(&$parameters)
    };
}

/// The only namespace of which a check says anything of other objects, if there is one.
macro_rules! judges_in {
    () => {
        None
    };
    ($namespace:literal) => {
        Some($namespace)
    };
}

/// How far a check looks: no further than its namespace, unless it says so.
macro_rules! sight {
    () => {
        $crate::catalogue::check::Sight::Own
    };
    ($sight:ident) => {
        $crate::catalogue::check::Sight::$sight
    };
}

/// Binds parameters to a rule.
macro_rules! rule {
    (Container, $parameters:ident, $classes:expr, $evaluate:path) => {
        $crate::catalogue::check::Rule::Container(
            $classes,
            std::sync::Arc::new(move |subject: &$crate::catalogue::subject::ContainerSubject<'_>| {
                $evaluate(subject, &$parameters)
            }),
        )
    };
    (Workload, $parameters:ident, $evaluate:path) => {
        $crate::catalogue::check::Rule::Workload(std::sync::Arc::new(
            move |subject: &$crate::catalogue::subject::WorkloadSubject<'_>| $evaluate(subject, &$parameters),
        ))
    };
    (Object, $parameters:ident, [$($kind:ident),*], $evaluate:path) => {
        $crate::catalogue::check::Rule::Object($crate::catalogue::declare::of_objects!(
            $parameters, [$($kind),*], $evaluate
        ))
    };
    (Orphan, $parameters:ident, [$($kind:ident),*], $evaluate:path) => {
        $crate::catalogue::check::Rule::Orphan($crate::catalogue::declare::of_objects!(
            $parameters, [$($kind),*], $evaluate
        ))
    };
}

/// Binds parameters to what is said of objects.
macro_rules! of_objects {
    ($parameters:expr, [$($kind:ident),*], $evaluate:path) => {
        $crate::catalogue::check::ObjectRule {
            kinds: &[$($crate::inventory::Kind::$kind),*],
            evaluate: std::sync::Arc::new(move |subject: &$crate::catalogue::subject::ObjectSubject<'_>| {
                $evaluate(subject, &$parameters)
            }),
        }
    };
}

/// What a check of workloads says of other objects, if anything.
macro_rules! beside {
    ($parameters:ident) => {
        None
    };
    ($parameters:ident, [$($kind:ident),*], $evaluate:path) => {{
        let parameters = $parameters.clone();
        Some($crate::catalogue::declare::of_objects!(parameters, [$($kind),*], $evaluate))
    }};
}

pub(crate) use {beside, check, judges_in, of_objects, reads, rule, sight};

/// Parameters as canonical JSON: keys in the order of the type's fields, every default spelled out.
pub(crate) fn canonical<P: serde::Serialize>(parameters: &P) -> String {
    serde_json::to_string(parameters).unwrap_or_default()
}
