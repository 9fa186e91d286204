//! Where in a file's syntax its mutants are.
//!
//! A mutant whose place cannot hold a condition is not in the result: a pattern, or a function that must be
//! `const`. It must not write text; next: [`crate::weave`].

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use proc_macro2::Span;
use syn::{
    BinOp, Block, Expr, ExprBinary, ExprMatch, ExprStruct, ExprUnary, ReturnType, Signature,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::listing::{Genre, Mutant};

/// A place in a source text, in bytes.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) range: Range<usize>,
    pub(crate) form: Form,
}

/// What can stand in a place.
#[derive(Debug)]
pub(crate) enum Form {
    /// The word `const` of a function with mutants inside, which is left out.
    Constness,
    /// What is between the braces of a function; a mutant returns first.
    Body(Vec<Alternative>),
    /// The same, where the value is of a type that only the body knows.
    Iterator(Vec<Alternative>),
    /// A whole `match` of which these arms can be left out.
    Match(Vec<u32>),
    /// An expression, and what can stand for it.
    Expression(Vec<Alternative>),
    /// The end of a pattern: the arm is left out by this mutant.
    Arm(u32),
}

/// What a mutant puts in the place.
#[derive(Clone, Debug)]
pub(crate) struct Alternative {
    pub(crate) id: u32,
    pub(crate) text: String,
}

/// Mutants by what they change and where that begins, each with what it replaces.
type Wanted<'a> = BTreeMap<(Genre, usize), Vec<(&'a Mutant, Range<usize>)>>;

/// What was found in a file.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    pub(crate) sites: Vec<Site>,
    /// Mutants that are no Rust: an `or` after `let`.
    pub(crate) unviable: Vec<u32>,
}

/// Finds the places of these mutants of one file. Functions named in `constant` stay `const`.
pub(crate) fn find(
    source: &str,
    mutants: &[&Mutant],
    constant: &BTreeSet<String>,
) -> Result<Sites, syn::Error> {
    let file = syn::parse_file(source)?;
    let mut wanted = Wanted::new();
    for mutant in mutants {
        if let Some(range) = mutant.span.bytes(source) {
            wanted.entry((mutant.genre, range.start)).or_default().push((mutant, range));
        }
    }
    let mut finder = Finder { source, wanted, constant, found: Sites::default() };
    finder.visit_file(&file);
    finder.found.sites.sort_by_key(|site| (site.range.start, usize::MAX - site.range.end, site.form.rank()));
    Ok(finder.found)
}

impl Form {
    /// The mutants that stand there.
    pub(crate) fn ids(&self) -> Vec<u32> {
        match self {
            Self::Constness => Vec::new(),
            Self::Body(alternatives) | Self::Iterator(alternatives) | Self::Expression(alternatives) => {
                alternatives.iter().map(|one| one.id).collect()
            }
            Self::Match(arms) => arms.clone(),
            Self::Arm(id) => vec![*id],
        }
    }

    /// Of two that stand in the same place, the outer one is lower.
    fn rank(&self) -> u8 {
        match self {
            Self::Constness => 0,
            Self::Body(_) | Self::Iterator(_) => 1,
            Self::Match(_) => 2,
            Self::Expression(_) => 3,
            Self::Arm(_) => 4,
        }
    }
}

struct Finder<'a> {
    source: &'a str,
    wanted: Wanted<'a>,
    constant: &'a BTreeSet<String>,
    found: Sites,
}

impl<'a> Finder<'a> {
    fn take(&mut self, genre: Genre, place: Span) -> Vec<(&'a Mutant, Range<usize>)> {
        self.wanted.remove(&(genre, place.byte_range().start)).unwrap_or_default()
    }

    fn text(&self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or_default()
    }

    fn push(&mut self, range: Range<usize>, form: Form) {
        self.found.sites.push(Site { range, form });
    }

    fn expression(&mut self, place: Span, alternatives: Vec<Alternative>) {
        if !alternatives.is_empty() {
            self.push(place.byte_range(), Form::Expression(alternatives));
        }
    }

    /// Whether to look into this function.
    fn function(&mut self, signature: &Signature, block: &Block) -> bool {
        let Some(first) = block.stmts.first() else { return false };
        let braces = block.brace_token.span;
        let inside = braces.open().byte_range().end..braces.close().byte_range().start;
        if !self.wanted.keys().any(|(_, place)| inside.contains(place)) {
            return false;
        }
        if let Some(constness) = &signature.constness {
            if self.constant.contains(&signature.ident.to_string()) {
                return false;
            }
            self.push(constness.span.byte_range(), Form::Constness);
        }
        let taken = self.take(Genre::FnValue, first.span());
        let alternatives = taken.into_iter().map(|(mutant, _)| of(mutant, mutant.replacement.clone()));
        let form = match hidden(&signature.output) {
            Hidden::Nothing => Form::Body(alternatives.collect()),
            Hidden::All if !Leaves::early(block) => Form::Iterator(alternatives.collect()),
            Hidden::All | Hidden::Part => Form::Body(Vec::new()),
        };
        self.push(inside, form);
        true
    }
}

fn of(mutant: &Mutant, text: String) -> Alternative {
    Alternative { id: mutant.id, text }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if self.function(&item.sig, &item.block) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if self.function(&item.sig, &item.block) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if item.default.as_ref().is_some_and(|block| self.function(&item.sig, block)) {
            visit::visit_trait_item_fn(self, item);
        }
    }

    /// What is computed at compile time holds no condition.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    /// Nor can one stand in a pattern.
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        let taken = self.take(Genre::BinaryOperator, binary.op.span());
        if matches!(binary.op, BinOp::And(_)) && (binds(&binary.left) || binds(&binary.right)) {
            self.found.unviable.extend(taken.iter().map(|(mutant, _)| mutant.id));
        } else {
            let (left, right) = (binary.left.span().byte_range(), binary.right.span().byte_range());
            let (left, right) = (self.text(left), self.text(right));
            // What is assigned to stands as it is: parentheses around it are worth a warning each.
            let text = |operator: &str| match operator.strip_suffix('=') {
                Some(sign) if !["=", "!", "<", ">"].contains(&sign) => format!("{left} {operator} {right}"),
                _ => format!("({left}) {operator} ({right})"),
            };
            let alternatives = taken.iter().map(|(mutant, _)| of(mutant, text(&mutant.replacement)));
            self.expression(binary.span(), alternatives.collect());
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        let operand = self.text(unary.expr.span().byte_range());
        let taken = self.take(Genre::UnaryOperator, unary.op.span());
        let alternatives = taken.iter().map(|(mutant, _)| of(mutant, operand.to_owned())).collect();
        self.expression(unary.span(), alternatives);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, whole: &'ast ExprMatch) {
        let mut arms = Vec::new();
        for arm in &whole.arms {
            let end = arm.pat.span().byte_range().end;
            for (mutant, _) in self.take(Genre::MatchArm, arm.span()) {
                self.push(end..end, Form::Arm(mutant.id));
                arms.push(mutant.id);
            }
            if let Some((_, guard)) = &arm.guard {
                let taken = self.take(Genre::MatchArmGuard, guard.span());
                let alternatives = taken.iter().map(|(mutant, _)| of(mutant, mutant.replacement.clone()));
                let alternatives: Vec<_> = alternatives.collect();
                self.expression(guard.span(), alternatives);
            }
        }
        self.push(whole.span().byte_range(), Form::Match(arms));
        visit::visit_expr_match(self, whole);
    }

    fn visit_expr_struct(&mut self, literal: &'ast ExprStruct) {
        let whole = literal.span().byte_range();
        let mut alternatives = Vec::new();
        for field in &literal.fields {
            for (mutant, range) in self.take(Genre::StructField, field.span()) {
                let text = self.text(whole.start..range.start).to_owned() + self.text(range.end..whole.end);
                alternatives.push(of(mutant, text));
            }
        }
        self.expression(literal.span(), alternatives);
        visit::visit_expr_struct(self, literal);
    }
}

/// Whether a condition binds a name, by itself or in what it is made of.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

/// How much of a return type only the body knows.
enum Hidden {
    Nothing,
    Part,
    All,
}

fn hidden(output: &ReturnType) -> Hidden {
    struct Opaque(bool);
    impl<'ast> Visit<'ast> for Opaque {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let ReturnType::Type(_, output) = output else { return Hidden::Nothing };
    if matches!(**output, syn::Type::ImplTrait(_)) {
        return Hidden::All;
    }
    let mut opaque = Opaque(false);
    opaque.visit_type(output);
    if opaque.0 { Hidden::Part } else { Hidden::Nothing }
}

/// Whether a body can be left before its end.
struct Leaves(bool);

impl Leaves {
    fn early(block: &Block) -> bool {
        let mut leaves = Self(false);
        leaves.visit_block(block);
        leaves.0
    }
}

impl<'ast> Visit<'ast> for Leaves {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.0 = true;
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
