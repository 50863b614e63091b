//! StringNormalizer: takes stop words out and changes case.

use crate::ops::doubles::given;
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType, Text};

/// What becomes of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
    Upper,
}

impl Case {
    fn change(self, text: &str) -> Text {
        match self {
            Self::Kept => text.into(),
            Self::Lower => text.to_lowercase().into(),
            Self::Upper => text.to_uppercase().into(),
        }
    }
}

#[derive(Debug)]
struct Normalizer {
    case: Case,
    is_case_sensitive: bool,
    stop_words: Vec<String>,
}

/// Builds StringNormalizer. Letters change as Unicode says, whatever the locale.
pub fn string_normalizer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    attributes.ignore("locale");
    let case = match attributes.text("case_change_action")?.as_deref() {
        None | Some("NONE") => Case::Kept,
        Some("LOWER") => Case::Lower,
        Some("UPPER") => Case::Upper,
        Some(other) => return Err(OpError::invalid(format!("case_change_action '{other}'"))),
    };
    let is_case_sensitive = attributes.flag("is_case_sensitive", false)?;
    let words = attributes.texts("stopwords")?.unwrap_or_default();
    let stop_words = match is_case_sensitive {
        true => words,
        false => words.iter().map(|word| word.to_lowercase()).collect(),
    };
    Ok(Box::new(Normalizer {
        case,
        is_case_sensitive,
        stop_words,
    }))
}

impl Normalizer {
    /// What is left of the words; never nothing.
    fn kept(&self, x: &Tensor) -> Result<Vec<Text>, OpError> {
        let stops = |word: &str| match self.is_case_sensitive {
            true => self.stop_words.iter().any(|stop| stop == word),
            false => self.stop_words.contains(&word.to_lowercase()),
        };
        let words = x.as_slice::<Text>()?.iter().filter(|word| !stops(word));
        let mut kept: Vec<Text> = words.map(|word| self.case.change(word)).collect();
        if kept.is_empty() {
            kept.push(Text::from(""));
        }
        Ok(kept)
    }
}

impl Operator for Normalizer {
    /// How many words are left depends on them, so they must be known.
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Text])?;
        let count = || Ok::<_, OpError>(self.kept(inputs.known(0, "text")?)?.len());
        let dims = match *inputs.dims(0)? {
            [_] => vec![count()?],
            [1, _] => vec![1, count()?],
            _ => return Err(OpError::invalid("the input should be one row of words")),
        };
        Ok(vec![TensorType::new(DataType::Text, Shape::new(dims)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let kept = self.kept(given(inputs, 0)?)?;
        Ok(vec![Tensor::new(outputs[0].shape.clone(), kept)?])
    }
}
