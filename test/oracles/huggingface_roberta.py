"""RoBERTa networks in Python's transformers: makes the fixtures, and loads folders of ours.

    python3 -m venv /tmp/transformers-oracle
    /tmp/transformers-oracle/bin/pip install torch transformers==4.46.3 tokenizers==0.20.3 safetensors
    /tmp/transformers-oracle/bin/python test/oracles/huggingface_roberta.py make
    /tmp/transformers-oracle/bin/python test/oracles/huggingface_roberta.py check FOLDER

`make` writes tiny random networks (seeded) to test/parity/golden/huggingface, each as
model.safetensors and as pytorch_model.bin, with a tokenizer and what the network gives
(expected.json).

`check` loads a folder that tatabox wrote with `from_pretrained` (masked language by
AutoModelForMaskedLM, others by the mean-pooling network below; the tokenizer by AutoTokenizer),
runs the sequences of FOLDER/ours.json and compares ids and values with those that tatabox wrote
there: {"sequences": [...], "input_ids": [[...]], "values": [...], "shape": [...]}. It prints the
largest difference and ends with exit code 1 where it is above 1e-4.
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaModel,
    RobertaTokenizerFast,
)
from transformers.models.roberta.modeling_roberta import RobertaPreTrainedModel

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "parity" / "golden" / "huggingface"
POSITIONS = [(0, 5), (1, 3), (1, 8), (2, 0)]
MAIZE = ROOT / "notebooks" / "data" / "maize"


class MeanPoolHead(nn.Module):
    """dropout, dense, tanh, dropout, [batch norm], dense2, tanh, out_proj; evaluation mode only."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dense2 = nn.Linear(config.hidden_size, config.hidden_size)
        self.out_proj = nn.Linear(config.hidden_size, config.num_labels)
        if config.batch_norm:
            self.batch_norm = nn.BatchNorm1d(config.hidden_size)

    def forward(self, pooled):
        x = torch.tanh(self.dense(pooled))
        if hasattr(self, "batch_norm"):
            x = self.batch_norm(x)
        self.embedding = torch.tanh(self.dense2(x))
        return self.out_proj(self.embedding)


class SparseHead(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.classification_head = MeanPoolHead(config)
        self.regression_head = MeanPoolHead(config)

    def forward(self, pooled):
        scores = self.classification_head(pooled)
        values = self.regression_head(pooled)
        self.embedding = self.regression_head.embedding
        return torch.cat([scores, values], dim=1)


class RobertaForSequenceClassificationMeanPool(RobertaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        self.classifier = SparseHead(config) if config.output_mode == "sparse" else MeanPoolHead(config)
        self.post_init()

    def forward(self, input_ids, attention_mask):
        hidden = self.roberta(input_ids, attention_mask=attention_mask)[0]
        counted = attention_mask * (input_ids != self.config.start_token_idx)
        counted = (counted * (input_ids != self.config.end_token_idx)).unsqueeze(2)
        pooled = (hidden * counted).sum(1) / counted.sum(1).clamp(min=1)
        return self.classifier(pooled)


def promoters(count):
    with gzip.open(MAIZE / "maize_promoters_unlabelled_1.txt.gz", "rt") as file:
        return [next(file).strip() for _ in range(count)]


def train_tokenizer(folder, special, **options):
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(promoters(200), vocab_size=300, special_tokens=special, show_progress=False)
    folder.mkdir(parents=True, exist_ok=True)
    bpe.save_model(str(folder))
    fast = RobertaTokenizerFast.from_pretrained(str(folder), **options)
    fast.save_pretrained(str(folder))
    return fast


def randomise(model):
    """Initial weights are small, biases zero; larger ones let a wrong place show."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter) * 0.15
            parameter.copy_(1 + noise if name.endswith("LayerNorm.weight") else noise)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.copy_(torch.randn_like(module.running_mean) * 0.1)
                module.running_var.copy_(1 + torch.rand_like(module.running_var))


def encode(tokenizer, sequences, length):
    rows = tokenizer(sequences, padding="max_length", truncation=True, max_length=length)
    return torch.tensor(rows["input_ids"]), torch.tensor(rows["attention_mask"])


def save(model, folder, tokenizer, length, sequences):
    model.eval()
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "model.safetensors").chmod(0o644)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    ids, mask = encode(tokenizer, sequences, length)
    with torch.no_grad():
        if isinstance(model, RobertaForMaskedLM):
            hidden = model.roberta(ids, attention_mask=mask)[0]
            # Of some positions: all would be a large file
            rows, columns = zip(*POSITIONS)
            given = model(ids, attention_mask=mask).logits[list(rows), list(columns)]
            embedding = None
        else:
            given = model(ids, mask)
            hidden = model.roberta(ids, attention_mask=mask)[0]
            embedding = model.classifier.embedding
    expected = {
        "sequences": sequences,
        "input_ids": ids.tolist(),
        "attention_mask": mask.tolist(),
        "shape": list(given.shape),
        "values": [round(float(v), 6) for v in given.flatten()],
        "positions": POSITIONS if embedding is None else None,
        "hidden_sums": [round(float(v), 5) for v in (hidden * mask.unsqueeze(2)).sum(1).flatten()],
        "embedding": None if embedding is None else [round(float(v), 6) for v in embedding.flatten()],
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def make():
    torch.manual_seed(5)
    sequences = [promoters(3)[2][:150], "ACGTTGCANNNTATAAATAGGC", ""]
    small = dict(vocab_size=300, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24)
    # As RoBERTa itself: <s> 0, <pad> 1, </s> 2; padding on the right
    folder = GOLDEN / "masked-language"
    tokenizer = train_tokenizer(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], model_max_length=24)
    config = RobertaConfig(max_position_embeddings=26, type_vocab_size=1, **small)
    model = RobertaForMaskedLM(config)
    randomise(model)
    save(model, folder, tokenizer, 24, sequences)
    # As FloraBERT: <s> 0, </s> 1, <pad> 2, and pad_token_id left at 1; padding on the left
    for mode, normalised in [("regression", True), ("sparse", False)]:
        folder = GOLDEN / mode
        tokenizer = train_tokenizer(
            folder, ["<s>", "</s>", "<pad>", "<unk>", "<mask>"], model_max_length=30, padding_side="left"
        )
        config = RobertaConfig(
            max_position_embeddings=34, type_vocab_size=2, layer_norm_eps=1e-12, num_labels=3, **small
        )
        config.output_mode, config.batch_norm = mode, normalised
        config.start_token_idx, config.end_token_idx = 0, 1
        config.id2label = {0: "anther", 1: "ear", 2: "root"}
        config.label2id = {name: number for number, name in config.id2label.items()}
        model = RobertaForSequenceClassificationMeanPool(config)
        randomise(model)
        save(model, folder, tokenizer, 32, sequences)


def check(folder):
    ours = json.loads((folder / "ours.json").read_text())
    config = AutoConfig.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    masked = config.architectures[0] == "RobertaForMaskedLM"
    kind = AutoModelForMaskedLM if masked else RobertaForSequenceClassificationMeanPool
    model, report = kind.from_pretrained(folder, output_loading_info=True)
    model.eval()
    unexpected = [name for name in report["unexpected_keys"]]
    missing = [name for name in report["missing_keys"] if not name.endswith("num_batches_tracked")]
    length = len(ours["input_ids"][0])
    tokenizer.padding_side = ours["padding_side"]
    ids, mask = encode(tokenizer, [s.upper() for s in ours["sequences"]], length)
    same = ids.tolist() == ours["input_ids"]
    with torch.no_grad():
        given = model(ids, attention_mask=mask)
    if masked:
        given = given.logits * mask.unsqueeze(2)
    expected = torch.tensor(ours["values"]).reshape(ours["shape"])
    difference = float((given - expected).abs().max())
    print(f"{folder}: {type(model).__name__}, {sum(p.numel() for p in model.parameters()):,} parameters")
    print(f"  missing {missing}, unexpected {unexpected}, equal ids {same}")
    print(f"  largest difference {difference:.2e} of values up to {float(given.abs().max()):.3g}")
    return same and not missing and not unexpected and difference <= 1e-4


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    elif len(sys.argv) > 2 and sys.argv[1] == "check":
        sys.exit(0 if all([check(Path(name)) for name in sys.argv[2:]]) else 1)
    else:
        sys.exit(__doc__)
