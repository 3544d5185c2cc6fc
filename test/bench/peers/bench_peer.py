"""What all peers share: one line of JSON a repetition.

A peer script ends with `serve({"name": prepare, ...})`; `prepare(folder)` returns a function that
does the work once and returns the number to check, or milliseconds and that number where only a
part of the work is to be timed. It is called as

    python SCRIPT.py NAME FOLDER

and does one repetition for each line that it reads: the work over and over for half a second, or
once where it takes longer, as side.ts does.
"""

import json
import resource
import struct
import sys
import time
from pathlib import Path

import numpy


def read_safetensors(path):
    """Arrays of a safetensors file by name."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "I32": "<i4"}
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[8 + length :][begin:end], dtype=kinds[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).copy()
    return arrays


REPETITION_MS = 500


def timed(work):
    """Does the work once. Returns its milliseconds and the number to check."""
    begin = time.perf_counter()
    result = work()
    milliseconds = (time.perf_counter() - begin) * 1000
    if isinstance(result, tuple):
        milliseconds, result = result
    return milliseconds, float(result)


def serve(peers):
    name, folder = sys.argv[1:3]
    work = peers[name](Path(folder))
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        milliseconds, check = timed(work)
        times = 1
        while milliseconds < REPETITION_MS:
            milliseconds += timed(work)[0]
            times += 1
        # Linux counts in kilobytes.
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = {"milliseconds": milliseconds / times, "check": check, "memory": memory}
        print(json.dumps(line), flush=True)
