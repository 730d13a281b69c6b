//! What expressions and attributes of the core say: names of calls, what is not in the library.

use syn::{Attribute, Expr, Item, Meta, Stmt};

/// The name of the function or method that is called, and what stands before it.
pub(crate) fn called(expr: &Expr) -> Option<(String, String)> {
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
pub(crate) fn receiver(expr: &Expr) -> String {
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
pub(crate) fn is_left_out(attributes: &[Attribute]) -> bool {
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

pub(crate) fn attributes_of(item: &Item) -> &[Attribute] {
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
pub(crate) fn is_fault(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(both) if matches!(both.op, syn::BinOp::And(_)) => is_fault(&both.left),
        _ => matches!(called(expr), Some((name, _)) if name == "fault"),
    }
}

/// What an unsafe block of one expression calls.
pub(crate) fn called_within(block: &syn::Block) -> Option<String> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, _)] => called(expr).map(|(name, _)| name),
        _ => None,
    }
}
