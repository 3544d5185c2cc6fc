"""Makes the golden files of test/unit/formats/golden/binary.

Usage: pip install pysam==0.24.1 pyBigWig==0.3.29 py2bit==1.0.1 numpy
       python test/oracles/make_binary_formats.py test/unit/formats/golden/binary
"""

import json
import os
import random
import struct
import sys

import numpy as np
import py2bit
import pyBigWig
import pysam

folder = sys.argv[1]
random.seed(7)


def at(name):
    return os.path.join(folder, name)


def make_bam():
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": "chrI", "LN": 30000}, {"SN": "chrII", "LN": 20000}, {"SN": "empty", "LN": 500}],
    }
    cigars = ["36M", "10M5D26M", "12M300N24M", "5S31M", "18M2I16M", "3H36M", "20=1X15=", "30M6S", "10M3P26M"]
    flags = [0, 16, 83, 99, 147, 163, 1024, 256, 512, 2048, 4]
    weights = [30, 30, 8, 8, 8, 8, 2, 2, 2, 2, 1]
    reads = []
    for number in range(700):
        tid = random.choice([0, 0, 0, 1])
        read = pysam.AlignedSegment()
        read.query_name = f"r{number}"
        read.flag = random.choices(flags, weights)[0]
        read.reference_id = tid
        where = random.choice([900, 16300, 16384, 29000]) if tid == 0 else 5000
        read.reference_start = max(0, min(header["SQ"][tid]["LN"] - 400, where + random.randrange(-800, 800)))
        read.mapping_quality = random.choice([0, 10, 30, 60])
        read.cigarstring = random.choice(cigars)
        length = sum(n for op, n in read.cigartuples if op in (0, 1, 4, 7, 8))
        read.query_sequence = "".join(random.choice("ACGT") for _ in range(length))
        read.query_qualities = pysam.qualitystring_to_array("I" * length)
        reads.append(read)
    # A list of operations that is too long for its field: htslib moves it to the tag CG.
    long = pysam.AlignedSegment()
    long.query_name, long.flag, long.reference_id, long.reference_start = "long", 0, 1, 12000
    long.mapping_quality = 60
    long.cigartuples = [(0, 1), (1, 1)] * 3000 + [(0, 1), (2, 1)] * 500
    long.query_sequence = "A" * 6500
    reads.append(long)
    reads.sort(key=lambda read: (read.reference_id, read.reference_start))
    with pysam.AlignmentFile(at("reads.bam"), "wb", header=header) as bam:
        for read in reads:
            bam.write(read)
    pysam.index(at("reads.bam"))
    pysam.index("-c", at("reads.bam"), at("reads.bam.csi"))

    depths = {}
    for name, options in {
        "default": [],
        "quality30": ["-Q", "30"],
        "allFlags": ["-g", "0x700"],
        "minus": ["--excl-flags", "0x704", "--incl-flags", "16"],
    }.items():
        text = pysam.depth(*options, "-aa", at("reads.bam"))
        values = {"chrI": [], "chrII": [], "empty": []}
        for line in text.splitlines():
            chrom, _, depth = line.split("\t")
            values[chrom].append(int(depth))
        depths[name] = {chrom: runs(column) for chrom, column in values.items()}
    ends = {name: {"chrI": [0] * 30000, "chrII": [0] * 20000} for name in ("ends", "atac", "extend")}
    with pysam.AlignmentFile(at("reads.bam")) as bam:
        for read in bam:
            if read.flag & 0x704:
                continue
            chrom = read.reference_name
            end = read.reference_end - 1 if read.is_reverse else read.reference_start
            ends["ends"][chrom][end] += 1
            moved = end - 5 if read.is_reverse else end + 4
            ends["atac"][chrom][moved] += 1
            for position in range(150):
                place = end - position if read.is_reverse else end + position
                if 0 <= place < len(ends["extend"][chrom]):
                    ends["extend"][chrom][place] += 1
    for name, columns in ends.items():
        depths[name] = {chrom: runs(column) for chrom, column in columns.items()}
    return depths


def runs(column):
    """Run lengths and values: [length, value, length, value, ...]."""
    out = []
    for value in column:
        if out and out[-1] == value:
            out[-2] += 1
        else:
            out += [1, value]
    return out


def make_two_bit():
    """Two sequences with N and masks, in versions 0 (little-endian) and 0 big-endian, and 1."""
    texts = {
        "chrI": "NNNNN" + "".join(random.choice("ACGTacgt") for _ in range(4001)) + "NNnnNN" + "acgtN" + "GATTACA",
        "s2": "".join(random.choice("ACGT") for _ in range(7)),
        "allN": "N" * 9,
        "none": "",
    }
    for name, order, version in (("little.2bit", "<", 0), ("big.2bit", ">", 0), ("wide.2bit", "<", 1)):
        with open(at(name), "wb") as out:
            out.write(two_bit(texts, order, version))
    bits = py2bit.open(at("little.2bit"))
    for chrom, text in texts.items():
        if text:
            assert bits.sequence(chrom) == text.upper(), chrom
    with open(at("two-bit.fa"), "w") as out:
        for chrom, text in texts.items():
            out.write(f">{chrom}\n{text}\n")


def blocks(text, test):
    found, start = [], None
    for place, letter in enumerate(text + "\0"):
        if test(letter) and start is None:
            start = place
        if not test(letter) and start is not None:
            found.append((start, place - start))
            start = None
    return found


def two_bit(texts, order, version):
    wide = "Q" if version == 1 else "I"
    records = []
    for text in texts.values():
        unknown = blocks(text, lambda letter: letter in "Nn")
        masks = blocks(text, lambda letter: letter.islower())
        record = struct.pack(order + "I", len(text))
        for found in (unknown, masks):
            record += struct.pack(order + "I", len(found))
            record += b"".join(struct.pack(order + "I", start) for start, _ in found)
            record += b"".join(struct.pack(order + "I", size) for _, size in found)
        record += struct.pack(order + "I", 0)
        codes = ["TCAG".find(letter.upper()) % 4 if letter.upper() in "TCAG" else 0 for letter in text]
        codes += [0] * (-len(codes) % 4)
        for i in range(0, len(codes), 4):
            a, b, c, d = codes[i : i + 4]
            record += bytes([a << 6 | b << 4 | c << 2 | d])
        records.append(record)
    offset = 16 + sum(1 + len(name) + struct.calcsize(order + wide) for name in texts)
    out = struct.pack(order + "IIII", 0x1A412743, version, len(texts), 0)
    for name, record in zip(texts, records):
        out += bytes([len(name)]) + name.encode() + struct.pack(order + wide, offset)
        offset += len(record)
    return out + b"".join(records)


def make_big_wig():
    wig = pyBigWig.open(at("signal.bw"), "w")
    wig.addHeader([("chrI", 100000), ("chrII", 50000), ("chrIII", 10)])
    values = np.round(np.sin(np.arange(20000) / 50) * 8 + np.arange(20000) % 7, 2)
    wig.addEntries("chrI", 1000, values=[float(v) for v in values], span=1, step=1)
    starts = sorted(random.sample(range(30000, 90000, 30), 400))
    wig.addEntries(["chrI"] * 400, starts, ends=[s + random.randrange(1, 30) for s in starts],
                   values=[round(random.uniform(-5, 5), 3) for _ in starts])
    wig.addEntries("chrII", [s * 40 for s in range(1000)], values=[float(s % 13) for s in range(1000)], span=25)
    wig.close()
    wig = pyBigWig.open(at("signal.bw"))
    stats = []
    for chrom, start, end, bins in (("chrI", 0, 100000, 1), ("chrI", 500, 31000, 7), ("chrII", 3, 49999, 13),
                                    ("chrI", 0, 100000, 3), ("chrIII", 0, 10, 2), ("chrII", 0, 50000, 2)):
        for kind in ("mean", "max", "min", "coverage", "std", "sum"):
            for exact in (True, False):
                stats.append([chrom, start, end, bins, kind, exact,
                              wig.stats(chrom, start, end, type=kind, nBins=bins, exact=exact)])
    return {"header": wig.header(), "stats": stats,
            "intervals": wig.intervals("chrI", 29000, 40000)}


def read_big_bed():
    """pybigwig-test.bigBed is a test file of pyBigWig (MIT licence); its entries as pyBigWig reads them."""
    bed = pyBigWig.open(at("pybigwig-test.bigBed"))
    chroms = bed.chroms()
    chrom = next(iter(chroms))
    entries = bed.entries(chrom, 0, chroms[chrom])
    middle = entries[len(entries) // 2][0]
    return {"sql": bed.SQL().decode(), "chroms": chroms, "chrom": chrom, "entries": entries,
            "some": [middle, middle + 100000, bed.entries(chrom, middle, middle + 100000)]}


golden = {"bam": make_bam(), "bigWig": make_big_wig(), "bigBed": read_big_bed()}
make_two_bit()
with open(at("golden.json"), "w") as out:
    json.dump(golden, out, separators=(",", ":"))
