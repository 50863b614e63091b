#!/usr/bin/env python3
"""Writes small Keras models, exported by tf2onnx, with ONNX Runtime's outputs: test fixtures of the worker's engine.

    pip install -r requirements-keras.txt && python keras_fixtures.py

Needs an environment of its own: TensorFlow and PyTorch seldom agree on versions. Files go to gpu-worker/tests/fixtures.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
from keras import layers

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "gpu-worker" / "tests" / "fixtures"
OPSET = 18
SAMPLES = 16


def cnn() -> keras.Model:
    """Convolutions in Keras's own layout (channels last), "same" padding, strides, both poolings."""
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    ])


def mlp() -> keras.Model:
    """Dense layers with a smooth activation."""
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Flatten(),
        layers.Dense(12, activation="tanh"),
        layers.Dense(10, activation="softmax"),
    ])


def export(model: keras.Model) -> onnx.ModelProto:
    """Exports f32 `images` [batch,8,8,1] -> f32 [batch,10]."""
    signature = (tf.TensorSpec((None, 8, 8, 1), tf.float32, name="images"),)
    function = tf.function(lambda images: model(images, training=False), input_signature=signature)
    exported, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    return exported


def main() -> None:
    """Trains so that outputs differ clearly from sample to sample, exports, runs, writes."""
    data = np.load(HERE.parent / "data" / "digits-test.npz")
    images, labels = data["images"].transpose(0, 2, 3, 1), data["labels"]
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name, build in {"keras-cnn": cnn, "keras-mlp": mlp}.items():
        keras.utils.set_random_seed(3)
        model = build()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(images, labels, epochs=30, verbose=0)
        exported = export(model)
        onnx.checker.check_model(exported, full_check=True)
        content = exported.SerializeToString(deterministic=True)
        (FIXTURES / f"{name}.onnx").write_bytes(content)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        (output,) = session.run(None, {session.get_inputs()[0].name: images[:SAMPLES]})
        np.savez(FIXTURES / f"{name}.npz", input=images[:SAMPLES], output=output)
        print(name, len(content), "B", [node.op_type for node in exported.graph.node], output[0])


if __name__ == "__main__":
    main()
