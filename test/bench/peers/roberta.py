"""RoBERTa for masked language modelling in PyTorch, with the weights of our side.

The modules are those of Hugging Face's transformers (scaled_dot_product_attention, exact GELU, tied
decoder, all positions scored), written out, so that nothing but PyTorch is needed.
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy, embedding, gelu, linear
from torch.nn.functional import scaled_dot_product_attention

from bench_peer import read_safetensors, serve

LEARNING_RATE = 1e-4
HEADS = 6
PADDING = 1


class Network(nn.Module):
    def __init__(self, tensors, dropout):
        super().__init__()
        self.rate = dropout
        self.drop = nn.Dropout(dropout)
        self.weights = nn.ParameterDict(
            {
                name.replace(".", "_"): nn.Parameter(torch.from_numpy(values))
                for name, values in tensors.items()
                if not name.startswith("batch/")
            }
        )
        self.layers = sum(name.endswith("query.weight") for name in tensors)

    def get(self, name):
        return self.weights[name.replace(".", "_")]

    def linear(self, name, hidden):
        return linear(hidden, self.get(f"{name}.weight"), self.get(f"{name}.bias"))

    def norm(self, name, hidden):
        weight, bias = self.get(f"{name}.weight"), self.get(f"{name}.bias")
        return nn.functional.layer_norm(hidden, weight.shape, weight, bias, 1e-12)

    def forward(self, tokens, mask):
        batch, length = tokens.shape
        real = (tokens != PADDING).long()
        positions = torch.cumsum(real, 1) * real + PADDING
        base = "roberta.embeddings"
        table = self.get(f"{base}.word_embeddings.weight")
        hidden = embedding(tokens, table, PADDING)
        hidden = hidden + self.get(f"{base}.token_type_embeddings.weight")[0]
        hidden = hidden + embedding(
            positions, self.get(f"{base}.position_embeddings.weight"), PADDING
        )
        hidden = self.drop(self.norm(f"{base}.LayerNorm", hidden))
        for index in range(self.layers):
            name = f"roberta.encoder.layer.{index}"
            query, key, value = (
                self.linear(f"{name}.attention.self.{part}", hidden)
                .view(batch, length, HEADS, -1)
                .transpose(1, 2)
                for part in ("query", "key", "value")
            )
            rate = self.rate if self.training else 0
            context = scaled_dot_product_attention(
                query, key, value, attn_mask=mask, dropout_p=rate
            )
            context = context.transpose(1, 2).reshape(batch, length, -1)
            branch = self.drop(self.linear(f"{name}.attention.output.dense", context))
            hidden = self.norm(f"{name}.attention.output.LayerNorm", hidden + branch)
            wide = gelu(self.linear(f"{name}.intermediate.dense", hidden))
            branch = self.drop(self.linear(f"{name}.output.dense", wide))
            hidden = self.norm(f"{name}.output.LayerNorm", hidden + branch)
        hidden = self.norm("lm_head.layer_norm", gelu(self.linear("lm_head.dense", hidden)))
        return linear(hidden, table, self.get("lm_head.bias"))


def trainer(dropout):
    def prepare(folder):
        tensors = read_safetensors(folder / "roberta.safetensors")
        network = Network(tensors, dropout).train()
        tokens = torch.from_numpy(tensors["batch/tokens"]).long()
        labels = torch.from_numpy(tensors["batch/labels"]).long()
        mask = torch.zeros(tokens.shape[0], 1, 1, tokens.shape[1])
        matrices = [each for each in network.parameters() if each.ndim > 1]
        vectors = [each for each in network.parameters() if each.ndim == 1]
        optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": 0.01},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=LEARNING_RATE,
        )

        def step():
            optimizer.zero_grad(set_to_none=True)
            scores = network(tokens, mask)
            loss = cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=-100)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    return prepare


serve(
    {
        "roberta-train PyTorch": trainer(0.0),
        "roberta-train-all PyTorch": trainer(0.0),
        "roberta-train-dropout PyTorch": trainer(0.1),
    }
)
