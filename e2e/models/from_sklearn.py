"""Models trained by scikit-learn and exported by skl2onnx.

scikit-learn sees a picture as a row of 64 numbers; the subnet's interface is [batch,1,8,8]. The export therefore puts one
`Reshape` in front of what skl2onnx wrote, and leaves skl2onnx's own operators as they are.
"""

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper, utils
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from digits import Samples

OPSET = 18


def flatten_front(like: onnx.ModelProto) -> onnx.ModelProto:
    """`images` [batch,1,8,8] -> `rows` [batch,64], in the versions of the model that follows."""
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["images", "row_shape"], ["rows"])],
        "flatten",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", 64])],
        [numpy_helper.from_array(np.array([-1, 64], np.int64), "row_shape")],
    )
    return helper.make_model(graph, opset_imports=like.opset_import, ir_version=like.ir_version)


def export(classifier) -> onnx.ModelProto:
    """Exports f32 `images` [batch,1,8,8] -> f32 `probabilities` [batch,10]."""
    tail = convert_sklearn(
        classifier,
        name="classifier",  # else a random one, and another hash every time
        initial_types=[("X", FloatTensorType([None, 64]))],
        options={id(classifier): {"zipmap": False}},
        target_opset=OPSET,
    )
    # The label is the largest probability; the subnet's interface does not ask for it.
    tail = utils.Extractor(tail).extract_model(["X"], ["probabilities"])
    opsets = {opset.domain: opset.version for opset in tail.opset_import}  # skl2onnx names one domain twice
    del tail.opset_import[:]
    tail.opset_import.extend(helper.make_opsetid(*opset) for opset in sorted(opsets.items()))
    merged = compose.merge_models(flatten_front(tail), tail, io_map=[("rows", "X")])
    merged.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    merged.producer_name, merged.producer_version = tail.producer_name, tail.producer_version
    return merged


def build_all(samples: Samples) -> dict[str, onnx.ModelProto]:
    """The scikit-learn models by name."""
    logistic = LogisticRegression(C=0.05, max_iter=500).fit(samples.rows, samples.labels)
    return {"digits-logistic": export(logistic)}
