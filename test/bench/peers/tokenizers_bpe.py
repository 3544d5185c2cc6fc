"""Byte-level BPE by Python's tokenizers (Rust inside). The files are those of rows/tokenizers.ts."""

import os
import sys
import time

# Read when the first tokenizer works.
os.environ["TOKENIZERS_PARALLELISM"] = "true" if "all threads" in sys.argv[1] else "false"

import json  # noqa: E402

from tokenizers import ByteLevelBPETokenizer  # noqa: E402
from tokenizers.processors import RobertaProcessing  # noqa: E402

from bench_peer import serve  # noqa: E402

SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"]


def prepare_training(folder):
    def run():
        begin = time.perf_counter()
        tokenizer = ByteLevelBPETokenizer()
        tokenizer.train(
            [str(folder / "promoters.txt")], 5000, 2, show_progress=False, special_tokens=SPECIAL
        )
        milliseconds = (time.perf_counter() - begin) * 1000
        merges = json.loads(tokenizer._tokenizer.to_str())["model"]["merges"]
        check = 0
        for rank, merge in enumerate(merges):
            left, right = merge.split(" ") if isinstance(merge, str) else merge
            check += (rank + 1) * (len(left) * 100 + len(right))
        return milliseconds, check

    return run


def prepare_encoding(folder):
    place = (folder / "tokenizer.txt").read_text()
    tokenizer = ByteLevelBPETokenizer.from_file(f"{place}/vocab.json", f"{place}/merges.txt")
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer._tokenizer.post_processor = RobertaProcessing(("</s>", 1), ("<s>", 0))
    lines = (folder / "promoters.txt").read_text().splitlines()

    def run():
        begin = time.perf_counter()
        encodings = tokenizer.encode_batch(lines)
        milliseconds = (time.perf_counter() - begin) * 1000
        check = 0
        for encoding in encodings:
            for at, number in enumerate(encoding.ids):
                check += (at + 1) * number
        return milliseconds, check

    return run


serve(
    {
        f"{row} tokenizers ({threads})": prepare
        for row, prepare in {
            "bpe-training": prepare_training,
            "bpe-encoding": prepare_encoding,
        }.items()
        for threads in ("one thread", "all threads")
    }
)
