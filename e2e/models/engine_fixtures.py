#!/usr/bin/env python3
"""Writes small models that use much of the worker's engine, with ONNX Runtime's outputs, to gpu-worker/tests/fixtures.

Runs in train.py's environment. The networks are not trained: only agreement with ONNX Runtime is asked of them. The scikit-learn ones are
as skl2onnx exports them by default, with labels and with maps from class to score (stored as their values).
"""

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from skl2onnx import to_onnx
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

import digits
from train import without_origin

FIXTURES = Path(__file__).resolve().parent.parent.parent / "gpu-worker" / "tests" / "fixtures"
SAMPLES = 8


class Gate(nn.Module):
    """Weighs channels by what is in them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, 2, 1)
        self.excite = nn.Conv2d(2, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        means = torch.relu(self.squeeze(nn.functional.adaptive_avg_pool2d(x, 1)))
        return x * nn.functional.hardsigmoid(self.excite(means))


class Block(nn.Module):
    """A depthwise convolution and a perceptron per pixel, normalised by layer, around which the input is led."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.inner = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.depthwise(x).permute(0, 2, 3, 1)
        return x + self.inner(self.norm(y)).permute(0, 3, 1, 2)


def mobile() -> nn.Module:
    """Depthwise and transposed convolutions, a gate, group normalisation, and several ways of resizing."""
    return nn.Sequential(
        nn.ReflectionPad2d(1), nn.Conv2d(1, 4, 3, stride=2), nn.Hardswish(),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4), nn.BatchNorm2d(4), Gate(4), nn.GroupNorm(2, 4), nn.PReLU(4),
        nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1), nn.PixelUnshuffle(2), nn.SiLU(),
        nn.Upsample(scale_factor=2, mode="bilinear"), nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10), nn.LogSoftmax(dim=1),
    )


def blocks() -> nn.Module:
    """Layer normalisation, GELU and residual connections."""
    return nn.Sequential(nn.Conv2d(1, 6, 2, 2), Block(6), Block(6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 10))


def from_torch(model: nn.Module) -> onnx.ModelProto:
    """The network as PyTorch's current exporter writes it."""
    file = io.BytesIO()
    program = torch.onnx.export(
        model.eval(), (torch.zeros(2, 1, 8, 8),), dynamo=True, input_names=["images"], output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
    )
    program.save(file)
    return onnx.load_from_string(file.getvalue())


def run(content: bytes, rows: np.ndarray) -> dict[str, np.ndarray]:
    """ONNX Runtime's outputs; maps as the values that they hold, in the order of their classes."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {session.get_inputs()[0].name: rows})
    names = [output.name for output in session.get_outputs()]
    plain = [
        np.array([list(row.values()) for row in output], np.float32) if isinstance(output, list) else output
        for output in outputs
    ]
    return dict(zip(names, plain, strict=True))


def main() -> None:
    """Builds, exports, runs, writes."""
    train, test = digits.load()
    torch.set_num_threads(1)
    torch.manual_seed(6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the classifiers are meant to stop early
        pipeline = make_pipeline(StandardScaler(), PCA(8, random_state=7), LogisticRegression(max_iter=20))
        pipeline.fit(train.rows, train.labels)
        binary = MLPClassifier((6,), activation="tanh", max_iter=5, random_state=8).fit(train.rows, train.labels > 4)
    row = train.rows[:1].astype(np.float32)
    models = {
        "torch-mobile": (from_torch(mobile()), test.images),
        "torch-blocks": (from_torch(blocks()), test.images),
        "sklearn-pipeline": (to_onnx(pipeline, row), test.rows),
        "sklearn-binary": (to_onnx(binary, row), test.rows),
    }
    for name, (model, samples) in models.items():
        content = without_origin(model).SerializeToString(deterministic=True)
        samples = samples[:SAMPLES].astype(np.float32)
        (FIXTURES / f"{name}.onnx").write_bytes(content)
        np.savez(FIXTURES / f"{name}.npz", input=samples, **run(content, samples))
        print(name, len(content), "B", sorted({node.op_type for node in model.graph.node}))


if __name__ == "__main__":
    main()
