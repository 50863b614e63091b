#!/usr/bin/env python3
"""Writes models of 500 MB with random weights, for measuring what evaluating them takes: large.onnx with its weights inside, and
beside.onnx with its weights in beside.safetensors, whose hash is in the graph's metadata. Needs numpy, onnx and safetensors.

    large_model.py FOLDER
    /usr/bin/time -v inktensor eval FOLDER/beside.onnx --data e2e/data/digits-test.npz --sample-size 64 --sample-seed …
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

# No layer is larger than what every adapter binds, 128 MiB.
WIDTHS = [64, 5500, 5500, 5500, 5500, 5500, 10]

folder = Path(sys.argv[1])
random = np.random.default_rng(0)
weights = {
    f"w{layer}": random.normal(size=size, scale=size[0] ** -0.5).astype(np.float32)
    for layer, size in enumerate(zip(WIDTHS, WIDTHS[1:]))
}
nodes = [helper.make_node("Flatten", ["images"], ["h0"])]
for layer in range(len(weights)):
    last = layer + 1 == len(weights)
    nodes.append(helper.make_node("MatMul", [f"h{layer}", f"w{layer}"], ["scores" if last else f"a{layer}"]))
    if not last:
        nodes.append(helper.make_node("Relu", [f"a{layer}"], [f"h{layer + 1}"]))


def save(name: str, initializers: list, hashes: dict[str, str]) -> None:
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 1, 8, 8])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, name, [images], [scores], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, hashes)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


folder.mkdir(parents=True, exist_ok=True)
save("large", [numpy_helper.from_array(array, name) for name, array in weights.items()], {})
save_file(weights, folder / "beside.safetensors")
digest = hashlib.blake2b((folder / "beside.safetensors").read_bytes(), digest_size=32).hexdigest()
without = [TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape) for name, array in weights.items()]
save("beside", without, {"blake2_256:beside.safetensors": digest})
for path in sorted(folder.iterdir()):
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
