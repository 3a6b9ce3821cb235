//! The names nearest to a wrong one.

/// How many are worth showing.
const MAX_SHOWN: usize = 3;

/// Up to three of `known` that `wrong` could be a slip of: the nearest, and those as near.
pub(super) fn nearest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Vec<&'k str> {
    let bound = 1 + wrong.chars().count() / 4;
    let mut near: Vec<(usize, &str)> = known
        .filter(|name| !name.starts_with('_') || wrong.starts_with('_'))
        .filter_map(|name| Some((distance(wrong, name, bound)?, name)))
        .collect();
    near.sort_unstable();
    near.dedup();
    let least = near.first().map_or(0, |(distance, _)| *distance);
    let nearest = near.into_iter().take_while(|(distance, _)| *distance == least);
    nearest.take(MAX_SHOWN).map(|(_, name)| name).collect()
}

/// ` Did you mean A or B?`, or nothing.
pub(super) fn did_you_mean<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> String {
    let near: Vec<String> = nearest(wrong, known)
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    match near.as_slice() {
        [] => String::new(),
        [only] => format!(" Did you mean {only}?"),
        [first @ .., last] => format!(" Did you mean {} or {last}?", first.join(", ")),
    }
}

/// Insertions, deletions, replacements and swaps of neighbours between two words without
/// regard to case, or `None` beyond `bound`.
fn distance(a: &str, b: &str, bound: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > bound || strangers(a, b) > bound {
        return None;
    }
    let same = |i: usize, j: usize| a[i].eq_ignore_ascii_case(&b[j]);
    let mut older = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = older.clone();
    for i in 0..a.len() {
        row[0] = i + 1;
        for j in 0..b.len() {
            let change: usize = last[j] + usize::from(!same(i, j));
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j) {
                best = best.min(older[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        if row.iter().min().is_some_and(|least| *least > bound) {
            return None;
        }
        (older, last, row) = (last, row, older);
    }
    last.last().copied().filter(|distance| *distance <= bound)
}

/// How many letters one word has and the other has not: each costs a change at least.
fn strangers(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (letters(a), letters(b));
    (a & !b).count_ones().max((b & !a).count_ones()) as usize
}

/// A bit for each letter or digit that is there; capital letters are small ones.
fn letters(word: &[u8]) -> u64 {
    word.iter()
        .fold(0, |set, letter| set | 1 << (letter.to_ascii_lowercase() % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_strangers_are_not() {
        let known = ["Circle", "Create", "Square", "set_color"];
        assert_eq!(nearest("Cricle", known.into_iter()), ["Circle"]);
        assert_eq!(nearest("set_colour", known.into_iter()), ["set_color"]);
        assert!(nearest("Dodecahedron", known.into_iter()).is_empty());
    }

    #[test]
    fn two_names_read_as_a_question() {
        let text = did_you_mean("ab", ["ac", "ad"].into_iter());
        assert_eq!(text, " Did you mean `ac` or `ad`?");
    }
}
