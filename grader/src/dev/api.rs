//! The public API of a submission, as its sources declare it: what exercises and
//! solutions must have in common.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::{
    Fields, FnArg, ImplItem, Item, ItemImpl, ItemTrait, Pat, Signature, TraitItem, Visibility,
};

use crate::problem::{Problem, Result};
use crate::submission::Submission;

/// One line for each public item: functions with their signatures, types by name.
pub fn of(submission: &Submission) -> Result<BTreeSet<String>> {
    let mut api = BTreeSet::new();
    for (file, text) in &submission.files {
        let parsed = syn::parse_file(text).map_err(|e| {
            Problem::bug(format!(
                "{}/src/{}: {e}",
                submission.shown_as,
                file.display()
            ))
        })?;
        for item in &parsed.items {
            for line in describe(item) {
                api.insert(format!("{}: {line}", file.display()));
            }
        }
    }
    Ok(api)
}

fn describe(item: &Item) -> Vec<String> {
    match item {
        Item::Fn(function) if public(&function.vis) => vec![signature(&function.sig)],
        Item::Struct(item) if public(&item.vis) => {
            let fields = match &item.fields {
                Fields::Named(named) => named.named.iter().filter(|f| public(&f.vis)),
                _ => return vec![format!("struct {}", item.ident)],
            };
            let fields: Vec<_> = fields.map(tokens).collect();
            vec![format!("struct {} {{ {} }}", item.ident, fields.join(", "))]
        }
        Item::Enum(item) if public(&item.vis) => vec![format!("enum {}", item.ident)],
        Item::Const(item) if public(&item.vis) => vec![format!("const {}", item.ident)],
        Item::Trait(item) if public(&item.vis) => of_trait(item),
        Item::Impl(item) => of_impl(item),
        _ => Vec::new(),
    }
}

fn of_trait(item: &ItemTrait) -> Vec<String> {
    let functions = item.items.iter().filter_map(|inner| match inner {
        TraitItem::Fn(function) => {
            let provided = if function.default.is_some() {
                " (provided)"
            } else {
                ""
            };
            Some(format!(
                "trait {}: {}{provided}",
                item.ident,
                signature(&function.sig)
            ))
        }
        _ => None,
    });
    functions.collect()
}

fn of_impl(item: &ItemImpl) -> Vec<String> {
    let who = tokens(&item.self_ty);
    if let Some((_, of, _)) = &item.trait_ {
        return vec![format!("{who} implements {}", tokens(of))];
    }
    let functions = item.items.iter().filter_map(|inner| match inner {
        ImplItem::Fn(function) if public(&function.vis) => {
            Some(format!("{who}: {}", signature(&function.sig)))
        }
        _ => None,
    });
    functions.collect()
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// A signature on one line. `mut` before a parameter is the body's affair, and a
/// comma after the last one is nobody's.
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

    fn api(source: &str) -> Vec<String> {
        let files = BTreeMap::from([("f.rs".into(), source.into())]);
        let submission = Submission {
            shown_as: "s".into(),
            files,
        };
        of(&submission).unwrap().into_iter().collect()
    }

    #[test]
    fn signatures_count_and_bodies_do_not() {
        assert_eq!(
            api("pub fn f(mut a: u8) -> u8 { a += 1; a } fn private() {}"),
            api("pub fn f(a: u8,) -> u8 { todo!() }")
        );
        assert_ne!(api("pub fn f(a: u8) {}"), api("pub fn f(b: u8) {}"));
    }

    #[test]
    fn methods_and_traits_count() {
        let lines = api(
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
}
