"""Models trained and exported by PyTorch."""

import numpy as np
import onnx
import torch
from torch import nn

from digits import Samples

OPSET = 18


def good_cnn() -> nn.Module:
    """The best model: two normalised convolutions, each halving the picture, and a linear head (about 7,000 weights)."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def small_mlp() -> nn.Module:
    """A mediocre model: eight hidden units, trained for a few rounds only."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 10))


def train(model: nn.Module, samples: Samples, *, rounds: int, rate: float, seed: int) -> nn.Module:
    """Trains by Adam in batches of 64; the order of the samples depends on `seed` alone."""
    images, labels = torch.from_numpy(samples.images), torch.from_numpy(samples.labels)
    order = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for _ in range(rounds):
        for batch in torch.randperm(len(images), generator=order).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model.eval()


def export(model: nn.Module) -> onnx.ModelProto:
    """Exports f32 `images` [batch,1,8,8] -> f32 `logits` [batch,10]."""
    program = torch.onnx.export(
        model,
        (torch.from_numpy(np.zeros((2, 1, 8, 8), np.float32)),),
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    return program.model_proto


def build_all(samples: Samples) -> dict[str, onnx.ModelProto]:
    """The PyTorch models by name."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(1)
    cnn = train(good_cnn(), samples, rounds=60, rate=2e-3, seed=1)
    torch.manual_seed(2)
    mlp = train(small_mlp(), samples, rounds=12, rate=4e-3, seed=2)
    return {"digits-cnn": export(cnn), "digits-mlp-small": export(mlp)}
