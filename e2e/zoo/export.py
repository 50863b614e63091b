#!/usr/bin/env python3
"""Exports networks and estimators of well-known libraries, with random weights by a seed and without downloads, as a suite of tests.

    python export.py FOLDER [PART…]
    inktensor conformance --suite FOLDER --jobs 2 --timeout 400

Parts: estimators (scikit-learn, LightGBM, XGBoost), layers, transformers, torchvision, timm, older (the exporter of TorchScript) and
quantised (what ONNX Runtime's quantiser makes of some of them). Cases that are there already are left as they are.
"""

import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
warnings.filterwarnings("ignore")

import estimators
import networks
import quantised
from suite import Suite

PARTS = {"estimators": estimators.export, **networks.PARTS, "quantised": quantised.export}


def main() -> None:
    """Exports the parts that are named, or all."""
    unknown = [part for part in sys.argv[2:] if part not in PARTS]
    if len(sys.argv) < 2 or unknown:
        raise SystemExit(f"{__doc__}\nno such part: {', '.join(unknown)}" if unknown else __doc__)
    suite = Suite(Path(sys.argv[1]))
    for part in sys.argv[2:] or PARTS:
        PARTS[part](suite)
    cases = sum(1 for _ in suite.folder.glob("*/test_data_set_0"))
    print(f"{cases} cases; left out: {', '.join(suite.missing) or 'none'}")


if __name__ == "__main__":
    main()
