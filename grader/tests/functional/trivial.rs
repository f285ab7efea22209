//! Submissions that do nothing get no point: every function returns a value without any work,
//! or ends the program.

use std::fs;

use grader::step;
use grader::submission::Submission;
use quote::ToTokens;
use syn::{
    Block, File, FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Signature,
    TraitItem, Type,
};

use crate::project::course;
use crate::session::{Asked, reports, the_course};

/// The body of every function.
#[derive(Clone, Copy, Debug)]
enum Body {
    Unwritten,
    /// Returns the first value of its type, without an error.
    First,
    /// Returns a different value.
    Other,
    /// Returns an error, if the type allows it.
    Error,
    /// Returns an argument, if the type allows it.
    Given,
    Panic,
    Exit,
}

const ALL: [Body; 7] = [
    Body::Unwritten,
    Body::First,
    Body::Other,
    Body::Error,
    Body::Given,
    Body::Panic,
    Body::Exit,
];

/// The functions of a file, in their order.
fn functions(file: &File) -> Vec<(&Signature, &Block)> {
    let mut functions = Vec::new();
    for item in &file.items {
        match item {
            Item::Fn(function) => functions.push((&function.sig, &*function.block)),
            Item::Impl(of) => functions.extend(of.items.iter().filter_map(|item| match item {
                ImplItem::Fn(function) => Some((&function.sig, &function.block)),
                _ => None,
            })),
            Item::Trait(of) => functions.extend(of.items.iter().filter_map(|item| match item {
                TraitItem::Fn(function) => Some((&function.sig, function.default.as_ref()?)),
                _ => None,
            })),
            _ => {}
        }
    }
    functions
}

fn text(body: Body, signature: &Signature) -> String {
    match (body, &signature.output) {
        (Body::Unwritten, _) => "todo!(\"later\")".into(),
        (Body::Panic, _) => "panic!(\"no\")".into(),
        (Body::Exit, _) => "std::process::exit(0)".into(),
        (_, ReturnType::Default) => String::new(),
        (_, ReturnType::Type(_, returned)) => value(body, signature, returned),
    }
}

/// A value of a type, as the body returns it.
fn value(body: Body, signature: &Signature, returned: &Type) -> String {
    let (name, inner) = parts(returned);
    if let (Body::Given, Some(given)) = (body, given(signature, returned)) {
        return given;
    }
    match (name.as_str(), body) {
        ("Result", Body::Error) => "Err(\"no\".into())".into(),
        ("Result", _) => format!("Ok({})", value(body, signature, &inner.unwrap())),
        ("bool", Body::Other) => "false".into(),
        ("bool", _) => "true".into(),
        ("Risk", Body::Other) => "Risk::HighRisk".into(),
        ("Risk", _) => "Risk::LowRisk".into(),
        ("String", Body::Other) => "\"something\".into()".into(),
        ("StandardEvent", _) => given(signature, returned).unwrap_or_else(|| EMPTY.into()),
        ("Checkpoint", _) => given(signature, returned).unwrap(),
        // Unit, and every type with a default.
        _ => "Default::default()".into(),
    }
}

const EMPTY: &str = "StandardEvent {
        id: String::new(),
        user: String::new(),
        amount_usd: 0.0,
        merchant: String::new(),
        timestamp: String::new(),
        processed_at: String::new(),
        user_name: None,
        user_tier: None,
        user_country: None,
    }";

/// An argument of the same type.
fn given(signature: &Signature, returned: &Type) -> Option<String> {
    let mut typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    let same = typed.find(|argument| *argument.ty == *returned)?;
    match &*same.pat {
        Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// The name of a type, and its first type argument.
fn parts(of: &Type) -> (String, Option<Type>) {
    let Type::Path(path) = of else {
        return (String::new(), None);
    };
    let last = path.path.segments.last().unwrap();
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(made_with) => {
            made_with.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner.clone()),
                _ => None,
            })
        }
        _ => None,
    };
    (last.ident.to_string(), inner)
}

/// The stubs with such bodies.
fn submission(body: Body) -> Submission {
    let mut submission =
        Submission::read(&the_course(), &course().join("exercises")).expect("the stubs");
    for (name, file) in &mut submission.files {
        let mut text = fs::read_to_string(course().join("exercises/src").join(name)).unwrap();
        let parsed = syn::parse_file(&text).unwrap();
        for (signature, block) in functions(&parsed) {
            if block.to_token_stream().to_string().contains("todo ! ()") {
                let body = self::text(body, signature);
                text = text.replacen("    todo!()\n", &format!("    {body}\n"), 1);
            }
        }
        assert!(!text.contains("    todo!()\n"), "{name:?}");
        *file = text.into_bytes();
    }
    submission
}

#[test]
fn who_does_nothing_gets_no_point() {
    let asked = ALL.map(|body| Asked {
        name: format!("{body:?}"),
        submission: submission(body),
        steps: step::load(&the_course()).unwrap(),
        time_limit: None,
    });
    for (name, report) in reports(asked.into()) {
        assert_eq!(
            report.document["compile_errors"],
            serde_json::json!([]),
            "{name}"
        );
        let passed = report.with_status(&["passed"]);
        assert!(passed.is_empty(), "{name}: {passed:?}");
        assert_eq!(report.document["score"], 0, "{name}");
    }
}
