"""Which models are compared, on which inputs. The first input of each is made here, by a seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import networks

SEED = 7


@dataclass(frozen=True)
class Entry:
    """A network, and what it is run on."""

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    # Inputs are words below this number; numbers in 0..1 if it is 0.
    words: int = 0
    # Samples of a run: what throughput counts.
    samples: int = 1

    def model(self) -> nn.Module:
        """The network with the weights of the seed."""
        torch.manual_seed(SEED)
        return networks.initialised(self.build())

    def input(self) -> np.ndarray:
        """What it is run on."""
        random = np.random.default_rng(SEED)
        if self.words:
            return random.integers(0, self.words, self.shape, dtype=np.int64)
        return random.random(self.shape, dtype=np.float32)


MODELS: dict[str, Entry] = {
    **{f"product-{n}": Entry(lambda n=n: networks.Product(n), (n, n)) for n in (512, 1024, 2048, 4096)},
    "mlp": Entry(networks.mlp, (64, 1024), samples=64),
    "resnet50": Entry(networks.resnet50, (1, 3, 224, 224)),
    "mobilenet-v2": Entry(networks.mobilenet_v2, (1, 3, 224, 224)),
    "bert-base": Entry(networks.Bert, (1, networks.SEQUENCE), words=30_522),
    "decoder-135m": Entry(networks.Decoder, (1, networks.SEQUENCE), words=49_152),
}
