#!/usr/bin/env python3
"""Writes what ONNX Runtime's quantiser makes of digits-cnn, with ONNX Runtime's outputs, to gpu-worker/tests/fixtures/quantised.

Needs ONNX and ONNX Runtime of requirements.txt. One has pairs of QuantizeLinear and DequantizeLinear around its layers, whose ranges come
from the first digits; the other finds the ranges of each batch.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "gpu-worker" / "tests" / "fixtures" / "quantised"
SOURCE = HERE / "digits-cnn.onnx"
CALIBRATION = 64
SAMPLES = 32


class Digits(CalibrationDataReader):
    """One batch of digits."""

    def __init__(self, name: str, digits: np.ndarray) -> None:
        self.batches = iter([{name: digits}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch."""
        return next(self.batches, None)


def main() -> None:
    """Quantises, runs, writes."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with np.load(HERE.parent / "data" / "digits-test.npz") as data:
        digits = data["images"].astype(np.float32)
    given = onnx.load(SOURCE).graph.input[0]
    dims = [dim.dim_value for dim in given.type.tensor_type.shape.dim[1:]]
    digits = digits.reshape(-1, *dims)
    pairs, ranges = FIXTURES / "digits-pairs.onnx", FIXTURES / "digits-ranges.onnx"
    quantize_static(
        SOURCE, pairs, Digits(given.name, digits[:CALIBRATION]), quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, per_channel=True,
    )
    quantize_dynamic(SOURCE, ranges)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    for path in (pairs, ranges):
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        outputs = {output.name: value for output, value in zip(session.get_outputs(), session.run(None, {given.name: digits[:SAMPLES]}), strict=True)}
        np.savez(path.with_suffix(".npz"), input=digits[:SAMPLES], **outputs)
        nodes = sorted({node.op_type for node in onnx.load(path).graph.node})
        print(path.stem, path.stat().st_size, "B", {name: value.shape for name, value in outputs.items()}, nodes)


if __name__ == "__main__":
    main()
