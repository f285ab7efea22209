//! A submission in one file: a zip, or a tar with or without gzip.

use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::EntryType;

use super::gather::Gathered;
use crate::problem::{Problem, Result, io};

/// The limits of an archive: how many bytes of a tar are unpacked, and how many entries of a
/// zip or a tar are read.
const MOST_UNPACKED: u64 = 64 << 20;
const MOST_ENTRIES: usize = 10_000;

/// How the names of archives end.
const ENDINGS: [&str; 4] = [".zip", ".tar", ".tar.gz", ".tgz"];

/// How the names of other archives end. They cannot be read, but a student handed them in.
const OTHER_ENDINGS: [&str; 8] = [
    ".rar", ".7z", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tzst",
];

/// The name of an archive without its ending; `None` for any other file, and for hidden ones.
pub fn without_ending(name: &str) -> Option<&str> {
    without(&ENDINGS, name)
}

/// The same, also for archives that cannot be read.
pub fn without_any_ending(name: &str) -> Option<&str> {
    without_ending(name).or_else(|| without(&OTHER_ENDINGS, name))
}

fn without<'a>(endings: &[&str], name: &'a str) -> Option<&'a str> {
    // Windows may write them in capital letters.
    let folded = name.to_ascii_lowercase();
    let ending = endings.iter().find(|ending| folded.ends_with(*ending))?;
    let name = &name[..name.len() - ending.len()];
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

/// The source files in an archive. Problems with the archive are in the faults.
pub fn read(name: &str, mut file: impl Read + Seek) -> Result<Gathered> {
    let mut start = Vec::new();
    let peeked = file.by_ref().take(START).read_to_end(&mut start);
    let back = peeked.and_then(|_| file.rewind());
    back.map_err(io("cannot read", Path::new(name)))?;
    let mut gathered = Gathered::default();
    let read = match start.as_slice() {
        [b'P', b'K', ..] => of_zip(file, &mut gathered),
        [0x1f, 0x8b, ..] => of_tar(GzDecoder::new(file), &mut gathered),
        start if start.get(USTAR..USTAR + 5) == Some(b"ustar") => of_tar(file, &mut gathered),
        _ => {
            return Err(Problem::usage(
                format!("{name} is not a folder, a zip or a tar"),
                "Give --dir a folder like exercises/, or a zip or tar of it.",
            ));
        }
    };
    if let Err(e) = read {
        gathered.fault(format!("the archive cannot be read: {e}"));
    }
    Ok(gathered)
}

/// Where a tar has its mark, and how much of a file is read to find it.
const USTAR: usize = 257;
const START: u64 = 512;

fn of_zip(file: impl Read + Seek, gathered: &mut Gathered) -> Result<(), String> {
    let mut zip = zip::ZipArchive::new(file).map_err(damaged)?;
    for number in 0..zip.len().min(MOST_ENTRIES + 1) {
        few_enough(number)?;
        let mut entry = zip.by_index(number).map_err(damaged)?;
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| not_text())?;
        let path = inside(name)?;
        let mode = entry.unix_mode().unwrap_or_default();
        let is_regular = mode & FILE_TYPE == 0 || mode & FILE_TYPE == REGULAR;
        if entry.is_dir() {
            continue;
        }
        if !is_regular || entry.is_symlink() {
            gathered.irregular(&path);
            continue;
        }
        gathered.take(&path, &mut entry)?;
    }
    Ok(())
}

/// The bits of a Unix mode for the type of a file, and their value for a regular file.
const FILE_TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

fn of_tar(file: impl Read, gathered: &mut Gathered) -> Result<(), String> {
    // Skipped entries are unpacked too, so they count.
    let mut tar = tar::Archive::new(file.take(MOST_UNPACKED));
    let read = take_entries(&mut tar, gathered);
    match tar.into_inner().limit() {
        0 => Err(format!(
            "it unpacks to more than {} MiB",
            MOST_UNPACKED >> 20
        )),
        _ => read,
    }
}

fn take_entries(tar: &mut tar::Archive<impl Read>, gathered: &mut Gathered) -> Result<(), String> {
    for (number, entry) in tar.entries().map_err(damaged)?.enumerate() {
        few_enough(number)?;
        let mut entry = entry.map_err(damaged)?;
        let kind = entry.header().entry_type();
        let name = entry.path_bytes().into_owned();
        let name = std::str::from_utf8(&name).map_err(|_| not_text())?;
        let path = inside(name)?;
        match kind {
            EntryType::Regular | EntryType::Continuous => {
                gathered.take(&path, &mut entry)?;
            }
            EntryType::Directory | EntryType::XHeader | EntryType::XGlobalHeader => {}
            _ => gathered.irregular(&path),
        }
    }
    Ok(())
}

fn damaged(_: impl std::error::Error) -> String {
    "it is damaged or incomplete".to_owned()
}

fn few_enough(number: usize) -> Result<(), String> {
    match number < MOST_ENTRIES {
        true => Ok(()),
        false => Err(format!("it has more than {MOST_ENTRIES} entries")),
    }
}

fn not_text() -> String {
    "a name in it is not UTF-8".into()
}

/// A path that stays inside the archive.
fn inside(name: &str) -> Result<PathBuf, String> {
    // Zips from Windows may have backslashes.
    let path = PathBuf::from(name.replace('\\', "/"));
    let leads_out = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
    match path.components().any(leads_out) || name.contains('\0') {
        true => Err(format!("the path {name:?} leads out of the archive")),
        false => Ok(path
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect()),
    }
}

#[cfg(test)]
mod tests;
