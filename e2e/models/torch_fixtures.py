#!/usr/bin/env python3
"""Writes what other exporters make of a small network, with ONNX Runtime's outputs: test fixtures of the worker's engine.

Runs in train.py's environment. `torch-legacy-cnn` comes from PyTorch's older, TorchScript-based exporter without its folding, so batch
normalisation stays an operator; `sklearn-mlp` from skl2onnx. Files go to gpu-worker/tests/fixtures.
"""

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.neural_network import MLPClassifier
from torch import nn

import digits
import from_sklearn
import from_torch
from train import run, without_origin

FIXTURES = Path(__file__).resolve().parent.parent.parent / "gpu-worker" / "tests" / "fixtures"
SAMPLES = 16


def legacy_cnn(samples: digits.Samples) -> onnx.ModelProto:
    """Strides, padding, batch normalisation, average pooling and a sigmoid."""
    torch.set_num_threads(1)
    torch.manual_seed(4)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 10),
        nn.Softmax(dim=1),
    )
    model = from_torch.train(model, samples, rounds=20, rate=1e-2, seed=4)
    file = io.BytesIO()
    torch.onnx.export(
        model, (torch.zeros(2, 1, 8, 8),), file, input_names=["images"], output_names=["scores"], opset_version=17,
        dynamic_axes={"images": {0: "batch"}, "scores": {0: "batch"}}, dynamo=False, do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    return onnx.load_from_string(file.getvalue())


def sklearn_mlp(samples: digits.Samples) -> onnx.ModelProto:
    """A small multi-layer perceptron."""
    classifier = MLPClassifier((12,), max_iter=20, random_state=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is meant to stop early
        classifier.fit(samples.rows, samples.labels)
    return from_sklearn.export(classifier)


def main() -> None:
    """Trains, exports, runs, writes."""
    train, test = digits.load()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    images = test.images[:SAMPLES]
    for name, build in {"torch-legacy-cnn": legacy_cnn, "sklearn-mlp": sklearn_mlp}.items():
        model = without_origin(build(train))
        onnx.checker.check_model(model, full_check=True)
        content = model.SerializeToString(deterministic=True)
        (FIXTURES / f"{name}.onnx").write_bytes(content)
        np.savez(FIXTURES / f"{name}.npz", input=images, output=run(content, images))
        print(name, len(content), "B", [node.op_type for node in model.graph.node])


if __name__ == "__main__":
    main()
