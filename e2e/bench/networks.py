"""The networks that are compared, in plain PyTorch with random weights: sizes and shapes of the published ones, and no downloads."""

import torch
from torch import nn
from torch.nn import functional

SEQUENCE = 128


class Product(nn.Module):
    """Its input times a square matrix."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.rand(size, size) - 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.matrix


def mlp() -> nn.Module:
    """Three layers with GELU between them, 25 million weights."""
    return nn.Sequential(
        nn.Linear(1024, 4096), nn.GELU(), nn.Linear(4096, 4096), nn.GELU(), nn.Linear(4096, 1000)
    )


def conv(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the picture's size (but for the stride), normalised."""
    padding = (size - 1) // 2
    return [
        nn.Conv2d(inputs, outputs, size, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]


class Bottleneck(nn.Module):
    """ResNet's block of three convolutions beside a short cut."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.body = nn.Sequential(
            *conv(inputs, width, 1), nn.ReLU(), *conv(width, width, 3, stride), nn.ReLU(), *conv(width, outputs, 1)
        )
        same = stride == 1 and inputs == outputs
        self.short = nn.Identity() if same else nn.Sequential(*conv(inputs, outputs, 1, stride))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.body(x) + self.short(x))


def resnet50() -> nn.Module:
    """ResNet-50 (He et al. 2015), with the stride in the 3x3 convolution."""
    layers = [*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for block in range(blocks):
            layers.append(Bottleneck(inputs, width, stride if block == 0 else 1))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 1000))


class InvertedResidual(nn.Module):
    """MobileNetV2's block: widen, filter each channel by itself, narrow."""

    def __init__(self, inputs: int, outputs: int, stride: int, widening: int) -> None:
        super().__init__()
        width = inputs * widening
        widen = [*conv(inputs, width, 1), nn.ReLU6()] if widening != 1 else []
        self.body = nn.Sequential(*widen, *conv(width, width, 3, stride, width), nn.ReLU6(), *conv(width, outputs, 1))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.adds else self.body(x)


def mobilenet_v2() -> nn.Module:
    """MobileNetV2 (Sandler et al. 2018) of width 1."""
    layers = [*conv(3, 32, 3, 2), nn.ReLU6()]
    inputs = 32
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for widening, outputs, blocks, stride in stages:
        for block in range(blocks):
            layers.append(InvertedResidual(inputs, outputs, stride if block == 0 else 1, widening))
            inputs = outputs
    layers += [*conv(inputs, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


class BertLayer(nn.Module):
    """Attention and a feed-forward part, each normalised after its short cut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.attention_norm, self.norm = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        query, key, value = (part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value))
        attended = functional.scaled_dot_product_attention(query, key, value)
        attended = attended.transpose(1, 2).reshape(batch, length, width)
        x = self.attention_norm(x + self.output(attended))
        return self.norm(x + self.narrow(functional.gelu(self.widen(x))))


class Bert(nn.Module):
    """BERT-base's encoder (Devlin et al. 2018): words [batch, length] to hidden states."""

    def __init__(self, words: int = 30_522, width: int = 768, heads: int = 12, layers: int = 12) -> None:
        super().__init__()
        self.words, self.kinds, self.places = nn.Embedding(words, width), nn.Embedding(2, width), nn.Embedding(512, width)
        self.norm = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(BertLayer(width, heads) for _ in range(layers))

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.words(words) + self.kinds.weight[0] + self.places.weight[: words.shape[1]])
        for layer in self.layers:
            x = layer(x)
        return x


class RmsNorm(nn.Module):
    """Scales rows to a mean square of one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary position embedding (Su et al. 2021) of [batch, heads, length, width]."""
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


class DecoderLayer(nn.Module):
    """Causal attention with grouped heads, and a gated feed-forward part."""

    def __init__(self, width: int, heads: int, groups: int, inner: int) -> None:
        super().__init__()
        self.size, self.heads, self.groups = width // heads, heads, groups
        self.query, self.output = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.key, self.value = (nn.Linear(width, groups * self.size, bias=False) for _ in range(2))
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)
        self.attention_norm, self.norm = RmsNorm(width), RmsNorm(width)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        inner = self.attention_norm(x)
        heads = lambda part, count: part(inner).view(batch, length, count, self.size).transpose(1, 2)
        query = rotated(heads(self.query, self.heads), cos, sin)
        key = rotated(heads(self.key, self.groups), cos, sin)
        shared = self.heads // self.groups
        key, value = (part.repeat_interleave(shared, dim=1) for part in (key, heads(self.value, self.groups)))
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(attended.transpose(1, 2).reshape(batch, length, width))
        inner = self.norm(x)
        return x + self.down(functional.silu(self.gate(inner)) * self.up(inner))


class Decoder(nn.Module):
    """A language model of SmolLM-135M's shape: words [batch, 128] to logits; the embedding is also the head."""

    def __init__(self, words: int = 49_152, width: int = 576, layers: int = 30) -> None:
        super().__init__()
        heads, groups, inner = 9, 3, 1536
        self.words = nn.Embedding(words, width)
        self.layers = nn.ModuleList(DecoderLayer(width, heads, groups, inner) for _ in range(layers))
        self.norm = RmsNorm(width)
        size = width // heads
        turns = torch.outer(torch.arange(SEQUENCE), 10_000.0 ** (-torch.arange(0, size, 2) / size))
        angles = torch.cat((turns, turns), dim=-1)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.words(words)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
        return functional.linear(self.norm(x), self.words.weight)


def initialised(model: nn.Module) -> nn.Module:
    """Weights that keep the signal's size through the layers, and normalisation that is not the identity."""
    for part in model.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_in")
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.4, 0.8)
            nn.init.normal_(part.bias, std=0.1)
            nn.init.normal_(part.running_mean, std=0.1)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=0.05)
    return model.eval()
