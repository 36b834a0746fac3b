//! Names of tests, as `ARCHITECTURE.md` and `COMPAT.md` give them: `path/to/file.rs::test_name`.

use crate::tree::File;

/// Why the name leads nowhere, if it does.
pub(crate) fn fault(files: &[File], name: &str) -> Option<String> {
    let Some((path, test)) = name.split_once("::") else {
        return Some(format!("`{name}` is not of the form path/file.rs::test_name"));
    };
    let Some(file) = files.iter().find(|file| file.path == path) else {
        return Some(format!("`{name}`: there is no file {path}"));
    };
    let function = format!("fn {test}(");
    (!file.text.contains(&function)).then(|| format!("`{name}`: {path} has no `{function})`"))
}

#[test]
fn a_name_leads_to_a_test_or_to_a_fault() {
    let files = [File::of("crates/a/src/b.rs", "#[test]\nfn it_holds() {}\n")];
    assert_eq!(fault(&files, "crates/a/src/b.rs::it_holds"), None);
    for wrong in ["crates/a/src/b.rs::it_breaks", "crates/a/src/c.rs::it_holds", "it_holds"] {
        assert!(fault(&files, wrong).is_some(), "{wrong}");
    }
}
