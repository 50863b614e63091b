//! How a subnet turns the outputs of models into one number, and the names that people give these metrics.

use crate::macros::shared;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

shared! {
    /// How validators turn outputs into one number. Its encoding is on chain: new variants go to the end.
    pub enum Metric {
        /// Share of samples whose largest output is the label.
        Accuracy,
        /// Share of samples whose label is among so many of the largest outputs.
        TopK(u16),
        /// Harmonic mean of precision and recall.
        F1(Average),
        /// Area under the receiver operating characteristic: of two classes, or the mean of each class against the rest.
        RocAuc(Form),
        /// Mean negative logarithm of the label's probability.
        LogLoss(Form),
        /// Exponential of the mean negative logarithm of each token's probability.
        Perplexity(Form),
        /// Mean squared error.
        MeanSquaredError,
        /// Root of the mean squared error, averaged over the columns of the targets.
        RootMeanSquaredError,
        /// Mean absolute error.
        MeanAbsoluteError,
        /// Coefficient of determination, averaged over the columns of the targets.
        R2,
        /// BLEU of sequences of token ids, of n-grams up to 4; a sequence ends at the id given here, or at a negative one.
        Bleu(Option<u32>),
        /// chrF of sequences of ids, each taken for a character; a sequence ends as for BLEU.
        ChrF(Option<u32>),
        /// Mean over classes of intersection over union; places with the label given here do not count.
        MeanIou(Option<u32>),
        /// Bytes of the model.
        Size,
        /// Floating-point operations of one sample.
        Flops,
        /// Milliseconds of one sample in the median batch.
        Latency,
    }

    /// How the F1 of several classes becomes one number.
    pub enum Average {
        /// That of class 1, of the classes 0 and 1.
        Binary,
        /// The mean of all classes.
        Macro,
        /// That of all predictions counted together.
        Micro,
        /// The mean weighted by the samples of each class.
        Weighted,
    }

    /// What the scores of classes are.
    pub enum Form {
        /// Taken as they are; where a logarithm is formed, they are probabilities.
        Probabilities,
        /// Made probabilities by a softmax (of one column, by a sigmoid).
        Logits,
    }
}

impl Copy for Metric {}
impl Copy for Average {}
impl Copy for Form {}

/// Metrics as they are written, each with what may stand after a colon.
pub const METRIC_NAMES: &str = "accuracy, top-k:K, f1[:binary|macro|micro|weighted], roc-auc[:probabilities|logits], \
log-loss[:probabilities|logits], perplexity[:logits|probabilities], mse, rmse, mae, r2, bleu[:END], chrf[:END], mean-iou[:IGNORED], \
size, flops, latency";

/// A text that names no metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMetric(String);

impl fmt::Display for UnknownMetric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is no metric: expected one of {METRIC_NAMES}", self.0)
    }
}

impl core::error::Error for UnknownMetric {}

impl Metric {
    /// Whether a greater value is a better one.
    pub fn is_higher_better(&self) -> bool {
        match self {
            Self::Accuracy | Self::TopK(_) | Self::F1(_) | Self::RocAuc(_) | Self::R2 => true,
            Self::Bleu(_) | Self::ChrF(_) | Self::MeanIou(_) => true,
            Self::LogLoss(_) | Self::Perplexity(_) => false,
            Self::MeanSquaredError | Self::RootMeanSquaredError | Self::MeanAbsoluteError => false,
            Self::Size | Self::Flops | Self::Latency => false,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Accuracy => "accuracy",
            Self::TopK(count) => return write!(formatter, "top-k:{count}"),
            Self::F1(average) => return write!(formatter, "f1:{average}"),
            Self::RocAuc(Form::Probabilities) => "roc-auc",
            Self::RocAuc(form) => return write!(formatter, "roc-auc:{form}"),
            Self::LogLoss(Form::Probabilities) => "log-loss",
            Self::LogLoss(form) => return write!(formatter, "log-loss:{form}"),
            Self::Perplexity(Form::Logits) => "perplexity",
            Self::Perplexity(form) => return write!(formatter, "perplexity:{form}"),
            Self::MeanSquaredError => "mse",
            Self::RootMeanSquaredError => "rmse",
            Self::MeanAbsoluteError => "mae",
            Self::R2 => "r2",
            Self::Bleu(end) => return with_id(formatter, "bleu", *end),
            Self::ChrF(end) => return with_id(formatter, "chrf", *end),
            Self::MeanIou(ignored) => return with_id(formatter, "mean-iou", *ignored),
            Self::Size => "size",
            Self::Flops => "flops",
            Self::Latency => "latency",
        };
        formatter.write_str(name)
    }
}

fn with_id(formatter: &mut fmt::Formatter<'_>, name: &str, id: Option<u32>) -> fmt::Result {
    match id {
        Some(id) => write!(formatter, "{name}:{id}"),
        None => formatter.write_str(name),
    }
}

impl fmt::Display for Average {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Binary => "binary",
            Self::Macro => "macro",
            Self::Micro => "micro",
            Self::Weighted => "weighted",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Probabilities => "probabilities",
            Self::Logits => "logits",
        })
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        parse(text).ok_or_else(|| UnknownMetric(text.chars().take(80).collect()))
    }
}

fn parse(text: &str) -> Option<Metric> {
    let (name, parameter) = match text.split_once(':') {
        Some((name, parameter)) => (name, Some(parameter)),
        None => (text, None),
    };
    if let Some(plain) = plain(name) {
        return parameter.is_none().then_some(plain);
    }
    let id = || parameter.map(str::parse).transpose().ok();
    Some(match name {
        "top-k" => Metric::TopK(parameter?.parse().ok().filter(|count| *count > 0)?),
        "f1" => Metric::F1(match parameter {
            Some("binary") => Average::Binary,
            Some("macro") | None => Average::Macro,
            Some("micro") => Average::Micro,
            Some("weighted") => Average::Weighted,
            Some(_) => return None,
        }),
        "roc-auc" => Metric::RocAuc(form(parameter, Form::Probabilities)?),
        "log-loss" => Metric::LogLoss(form(parameter, Form::Probabilities)?),
        "perplexity" => Metric::Perplexity(form(parameter, Form::Logits)?),
        "bleu" => Metric::Bleu(id()?),
        "chrf" => Metric::ChrF(id()?),
        "mean-iou" => Metric::MeanIou(id()?),
        _ => return None,
    })
}

fn plain(name: &str) -> Option<Metric> {
    Some(match name {
        "accuracy" => Metric::Accuracy,
        "mse" => Metric::MeanSquaredError,
        "rmse" => Metric::RootMeanSquaredError,
        "mae" => Metric::MeanAbsoluteError,
        "r2" => Metric::R2,
        "size" => Metric::Size,
        "flops" => Metric::Flops,
        "latency" => Metric::Latency,
        _ => return None,
    })
}

fn form(parameter: Option<&str>, default: Form) -> Option<Form> {
    match parameter {
        None => Some(default),
        Some("probabilities") => Some(Form::Probabilities),
        Some("logits") => Some(Form::Logits),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use scale::Encode;

    #[test]
    fn a_metric_reads_as_it_is_written() {
        let all = [
            "accuracy",
            "top-k:5",
            "f1:binary",
            "f1:macro",
            "f1:micro",
            "f1:weighted",
            "roc-auc",
            "roc-auc:logits",
            "log-loss",
            "log-loss:logits",
            "perplexity",
            "perplexity:probabilities",
            "mse",
            "rmse",
            "mae",
            "r2",
            "bleu",
            "bleu:2",
            "chrf",
            "chrf:0",
            "mean-iou",
            "mean-iou:255",
            "size",
            "flops",
            "latency",
        ];
        for text in all {
            assert_eq!(text.parse::<Metric>().map(|metric| metric.to_string()), Ok(text.into()));
        }
        assert_eq!("f1".parse(), Ok(Metric::F1(Average::Macro)));
    }

    #[test]
    fn what_is_no_metric_is_told_with_all_that_are() {
        for text in [
            "",
            "acuracy",
            "accuracy:1",
            "top-k",
            "top-k:0",
            "top-k:x",
            "f1:mean",
            "bleu:-1",
            "roc-auc:",
            "size:1",
        ] {
            let refused = text.parse::<Metric>().unwrap_err().to_string();
            assert!(refused.contains("expected one of accuracy, top-k:K"), "{refused}");
        }
    }

    #[test]
    fn a_task_encoded_before_there_were_other_metrics_still_reads() {
        assert_eq!(Metric::Accuracy.encode(), [0]);
    }
}
