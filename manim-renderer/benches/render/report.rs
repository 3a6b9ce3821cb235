//! Prints what was measured, and puts it between its markers in `docs/performance.md`.

use std::path::Path;

pub(crate) fn publish(part: &str, text: &str, whole: bool) {
    println!("\n{text}");
    if whole {
        write(part, text);
    }
}

fn write(part: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {part} -->\n"), format!("<!-- /{part} -->"));
    let begin = page.find(&open).expect("the page has the marker") + open.len();
    let end = page.find(&close).expect("the page has the closing marker");
    std::fs::write(&path, format!("{}{text}{}", &page[..begin], &page[end..])).unwrap();
}
