"""A suite of ONNX backend tests: what `inktensor conformance --suite FOLDER` runs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


class Suite:
    """A folder of cases, each a model with ONNX Runtime's outputs for one input. What is there stays as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missing: list[str] = []

    def add(
        self,
        name: str,
        write: Callable[[Path], None],
        inputs: list[np.ndarray],
        tolerances: tuple[float, float] = (2e-3, 1e-4),
    ) -> None:
        """Adds the case `name` of the model that `write` writes, or notes why there is none.

        Results may differ by a share of each number, and one of the largest: what sums in another order come to in a deep network.
        """
        case = self.folder / name
        data = case / "test_data_set_0"
        if data.exists():
            return
        case.mkdir(parents=True, exist_ok=True)
        try:
            write(case / "model.onnx")
            session = onnxruntime.InferenceSession(case / "model.onnx", unoptimised(), providers=["CPUExecutionProvider"])
            names = [given.name for given in session.get_inputs()]
            outputs = session.run(None, dict(zip(names, inputs, strict=True)))
        except Exception as error:  # Whatever an exporter cannot do is no fault of the suite.
            shutil.rmtree(case)
            self.note(name, error)
            return
        floats = [y for y in outputs if y.dtype.kind == "f" and y.size]
        largest = max((float(np.abs(y[np.isfinite(y)]).max(initial=0)) for y in floats), default=0.0)
        of_each, of_largest = tolerances
        (case / "data.json").write_text(json.dumps({"rtol": of_each, "atol": of_largest * largest}))
        data.mkdir()
        tensors = [(f"input_{at}", label, x) for at, (label, x) in enumerate(zip(names, inputs, strict=True))]
        labels = [given.name for given in session.get_outputs()]
        tensors += [(f"output_{at}", label, y) for at, (label, y) in enumerate(zip(labels, outputs, strict=True))]
        for file, label, array in tensors:
            tensor = numpy_helper.from_array(np.ascontiguousarray(array), label)
            (data / f"{file}.pb").write_bytes(tensor.SerializeToString())
        print(f"{name}: {(case / 'model.onnx').stat().st_size >> 10} KiB", flush=True)

    def inputs(self, name: str) -> list[np.ndarray] | None:
        """The inputs of a case that is there."""
        files = sorted((self.folder / name / "test_data_set_0").glob("input_*.pb"))
        arrays = [numpy_helper.to_array(onnx.load_tensor(file)) for file in files]
        return arrays or None

    def note(self, name: str, why: object) -> None:
        """Notes that there is no case `name`."""
        line = str(why).strip().splitlines()[:1]
        self.missing.append(name)
        print(f"{name}: left out, {type(why).__name__}: {line[0][:150] if line else ''}", flush=True)


def unoptimised() -> onnxruntime.SessionOptions:
    """Every operator by itself, as the specification has it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options
