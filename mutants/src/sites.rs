//! Where the core can be broken: every ordering, every call that stores, fences, arms or wakes, every unsafe block.
//!
//! Found in the syntax tree, and held against the bare tokens afterwards: an ordering or a call that the tree does not
//! show, because it stands inside a macro, is an error and not a site less.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprIf, ExprPath, ExprUnsafe, Item, Local, Meta, Pat, Stmt};

use crate::source::Source;

/// Calls whose result is nothing: each can be left out wherever it stands alone.
const DROPPED: [&str; 28] = [
    "announce",
    "apply_priority_at_start",
    "arm_all",
    "begin",
    "choose_fences",
    "compiler_fence",
    "count",
    "end_runtime_half",
    "end_task",
    "fence",
    "forget",
    "forget_users",
    "full",
    "give",
    "heavy",
    "leave_runtime_half",
    "light",
    "look_up_from_now_on",
    "move_targets",
    "rebuild",
    "reset",
    "retire",
    "set_base",
    "set_counts",
    "set_standing",
    "store",
    "take_back",
    "wake_all",
];

/// Calls that answer something, and can be left out where the answer is not used.
const DROPPED_UNUSED: [&str; 11] = [
    "consume_admission",
    "end",
    "fetch_add",
    "fetch_and",
    "fetch_or",
    "fetch_sub",
    "rearm",
    "resume",
    "ring",
    "swap",
    "wait_for_users",
];

/// Orderings that can be weakened.
const STRONG: [&str; 4] = ["Acquire", "Release", "AcqRel", "SeqCst"];

/// One way to break one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// This ordering instead.
    Weaken(&'static str),
    /// The call does not take place.
    Drop,
}

/// What is at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordering.
    Order(String),
    /// A call that can be left out; true if it is a whole `let _ = ...;`.
    Call,
    /// An unsafe block: not broken, but watched for being reached. False in what the compiler evaluates.
    Unsafe(bool),
}

/// A place in the core.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its file below `core/src`.
    pub file: String,
    /// File, function, and what it is; unique, and stable while its surroundings change.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Line, from 1.
    pub line: usize,
    /// Where it is, in bytes; for an unsafe block, where its first statement goes.
    pub range: Range<usize>,
}

impl Site {
    /// The ways to break it.
    pub fn mutations(&self) -> Vec<Mutation> {
        match &self.kind {
            Kind::Order(order) => match order.as_str() {
                "AcqRel" => ["Relaxed", "Acquire", "Release"].map(Mutation::Weaken).to_vec(),
                // A fence cannot be Relaxed, and no access here is SeqCst.
                "SeqCst" => vec![Mutation::Weaken("AcqRel")],
                _ => vec![Mutation::Weaken("Relaxed")],
            },
            Kind::Call => vec![Mutation::Drop],
            Kind::Unsafe(_) => Vec::new(),
        }
    }

    /// The name of one of its mutants.
    pub fn mutant(&self, mutation: &Mutation) -> String {
        match mutation {
            Mutation::Weaken(order) => format!("{} -> {order}", self.name),
            Mutation::Drop => format!("{} left out", self.name),
        }
    }
}

/// The sites of one file, in order; or what in it cannot be understood.
pub fn sites(source: &Source) -> Result<Vec<Site>, String> {
    let file = syn::parse_file(&source.text).map_err(|e| format!("{}: {e}", source.name))?;
    let mut finder = Finder::new(source);
    finder.visit_file(&file);
    let tokens: TokenStream = source.text.parse().map_err(|e| format!("{}: {e}", source.name))?;
    finder.hold_against(tokens)?;
    let mut found = finder.found;
    found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
    let mut seen: HashMap<String, u32> = HashMap::new();
    let sites = found.into_iter().map(|found| {
        let name = format!("{} {} {}", source.name, found.function, found.what);
        let times = seen.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
        let name = if *times == 1 { name } else { format!("{name} #{times}") };
        Site { file: source.name.clone(), name, kind: found.kind, line: found.line, range: found.range }
    });
    Ok(sites.collect())
}

struct Found {
    function: String,
    what: String,
    kind: Kind,
    line: usize,
    range: Range<usize>,
}

struct Finder<'s> {
    source: &'s Source,
    found: Vec<Found>,
    /// The names around the place that is being visited.
    path: Vec<String>,
    /// The call around it.
    calls: Vec<String>,
    in_const: bool,
    /// Starts of the idents that were understood: orderings and names of calls.
    understood: Vec<usize>,
    /// Parts that are not in the library.
    skipped: Vec<Range<usize>>,
}

impl<'s> Finder<'s> {
    fn new(source: &'s Source) -> Finder<'s> {
        Finder {
            source,
            found: Vec::new(),
            path: Vec::new(),
            calls: Vec::new(),
            in_const: false,
            understood: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn add(&mut self, what: String, kind: Kind, span: Span, range: Range<usize>) {
        let function = if self.path.is_empty() { "-".to_owned() } else { self.path.join("::") };
        self.found.push(Found { function, what, kind, line: span.start().line, range });
    }

    /// A call that stands alone; `whole` is what goes when it is left out.
    fn alone(&mut self, expr: &Expr, names: &[&[&str]], whole: Range<usize>) {
        let Some((name, receiver)) = called(expr) else { return };
        // `core::mem::forget` is about a value, not about another thread.
        if receiver != "mem::" && names.iter().any(|names| names.contains(&name.as_str())) {
            self.add(format!("{receiver}{name}"), Kind::Call, expr.span(), whole);
        }
    }

    fn within(&mut self, name: String, inner: impl FnOnce(&mut Self)) {
        self.path.push(name);
        inner(self);
        self.path.pop();
    }

    /// Every strong ordering and every call of the lists, by its bare tokens, was understood or stands in a skipped part.
    fn hold_against(&self, tokens: TokenStream) -> Result<(), String> {
        let mut previous: Vec<TokenTree> = Vec::new();
        for token in tokens {
            match &token {
                TokenTree::Group(group) => {
                    let call = previous.last().filter(|_| group.delimiter() == Delimiter::Parenthesis);
                    if let Some(TokenTree::Ident(ident)) = call {
                        let name = ident.to_string();
                        let listed =
                            DROPPED.contains(&name.as_str()) || DROPPED_UNUSED.contains(&name.as_str());
                        let defined =
                            matches!(previous.iter().rev().nth(1), Some(TokenTree::Ident(k)) if k == "fn");
                        if listed && !defined {
                            self.check(ident.span(), &name)?;
                        }
                    }
                    self.hold_against(group.stream())?;
                }
                TokenTree::Ident(ident) if STRONG.contains(&ident.to_string().as_str()) => {
                    self.check(ident.span(), &ident.to_string())?;
                }
                _ => {}
            }
            previous.push(token);
        }
        Ok(())
    }

    fn check(&self, span: Span, what: &str) -> Result<(), String> {
        let start = span.byte_range().start;
        let is_known =
            self.understood.contains(&start) || self.skipped.iter().any(|range| range.contains(&start));
        if is_known {
            return Ok(());
        }
        Err(format!(
            "core/src/{}:{}: `{what}` stands where it is not found as a site: write it outside a macro, or teach \
             mutants/src/sites.rs about it",
            self.source.name,
            span.start().line
        ))
    }
}

/// The name of the function or method that is called, and what stands before it.
fn called(expr: &Expr) -> Option<(String, String)> {
    match expr {
        Expr::MethodCall(call) => Some((call.method.to_string(), format!("{}.", receiver(&call.receiver)))),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                let mut names: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                let name = names.pop()?;
                // The last two say enough, and stay when paths are written otherwise.
                let before = names.pop().map_or(String::new(), |before| format!("{before}::"));
                Some((name, before))
            }
            _ => None,
        },
        Expr::Unsafe(block) => match block.block.stmts.as_slice() {
            [Stmt::Expr(inner, None)] => called(inner),
            _ => None,
        },
        _ => None,
    }
}

/// The last name of what a method is called on.
fn receiver(expr: &Expr) -> String {
    match expr {
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(index) => format!("{}", index.index),
        },
        Expr::Path(path) => path.path.segments.last().map_or(String::new(), |last| last.ident.to_string()),
        Expr::MethodCall(call) => format!("{}()", call.method),
        Expr::Index(index) => receiver(&index.expr),
        Expr::Call(_) => called(expr).map_or(String::new(), |(name, _)| format!("{name}()")),
        _ => String::new(),
    }
}

/// True if the attributes leave the thing out of the library.
fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let predicate = list.tokens.to_string();
            let plain = predicate.replace(' ', "");
            plain == "loom"
                || plain == "test"
                || plain.starts_with("all(test")
                || plain == "any(loom,test)"
                || plain.starts_with("not(unix)")
        }
        _ => false,
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// `fault(...)`, the test for a broken model, alone or with a condition.
fn is_fault(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(both) if matches!(both.op, syn::BinOp::And(_)) => is_fault(&both.left),
        _ => matches!(called(expr), Some((name, _)) if name == "fault"),
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // Macros are not looked into: what stands in their definitions is found where it is written out.
        let is_definition = matches!(item, Item::Macro(m) if m.ident.is_some());
        if is_left_out(attributes_of(item)) || is_definition {
            self.skipped.push(item.span().byte_range());
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.skipped.push(item.span().byte_range());
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        visit::visit_item_mod(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let outer = std::mem::replace(&mut self.in_const, item.sig.constness.is_some());
        self.within(item.sig.ident.to_string(), |finder| visit::visit_item_fn(finder, item));
        self.in_const = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_left_out(&item.attrs) {
            self.skipped.push(item.span().byte_range());
            return;
        }
        let outer = std::mem::replace(&mut self.in_const, item.sig.constness.is_some());
        self.within(item.sig.ident.to_string(), |finder| visit::visit_impl_item_fn(finder, item));
        self.in_const = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let name = match &*item.self_ty {
            syn::Type::Path(path) => {
                path.path.segments.last().map_or(String::new(), |last| last.ident.to_string())
            }
            _ => String::new(),
        };
        if item.unsafety.is_some() {
            let span = item.span();
            self.within(name.clone(), |finder| {
                let start = span.byte_range().start;
                finder.add("unsafe impl".to_owned(), Kind::Unsafe(false), span, start..start);
            });
        }
        self.within(name, |finder| visit::visit_item_impl(finder, item));
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let outer = std::mem::replace(&mut self.in_const, true);
        visit::visit_item_const(self, item);
        self.in_const = outer;
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let outer = std::mem::replace(&mut self.in_const, true);
        visit::visit_item_static(self, item);
        self.in_const = outer;
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        match stmt {
            Stmt::Expr(expr, Some(semi)) => {
                let whole = expr.span().byte_range().start..semi.span().byte_range().end;
                self.alone(expr, &[&DROPPED, &DROPPED_UNUSED], whole);
            }
            Stmt::Expr(expr, None) => self.alone(expr, &[&DROPPED], expr.span().byte_range()),
            _ => {}
        }
        visit::visit_stmt(self, stmt);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let (Pat::Wild(_), Some(init)) = (&local.pat, &local.init) {
            self.alone(&init.expr, &[&DROPPED_UNUSED], local.span().byte_range());
        }
        visit::visit_local(self, local);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.alone(&arm.body, &[&DROPPED], arm.body.span().byte_range());
        visit::visit_arm(self, arm);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.alone(&closure.body, &[&DROPPED], closure.body.span().byte_range());
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr_if(&mut self, expr: &'ast ExprIf) {
        if is_fault(&expr.cond) {
            self.skipped.push(expr.then_branch.span().byte_range());
            if let Some((_, otherwise)) = &expr.else_branch {
                self.visit_expr(otherwise);
            }
            return;
        }
        visit::visit_expr_if(self, expr);
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast ExprUnsafe) {
        let first = expr.block.brace_token.span.open().byte_range().end;
        let what = match called_within(&expr.block) {
            Some(name) => format!("unsafe {name}"),
            None => "unsafe".to_owned(),
        };
        self.add(what, Kind::Unsafe(!self.in_const), expr.span(), first..first);
        visit::visit_expr_unsafe(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.understood.push(call.method.span().byte_range().start);
        self.visit_expr(&call.receiver);
        self.calls.push(format!("{}.{}", receiver(&call.receiver), call.method));
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        self.calls.pop();
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            self.understood.push(last.ident.span().byte_range().start);
        }
        self.visit_expr(&call.func);
        let name = called(&Expr::Call(call.clone())).map_or(String::new(), |(name, _)| name);
        // `unless` and the like pass an ordering on; the access around them names it.
        let is_access = name != "unless";
        if is_access {
            self.calls.push(name);
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        if is_access {
            self.calls.pop();
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let Some(last) = path.path.segments.last() else { return };
        let order = last.ident.to_string();
        let is_ordering = path.path.segments.iter().rev().nth(1).is_some_and(|s| s.ident == "Ordering");
        if is_ordering && STRONG.contains(&order.as_str()) {
            self.understood.push(last.ident.span().byte_range().start);
            let call = self.calls.last().cloned().unwrap_or_default();
            self.add(format!("{call} {order}"), Kind::Order(order), path.span(), path.span().byte_range());
        }
    }
}

/// What an unsafe block of one expression calls.
fn called_within(block: &syn::Block) -> Option<String> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, _)] => called(expr).map(|(name, _)| name),
        _ => None,
    }
}
