"""Reads a bigWig file that writeBigWig wrote with pyBigWig, and compares all that it says with the values.

Usage: pip install pyBigWig==0.3.29 numpy
       python test/oracles/read_bigwig.py FILE.bw CHROM VALUES.f32
VALUES.f32 holds one little-endian 32-bit number for each base of CHROM, NaN where there is none, for example
    writeFileSync('values.f32', values)   // a Float32Array, also given to writeBigWig
Prints the header, the largest difference of each figure, and the time that pyBigWig takes to write the same.
"""

import os
import sys
import tempfile
import time
import warnings

import numpy as np
import pyBigWig

warnings.simplefilter("ignore")
file, chrom, raw = sys.argv[1:4]
truth = np.fromfile(raw, dtype="<f4").astype(float)
wig = pyBigWig.open(file)
print("header", wig.header(), "contigs", wig.chroms())
assert wig.chroms()[chrom] == len(truth), (wig.chroms(), len(truth))

values = np.array(wig.values(chrom, 0, len(truth)))
assert np.array_equal(values, truth, equal_nan=True)
print("values: all", len(truth), "are equal")


def expected(kind, part):
    known = part[~np.isnan(part)]
    if kind == "coverage":
        return len(known) / len(part)
    if len(known) == 0:
        return None
    if kind == "std":
        return known.std(ddof=1) if len(known) > 1 else 0.0
    return {"mean": known.mean, "min": known.min, "max": known.max, "sum": known.sum}[kind]()


for bins in (1, 2, 7, 50, 997):
    edges = [len(truth) * i // bins for i in range(bins + 1)]
    parts = [truth[a:b] for a, b in zip(edges, edges[1:])]
    spread = np.nanmax(truth) - np.nanmin(truth)
    for exact in (True, False):
        line = []
        for kind in ("mean", "max", "min", "coverage", "std", "sum"):
            if kind == "sum" and not exact:
                continue  # pyBigWig 0.3.29 gives means there.
            found = wig.stats(chrom, 0, len(truth), type=kind, nBins=bins, exact=exact)
            worst = 0.0
            for a, part in zip(found, parts):
                b = expected(kind, part)
                assert (a is None) == (b is None) or kind == "coverage", (kind, a, b)
                if b is not None:
                    scale = abs(b) if kind == "sum" and b else (1 if kind == "coverage" else spread)
                    worst = max(worst, abs((a or 0) - b) / (scale or 1))
            assert not exact or worst < 1e-5, (kind, bins, worst)
            line.append(f"{kind} {worst:.1e}")
        print("bins", bins, "exact " if exact else "zoomed", "largest difference:", ", ".join(line))

with tempfile.TemporaryDirectory() as folder:
    other = os.path.join(folder, "py.bw")
    known = np.where(np.isnan(truth), 0, truth)
    began = time.time()
    out = pyBigWig.open(other, "w")
    out.addHeader([(chrom, len(truth))])
    out.addEntries(chrom, 0, values=known, span=1, step=1)
    out.close()
    print(f"pyBigWig writes the same in {time.time() - began:.1f} s and {os.path.getsize(other)} bytes;"
          f" {file} has {os.path.getsize(file)} bytes")
