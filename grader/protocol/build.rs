//! Linker arguments of the shared library. Without them, a submission's process spends most
//! of its start resolving symbols that it never uses. With them, a symbol is resolved when it
//! is first called, and symbols inside the library are resolved when the library is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        for argument in ["-z,lazy", "-Bsymbolic"] {
            println!("cargo::rustc-link-arg=-Wl,{argument}");
        }
    }
}
