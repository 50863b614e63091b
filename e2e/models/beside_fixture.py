#!/usr/bin/env python3
"""Writes digits-mlp-small with its weights beside it to gpu-worker/tests/fixtures/beside: in mlp.safetensors by name, one of them by place.

The hash of mlp.safetensors is in the graph's metadata. Needs numpy, onnx and safetensors.
"""

import hashlib
import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "gpu-worker" / "tests" / "fixtures" / "beside"

FOLDER.mkdir(parents=True, exist_ok=True)
model = onnx.load(HERE / "digits-mlp-small.onnx")
floats = [tensor for tensor in model.graph.initializer if tensor.data_type == TensorProto.FLOAT]
file = FOLDER / "mlp.safetensors"
save_file({tensor.name: numpy_helper.to_array(tensor).copy() for tensor in floats}, file)
data = file.read_bytes()
head = int.from_bytes(data[:8], "little")
places = json.loads(data[8 : 8 + head])
for tensor in floats:
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
start, end = places["1.weight"]["data_offsets"]
by_place = next(tensor for tensor in floats if tensor.name == "1.weight")
by_place.data_location = TensorProto.EXTERNAL
for key, value in (("location", file.name), ("offset", 8 + head + start), ("length", end - start)):
    by_place.external_data.add(key=key, value=str(value))
helper.set_model_props(model, {f"blake2_256:{file.name}": hashlib.blake2b(data, digest_size=32).hexdigest()})
(FOLDER / "mlp.onnx").write_bytes(model.SerializeToString())
print({path.name: path.stat().st_size for path in FOLDER.iterdir()})
