//! Linker arguments of the shared library. Most of the time that a submission's process
//! needs to start went into resolving symbols that it never uses: resolve each one when
//! it is first called, and those within the library when it is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        for argument in ["-z,lazy", "-Bsymbolic"] {
            println!("cargo::rustc-link-arg=-Wl,{argument}");
        }
    }
}
