"""Makes the golden folders of BERT and ESM with Hugging Face's transformers, and checks ours with it.

    python test/oracles/huggingface-bert-esm.py make
        writes test/parity/golden/huggingface-bert and -esm: tiny random checkpoints as
        save_pretrained writes them, and expected.json with inputs, hidden states and logits. The
        folders -bin hold the network of the folder without it as pytorch_model.bin.
    python test/oracles/huggingface-bert-esm.py check FOLDER
        loads each folder FOLDER/* that tatabox wrote, without a missing or unknown weight, and
        compares its logits or hidden states with FOLDER/*/tatabox.json. The tests
        test/parity/huggingface-*.test.ts call it where TATABOX_TRANSFORMERS_PYTHON names a Python with
        transformers, and skip it elsewhere.

Made with torch 2.15, transformers 4.46.3 and safetensors on Python 3.11.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    EsmConfig,
    EsmForMaskedLM,
    EsmModel,
)

GOLDEN = Path(__file__).parent.parent / "parity" / "golden"


def randomise(model, seed):
    """Weights large enough that each of them shows in the outputs."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            norm = "LayerNorm.weight" in name or "layer_norm" in name and name.endswith("weight")
            parameter.copy_(1 + 0.2 * noise if norm else 0.4 * noise)
    model.tie_weights()
    return model.eval()


def inputs(length, vocabulary, padding, mask_token, first=5):
    """Sequences with padding behind, with masked tokens, with both, and one full one."""
    generator = torch.Generator().manual_seed(length)
    ids = torch.randint(first, vocabulary, (4, length), generator=generator)
    ids[0, length // 2 :] = padding
    ids[1, 2] = ids[1, 5] = mask_token
    ids[2, 1] = mask_token
    ids[2, length - 3 :] = padding
    return ids


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


def make(folder, model, ids, padding, safe):
    # A file of an earlier call would be taken for a second checkpoint
    for old in folder.glob("*"):
        old.unlink()
    model.save_pretrained(folder, safe_serialization=safe)
    if not safe:
        return
    mask = (ids != padding).long()
    with torch.no_grad():
        result = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    expected = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "input_ids": ids.tolist(),
        "hidden_states": [rounded(states) for states in result.hidden_states],
    }
    if "logits" in result:
        expected["logits"] = rounded(result.logits)
    if result.get("pooler_output") is not None:
        expected["pooler_output"] = rounded(result.pooler_output)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    print(folder, sum(parameter.numel() for parameter in model.parameters()), "parameters")


def make_all():
    bert = dict(
        vocab_size=25,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=20,
        attn_implementation="eager",
    )
    ids = inputs(12, 25, padding=0, mask_token=4)
    folder = GOLDEN / "huggingface-bert"
    model = randomise(BertForMaskedLM(BertConfig(**bert)), 1)
    make(folder / "masked-language", model, ids, 0, True)
    make(folder / "masked-language-bin", model, ids, 0, False)
    config = BertConfig(**{**bert, "hidden_act": "relu", "layer_norm_eps": 1e-5})
    make(folder / "encoder", randomise(BertModel(config), 2), ids, 0, True)
    untied = BertConfig(**{**bert, "tie_word_embeddings": False, "hidden_act": "gelu_new"})
    make(folder / "untied", randomise(BertForMaskedLM(untied), 3), ids, 0, True)

    esm = dict(
        vocab_size=33,
        mask_token_id=32,
        pad_token_id=1,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=40,
        layer_norm_eps=1e-5,
        position_embedding_type="rotary",
        token_dropout=True,
        emb_layer_norm_before=False,
    )
    ids = inputs(30, 32, padding=1, mask_token=32)
    folder = GOLDEN / "huggingface-esm"
    model = randomise(EsmForMaskedLM(EsmConfig(**esm)), 4)
    make(folder / "masked-language", model, ids, 1, True)
    make(folder / "masked-language-bin", model, ids, 1, False)
    plain = EsmConfig(**{**esm, "token_dropout": False})
    make(folder / "encoder", randomise(EsmModel(plain), 5), ids, 1, True)
    # As in ESM-1b and the first Nucleotide Transformer
    absolute = EsmConfig(
        **{**esm, "position_embedding_type": "absolute", "emb_layer_norm_before": True, "tie_word_embeddings": False}
    )
    make(folder / "absolute", randomise(EsmForMaskedLM(absolute), 6), ids, 1, True)


CLASSES = {
    "BertModel": BertModel,
    "BertForMaskedLM": BertForMaskedLM,
    "EsmModel": EsmModel,
    "EsmForMaskedLM": EsmForMaskedLM,
}
# Heads that tatabox does not have, so that they are missing in the files that it writes
NOT_OURS = {"contact_head.regression", "pooler.dense"}


def check(folder):
    failed = False
    for part in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        ours = json.loads((part / "tatabox.json").read_text())
        architecture = json.loads((part / "config.json").read_text())["architectures"][0]
        model, loading = CLASSES[architecture].from_pretrained(
            part, output_loading_info=True, attn_implementation="eager"
        )
        missing = [key for key in loading["missing_keys"] if not any(head in key for head in NOT_OURS)]
        ids = torch.tensor(ours["input_ids"])
        mask = (ids != model.config.pad_token_id).long()
        with torch.no_grad():
            result = model.eval()(input_ids=ids, attention_mask=mask)
        theirs = result.logits if "logits" in result else result.last_hidden_state
        difference = (theirs.flatten() - torch.tensor(ours["output"])).abs().max().item()
        scale = theirs.abs().max().item()
        good = difference <= 1e-4 * scale and not missing and not loading["unexpected_keys"]
        failed = failed or not good
        print(
            f"{part.name}: {architecture}, largest difference {difference:.2e} of values up to {scale:.3g},"
            f" missing {missing}, unknown {loading['unexpected_keys']}: {'ok' if good else 'NOT EQUAL'}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make_all()
    elif len(sys.argv) == 3 and sys.argv[1] == "check":
        sys.exit(check(sys.argv[2]))
    else:
        sys.exit(__doc__)
