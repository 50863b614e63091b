"""Networks of PyTorch and of the libraries built on it, small ones where they come in sizes."""

from collections.abc import Callable

import timm
import torch
import torchvision.models as vision
import transformers as hub
from torch import nn
from torchvision.models import optical_flow, segmentation, video

from suite import Suite

TORCHVISION = """squeezenet1_1 shufflenet_v2_x0_5 mobilenet_v3_small mnasnet0_5 regnet_y_400mf efficientnet_b0 densenet121 convnext_tiny
swin_t swin_v2_t maxvit_t""".split()
TIMM = """ghostnet_100 tf_efficientnet_lite0 repvgg_a0 levit_128s efficientformer_l1 mobilevit_xxs coatnet_nano_rw_224 mixer_s32_224
gmlp_ti16_224 poolformer_s12 pvt_v2_b0 xcit_nano_12_p16_224 edgenext_xx_small hrnet_w18_small dla34 botnet26t_256 lambda_resnet26t
halonet26t focalnet_tiny_srf deit_tiny_patch16_224 beitv2_base_patch16_224 eva02_tiny_patch14_224 fastvit_t8 hiera_tiny_224 mambaout_femto
starnet_s1 davit_tiny crossvit_tiny_240 cait_xxs24_224 volo_d1_224 resmlp_12_224 sequencer2d_s nest_tiny twins_svt_small visformer_tiny
tinynet_e skresnet18 res2net50d gernet_s inception_next_atto caformer_s18 efficientvit_b0 mobilenetv4_conv_small eca_nfnet_l0 resnest14d
convit_tiny tnt_s_patch16_224 gcresnet33ts mobileone_s0 rexnet_100 semnasnet_075 ese_vovnet19b_dw cspdarknet53 darknet53 swiftformer_xs
repvit_m0_9 tiny_vit_5m_224 pit_ti_224 vit_tiny_r_s16_p8_224 mvitv2_tiny""".split()
OLDER_OPSETS = (11, 13, 17)
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128, "vocab_size": 300}
GROUPED = SMALL | {"num_key_value_heads": 2}
ENCODER_DECODER = {
    "vocab_size": 300,
    "d_model": 64,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
}
OUTPUTS = ("logits", "last_hidden_state", "pooler_output")


def image(*dims: int) -> torch.Tensor:
    """An image, or whatever else is between 0 and 1."""
    return torch.rand(*dims, generator=torch.Generator().manual_seed(1))


def noise(*dims: int) -> torch.Tensor:
    """Numbers around 0."""
    return torch.randn(*dims, generator=torch.Generator().manual_seed(2))


def add(
    suite: Suite, name: str, make: Callable[[], nn.Module], inputs: tuple[torch.Tensor, ...], opset: int | None = None, older: bool = False
) -> None:
    """Adds what PyTorch's exporter makes of a network, or its older exporter."""

    def write(path):
        torch.manual_seed(0)
        network = make().eval()
        names = ["x"] if len(inputs) == 1 else None
        with torch.no_grad():
            torch.onnx.export(network, inputs, path, input_names=names, opset_version=opset, dynamo=not older, external_data=False, verbose=False)

    suite.add(name, write, [given.numpy() for given in inputs])


class First(nn.Module):
    """A recurrent layer without its state."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """All its outputs."""
        return self.layer(x)[0]


class UNet(nn.Module):
    """Halves an image, doubles it, and looks at both."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.bottom, self.up = self.block(3, 16), self.block(16, 32), nn.ConvTranspose2d(32, 16, 2, 2)
        self.join, self.out = self.block(32, 16), nn.Conv2d(16, 2, 1)

    @staticmethod
    def block(of: int, to: int) -> nn.Module:
        """A convolution with what goes with it."""
        return nn.Sequential(nn.Conv2d(of, to, 3, padding=1), nn.GroupNorm(4, to), nn.SiLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two channels of the size of the image."""
        wide = self.down(x)
        narrow = self.bottom(nn.functional.avg_pool2d(wide, 2))
        return self.out(self.join(torch.cat([wide, self.up(narrow)], 1)))


class Functions(nn.Module):
    """Functions that are no layers."""

    def forward(self, x: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One result of each."""
        return (
            torch.sort(x, dim=-1).values,
            torch.topk(x, 3).indices,
            torch.cumsum(x, 1),
            torch.einsum("bi,bj->bij", x, x),
            nn.functional.one_hot(classes, 7),
            torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0])),
            torch.linalg.norm(x, dim=1),
            torch.roll(x, 2, 1),
            torch.fft.rfft(x).abs(),
        )


class Images(nn.Module):
    """Functions of images."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One result of each."""
        return (
            nn.functional.interpolate(x, scale_factor=2, mode="bicubic", align_corners=False),
            nn.functional.pixel_shuffle(x, 2),
            nn.functional.pad(x, (1, 2, 3, 4), mode="reflect"),
            nn.functional.adaptive_avg_pool2d(x, 4),
            nn.functional.instance_norm(x),
            x.std(dim=1),
            x.argsort(dim=-1),
            nn.functional.unfold(x, 3),
        )


def layers(suite: Suite) -> None:
    """Layers of PyTorch itself."""
    sequence = noise(3, 11, 16)
    recurrent = {
        "lstm": lambda: nn.LSTM(16, 32, 2, batch_first=True, bidirectional=True),
        "gru": lambda: nn.GRU(16, 32, 2, batch_first=True),
        "rnn": lambda: nn.RNN(16, 32, batch_first=True),
    }
    for name, make in recurrent.items():
        add(suite, f"torch-{name}", lambda make=make: First(make()), (sequence,))
    add(suite, "torch-transformer", lambda: nn.Transformer(32, 4, 2, 2, 64, batch_first=True), (noise(2, 9, 32), noise(2, 7, 32)))
    add(suite, "torch-unet", UNet, (image(2, 3, 64, 64),))
    add(suite, "torch-functions", Functions, (noise(3, 8), torch.tensor([0, 6, 3, 1])))
    add(suite, "torch-images", Images, (image(1, 4, 8, 8),))


class Named(nn.Module):
    """A network of transformers that takes its inputs by position and gives those of its outputs that are tensors."""

    def __init__(self, network: nn.Module, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.network, self.inputs, self.outputs = network, inputs, outputs

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Its outputs, in their order."""
        made = self.network(**dict(zip(self.inputs, given, strict=True)), return_dict=True)
        return tuple(made[name] for name in self.outputs if torch.is_tensor(made.get(name)))


def named(kind: str, head: str, config: dict, inputs: tuple[str, ...], outputs: tuple[str, ...], attention: str) -> nn.Module:
    """A network `kind` with a head, of its own configuration."""
    settings = getattr(hub, f"{kind}Config")(**config)
    settings._attn_implementation = attention
    settings.use_cache = False
    return Named(getattr(hub, f"{kind}{head}")(settings), inputs, outputs)


def words(rows: int = 2, length: int = 17) -> torch.Tensor:
    """Numbers of words."""
    return torch.arange(rows * length).reshape(rows, length) * 37 % 290 + 3


def of_transformers(suite: Suite) -> None:
    """Networks of transformers, with attention as one operator of PyTorch where they have that, and written out elsewhere."""
    mask = torch.ones(2, 17, dtype=torch.long)
    mask[1, 12:] = 0
    text = {"input_ids": words(), "attention_mask": mask}
    both = {"input_ids": words(), "decoder_input_ids": words(2, 9)}
    pixels = {"pixel_values": image(2, 3, 64, 64)}
    sound = {"input_values": torch.sin(torch.arange(4000) / 7.0)[None]}
    gpt = {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 300}
    no_words = {name: value for name, value in SMALL.items() if name != "vocab_size"}
    speech = SMALL | {"conv_dim": [32] * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
    stages = {"hidden_sizes": [16, 32, 64, 64], "depths": [1, 1, 1, 1]}
    tower = no_words | {"image_size": 64, "patch_size": 16}
    fused = [
        ("Bert", "ForSequenceClassification", SMALL, text),
        ("Roberta", "ForMaskedLM", SMALL, text),
        ("DistilBert", "ForSequenceClassification", {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128, "vocab_size": 300}, text),
        ("Albert", "Model", SMALL | {"embedding_size": 32}, text),
        ("Electra", "ForSequenceClassification", SMALL, text),
        ("GPT2", "LMHeadModel", gpt, text),
        ("GPTNeoX", "ForCausalLM", SMALL, text),
        ("OPT", "ForCausalLM", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 128, "vocab_size": 300, "word_embed_proj_dim": 64}, text),
        ("Falcon", "ForCausalLM", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 300}, text),
        *((kind, "ForCausalLM", GROUPED, text) for kind in ("Llama", "Mistral", "Qwen2", "Olmo2", "StableLm", "Granite", "Cohere")),
        ("Qwen3", "ForCausalLM", GROUPED | {"head_dim": 16}, text),
        ("Phi3", "ForCausalLM", GROUPED | {"pad_token_id": 0}, text),
        ("SmolLM3", "ForCausalLM", GROUPED | {"pad_token_id": 0}, text),
        ("Glm", "ForCausalLM", GROUPED | {"head_dim": 16, "pad_token_id": 0}, text),
        ("Bart", "ForConditionalGeneration", ENCODER_DECODER, both),
        ("ViT", "ForImageClassification", no_words | {"image_size": 64, "patch_size": 8}, pixels),
        ("Dinov2", "Model", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 56, "patch_size": 14}, {"pixel_values": image(2, 3, 70, 56)}),
        ("Segformer", "ForSemanticSegmentation", stages | {"decoder_hidden_size": 32}, pixels),
        ("Wav2Vec2", "ForCTC", speech, sound),
        ("CLIP", "Model", {"text_config": SMALL | {"projection_dim": 32, "eos_token_id": 2}, "vision_config": tower, "projection_dim": 32}, text | pixels),
    ]
    written_out = [
        ("DebertaV2", "ForSequenceClassification", SMALL | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}, text),
        ("T5", "ForConditionalGeneration", {"vocab_size": 300, "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4}, both),
        ("MPNet", "Model", SMALL, text),
        ("Funnel", "Model", {"vocab_size": 300, "d_model": 64, "n_head": 4, "d_head": 16, "d_inner": 128, "block_sizes": [1, 1, 1]}, text),
        ("Bloom", "ForCausalLM", {"hidden_size": 64, "n_layer": 2, "n_head": 4, "vocab_size": 300}, text),
        ("Gemma2", "ForCausalLM", GROUPED | {"head_dim": 16}, text),
        ("Mamba", "ForCausalLM", {"hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 300, "state_size": 8}, {"input_ids": words(2, 8)}),
        ("FNet", "Model", {"hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 128, "vocab_size": 300}, {"input_ids": words()}),
        ("CodeGen", "ForCausalLM", gpt | {"rotary_dim": 16}, text),
        ("ConvBert", "Model", SMALL | {"embedding_size": 64}, text),
        ("RoFormer", "Model", SMALL, text),
        ("SqueezeBert", "Model", SMALL | {"embedding_size": 64}, text),
        ("Swin", "ForImageClassification", {"embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4, "image_size": 64}, pixels),
        ("PoolFormer", "Model", {}, pixels),
    ]
    for attention, kinds in (("sdpa", fused), ("eager", written_out)):
        for kind, head, config, given in kinds:
            inputs = tuple(given)
            outputs = ("logits_per_image", "text_embeds", "image_embeds") if kind == "CLIP" else OUTPUTS

            def make(kind=kind, head=head, config=config, inputs=inputs, outputs=outputs, attention=attention):
                return named(kind, head, config, inputs, outputs, attention)

            add(suite, f"transformers-{kind}", make, tuple(given.values()))


def of_torchvision(suite: Suite) -> None:
    """Networks of torchvision: of images, films and pairs of them."""
    for name in TORCHVISION:
        add(suite, f"torchvision-{name}", lambda name=name: getattr(vision, name)(weights=None), (image(1, 3, 224, 224),))
    inception = {"weights": None, "init_weights": False, "aux_logits": False}
    add(suite, "torchvision-googlenet", lambda: vision.googlenet(**inception), (image(1, 3, 224, 224),))
    add(suite, "torchvision-inception_v3", lambda: vision.inception_v3(**inception), (image(1, 3, 299, 299),))
    for name in ("lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large"):
        make = lambda name=name: getattr(segmentation, name)(weights=None, weights_backbone=None)
        add(suite, f"torchvision-{name}", make, (image(1, 3, 128, 160),))
    add(suite, "torchvision-r3d_18", lambda: video.r3d_18(weights=None), (image(1, 3, 8, 56, 56),))
    add(suite, "torchvision-mvit_v2_s", lambda: video.mvit_v2_s(weights=None), (image(1, 3, 16, 224, 224),))
    add(suite, "torchvision-raft_small", lambda: optical_flow.raft_small(weights=None), (image(1, 3, 128, 128), image(1, 3, 128, 128)))


def of_timm(suite: Suite) -> None:
    """Networks of timm, one of each kind."""
    for name in TIMM:
        size = timm.get_pretrained_cfg(name).input_size
        add(suite, f"timm-{name}", lambda name=name: timm.create_model(name, pretrained=False), (image(1, *size),))


def older(suite: Suite) -> None:
    """What the exporter of TorchScript makes of some of them, with older operators."""
    mask = torch.ones(2, 17, dtype=torch.long)
    bert = lambda: named("Bert", "ForSequenceClassification", SMALL, ("input_ids", "attention_mask"), OUTPUTS, "eager")
    for opset in OLDER_OPSETS:
        for name in ("mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0", "squeezenet1_1"):
            make = lambda name=name: getattr(vision, name)(weights=None)
            add(suite, f"older-{opset}-{name}", make, (image(1, 3, 224, 224),), opset, older=True)
        lstm = lambda: First(nn.LSTM(16, 32, 2, batch_first=True, bidirectional=True))
        add(suite, f"older-{opset}-lstm", lstm, (noise(3, 11, 16),), opset, older=True)
        add(suite, f"older-{opset}-bert", bert, (words(), mask), opset, older=True)
        add(suite, f"older-{opset}-images", Images, (image(1, 4, 8, 8),), opset, older=True)


PARTS = {"layers": layers, "transformers": of_transformers, "torchvision": of_torchvision, "timm": of_timm, "older": older}
