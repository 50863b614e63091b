#!/usr/bin/env python3
"""Exports the models that are compared: graphs with random weights by a seed, and no downloads.

    python export.py FOLDER [NAME…]

Writes FOLDER/NAME.onnx, and FOLDER/suite/NAME with ONNX Runtime's output for one input: `inktensor conformance --suite FOLDER/suite`
tells whether an engine computes the same.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from models import MODELS, Entry

OPSET = 18
# Of the largest output: what engines may differ by, besides a thousandth of each number.
TOLERANCE = 1e-3


def graph(entry: Entry) -> onnx.ModelProto:
    """The model with a batch of any size, or of the one it is run on for words and products."""
    batch = torch.export.Dim("batch")
    is_free = not entry.words and not entry.shape[0] == entry.shape[-1]
    # The exporter takes a length of 1 for one that is always 1.
    example = np.concatenate([entry.input()] * 2) if is_free else entry.input()
    program = torch.onnx.export(
        entry.model(),
        (torch.from_numpy(example),),
        input_names=["x"],
        output_names=["y"],
        dynamic_shapes=({0: batch},) if is_free else None,
        opset_version=OPSET,
        dynamo=True,
        optimize=True,
        verbose=False,
    )
    model = program.model_proto
    del model.metadata_props[:]
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    return model


def write(folder: Path, name: str, entry: Entry) -> None:
    """Exports one model, and its case of the suite."""
    model = graph(entry)
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = entry.input()
    (y,) = session.run(None, {"x": x})
    with torch.no_grad():
        expected = entry.model()(torch.from_numpy(x)).numpy()
    scale = float(np.abs(expected).max())
    if not np.allclose(y, expected, rtol=1e-3, atol=TOLERANCE * scale):
        raise SystemExit(f"{name}: ONNX Runtime and PyTorch differ by {np.abs(y - expected).max()} of {scale}")
    case = folder / "suite" / name
    data = case / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    (case / "model.onnx").unlink(missing_ok=True)
    (case / "model.onnx").hardlink_to(path)
    (case / "data.json").write_text(json.dumps({"rtol": 1e-3, "atol": TOLERANCE * scale}))
    for file, array, label in (("input_0.pb", x, "x"), ("output_0.pb", y, "y")):
        (data / file).write_bytes(numpy_helper.from_array(array, label).SerializeToString())
    kinds = sorted({node.op_type for node in model.graph.node})
    print(f"{name}: {path.stat().st_size} bytes, {len(model.graph.node)} nodes, largest output {scale:.3g}: {' '.join(kinds)}", flush=True)


def main() -> None:
    """Exports the models that are named, or all."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    folder, names = Path(sys.argv[1]), sys.argv[2:] or list(MODELS)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    for name in names:
        write(folder, name, MODELS[name])


if __name__ == "__main__":
    main()
