#!/usr/bin/env python3
"""Writes a small model of half precision, with ONNX Runtime's outputs, to gpu-worker/tests/fixtures.

Needs PyTorch, its exporter and ONNX Runtime of requirements.txt. The network is not trained: only agreement with ONNX Runtime is asked of
it. The archive beside it holds single precision, which has all numbers of half precision.
"""

import io
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional

FIXTURES = Path(__file__).resolve().parent.parent.parent / "gpu-worker" / "tests" / "fixtures"
SAMPLES = 8
SEED = 16


class Attention(nn.Module):
    """Two heads that look at all places of a sequence."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.of = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        heads = self.of(self.norm(x)).reshape(batch, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(heads[0] @ heads[1].transpose(-1, -2) * (width // 2) ** -0.5, dim=-1)
        return x + self.out((weights @ heads[2]).transpose(1, 2).reshape(batch, length, width))


class Network(nn.Module):
    """Convolutions of each kind, then attention and a perceptron over the picture's patches."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU6(),
            nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Hardswish(), nn.MaxPool2d(2),
        )
        self.attention = Attention(8)
        self.inner = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.scores = nn.Linear(8, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.attention(self.image(images).flatten(2).transpose(1, 2))
        x = x + self.inner(x)
        return functional.softmax(self.scores(x.mean(1)), dim=-1)


def export(model: nn.Module) -> bytes:
    """The network in half precision as PyTorch's current exporter writes it, without what tells of the exporting machine."""
    example = torch.zeros(2, 1, 8, 8, dtype=torch.float16)
    program = torch.onnx.export(
        model.eval().half(), (example,), dynamo=True, input_names=["images"], output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
    )
    file = io.BytesIO()
    program.save(file)
    model = onnx.load_from_string(file.getvalue())
    del model.metadata_props[:]
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> None:
    """Builds, exports, runs, writes."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    content = export(Network())
    images = np.random.default_rng(SEED).random((SAMPLES, 1, 8, 8)).astype(np.float16)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"images": images})
    (FIXTURES / "torch-half.onnx").write_bytes(content)
    np.savez(FIXTURES / "torch-half.npz", input=images.astype(np.float32), scores=scores.astype(np.float32))
    nodes = sorted({node.op_type for node in onnx.load_from_string(content).graph.node})
    print("torch-half", len(content), "B", scores.dtype, nodes)


if __name__ == "__main__":
    main()
