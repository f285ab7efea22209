//! The public API of a submission, as its sources declare it. Exercises and solutions must
//! have the same API, and the runner calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    Block, Fields, FnArg, ImplItem, Item, ItemImpl, ItemTrait, Pat, Signature, TraitItem,
    Visibility,
};

use super::Submission;

/// Public items by their paths, such as `stages::filter_event`. A file that is not valid
/// Rust has no items.
#[derive(Debug, Default)]
pub struct Api {
    items: BTreeMap<String, Declared>,
    /// Top-level functions that are not public, with file and line.
    private: BTreeMap<String, (String, usize)>,
    /// The modules that are public in lib.rs.
    modules: BTreeSet<String>,
}

/// An item, and where it is declared.
#[derive(Debug)]
struct Declared {
    /// Below `src/`.
    file: String,
    line: usize,
    /// The signature of a function, or the public part of another item.
    text: String,
    is_function: bool,
}

/// How a function compares with the wanted function.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// Its module is not public in lib.rs.
    Undeclared,
    /// The file has no function of that name, or has one in `line` that is not public.
    Missing {
        file: String,
        line: Option<usize>,
    },
    Changed {
        file: String,
        line: usize,
    },
    AsWanted {
        file: String,
        line: usize,
    },
}

impl Api {
    pub fn of(submission: &Submission) -> Self {
        let mut api = Self::default();
        for name in submission.files.keys() {
            let file = name.display().to_string();
            let parsed = submission
                .text(name)
                .and_then(|text| syn::parse_file(text).ok());
            for item in parsed.into_iter().flat_map(|parsed| parsed.items) {
                api.add(&file, &item);
            }
        }
        api
    }

    /// One line for each public item, with its file.
    pub fn lines(&self) -> BTreeSet<String> {
        let items = self.items.values();
        items
            .map(|item| format!("{}: {}", item.file, item.text))
            .collect()
    }

    /// The paths of all functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        let functions = self.items.iter().filter(|(_, item)| item.is_function);
        functions.map(|(path, _)| path.as_str())
    }

    /// The modules of `wanted` that have a file here and are not public in lib.rs.
    pub fn undeclared(&self, wanted: &Self, submission: &Submission) -> Vec<String> {
        let has_file = |module: &&String| {
            let files = [format!("{module}.rs"), format!("{module}/mod.rs")];
            files
                .iter()
                .any(|file| submission.files.contains_key(Path::new(file)))
        };
        let missing = wanted.modules.difference(&self.modules);
        missing.filter(has_file).cloned().collect()
    }

    /// How a function here compares with the function of `wanted`.
    pub fn state(&self, wanted: &Self, function: &str) -> State {
        let module = function.split("::").next().unwrap_or_default();
        let file = format!("{module}.rs");
        if !self.modules.contains(module) {
            return State::Undeclared;
        }
        let Some(own) = self.items.get(function) else {
            let private = self.private.get(function).cloned();
            let (file, line) = private.map_or((file, None), |(file, line)| (file, Some(line)));
            return State::Missing { file, line };
        };
        let place = (own.file.clone(), own.line);
        let same = wanted
            .items
            .get(function)
            .is_some_and(|item| item.text == own.text);
        match (same, place) {
            (true, (file, line)) => State::AsWanted { file, line },
            (false, (file, line)) => State::Changed { file, line },
        }
    }

    fn add(&mut self, file: &str, item: &Item) {
        // All files of a module have the same path.
        let module = Path::new(file).components().next();
        let module = module.map(|part| part.as_os_str().to_string_lossy().into_owned());
        let module = module.unwrap_or_default();
        let module = module.trim_end_matches(".rs");
        if let (Item::Mod(item), "lib") = (item, module)
            && public(&item.vis)
        {
            self.modules.insert(item.ident.to_string());
        }
        if let Item::Fn(function) = item
            && !public(&function.vis)
        {
            let line = function.sig.ident.span().start().line;
            let path = format!("{module}::{}", function.sig.ident);
            self.private.insert(path, (file.to_owned(), line));
        }
        for (name, line, text, is_function) in describe(item) {
            let declared = Declared {
                file: file.to_owned(),
                line,
                text,
                is_function,
            };
            self.items.insert(format!("{module}::{name}"), declared);
        }
    }
}

/// The function whose body has the line.
pub fn function_at(text: &str, line: usize) -> Option<String> {
    let parsed = syn::parse_file(text).ok()?;
    let functions = functions(&parsed.items).into_iter();
    let mut around = functions.filter(|it| (it.line..=it.end).contains(&line));
    Some(around.next()?.name)
}

/// The lines on which the functions with a body begin, by their names. Of several with the same
/// name the last one counts, since a trait comes before its `impl`.
pub fn lines_of_functions(text: &str) -> BTreeMap<String, usize> {
    let parsed = syn::parse_file(text);
    let functions = parsed.map_or_else(|_| Vec::new(), |parsed| functions(&parsed.items));
    let lines = functions.into_iter().map(|it| (it.name, it.line));
    lines.collect()
}

/// A function, and the lines on which it begins and ends.
struct Function {
    name: String,
    line: usize,
    end: usize,
}

impl Function {
    fn new(signature: &Signature, block: &Block) -> Self {
        Self {
            name: signature.ident.to_string(),
            line: signature.span().start().line,
            end: block.span().end().line,
        }
    }
}

/// The functions that have a body, in the order of the file.
fn functions(items: &[Item]) -> Vec<Function> {
    let of_item = |item: &Item| match item {
        Item::Fn(it) => vec![Function::new(&it.sig, &it.block)],
        Item::Mod(module) => {
            let inner = module.content.as_ref();
            inner.map_or_else(Vec::new, |(_, items)| functions(items))
        }
        Item::Impl(of) => {
            let methods = of.items.iter().filter_map(|item| match item {
                ImplItem::Fn(it) => Some(Function::new(&it.sig, &it.block)),
                _ => None,
            });
            methods.collect()
        }
        Item::Trait(of) => {
            let methods = of.items.iter().filter_map(|item| match item {
                TraitItem::Fn(it) => Some(Function::new(&it.sig, it.default.as_ref()?)),
                _ => None,
            });
            methods.collect()
        }
        _ => Vec::new(),
    };
    items.iter().flat_map(of_item).collect()
}

/// The name below its module, the line, the public text, and whether it is a function.
type Description = (String, usize, String, bool);

fn describe(item: &Item) -> Vec<Description> {
    let line = item.span().start().line;
    let plain = |name: &syn::Ident, text: String| vec![(name.to_string(), line, text, false)];
    match item {
        Item::Fn(function) if public(&function.vis) => {
            let name = function.sig.ident.to_string();
            vec![described(name, &function.sig, signature(&function.sig))]
        }
        Item::Struct(item) if public(&item.vis) => {
            let Fields::Named(named) = &item.fields else {
                return plain(&item.ident, format!("struct {}", item.ident));
            };
            let fields = named.named.iter().filter(|f| public(&f.vis));
            let fields: Vec<_> = fields.map(tokens).collect();
            let text = format!("struct {} {{ {} }}", item.ident, fields.join(", "));
            plain(&item.ident, text)
        }
        Item::Enum(item) if public(&item.vis) => plain(&item.ident, format!("enum {}", item.ident)),
        Item::Const(item) if public(&item.vis) => {
            plain(&item.ident, format!("const {}", item.ident))
        }
        Item::Trait(item) if public(&item.vis) => of_trait(item),
        Item::Impl(item) => of_impl(item, line),
        _ => Vec::new(),
    }
}

fn described(name: String, of: &Signature, text: String) -> Description {
    (name, of.ident.span().start().line, text, true)
}

fn of_trait(item: &ItemTrait) -> Vec<Description> {
    let functions = item.items.iter().filter_map(|inner| match inner {
        TraitItem::Fn(function) => {
            let provided = match function.default {
                Some(_) => " (provided)",
                None => "",
            };
            let sig = &function.sig;
            let text = format!("trait {}: {}{provided}", item.ident, signature(sig));
            Some(described(
                format!("{}::{}", item.ident, sig.ident),
                sig,
                text,
            ))
        }
        _ => None,
    });
    functions.collect()
}

fn of_impl(item: &ItemImpl, line: usize) -> Vec<Description> {
    let who = tokens(&item.self_ty);
    if let Some((_, of, _)) = &item.trait_ {
        let text = format!("{who} implements {}", tokens(of));
        return vec![(text.clone(), line, text, false)];
    }
    let functions = item.items.iter().filter_map(|inner| match inner {
        ImplItem::Fn(function) if public(&function.vis) => {
            let sig = &function.sig;
            let text = format!("{who}: {}", signature(sig));
            Some(described(format!("{who}::{}", sig.ident), sig, text))
        }
        _ => None,
    });
    functions.collect()
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// A signature on one line, without `mut` before parameters and without a comma after the
/// last one: callers do not see these.
fn signature(of: &Signature) -> String {
    let mut of = of.clone();
    of.inputs.pop_punct();
    for input in &mut of.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(name) = typed.pat.as_mut()
        {
            name.mutability = None;
        }
    }
    tokens(&of)
}

fn tokens(of: &impl ToTokens) -> String {
    of.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn api(files: &[(&str, &str)]) -> Api {
        let files = files.iter();
        let files: BTreeMap<_, _> = files
            .map(|(name, text)| (name.into(), text.as_bytes().to_vec()))
            .collect();
        let shown_as = "s".into();
        Api::of(&Submission {
            shown_as,
            files,
            ..Submission::default()
        })
    }

    fn lines(source: &str) -> Vec<String> {
        api(&[("f.rs", source)]).lines().into_iter().collect()
    }

    #[test]
    fn the_function_around_a_line_is_named() {
        let text = "fn a() {\n    todo!()\n}\nimpl S {\n    fn b() {\n        todo!()\n    }\n}\n";
        let at = |line| function_at(text, line);
        assert_eq!(at(2).as_deref(), Some("a"));
        assert_eq!(at(6).as_deref(), Some("b"));
        assert_eq!(at(4), None);
    }

    #[test]
    fn signatures_count_and_bodies_do_not() {
        assert_eq!(
            lines("pub fn f(mut a: u8) -> u8 { a += 1; a } fn private() {}"),
            lines("pub fn f(a: u8,) -> u8 { todo!() }")
        );
        assert_ne!(lines("pub fn f(a: u8) {}"), lines("pub fn f(b: u8) {}"));
    }

    #[test]
    fn methods_and_traits_count() {
        let lines = lines(
            "pub struct S { a: u8 } impl S { pub fn new() -> Self { todo!() } } impl T for S {} pub trait T { fn g(&self); }",
        );
        assert_eq!(
            lines,
            [
                "f.rs: S implements T",
                "f.rs: S: fn new () -> Self",
                "f.rs: struct S {  }",
                "f.rs: trait T: fn g (& self)"
            ]
        );
    }

    #[test]
    fn a_function_is_missing_changed_or_as_wanted() {
        let lib = ("lib.rs", "pub mod a;");
        let wanted = api(&[lib, ("a.rs", "pub fn f() {} pub fn g() {} pub fn h() {}")]);
        let own = api(&[
            lib,
            ("a.rs", "\npub fn f(x: u8) {}"),
            ("a/b.rs", "pub fn g() {}"),
        ]);
        let file = || "a.rs".to_owned();
        let changed = State::Changed {
            file: file(),
            line: 2,
        };
        assert_eq!(own.state(&wanted, "a::f"), changed);
        let below = State::AsWanted {
            file: "a/b.rs".into(),
            line: 1,
        };
        assert_eq!(own.state(&wanted, "a::g"), below);
        let missing = |line| State::Missing { file: file(), line };
        assert_eq!(own.state(&wanted, "a::h"), missing(None));
        let private = api(&[lib, ("a.rs", "fn h() {}")]);
        assert_eq!(private.state(&wanted, "a::h"), missing(Some(1)));
        assert_eq!(own.state(&wanted, "b::f"), State::Undeclared);
    }
}
