#!/usr/bin/env python3
"""Trains the demo models of the digits subnet and writes everything that the tests read.

    pip install -r requirements.txt && python train.py

Writes, beside itself: NAME.onnx, reference/NAME.npz (ONNX Runtime's outputs), models.json; and ../data/digits-test.npz.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import digits
import from_sklearn
import from_torch

HERE = Path(__file__).resolve().parent
REFERENCE_SAMPLES = 48
LARGEST = 200_000


def without_origin(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drops what tells of the exporting machine (stack traces, file names) and would change the hash from run to run."""
    del model.metadata_props[:]
    model.doc_string = ""
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    return model


def run(model: bytes, images: np.ndarray) -> np.ndarray:
    """ONNX Runtime's only output for the only input."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: images})
    return output


def write(name: str, framework: str, model: onnx.ModelProto, test: digits.Samples) -> dict:
    """Writes one model and its reference outputs; returns its line of models.json."""
    onnx.checker.check_model(without_origin(model), full_check=True)
    data = model.SerializeToString(deterministic=True)
    if len(data) > LARGEST:
        raise SystemExit(f"{name}: {len(data)} bytes, at most {LARGEST} are wanted in the repository")
    (HERE / f"{name}.onnx").write_bytes(data)
    scores = run(data, test.images)
    images = test.images[:REFERENCE_SAMPLES]
    np.savez(HERE / "reference" / f"{name}.npz", input=images, output=run(data, images))
    return {
        "name": name,
        "file": f"{name}.onnx",
        "framework": framework,
        "accuracy": round(float((scores.argmax(axis=1) == test.labels).mean()), 6),
        "bytes": len(data),
        "blake2_256": hashlib.blake2b(data, digest_size=32).hexdigest(),
        "input": "images",
        "output": model.graph.output[0].name,
        "operators": sorted({f"{node.domain}::{node.op_type}".removeprefix("::") for node in model.graph.node}),
    }


def main() -> None:
    """Trains, exports, measures, writes."""
    train, test = digits.load()
    (HERE / "reference").mkdir(exist_ok=True)
    np.savez(HERE.parent / "data" / "digits-test.npz", images=test.images, labels=test.labels)
    sources = [
        (f"PyTorch {version('torch')}", from_torch.build_all(train)),
        (f"scikit-learn {version('scikit-learn')}", from_sklearn.build_all(train)),
    ]
    lines = [write(name, framework, model, test) for framework, models in sources for name, model in models.items()]
    lines.sort(key=lambda line: -line["accuracy"])
    table = {"data": "digits-test.npz", "measured_by": f"ONNX Runtime {version('onnxruntime')}", "models": lines}
    (HERE / "models.json").write_text(json.dumps(table, indent=2) + "\n")
    for line in lines:
        print(f"{line['name']:18} {line['framework']:20} {line['accuracy']:.4f} {line['bytes']:7} B {line['operators']}")


if __name__ == "__main__":
    main()
