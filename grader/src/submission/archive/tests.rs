//! Tests of the archive reader: which files count, which are refused, and that no file makes
//! it panic.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use tar::{Builder, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const LIB: &str = "pub mod stages;";

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(text).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A tar of entries with their kinds. Links point to `/etc/passwd`.
fn tarred(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        if *kind == EntryType::Symlink || *kind == EntryType::Link {
            header.set_link_name("/etc/passwd").unwrap();
        }
        // `set_path` refuses paths that an attacker would write.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *text).unwrap();
    }
    tar.into_inner().unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Gathered> {
    read("submission", Cursor::new(bytes))
}

/// The files below `src/` and the faults.
fn seen(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (files, faults) = read_bytes(bytes).unwrap().below_src();
    let names = files.keys().map(|name| name.display().to_string());
    (names.collect(), faults)
}

fn fault(bytes: &[u8]) -> String {
    seen(bytes).1.join("; ")
}

#[test]
fn sources_are_found_at_the_top_and_in_a_folder_that_was_packed() {
    let expected = (vec!["lib.rs".to_owned(), "stages.rs".to_owned()], vec![]);
    let plain = zipped(&[
        ("src/lib.rs", LIB.as_bytes()),
        ("src/stages.rs", b""),
        ("Cargo.toml", b"[package]"),
        ("__MACOSX/src/._lib.rs", b"\0"),
        ("tests/all.rs", b""),
    ]);
    assert_eq!(seen(&plain), expected);
    let packed = zipped(&[
        ("smith/exercises/src/lib.rs", LIB.as_bytes()),
        ("smith/exercises/src/stages.rs", b""),
        ("smith/solutions/src/lib.rs", LIB.as_bytes()),
    ]);
    assert_eq!(seen(&packed), expected);
    let from_windows = zipped(&[("src\\lib.rs", LIB.as_bytes()), ("src\\stages.rs", b"")]);
    assert_eq!(seen(&from_windows), expected);
    let regular = EntryType::Regular;
    let tar = tarred(&[
        ("./src/lib.rs", regular, LIB.as_bytes()),
        ("./src/stages.rs", regular, b""),
    ]);
    assert_eq!(seen(&tar), expected);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar).unwrap();
    assert_eq!(seen(&packed.finish().unwrap()), expected);
}

#[test]
fn what_is_no_submission_says_why() {
    let lib: (&str, &[u8]) = ("src/lib.rs", LIB.as_bytes());
    assert_eq!(fault(&zipped(&[("lib.rs", b"")])), "it has no src/lib.rs");
    let two = zipped(&[("a/src/lib.rs", b""), ("b/src/lib.rs", b"")]);
    assert!(fault(&two).starts_with("it has more than one src/lib.rs: a/src/lib.rs, b"));
    let clash = zipped(&[lib, ("src/Stages.rs", b""), ("src/stages.rs", b"")]);
    assert_eq!(
        fault(&clash),
        "src/Stages.rs and src/stages.rs differ only in case"
    );
    let up = zipped(&[lib, ("../../home/me/.bashrc.rs", b"")]);
    assert!(fault(&up).contains("leads out of the"), "{}", fault(&up));
    let absolute = zipped(&[lib, ("/etc/passwd.rs", b"")]);
    assert!(fault(&absolute).contains("leads out of the"));
    let large = zipped(&[lib, ("src/large.rs", &vec![b' '; (1 << 20) + 1])]);
    assert!(fault(&large).contains("src/large.rs is larger than 1 MiB"));
    let deep = format!("{}src/lib.rs", "a/".repeat(20));
    assert!(fault(&zipped(&[(&deep, b"")])).contains("folders deep"));
}

#[test]
fn links_and_devices_do_not_count() {
    let lib = ("src/lib.rs", EntryType::Regular, LIB.as_bytes());
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
    ] {
        let tar = tarred(&[lib, ("src/stages.rs", kind, b"")]);
        assert_eq!(
            fault(&tar),
            "src/stages.rs is a link, a device or a pipe: only regular files count"
        );
        // Outside the sources they are allowed.
        let tar = tarred(&[lib, ("README.md", kind, b"")]);
        assert_eq!(fault(&tar), "");
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.add_symlink("src/lib.rs", "/etc/passwd", options)
        .unwrap();
    let zip = zip.finish().unwrap().into_inner();
    assert!(fault(&zip).contains("src/lib.rs is a link"));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..=MOST_ENTRIES {
        let options = SimpleFileOptions::default();
        many.start_file(format!("{number}"), options).unwrap();
    }
    let many = many.finish().unwrap().into_inner();
    assert!(fault(&many).contains("more than 10000 entries"));
    let name = |number| format!("src/{number}.rs");
    let names: Vec<_> = (0..20).map(name).collect();
    let text = vec![b' '; 1 << 20];
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), text.as_slice()))
        .collect();
    assert!(fault(&zipped(&files)).contains("larger than 16 MiB"));
    let mut zeros = GzEncoder::new(Vec::new(), Compression::best());
    let skipped = tarred(&[("large", EntryType::Regular, &vec![0; 80 << 20])]);
    zeros.write_all(&skipped).unwrap();
    assert!(fault(&zeros.finish().unwrap()).contains("the archive cannot be read"));
}

#[test]
fn another_kind_of_file_is_a_mistake_of_whoever_names_it() {
    assert!(read_bytes(b"just text").is_err());
    assert!(read_bytes(b"").is_err());
}

proptest! {
    #[test]
    fn no_archive_makes_it_panic_or_names_a_file_outside(
        valid in prop::bool::ANY,
        kind in 0..3_usize,
        noise in vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in vec(any::<u8>(), 0..600),
    ) {
        let entries: [(&str, &[u8]); 2] = [("src/lib.rs", LIB.as_bytes()), ("src/a/b.rs", b"x")];
        let mut bytes = match (valid, kind) {
            (true, 0) => zipped(&entries),
            (true, _) => tarred(&entries.map(|(name, text)| (name, EntryType::Regular, text))),
            (false, 0) => b"PK\x03\x04".to_vec(),
            (false, 1) => vec![0x1f, 0x8b, 8, 0],
            (false, _) => [vec![0; USTAR], b"ustar\x0000".to_vec()].concat(),
        };
        if !valid {
            bytes.extend(tail);
        }
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(gathered) = read_bytes(&bytes) {
            let (files, _) = gathered.below_src();
            for name in files.keys() {
                prop_assert!(name.is_relative());
                let normal = |part| matches!(part, Component::Normal(_));
                prop_assert!(name.components().all(normal), "{name:?}");
            }
        }
    }
}
