"""Windows and batches of a FASTA file by pysam and NumPy. The files are those of genome-data.ts."""

import os
import time

import numpy
import pysam

from bench_peer import serve

WINDOW_SETS = 5
BATCH_SIZE = 64

TOKEN = numpy.zeros(256, dtype=numpy.int64)
ONE_HOT = numpy.zeros((256, 4), dtype=numpy.float32)
for number, letter in enumerate("ACGT"):
    for code in (ord(letter), ord(letter.lower())):
        TOKEN[code] = number
        ONE_HOT[code, number] = 1


def read_windows(folder, repetition):
    windows = []
    with open(os.path.join(folder, f"windows-{repetition % WINDOW_SETS}.bed")) as lines:
        for line in lines:
            chrom, start, end, _name, _score, strand = line.rstrip("\n").split("\t")
            windows.append((chrom, int(start), int(end), strand))
    return windows


def random_windows(folder, repetition, file):
    windows = read_windows(folder, repetition)
    started = time.perf_counter()
    genome = pysam.FastaFile(os.path.join(folder, file))
    sequences = [genome.fetch(chrom, start, end) for chrom, start, end, _ in windows]
    milliseconds = (time.perf_counter() - started) * 1000
    genome.close()
    check = 0
    for sequence, (_, _, _, strand) in zip(sequences, windows):
        letters = numpy.frombuffer(sequence.encode(), dtype=numpy.uint8)
        tokens = TOKEN[letters]
        # The other strand's tokens are 3 minus these; N counts as 0 either way.
        check += int((3 - tokens)[known(letters)].sum() if strand == "-" else tokens.sum())
    return milliseconds, check


def known(letters):
    return ONE_HOT[letters].any(axis=1)


def batches(folder, repetition):
    milliseconds = 0.0
    check = 0
    started = time.perf_counter()
    windows = read_windows(folder, repetition)
    genome = pysam.FastaFile(os.path.join(folder, "genome.fa"))
    length = windows[0][2] - windows[0][1]
    for first in range(0, len(windows), BATCH_SIZE):
        part = windows[first : first + BATCH_SIZE]
        batch = numpy.empty((len(part), length, 4), dtype=numpy.float32)
        for row, (chrom, start, end, strand) in enumerate(part):
            sequence = genome.fetch(chrom, start, end)
            one_hot = ONE_HOT[numpy.frombuffer(sequence.encode(), dtype=numpy.uint8)]
            batch[row] = one_hot[::-1, ::-1] if strand == "-" else one_hot
        milliseconds += (time.perf_counter() - started) * 1000
        check += int((batch.sum(axis=(0, 1), dtype=numpy.float64) * [0, 1, 2, 3]).sum())
        started = time.perf_counter()
    milliseconds += (time.perf_counter() - started) * 1000
    genome.close()
    return milliseconds, check


def prepare(work):
    """The repetitions of one row, each with the next set of windows."""

    def prepared(folder):
        genome = folder.parent / "genome"
        repetition = -1

        def run():
            nonlocal repetition
            repetition += 1
            return work(genome, repetition)

        return run

    return prepared


serve(
    {
        "fasta-random pysam": prepare(lambda f, i: random_windows(f, i, "genome.fa")),
        "fasta-random-bgzip pysam": prepare(lambda f, i: random_windows(f, i, "genome.fa.gz")),
        "fasta-batches pysam": prepare(batches),
    }
)
