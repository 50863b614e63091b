#!/usr/bin/env python3
"""Compares Inktensor with ONNX Runtime, PyTorch and burn on the same models, inputs and machine, in one run.

    python compare.py FOLDER [--only NAME]… [--inktensor BINARY] [--burn BINARY] [--rounds N] [--adapter NAME] [--write RESULTS.md]

FOLDER is what export.py wrote. Each round starts every engine in turn (A B C, A B C …) in a process of its own with two threads; runs
go from the input on the host to the output on the host, after two that do not count. What a run computes is compared with ONNX Runtime.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from models import MODELS, Entry

THREADS = 2
WARM_UP = 2
# Runs of a model in a round: the more one takes, the fewer they are. The first half second of a process is slower than what follows, so the
# smaller models have many.
RUNS = {"product-2048": 4, "product-4096": 2, "resnet50": 4, "bert-base": 3, "decoder-135m": 2, "mlp": 6}
DEFAULT_RUNS = 48
# Seconds that one engine may take for one model in a round.
TIMEOUT = 1800


@dataclass
class Peer:
    """An engine, and what it was measured to do."""

    name: str
    label: str
    times: dict[str, list[float]] = field(default_factory=dict)
    # Processor time of a run on average, one number a round.
    processor: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def median(self, model: str) -> float | None:
        """Milliseconds of a run."""
        return middle(self.times.get(model))


def middle(times: list[float] | None) -> float | None:
    """The median, if there is one."""
    return statistics.median(times) if times else None


def timed(run, count: int) -> tuple[list[float], float, np.ndarray]:
    """Milliseconds of each run after the warm-up, those of the processor to a run, and the output."""
    for _ in range(WARM_UP):
        output = run()
    times, used = [], time.process_time()
    for _ in range(count):
        start = time.perf_counter()
        output = run()
        times.append(1e3 * (time.perf_counter() - start))
    return times, 1e3 * (time.process_time() - used) / count, output


def run_onnxruntime(path: Path, entry: Entry, count: int, provider: str) -> tuple[list[float], float, np.ndarray]:
    """ONNX Runtime on a processor or on CUDA."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    if provider not in session.get_providers():
        raise RuntimeError(f"{provider} does not start")
    x = entry.input()
    return timed(lambda: session.run(None, {"x": x})[0], count)


def run_torch(entry: Entry, count: int, device: str) -> tuple[list[float], float, np.ndarray]:
    """PyTorch as it is, without its compiler."""
    import torch

    torch.set_num_threads(THREADS)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    model, x = entry.model().to(device), entry.input()
    with torch.inference_mode():
        return timed(lambda: model(torch.from_numpy(x).to(device)).cpu().numpy(), count)


def child(peer: str, name: str, folder: Path, count: int) -> None:
    """Runs a model on an engine that is a Python package, in this process."""
    entry, path = MODELS[name], folder / f"{name}.onnx"
    match peer:
        case "onnxruntime":
            times, used, output = run_onnxruntime(path, entry, count, "CPUExecutionProvider")
        case "onnxruntime-cuda":
            times, used, output = run_onnxruntime(path, entry, count, "CUDAExecutionProvider")
        case "torch":
            times, used, output = run_torch(entry, count, "cpu")
        case "torch-cuda":
            times, used, output = run_torch(entry, count, "cuda")
        case _:
            raise SystemExit(f"there is no engine {peer}")
    print(json.dumps({"runs_ms": times, "processor_ms": used, "difference": difference(output, folder, name)}))


def difference(output: np.ndarray, folder: Path, name: str) -> float:
    """How far an output is from the one that export.py had of ONNX Runtime, in units of what is allowed."""
    import onnx
    from onnx import numpy_helper

    case = folder / "suite" / name
    tolerance = json.loads((case / "data.json").read_text())
    stored = onnx.TensorProto.FromString((case / "test_data_set_0" / "output_0.pb").read_bytes())
    expected = numpy_helper.to_array(stored)
    allowed = tolerance["atol"] + tolerance["rtol"] * np.abs(expected)
    return float((np.abs(output.reshape(expected.shape) - expected) / allowed).max())


def environment() -> dict[str, str]:
    """The children's environment: two threads each, and no processor type that was set for older libraries."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    return kept | {"OMP_NUM_THREADS": str(THREADS), "LP_NUM_THREADS": str(THREADS)}


def last_object(command: list[str]) -> dict:
    """Runs a command and reads the last line it prints."""
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False)
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1])
    return json.loads(lines[-1])


def measure(peer: Peer, name: str, args: argparse.Namespace) -> dict:
    """One round of one engine on one model: `runs_ms` and `difference`, or `failed`."""
    count = RUNS.get(name, DEFAULT_RUNS)
    path = args.folder / f"{name}.onnx"
    if peer.name == "inktensor":
        return measure_inktensor(path, MODELS[name], count, args)
    if peer.name == "burn":
        with tempfile.TemporaryDirectory() as folder:
            x, y = Path(folder) / "x", Path(folder) / "y"
            x.write_bytes(MODELS[name].input().tobytes())
            shape = [str(length) for length in MODELS[name].shape]
            found = last_object([args.burn, name, str(x), str(y), str(WARM_UP), str(count), *shape])
            if "failed" not in found:
                found["difference"] = difference(np.fromfile(y, dtype=np.float32), args.folder, name)
            return found
    return last_object([sys.executable, __file__, str(args.folder), "--child", peer.name, name, str(count)])


def measure_inktensor(path: Path, entry: Entry, count: int, args: argparse.Namespace) -> dict:
    """Inktensor's own measurement, whose two runs before do not count either."""
    size = str(2 * path.stat().st_size)
    bounds = ["--limit-bytes", size, "--limit-initializer-bytes", size]
    command = [args.inktensor, "bench", str(path), "--batch", str(entry.shape[0]), "--iterations", str(count)]
    report = last_object([*command, "--no-ceilings", "--json", *adapter(args), *bounds])
    (found,) = report["models"]
    return found if "failed" in found else found["latency"]


def adapter(args: argparse.Namespace) -> list[str]:
    """The flag that chooses the adapter."""
    return ["--adapter", args.adapter] if args.adapter else []


def peers(args: argparse.Namespace) -> list[Peer]:
    """The engines that are here."""
    import onnxruntime
    import torch

    found = [Peer("inktensor", "Inktensor")]
    if args.burn:
        found.append(Peer("burn", "burn-wgpu"))
    found += [Peer("onnxruntime", "ONNX Runtime, CPU"), Peer("torch", "PyTorch, CPU")]
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        found.append(Peer("onnxruntime-cuda", "ONNX Runtime, CUDA"))
    if torch.cuda.is_available():
        found.append(Peer("torch-cuda", "PyTorch, CUDA"))
    return [peer for peer in found if not args.peer or peer.name in args.peer]


def check(name: str, args: argparse.Namespace) -> str | None:
    """What is wrong with Inktensor's output, if anything: its own comparison with the suite."""
    size = str(2 * (args.folder / f"{name}.onnx").stat().st_size)
    command = [args.inktensor, "conformance", "--suite", str(args.folder / "suite" / name), "--timeout", "900", "--json"]
    report = last_object([*command, *adapter(args), "--limit-bytes", size, "--limit-initializer-bytes", size])
    return None if report["passed"] == report["total"] else json.dumps(report["cases"])


def compare(args: argparse.Namespace) -> list[Peer]:
    """Runs all rounds."""
    engines = peers(args)
    for name in args.only or list(MODELS):
        if wrong := check(name, args):
            engines[0].failures[name] = f"wrong: {wrong}"
        for number in range(args.rounds):
            for peer in engines:
                if name in peer.failures:
                    continue
                try:
                    found = measure(peer, name, args)
                except (RuntimeError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
                    found = {"failed": str(error)}
                if "failed" in found:
                    peer.failures[name] = found["failed"]
                elif found.get("difference", 0) > 1:
                    peer.failures[name] = f"wrong: {found['difference']:.3g} times what is allowed"
                else:
                    peer.times.setdefault(name, []).extend(found["runs_ms"])
                    if found.get("processor_ms") is not None:
                        peer.processor.setdefault(name, []).append(found["processor_ms"])
                told = peer.failures.get(name) or f"{peer.median(name):.2f} ms"
                print(f"{name} round {number + 1} {peer.name}: {told}", file=sys.stderr, flush=True)
    return engines


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(engines: list[Peer], args: argparse.Namespace) -> str:
    """The results as Markdown."""
    doctor = last_object([args.inktensor, "doctor", "--json"])
    wanted = (args.adapter or "").lower()
    chosen = next(found for found in doctor["adapters"] if wanted in found["name"].lower())
    names = args.only or list(MODELS)
    failures = [f"- {peer.label} on {name}: {peer.failures[name]}" for name in names for peer in engines if name in peer.failures]
    packages = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "torch", "numpy"))
    processor_table = []
    if chosen["kind"] == "software":
        told = "Processor time of a run, all threads together, in milliseconds: what is left of the comparison beside other load."
        processor_table = ["", told, "", *rows(engines, names, lambda peer, name: middle(peer.processor.get(name)))]
    return "\n".join(
        [
            f"Machine: {processor()}, {os.cpu_count()} processors, {platform.system()}. Adapter: {chosen['name']} "
            f"({chosen['driver']}), with vectors as Inktensor has them; burn leaves them to the driver. {packages}. Rounds: {args.rounds}.",
            "",
            "Time of a run, median, in milliseconds.",
            "",
            *rows(engines, names, Peer.median),
            *processor_table,
            *(["", *failures] if failures else []),
        ]
    )


def rows(engines: list[Peer], names: list[str], figure) -> list[str]:
    """A table of one figure: Inktensor's, each other engine's, and how many times as fast Inktensor is."""
    ours, others = engines[0], engines[1:]
    lines = ["| model | " + " | ".join([ours.label, *(f"{peer.label} | times as fast" for peer in others)]) + " |"]
    lines.append("|---|" + "---:|" * (1 + 2 * len(others)))
    for name in names:
        mine = figure(ours, name)
        cells = [f"{mine:.2f}" if mine else "failed"]
        for peer in others:
            theirs = figure(peer, name)
            cells += [f"{theirs:.2f}" if theirs else "failed", f"{theirs / mine:.2f}" if mine and theirs else ""]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", choices=list(MODELS))
    parser.add_argument("--peer", action="append", help="only these engines, by name")
    parser.add_argument("--inktensor", default="inktensor")
    parser.add_argument("--burn", help="the binary of e2e/bench/burn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--adapter")
    parser.add_argument("--write", type=Path, help="replace the table between the marks of this file")
    parser.add_argument("--child", nargs=3, metavar=("ENGINE", "MODEL", "RUNS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        peer, name, count = args.child
        return child(peer, name, args.folder, int(count))
    if args.write:
        # Found wanting now, not after minutes of measuring.
        before, rest = args.write.read_text().split("<!-- results -->\n", 1)
        _, after = rest.split("<!-- end -->\n", 1)
    results = table(compare(args), args)
    print(results)
    if args.write:
        args.write.write_text(f"{before}<!-- results -->\n{results}\n<!-- end -->\n{after}")


if __name__ == "__main__":
    main()
