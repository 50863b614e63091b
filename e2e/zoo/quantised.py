"""What ONNX Runtime's quantiser makes of some of the other cases: 8 bits, by pairs of operators around each layer or by ranges of each run."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from suite import Suite

IMAGES = ["torchvision-mobilenet_v3_small", "torchvision-squeezenet1_1", "torchvision-efficientnet_b0", "torchvision-shufflenet_v2_x0_5"]
OTHERS = ["transformers-Bert", "transformers-DistilBert", "timm-deit_tiny_patch16_224"]
# Codes that lie halfway are rounded to one side or the other by the last bit of a sum. ONNX Runtime, with its optimisations and without,
# differs by three steps from itself at the end of a network, and a step is a hundredth.
TOLERANCES = (2e-2, 3e-2)


class Readings(CalibrationDataReader):
    """The inputs that ranges are taken from."""

    def __init__(self, feeds: list[dict[str, np.ndarray]]) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next one."""
        return next(self.feeds, None)


def in_pairs(source: Path, path: Path, x: np.ndarray, activations: QuantType, per_channel: bool) -> None:
    """Writes the model with QuantizeLinear and DequantizeLinear around its layers."""
    random = np.random.default_rng(0).random(x.shape, dtype=np.float32)
    quantize_static(
        source,
        path,
        Readings([{"x": x}, {"x": random}]),
        quant_format=QuantFormat.QDQ,
        activation_type=activations,
        weight_type=QuantType.QInt8,
        per_channel=per_channel,
    )


def export(suite: Suite) -> None:
    """Adds them all, of the cases that are there."""
    for name in IMAGES + OTHERS:
        inputs = suite.inputs(name)
        if inputs is None:
            suite.note(f"quantised-{name}", FileNotFoundError(f"there is no {name} yet"))
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "model.onnx"
            try:
                quant_pre_process(suite.folder / name / "model.onnx", source, skip_symbolic_shape=True)
            except Exception:  # It cannot infer all shapes, which the quantiser needs not.
                shutil.copy(suite.folder / name / "model.onnx", source)
            suite.add(f"quantised-dynamic-{name}", lambda path: quantize_dynamic(source, path), inputs, TOLERANCES)
            if name in OTHERS:
                continue
            kinds = {
                "signed": (QuantType.QInt8, False),
                "unsigned": (QuantType.QUInt8, False),
                "by-channel": (QuantType.QUInt8, True),
            }
            for kind, (activations, per_channel) in kinds.items():

                def write(path, activations=activations, per_channel=per_channel):
                    in_pairs(source, path, inputs[0], activations, per_channel)

                suite.add(f"quantised-{kind}-{name}", write, inputs, TOLERANCES)
