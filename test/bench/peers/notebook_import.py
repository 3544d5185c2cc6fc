"""Importing PyTorch in a fresh Python, timed inside it, as the first cell of a notebook waits."""

import subprocess
import sys

from bench_peer import serve

PROGRAM = """
import time
begin = time.perf_counter()
import torch
print((time.perf_counter() - begin) * 1000)
"""


def prepare(_folder):
    def run():
        answer = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True
        )
        return float(answer.stdout), 1

    return run


serve({"notebook-import PyTorch": prepare})
