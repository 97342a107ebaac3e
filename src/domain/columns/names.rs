//! The dictionary of the words that samples are full of: each is written once, and is a number everywhere else.

use std::collections::HashMap;
use std::sync::Arc;

use super::Unreadable;

/// Words and sets of words by number. It only grows, so numbers keep their meaning.
#[derive(Clone, Debug, Default)]
pub struct Names {
    words: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    sets: Vec<Arc<[u32]>>,
    set_numbers: HashMap<Arc<[u32]>, u32>,
}

/// The next number of a list.
fn next<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("nobody uses four billion words")
}

impl Names {
    /// The dictionary of these words and sets, in the order of their numbers.
    ///
    /// # Errors
    /// When a word stands there twice, or a set names a word that does not.
    pub fn restore(
        words: impl IntoIterator<Item = String>,
        sets: impl IntoIterator<Item = Vec<u32>>,
    ) -> Result<Self, Unreadable> {
        let mut names = Self::default();
        for word in words {
            let number = next(&names.words);
            if names.word(&word) != number {
                return Err(Unreadable::Damaged);
            }
        }
        for set in sets {
            let number = next(&names.sets);
            if set.iter().any(|word| names.text(*word).is_none()) || names.set(&set) != number {
                return Err(Unreadable::Damaged);
            }
        }
        Ok(names)
    }

    /// All words, in the order of their numbers, which begin at 0.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(|word| &**word)
    }

    /// All sets, in the order of their numbers, which begin at 0.
    pub fn sets(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.sets.iter().map(|set| &**set)
    }

    /// The number of a word, a new one if it has none.
    pub fn word(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let (number, word) = (next(&self.words), Arc::<str>::from(word));
        self.words.push(Arc::clone(&word));
        self.numbers.insert(word, number);
        number
    }

    /// The number of a set of words, a new one if it has none. The order of the words is kept.
    pub fn set(&mut self, words: &[u32]) -> u32 {
        if let Some(number) = self.set_numbers.get(words) {
            return *number;
        }
        let (number, set) = (next(&self.sets), Arc::<[u32]>::from(words));
        self.sets.push(Arc::clone(&set));
        self.set_numbers.insert(set, number);
        number
    }

    /// The word of a number.
    pub fn text(&self, word: u32) -> Option<&str> {
        self.words.get(word as usize).map(|word| &**word)
    }

    /// The words of a set; none if it does not exist.
    pub fn members(&self, set: u32) -> &[u32] {
        self.sets.get(set as usize).map_or(&[], |set| &**set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_number() {
        let mut names = Names::default();
        let numbers = ["billing", "", "billing", "Billing"].map(|word| names.word(word));
        assert_eq!(numbers, [0, 1, 0, 2]);
        assert_eq!([names.set(&[0, 2]), names.set(&[2]), names.set(&[0, 2])], [0, 1, 0]);
        assert_eq!((names.text(2), names.text(3)), (Some("Billing"), None));
        assert_eq!((names.members(0), names.members(9)), (&[0, 2][..], &[][..]));

        let again = Names::restore(names.words().map(str::to_owned), names.sets().map(<[u32]>::to_vec));
        let mut again = again.expect("its own words");
        assert_eq!((again.word("Billing"), again.set(&[2])), (2, 1));
    }

    #[test]
    fn what_is_not_a_dictionary_is_refused() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert!(Names::restore(words(&["a", "b"]), [vec![1]]).is_ok());
        assert!(Names::restore(words(&["a", "a"]), []).is_err());
        assert!(Names::restore(words(&["a"]), [vec![1]]).is_err());
        assert!(Names::restore(words(&["a"]), [vec![0], vec![0]]).is_err());
    }
}
