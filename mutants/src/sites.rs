//! Where the core can be broken: every ordering, every call that stores, fences, arms or wakes, every unsafe block.
//!
//! Found in the syntax tree, and held against the bare tokens afterwards: an ordering or a call that the tree does not
//! show, because it stands inside a macro, is an error and not a site less.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprIf, ExprPath, ExprUnsafe, Item, Local, Pat, Stmt};

use crate::site::{Kind, Site};
use crate::source::Source;
use crate::syntax::{attributes_of, called, called_within, is_fault, is_left_out, receiver};
use crate::tokens::{DROPPED, DROPPED_UNUSED, STRONG, Seen};

/// The sites of one file, in order; or what in it cannot be understood.
pub fn sites(source: &Source) -> Result<Vec<Site>, String> {
    let file = syn::parse_file(&source.text).map_err(|e| format!("{}: {e}", source.name))?;
    let mut finder = Finder::new(source);
    finder.visit_file(&file);
    let tokens: TokenStream = source.text.parse().map_err(|e| format!("{}: {e}", source.name))?;
    finder.seen.hold_against(tokens)?;
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
    found: Vec<Found>,
    /// The names around the place that is being visited.
    path: Vec<String>,
    /// The call around it.
    calls: Vec<String>,
    in_const: bool,
    seen: Seen<'s>,
}

impl<'s> Finder<'s> {
    fn new(source: &'s Source) -> Finder<'s> {
        Finder {
            found: Vec::new(),
            path: Vec::new(),
            calls: Vec::new(),
            in_const: false,
            seen: Seen { file: &source.name, understood: Vec::new(), skipped: Vec::new() },
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
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // Macros are not looked into: what stands in their definitions is found where it is written out.
        let is_definition = matches!(item, Item::Macro(m) if m.ident.is_some());
        if is_left_out(attributes_of(item)) || is_definition {
            self.seen.skipped.push(item.span().byte_range());
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.seen.skipped.push(item.span().byte_range());
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
            self.seen.skipped.push(item.span().byte_range());
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
            self.seen.skipped.push(expr.then_branch.span().byte_range());
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
        self.seen.understood.push(call.method.span().byte_range().start);
        self.visit_expr(&call.receiver);
        self.calls.push(format!("{}.{}", receiver(&call.receiver), call.method));
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        self.calls.pop();
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            self.seen.understood.push(last.ident.span().byte_range().start);
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
            self.seen.understood.push(last.ident.span().byte_range().start);
            let call = self.calls.last().cloned().unwrap_or_default();
            self.add(format!("{call} {order}"), Kind::Order(order), path.span(), path.span().byte_range());
        }
    }
}
