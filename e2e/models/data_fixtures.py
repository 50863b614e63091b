#!/usr/bin/env python3
"""Writes small data sets as other programs write them to gpu-worker/tests/fixtures/data. Needs what requirements-metrics.txt names.

Each holds six samples of 1 by 2 by 2 numbers, sample i being 4 i + (0, 1, 2, 3), and the labels 0, 1, 2, 0, 1, 2.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from safetensors.numpy import save_file

DATA = Path(__file__).resolve().parent.parent.parent / "gpu-worker" / "tests" / "fixtures" / "data"
SAMPLES = np.arange(24, dtype=np.float32).reshape(6, 1, 2, 2)
LABELS = np.arange(6) % 3

DATA.mkdir(parents=True, exist_ok=True)
for name, kind in (("float16", np.float16), ("uint8", np.uint8)):
    tensors = {"images": SAMPLES.astype(kind), "labels": LABELS.astype(np.int32), "other": np.zeros(3)}
    save_file(tensors, DATA / f"{name}.safetensors", metadata={"made": "for tests"})

columns = {name: SAMPLES.reshape(6, 4)[:, at] for at, name in enumerate("abcd")}
pd.DataFrame(columns | {"label": LABELS}).to_parquet(DATA / "pandas.parquet")
lists = pa.table({"labels": LABELS, "images": [sample.ravel().tolist() for sample in SAMPLES]})
pq.write_table(lists, DATA / "lists.parquet", row_group_size=4, data_page_version="2.0")
pq.write_table(lists, DATA / "zstd.parquet", compression="zstd")


def png(sample: np.ndarray) -> dict:
    stream = io.BytesIO()
    Image.fromarray(sample[0].astype(np.uint8)).save(stream, "png")
    return {"bytes": stream.getvalue(), "path": None}


pq.write_table(pa.table({"image": [png(sample) for sample in SAMPLES], "label": LABELS}), DATA / "images.parquet")

# A JPEG image and what Pillow makes of it, for decoders round differently.
ramp = np.add.outer(np.arange(16), np.arange(24)).astype(np.uint8) * 6
image = Image.fromarray(np.stack([ramp, 255 - ramp, np.full_like(ramp, 40)], axis=-1))
image.save(DATA / "ramp.jpeg", quality=95, subsampling=0)
np.save(DATA / "ramp.npy", np.asarray(Image.open(DATA / "ramp.jpeg")).transpose(2, 0, 1).copy())
for path in sorted(DATA.iterdir()):
    print(f"{path.name}: {path.stat().st_size} bytes")
