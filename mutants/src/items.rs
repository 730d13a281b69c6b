//! The items of a program of tests, with its modules in other files.

use std::fs;
use std::path::{Path, PathBuf};

use syn::UseTree;
use syn::spanned::Spanned;

use crate::syntax::attributes_of;

/// One item, or one name that is imported.
pub(crate) struct Item {
    /// By which others mean it; of a block of methods, the type's; nothing for what has none.
    pub(crate) name: String,
    /// The modules around it and its name.
    pub(crate) path: String,
    /// The item as it is written.
    pub(crate) code: String,
    /// True for a function with `#[test]`.
    pub(crate) is_test: bool,
}

impl Item {
    /// True for a name that is imported.
    pub(crate) fn is_import(&self) -> bool {
        self.code.starts_with("use ")
    }

    /// The modules around it.
    pub(crate) fn module(&self) -> &str {
        self.path.rsplit_once("::").map_or("", |(module, _)| module)
    }
}

/// The items of the program that begins with `file`.
pub(crate) fn items(file: &Path) -> Vec<Item> {
    let mut found = Vec::new();
    let folder = file.parent().unwrap_or(file).to_owned();
    of_file(file, &folder, "", &mut found);
    found
}

/// `folder` is where the files of its modules stand.
fn of_file(file: &Path, folder: &Path, path: &str, found: &mut Vec<Item>) {
    let text = fs::read_to_string(file).unwrap_or_default();
    match syn::parse_file(&text) {
        Ok(parsed) => of_items(&parsed.items, &Place { text: &text, file, folder, path }, found),
        // Whatever it says, a change of it is one.
        Err(_) => {
            found.push(Item { name: String::new(), path: format!("{path}::"), code: text, is_test: false });
        }
    }
}

struct Place<'a> {
    text: &'a str,
    file: &'a Path,
    folder: &'a Path,
    path: &'a str,
}

impl Place<'_> {
    fn inside(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}::{name}", self.path) }
    }
}

fn of_items(items: &[syn::Item], place: &Place<'_>, found: &mut Vec<Item>) {
    for item in items {
        let code = place.text[item.span().byte_range()].to_owned();
        let is_test = matches!(item, syn::Item::Fn(_))
            && attributes_of(item).iter().any(|attribute| attribute.path().is_ident("test"));
        match item {
            syn::Item::Mod(module) => {
                let (name, folder) = (module.ident.to_string(), place.folder.join(module.ident.to_string()));
                let path = place.inside(&name);
                match &module.content {
                    Some((_, items)) => {
                        of_items(items, &Place { path: &path, folder: &folder, ..*place }, found)
                    }
                    None => {
                        let (file, folder) = stands_in(module, place, folder);
                        of_file(&file, &folder, &path, found);
                    }
                }
            }
            syn::Item::Use(import) => imported(&import.tree, "", place.path, found),
            other => {
                let name = name_of(other);
                found.push(Item { path: place.inside(&name), name, code, is_test });
            }
        }
    }
}

/// The file of a module, and the folder of those that are below it.
fn stands_in(module: &syn::ItemMod, place: &Place<'_>, folder: PathBuf) -> (PathBuf, PathBuf) {
    let path = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    });
    if let Some(path) = path {
        let file = place.file.parent().unwrap_or(place.file).join(path);
        let folder = file.parent().unwrap_or(&file).to_owned();
        return (file, folder);
    }
    let inner = folder.join("mod.rs");
    if inner.is_file() { (inner, folder) } else { (folder.with_extension("rs"), folder) }
}

fn imported(tree: &UseTree, before: &str, path: &str, found: &mut Vec<Item>) {
    let mut add = |name: String, last: String| {
        let code = format!("use {before}{last};");
        let path = if path.is_empty() { name.clone() } else { format!("{path}::{name}") };
        found.push(Item { name, path, code, is_test: false });
    };
    match tree {
        UseTree::Path(from) => imported(&from.tree, &format!("{before}{}::", from.ident), path, found),
        UseTree::Name(name) if name.ident == "self" => {
            let module = before.trim_end_matches("::").rsplit("::").next().unwrap_or_default();
            add(module.to_owned(), "self".to_owned());
        }
        UseTree::Name(name) => add(name.ident.to_string(), name.ident.to_string()),
        UseTree::Rename(rename) => {
            add(rename.rename.to_string(), format!("{} as {}", rename.ident, rename.rename));
        }
        UseTree::Glob(_) => add(String::new(), "*".to_owned()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, before, path, found)),
    }
}

fn name_of(item: &syn::Item) -> String {
    let ident = match item {
        syn::Item::Const(i) => &i.ident,
        syn::Item::Enum(i) => &i.ident,
        syn::Item::Fn(i) => &i.sig.ident,
        syn::Item::Static(i) => &i.ident,
        syn::Item::Struct(i) => &i.ident,
        syn::Item::Trait(i) => &i.ident,
        syn::Item::Type(i) => &i.ident,
        syn::Item::Union(i) => &i.ident,
        syn::Item::Macro(i) => match &i.ident {
            Some(ident) => ident,
            None => return String::new(),
        },
        syn::Item::Impl(i) => match &*i.self_ty {
            syn::Type::Path(path) => match path.path.segments.last() {
                Some(last) => &last.ident,
                None => return String::new(),
            },
            _ => return String::new(),
        },
        _ => return String::new(),
    };
    ident.to_string()
}
