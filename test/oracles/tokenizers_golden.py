"""Makes the golden files of test/unit/tokenizers with Python's tokenizers (0.20.3).

    pip install tokenizers==0.20.3
    python test/oracles/tokenizers_golden.py

Run it in the root of the repository.
"""

import gzip
import hashlib
import json
import random
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer, Tokenizer, AddedToken, models, pre_tokenizers
from tokenizers.processors import RobertaProcessing

DATA = Path("notebooks/data/maize")
OUT = Path("test/unit/tokenizers/golden")
SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"]


def promoters():
    lines = []
    for number in (1, 2):
        text = gzip.open(DATA / f"maize_promoters_unlabelled_{number}.txt.gz", "rt").read()
        lines += text.splitlines()
    return lines


def write_gzip(name, text):
    (OUT / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def digest(ids):
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:8]


def florabert(add_prefix_space=False):
    files = [str(DATA / "tokenizer" / name) for name in ("vocab.json", "merges.txt")]
    tokenizer = ByteLevelBPETokenizer.from_file(*files, add_prefix_space=add_prefix_space)
    tokenizer.add_special_tokens([*SPECIAL[:4], AddedToken("<mask>", lstrip=True)])
    tokenizer._tokenizer.post_processor = RobertaProcessing(
        ("</s>", 1), ("<s>", 0), trim_offsets=False, add_prefix_space=add_prefix_space
    )
    return tokenizer


def train(lines, vocabulary_size, min_frequency=2, special=SPECIAL):
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        lines, vocabulary_size, min_frequency, show_progress=False, special_tokens=special
    )
    return json.loads(tokenizer._tokenizer.to_str())["model"]["merges"]


def small_trainings():
    """Corpora on which rare rules show: runs, repeated words, equal counts, other special tokens."""
    rng = random.Random(1)
    cases = []
    for number in range(80):
        letters = rng.choice(["A", "AC", "ACG", "ACGT", "ab c", "ACGTN \u00e9\u4e2d'1s"])
        lines = [
            "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
            for _ in range(rng.randrange(1, 12))
        ]
        lines += rng.choices(lines, k=rng.randrange(6))
        if number % 5 == 0:
            lines = [line * 3 for line in lines]
        special = SPECIAL if number % 7 else [*SPECIAL, "AC", "A"]
        size = 256 + len(special) + rng.randrange(80)
        least = rng.choice([0, 1, 2, 2, 3])
        merges = train(lines, size, least, special)
        cases.append(
            {"lines": lines, "size": size, "least": least, "special": special, "merges": merges}
        )
    return cases


TEXTS = [
    "",
    " ",
    "ACGT",
    "acgt",
    "ACGT ACGT",
    "  ACGT  NN ",
    "<s>ACGT</s>",
    "ACGT <mask> ACGT",
    "ACGT<mask>  <pad>",
    "it's 123 don't WE'LL 'll",
    "ACGT\tACGT\n\nACGT \r\n",
    "caf\u00e9 \u4e2d\u6587 \U0001f9ec\u00a0x\u0085y\u3000z",
    "A" * 300,
    "ACG" * 1700,
    "N" * 50,
    "-*.RYKM",
    "\u00bd \u0660\u0661 x_y",
    "<s",
    "\ufeffAC",
]


def encodings(tokenizer, **options):
    result = []
    for text in TEXTS:
        encoding = tokenizer.encode(text, **options)
        result.append({"text": text, "ids": encoding.ids, "offsets": encoding.offsets})
    return result


def byte_fallback():
    vocab = {"<unk>": 0, "A": 1, "C": 2, "AC": 3, **{f"<0x{b:02X}>": 4 + b for b in range(256)}}
    model = models.BPE(vocab, [("A", "C")], unk_token="<unk>", byte_fallback=True)
    return Tokenizer(model)


def unknown(fuse):
    model = models.BPE(
        {"?": 0, "A": 1, "C": 2, "AC": 3}, [("A", "C")], unk_token="?", fuse_unk=fuse
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def main():
    lines = promoters()
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in train(lines, 5000)]
    write_gzip("maize_merges_5000.txt.gz", "".join(f"{merge}\n" for merge in merges))
    dnabert2 = Tokenizer.from_file(str(OUT / "dnabert2_bpe_4096_tokenizer.json"))
    tokenizers = {"florabert": florabert(), "dnabert2": dnabert2}
    for name, tokenizer in tokenizers.items():
        ids = [encoding.ids for encoding in tokenizer.encode_batch(lines)]
        hashes = "".join(f"{digest(row)}\n" for row in ids)
        write_gzip(f"maize_ids_{name}.txt.gz", f"{sum(map(len, ids))}\n{hashes}")
    small = [*tokenizers.items(), ("florabert_prefix", florabert(add_prefix_space=True))]
    small += [("byte_fallback", byte_fallback()), ("unknown", unknown(False)), ("fused", unknown(True))]
    texts = {name: encodings(tokenizer) for name, tokenizer in small}
    files = {name: json.loads(t.to_str()) for name, t in small[3:]}
    write_gzip("texts.json.gz", json.dumps({"texts": texts, "files": files}))
    write_gzip("small_trainings.json.gz", json.dumps(small_trainings()))


main()
