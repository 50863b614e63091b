"""Prints each ONNX operator with the numbers of its inputs and outputs and the kinds of its attributes, for targets.rs.

    python operators.py > operators.txt        (needs the PyPI package onnx)
"""

import onnx.defs

KINDS = {"INT": "int", "INTS": "ints", "FLOAT": "float", "FLOATS": "floats", "STRING": "text", "STRINGS": "texts", "TENSOR": "tensor"}

operators: dict[tuple[str, str], list] = {}
for schema in onnx.defs.get_all_schemas_with_history():
    kinds = operators.setdefault((schema.domain or "ai.onnx", schema.name), [0, 0, set()])
    kinds[0] = max(kinds[0], min(schema.max_input, 6))
    kinds[1] = max(kinds[1], min(schema.max_output, 3))
    kinds[2] |= {f"{name}:{KINDS[a.type.name]}" for name, a in schema.attributes.items() if a.type.name in KINDS}
for (domain, name), (inputs, outputs, attributes) in sorted(operators.items()):
    print(domain, name, inputs, outputs, *sorted(attributes))
