#!/usr/bin/env python3
"""Writes gpu-worker/tests/fixtures/metrics.json: small outputs and targets with the values of scikit-learn and sacreBLEU.

Needs what requirements-metrics.txt names. Outputs are single precision, as models give them, and widened before they are measured; those
named `double` are not. A case that the libraries refuse or call undefined has no value.
"""

import json
from pathlib import Path

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sklearn import metrics as sk

FIXTURE = Path(__file__).resolve().parent.parent.parent / "gpu-worker" / "tests" / "fixtures" / "metrics.json"
cases = []


def tensor(array: np.ndarray) -> dict:
    shortest = float if array.dtype.kind == "f" else int
    numbers = [None if value != value else shortest(str(value)) for value in array.ravel()]
    # An integer is written as one.
    numbers = [int(number) if number is not None and np.isfinite(number) and number == int(number) else number for number in numbers]
    return {"type": str(array.dtype), "shape": list(array.shape), "elements": numbers}


def case(name: str, metric: str, output: np.ndarray, target: np.ndarray, value: float | None) -> None:
    value = None if value is None or np.isnan(value) else float(value)
    output, target = tensor(output), tensor(target)
    same = next((case for case in cases if (case["output"], case["target"]) == (output, target)), None)
    if same is None:
        same = {"name": name, "output": output, "target": target, "values": {}}
        cases.append(same)
    same["values"][metric] = value


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def rounded_odds(logits: np.ndarray) -> np.ndarray:
    """Probabilities of few digits that still add up to one."""
    odds = np.round(softmax(logits.astype(np.float64)), 3)
    odds[..., -1] = np.round(1 - odds[..., :-1].sum(axis=-1), 3)
    return np.maximum(odds, 0)


def rounded(array: np.ndarray, digits: int) -> np.ndarray:
    return np.round(array, digits).astype(np.float32)


def classes(random: np.random.Generator) -> None:
    labels = random.integers(0, 5, 24)
    logits = rounded(random.normal(size=(24, 5)) + 1.2 * np.eye(5)[labels], 2)
    wide = logits.astype(np.float64)
    predicted = wide.argmax(axis=1)
    case("five classes", "accuracy", logits, labels, sk.accuracy_score(labels, predicted))
    for k in (1, 2, 4, 5):
        value = 1.0 if k == 5 else sk.top_k_accuracy_score(labels, wide, k=k)
        case(f"top {k}", f"top-k:{k}", logits, labels, value)
    for average in ("macro", "micro", "weighted"):
        case(average, f"f1:{average}", logits, labels, sk.f1_score(labels, predicted, average=average))
        # Class 7 is only predicted, class 9 only true.
        truth, guess = np.array([0, 0, 1, 9, 9, 2]), np.array([0, 7, 1, 0, 2, 2])
        case(f"{average}, classes of one side", f"f1:{average}", guess, truth, sk.f1_score(truth, guess, average=average, zero_division=0))
    truth, guess = np.array([0, 1, 1, 0, 1]), np.array([0, 1, 0, 1, 1])
    case("two classes", "f1:binary", guess, truth, sk.f1_score(truth, guess))
    case("never right", "f1:binary", np.array([1, 0]), np.array([0, 1]), 0.0)
    case("class 1 nowhere", "f1:binary", np.array([0, 0]), np.array([0, 0]), sk.f1_score([0, 0], [0, 0], zero_division=0))
    case("three classes", "f1:binary", np.array([0, 2]), np.array([0, 2]), None)


def ranking(random: np.random.Generator) -> None:
    labels = random.integers(0, 2, 50)
    scores = rounded(random.normal(size=50) + 0.8 * labels, 1)  # one digit: many ties
    case("ties", "roc-auc", scores, labels, sk.roc_auc_score(labels, scores.astype(np.float64)))
    two = rounded_odds(random.normal(size=(50, 2))).astype(np.float32)
    case("two columns", "roc-auc", two, labels, sk.roc_auc_score(labels, two[:, 1].astype(np.float64)))
    logits = rounded(random.normal(size=(50, 2)), 3)
    difference = (logits[:, 1].astype(np.float64) - logits[:, 0])
    case("two logits", "roc-auc:logits", logits, labels, sk.roc_auc_score(labels, difference))
    case("all the same", "roc-auc", np.full(6, 0.5, np.float32), np.array([0, 1, 0, 1, 1, 0]), 0.5)
    case("one class", "roc-auc", np.array([0.1, 0.9], np.float32), np.array([1, 1]), None)
    case("not a number", "roc-auc", np.array([np.nan, 0.9], np.float32), np.array([0, 1]), None)
    labels = random.integers(0, 4, 24)
    logits = rounded(random.normal(size=(24, 4)) + np.eye(4)[labels], 1)
    odds = softmax(logits.astype(np.float64))
    case("four logits", "roc-auc:logits", logits, labels, sk.roc_auc_score(labels, odds, multi_class="ovr"))
    odds = rounded_odds(logits)
    case("four probabilities", "roc-auc", odds, labels, sk.roc_auc_score(labels, odds, multi_class="ovr"))
    case("a class missing", "roc-auc", odds[labels != 3], labels[labels != 3], None)


def likelihood(random: np.random.Generator) -> None:
    labels = random.integers(0, 3, 16)
    logits = rounded(random.normal(size=(16, 3)), 3)
    odds = softmax(logits.astype(np.float64))
    case("logits", "log-loss:logits", logits, labels, sk.log_loss(labels, odds))
    odds = rounded_odds(logits)
    case("probabilities", "log-loss", odds, labels, sk.log_loss(labels, odds))
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    case("impossible, double", "log-loss", certain, np.array([0, 1, 1]), sk.log_loss([0, 1, 1], certain))
    one = np.array([[0.1], [0.8], [0.4]])
    case("one column", "log-loss", one, np.array([0, 1, 1]), sk.log_loss([0, 1, 1], one[:, 0]))
    case("no probability", "log-loss", np.array([[1.5, -0.5]], np.float32), np.array([0]), None)
    case("impossible logit", "log-loss:logits", np.array([[0.0, -np.inf]], np.float32), np.array([1]), None)
    tokens = random.integers(0, 7, (3, 4))
    logits = rounded(2 * random.normal(size=(3, 4, 7)), 2)
    odds = softmax(logits.astype(np.float64))
    flat = sk.log_loss(tokens.ravel(), odds.reshape(-1, 7), labels=range(7))
    case("tokens", "perplexity", logits, tokens, np.exp(flat))
    padded = tokens.copy()
    padded[1, 3:] = padded[2, 2:] = -100
    counted = padded.ravel() != -100
    flat = sk.log_loss(padded.ravel()[counted], odds.reshape(-1, 7)[counted], labels=range(7))
    case("padding", "perplexity", logits, padded, np.exp(flat))
    odds = rounded_odds(logits)
    flat = sk.log_loss(padded.ravel()[counted], odds.reshape(-1, 7)[counted], labels=range(7))
    case("token probabilities", "perplexity:probabilities", odds, padded, np.exp(flat))


def regression(random: np.random.Generator) -> None:
    functions = {
        "mse": sk.mean_squared_error, "rmse": sk.root_mean_squared_error, "mae": sk.mean_absolute_error, "r2": sk.r2_score,
    }  # fmt: skip
    one, two = rounded(random.normal(size=10), 3), rounded(100 + random.normal(size=(8, 3)) * [1, 5, 0.1], 3)
    guesses = [rounded(target + 0.3 * random.normal(size=target.shape), 3) for target in (one, two)]
    whole = random.integers(-9, 9, 12)
    near = rounded(whole + random.normal(size=12), 2).reshape(12, 1)
    for metric, function in functions.items():
        for name, target, guess in (("one number", one, guesses[0]), ("three numbers", two, guesses[1])):
            target, wide = target.astype(np.float64), guess.astype(np.float64)
            case(name, metric, guess, np.round(target, 3), function(np.round(target, 3), wide))
        case("integers", metric, near, whole, function(whole, near.astype(np.float64)))
        case("not a number", metric, np.array([1, np.nan], np.float32), np.array([1.0, 2.0]), None)
    constant = np.full(4, 0.1)
    case("constant, missed", "r2", np.array([0, 1, 0, 1], np.float32), constant, sk.r2_score(np.full(4, 0.5), [0, 1, 0, 1]))
    case("constant, met", "r2", constant, constant, sk.r2_score(constant, constant))
    case("one sample", "r2", np.array([1.0], np.float32), np.array([2.0]), None)
    case("infinite", "mse", np.array([np.inf, 1], np.float32), np.array([1.0, 1.0]), None)


def text(random: np.random.Generator) -> None:
    references = random.integers(3, 9, (8, 12))
    written = np.where(random.random((8, 12)) < 0.2, random.integers(3, 9, (8, 12)), references)
    ends = random.integers(6, 13, (2, 8))
    for row in range(8):
        references[row, ends[0, row]:] = 2
        written[row, ends[1, row]:] = 2

    def until(ids: np.ndarray) -> list[int]:
        ids = ids.tolist()
        return ids[: ids.index(2)] if 2 in ids else ids

    def bleu(written: np.ndarray, references: np.ndarray) -> float:
        words = lambda rows: [" ".join(map(str, until(row))) for row in rows]  # noqa: E731
        return BLEU(tokenize="none").corpus_score(words(written), [words(references)]).score

    def chrf(written: np.ndarray, references: np.ndarray) -> float:
        letters = lambda rows: ["".join(chr(0x4E00 + token) for token in until(row)) for row in rows]  # noqa: E731
        return CHRF().corpus_score(letters(written), [letters(references)]).score

    scores = np.eye(9, dtype=np.float32)[written[:4]]
    short, long = np.array([[3, 4, 2, 2]]), np.array([[3, 4, 5, 6]])
    none = np.array([[7, 7, 7, 7]])
    smoothed = np.array([[3, 4, 5, 7, 3, 4]]), np.array([[3, 4, 5, 6, 8, 8]])
    for name, function in (("bleu", bleu), ("chrf", chrf)):
        metric = f"{name}:2"
        case("sentences", metric, written, references, function(written, references))
        case("scores of ids", metric, scores, references[:4], function(written[:4], references[:4]))
        case("the same", metric, references, references, function(references, references))
        case("short", metric, short, long, function(short, long))
        case("nothing right", metric, none, long, function(none, long))
        case("smoothed", metric, *smoothed, function(*smoothed))


def overlap(random: np.random.Generator) -> None:
    truth = random.integers(0, 4, (3, 5, 4))
    logits = rounded(random.normal(size=(3, 4, 5, 4)) + np.moveaxis(np.eye(4)[truth], -1, 1), 2)
    guess = logits.argmax(axis=1)
    case("scores of places", "mean-iou", logits, truth, sk.jaccard_score(truth.ravel(), guess.ravel(), average="macro"))
    case("classes of places", "mean-iou", guess, truth, sk.jaccard_score(truth.ravel(), guess.ravel(), average="macro"))
    ignored = truth.copy()
    ignored[:, 0, :] = 255
    kept = ignored != 255
    case("ignored places", "mean-iou:255", guess, ignored, sk.jaccard_score(ignored[kept], guess[kept], average="macro"))
    case("only ignored", "mean-iou:255", guess, np.full_like(guess, 255), None)


random = np.random.default_rng(7)
for write in (classes, ranking, likelihood, regression, text, overlap):
    write(random)
# JSON has no infinity: it is written as text.
lines = ",\n".join(json.dumps(one, separators=(",", ":")).replace("-Infinity", '"-inf"').replace("Infinity", '"inf"') for one in cases)
FIXTURE.write_text(f"[\n{lines}\n]\n")
print(f"{FIXTURE}: {len(cases)} cases, {FIXTURE.stat().st_size} bytes")
