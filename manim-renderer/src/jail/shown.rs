//! Which files of the machine a jail shows: as few as its programs need, all read-only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::plan::SCRATCH;

/// Shared libraries, wherever distributions keep them, and how to find them.
pub(super) const LIBRARIES: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
];
/// Fonts with their configuration and caches.
const FONTS: &[&str] = &[
    "/etc/fonts",
    "/usr/share/fontconfig",
    "/usr/share/xml/fontconfig",
    "/var/cache/fontconfig",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
];
const FONT_DIRECTORIES: &[&str] = &["/usr/share/fonts", "/usr/local/share/fonts"];
const FONT_SETTINGS: &[&str] = &["/etc/fonts", "/etc/fonts/conf.d"];
/// The programs of LaTeX, what they start, and their settings.
const PROGRAMS: &[&str] = &[
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/texmf",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/var/lib/texmf",
    "/var/cache/fontconfig",
    "/opt/texlive",
    "/opt/texbin",
];
/// Devices without state that matters.
pub(crate) const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];
/// Deeper than this, fonts are not kept.
const FONT_DEPTH: usize = 6;

/// What a scene may see, given where Python looks for modules.
pub(crate) fn for_scenes(modules: &[String]) -> Vec<String> {
    let mut paths: BTreeSet<PathBuf> = given(modules);
    paths.extend(LIBRARIES.iter().chain(FONTS).map(PathBuf::from));
    paths.extend(named_font_directories());
    for directory in FONT_DIRECTORIES {
        linked_directories(Path::new(directory), FONT_DEPTH, &mut paths);
    }
    outermost(paths)
}

/// What LaTeX may see, given where Python looks for modules and where LaTeX is.
pub(crate) fn for_formulas(modules: &[String], programs: Vec<PathBuf>) -> Vec<String> {
    let mut paths = given(modules);
    paths.extend(PROGRAMS.iter().map(PathBuf::from));
    paths.extend(programs);
    outermost(paths)
}

fn given(modules: &[String]) -> BTreeSet<PathBuf> {
    modules.iter().map(PathBuf::from).collect()
}

/// Existing absolute paths that lie in no other one, without the root itself.
fn outermost(paths: BTreeSet<PathBuf>) -> Vec<String> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in paths.into_iter().filter(|path| is_plain(path) && path.exists()) {
        if !kept.iter().any(|outer| path.starts_with(outer)) {
            kept.push(path);
        }
    }
    kept.into_iter()
        .filter_map(|path| path.to_str().map(str::to_owned))
        .collect()
}

/// Absolute, below the root, without `..`, and nothing that a jail has of its own.
fn is_plain(path: &Path) -> bool {
    let normal = path
        .components()
        .skip(1)
        .all(|part| matches!(part, Component::Normal(_)));
    let own = ["/proc", "/dev", "/sys", "/tmp", SCRATCH]
        .iter()
        .any(|own| Path::new(own) == path);
    path.is_absolute() && normal && path.components().count() > 1 && !own
}

/// `<dir>/…</dir>` in the system's font settings.
fn named_font_directories() -> Vec<PathBuf> {
    let files = FONT_SETTINGS
        .iter()
        .flat_map(|directory| fs::read_dir(directory).into_iter().flatten().flatten());
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.flat_map(|text| directories_in(&text)).collect()
}

fn directories_in(settings: &str) -> Vec<PathBuf> {
    let pieces = settings.split("<dir").skip(1);
    let named = pieces.filter_map(|piece| {
        let (attributes, rest) = piece.split_once('>')?;
        let (path, _) = rest.split_once("</dir>")?;
        attributes.trim().is_empty().then(|| PathBuf::from(path.trim()))
    });
    named.filter(|path| path.is_absolute()).collect()
}

/// Distributions link fonts of TeX into the font directories.
fn linked_directories(directory: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 {
            linked_directories(&entry.path(), depth - 1, found);
        } else if kind.is_symlink()
            && let Ok(target) = fs::canonicalize(entry.path())
        {
            let shown = if target.is_dir() {
                Some(target.as_path())
            } else {
                target.parent()
            };
            found.extend(shown.map(Path::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_shown_directory_is_not_shown_twice() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let paths = BTreeSet::from([inner, root.path().to_owned()]);
        assert_eq!(outermost(paths), [root.path().to_str().unwrap()]);
    }

    #[test]
    fn the_root_relative_paths_and_a_jails_own_places_are_never_shown() {
        let paths = ["/", "usr", "/usr/../etc", "/proc", "/tmp", "/dev"].map(PathBuf::from);
        assert!(outermost(paths.into()).is_empty());
    }

    #[test]
    fn font_directories_are_read_from_settings() {
        let settings = "<dir>/a</dir> <dir prefix=\"xdg\">fonts</dir> <dir>~/.fonts</dir><dir>/b/c</dir>";
        assert_eq!(directories_in(settings), ["/a", "/b/c"].map(PathBuf::from));
    }
}
