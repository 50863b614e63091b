//! Operators on words: StringNormalizer and TfIdfVectorizer.

mod normalizer;
mod tfidf;

pub use self::normalizer::string_normalizer;
pub use self::tfidf::tfidf;
