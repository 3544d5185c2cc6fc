"""Checks that Python's transformers reads tokenizers that tatabox saved, and gives the same ids.

    pip install transformers==4.46.3 tokenizers==0.20.3
    python test/oracles/tokenizers_check.py FOLDER

FOLDER holds one folder a tokenizer, as test/oracles/tokenizers_save.ts writes them, each with
`expected.json`: pairs of a text and its ids.
"""

import json
import sys
from pathlib import Path

from transformers import AutoTokenizer


def check(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    cases = json.loads((folder / "expected.json").read_text())
    for case in cases:
        ids = tokenizer(case["python"])["input_ids"]
        assert ids == case["ids"], (folder.name, case["python"][:60], ids[:20], case["ids"][:20])
    batch = [case["python"] for case in cases[:8]]
    rows = tokenizer(batch, padding="max_length", truncation=True, max_length=64)
    assert rows["input_ids"] == json.loads((folder / "batch.json").read_text()), folder.name
    print(f"{folder.name}: {len(cases)} texts, {len(tokenizer)} tokens, as expected")


for each in sorted(Path(sys.argv[1]).iterdir()):
    check(each)
