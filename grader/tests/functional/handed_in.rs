//! What a student may hand in, a folder or an archive, and what is refused with a verdict.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tar::{EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::project::{Project, course, run};
use crate::security::is_in_security_md;

/// What is wrong with a submission, and how to make it from the solutions.
type HandedIn = (&'static str, fn(&Project) -> PathBuf);

/// The folder, after a change to its sources.
fn folder(project: &Project, change: impl FnOnce(&Path)) -> PathBuf {
    change(&project.dir().join("src"));
    project.dir()
}

/// A zip of the sources and of more files.
fn zipped(project: &Project, more: &[(String, Vec<u8>)]) -> PathBuf {
    let file = project.dir().with_extension("zip");
    let mut zip = ZipWriter::new(File::create(&file).unwrap());
    let sources = fs::read_dir(project.dir().join("src")).unwrap();
    let names = sources.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| name.ends_with(".rs"));
    let own = names.map(|name| (format!("src/{name}"), project.source(&name).into_bytes()));
    for (name, text) in own.chain(more.iter().cloned()) {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&text).unwrap();
    }
    zip.finish().unwrap();
    file
}

/// A tar of the sources and one entry of this kind. Links point to a file of the machine.
fn tarred(project: &Project, name: &str, kind: EntryType) -> PathBuf {
    let file = project.dir().with_extension("tar");
    let mut tar = tar::Builder::new(File::create(&file).unwrap());
    tar.append_dir_all("src", project.dir().join("src"))
        .unwrap();
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(0);
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        header.set_link_name("/etc/passwd").unwrap();
    }
    // `set_path` refuses paths that an attacker would write.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    tar.append(&header, [].as_slice()).unwrap();
    tar.finish().unwrap();
    file
}

fn many(number: usize, text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let entry = |number| (format!("src/many/{number}.rs"), text.to_vec());
    (0..number).map(entry).collect()
}

/// Files that are not a valid submission, each with a name that says what is wrong.
const HANDED_IN: [HandedIn; 20] = [
    (
        "A folder `src` that is a link to the solutions",
        |project| {
            folder(project, |src| {
                fs::remove_dir_all(src).unwrap();
                symlink(course().join("solutions/src"), src).unwrap();
            })
        },
    ),
    (
        "A source file that is a link to a file of the machine",
        |project| {
            folder(project, |src| {
                fs::remove_file(src.join("quiz.rs")).unwrap();
                symlink("/etc/passwd", src.join("quiz.rs")).unwrap();
            })
        },
    ),
    (
        "A folder in `src` that is a link to the root of the machine",
        |project| folder(project, |src| symlink("/", src.join("machine")).unwrap()),
    ),
    (
        "A source file that is a pipe, which nobody ever writes to",
        |project| {
            folder(project, |src| {
                mkfifo(&src.join("pipe.rs"), Mode::S_IRWXU).unwrap()
            })
        },
    ),
    (
        "A source file that is a link to a device without an end",
        |project| {
            folder(project, |src| {
                symlink("/dev/zero", src.join("zero.rs")).unwrap()
            })
        },
    ),
    ("A source file that is not UTF-8", |project| {
        folder(project, |src| {
            fs::write(src.join("quiz.rs"), [0xff, 0xfe, 0]).unwrap()
        })
    }),
    ("A source file whose name is not UTF-8", |project| {
        folder(project, |src| {
            let name = std::ffi::OsStr::from_bytes(b"\xff.rs");
            fs::write(src.join(name), "").unwrap();
        })
    }),
    ("A source file of two megabytes", |project| {
        folder(project, |src| {
            fs::write(src.join("quiz.rs"), vec![b' '; 2 << 20]).unwrap()
        })
    }),
    ("A zip with a path that leads up", |project| {
        zipped(project, &[("../../up.rs".into(), Vec::new())])
    }),
    (
        "A zip with a path that begins at the root of the machine",
        |project| zipped(project, &[("/etc/cron.d/job.rs".into(), Vec::new())]),
    ),
    ("A zip with names that differ only in case", |project| {
        zipped(project, &[("src/Quiz.rs".into(), Vec::new())])
    }),
    ("A zip with two submissions", |project| {
        zipped(project, &[("smith/src/lib.rs".into(), Vec::new())])
    }),
    ("A small zip with 40 MB of source files", |project| {
        zipped(project, &many(40, &vec![b' '; 1 << 20]))
    }),
    ("A zip with 20,000 source files", |project| {
        zipped(project, &many(20_000, b""))
    }),
    ("A zip that breaks off", |project| {
        let file = zipped(project, &[]);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        file
    }),
    ("A tar with a link to a file of the machine", |project| {
        tarred(project, "src/passwd.rs", EntryType::Symlink)
    }),
    (
        "A tar with a hard link to a file of the machine",
        |project| tarred(project, "src/passwd.rs", EntryType::Link),
    ),
    ("A tar with a device", |project| {
        tarred(project, "src/zero.rs", EntryType::Char)
    }),
    ("A tar with a pipe", |project| {
        tarred(project, "src/pipe.rs", EntryType::Fifo)
    }),
    (
        "A tar that unpacks to 256 MiB beside the sources",
        |project| {
            let file = project.dir().with_extension("tar.gz");
            let packed = GzEncoder::new(File::create(&file).unwrap(), Compression::fast());
            let mut tar = tar::Builder::new(packed);
            let mut header = Header::new_ustar();
            header.set_path("large").unwrap();
            header.set_size(256 << 20);
            header.set_cksum();
            let zeros = std::io::Read::take(std::io::repeat(0), 256 << 20);
            tar.append(&header, zeros).unwrap();
            tar.into_inner().unwrap().finish().unwrap();
            file
        },
    ),
];

/// Each gets exit code 1, no point, and a message that says what is wrong. The verdicts are
/// the table in SECURITY.md; `RENEW_ATTACKS=1` writes it again.
#[test]
fn what_is_no_submission_gets_a_verdict_of_its_own() {
    let mut table = String::from("| handed in | verdict |\n|---|---|\n");
    for (about, make) in HANDED_IN {
        let project = Project::solution();
        let path = make(&project);
        let graded = run(&["--report", "json", "--dir", path.to_str().unwrap()]).report();
        assert_eq!(graded.code, Some(1), "{about}");
        assert_eq!(graded.document["score"], 0, "{about}");
        let errors = graded.document["compile_errors"].as_array().unwrap();
        let said = errors.iter().map(|e| e["message"].as_str().unwrap());
        let said: Vec<_> = said.collect();
        table += &format!("| {about} | {} |\n", said.join("; "));
    }
    is_in_security_md("handed in", &table);
}

#[test]
fn a_submission_may_be_an_archive() {
    let project = Project::solution();
    let packed = project.dir().with_extension("tar");
    let mut tar = tar::Builder::new(File::create(&packed).unwrap());
    tar.append_dir_all("smith/src", project.dir().join("src"))
        .unwrap();
    tar.finish().unwrap();
    let graded = run(&["cleanup", "--dir", packed.to_str().unwrap()]);
    assert_eq!(graded.code, Some(0), "{graded:?}");
}

#[test]
fn without_trust_a_link_is_no_submission() {
    let home = tempfile::tempdir().unwrap();
    let link = home.path().join("exercises");
    std::os::unix::fs::symlink(course().join("solutions"), &link).unwrap();
    let graded = run(&["5", "--untrusted", "--dir", link.to_str().unwrap()]);
    assert_eq!(graded.code, Some(2), "{graded:?}");
    assert!(graded.stderr.contains("is a link"), "{graded:?}");
}
