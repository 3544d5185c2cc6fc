"""Naive saturation mutagenesis of one promoter in PyTorch: every mutant through the whole network.

The network is tatabox's `promoter-regions` with the weights of a model folder, so that both sides
compute the same effects. Mutants are one-hot encoded in batches, without gradients, on all cores;
128 a batch is the fastest of 64, 128, 256 and 512. The number to check is the sum of the absolute
effects.
"""

import json

import numpy
import torch
from torch.nn.functional import avg_pool1d, conv1d, linear, max_pool1d, pad

from bench_peer import read_safetensors, serve

BATCH = 128


class PromoterRegions:
    """One member of the ensemble. Filters are turned once from Keras's order to PyTorch's."""

    def __init__(self, architecture, weights):
        self.regions = []
        self.weights = weights
        for region in architecture["regions"]:
            name = region["name"]
            first = weights[f"{name}_conv1d_1/kernel"].permute(2, 1, 0).contiguous()
            second = weights[f"{name}_conv1d_2/kernel"][0].permute(2, 1, 0).contiguous()
            self.regions.append((region, first, second))

    def standardise(self, name, values):
        mean, scale = self.weights[f"{name}/mean"], self.weights[f"{name}/scale"]
        return (values - mean[:, None]) * scale[:, None]

    def region(self, region, first, second, one_hot):
        name, width, pool, phases = (region[key] for key in ("name", "width", "pool", "phases"))
        left = (width - 1) // 2
        begin, end = region["start"] - left, region["end"] + width - 1 - left
        missing = max(0, -begin), max(0, end - one_hot.shape[2])
        seen = one_hot[:, :, max(0, begin) : end]
        if any(missing):
            seen = pad(seen, missing)
        hidden = conv1d(seen, first, self.weights[f"{name}_conv1d_1/bias"]).relu_()
        batch, filters, _ = hidden.shape
        windows = (region["end"] - region["start"]) // pool
        if phases > 1:
            hidden = hidden[:, :, : windows * pool]
            hidden = hidden.reshape(batch, filters, windows, pool // phases, phases).mean(3)
            hidden = hidden.permute(0, 3, 1, 2).reshape(batch * phases, filters, windows)
        elif region["pooling"] == "both":
            hidden = torch.cat([max_pool1d(hidden, pool), avg_pool1d(hidden, pool)], 1)
        elif region["pooling"] == "max":
            hidden = max_pool1d(hidden, pool)
        else:
            hidden = avg_pool1d(hidden, pool)
        hidden = self.standardise(f"{name}_standardisation_1", hidden)
        hidden = conv1d(hidden, second, self.weights[f"{name}_conv1d_2/bias"], padding="same")
        hidden = hidden.relu_()
        size = region["second"]["pool"]
        hidden = torch.cat([max_pool1d(hidden, size), avg_pool1d(hidden, size)], 1)
        if phases > 1:
            hidden = hidden.reshape(batch, phases, *hidden.shape[1:])
            hidden = torch.cat([hidden.amax(1), hidden.mean(1)], 1)
        hidden = self.standardise(f"{name}_standardisation_2", hidden)
        return hidden.transpose(1, 2).reshape(batch, -1)

    def dense(self, name, values):
        return linear(values, self.weights[f"{name}/kernel"].T, self.weights[f"{name}/bias"])

    def __call__(self, one_hot, features):
        parts = [self.region(*region, one_hot) for region in self.regions]
        if features is not None:
            if "dense_half_life/kernel" in self.weights:
                features = self.dense("dense_half_life", features).relu_()
            parts.append(features.expand(len(one_hot), -1))
        hidden = self.dense("dense_1", torch.cat(parts, 1)).relu_()
        return self.dense("dense_2", hidden)[:, 0]


def mutants(bases):
    """Every sequence that differs from `bases` by one substitution, as `[count, length]`."""
    positions, letters = numpy.nonzero(numpy.arange(4) != bases[:, None])
    changed = numpy.tile(bases, (len(positions), 1))
    changed[numpy.arange(len(positions)), positions] = letters
    return changed


def score(members, sequences, features):
    """The ensemble's mean for each sequence."""
    letters = torch.eye(5)[:, :4]
    scores = []
    for begin in range(0, len(sequences), BATCH):
        batch = torch.from_numpy(sequences[begin : begin + BATCH])
        one_hot = letters[batch].transpose(1, 2).contiguous()
        outputs = [member(one_hot, features) for member in members]
        scores.append(sum(outputs) / len(outputs))
    return torch.cat(scores)


def prepare(folder):
    config = json.loads((folder / "model" / "config.json").read_text())
    arrays = read_safetensors(folder / "model" / "model.safetensors")
    weights = {name: torch.from_numpy(values) for name, values in arrays.items()}
    members = []
    for member in range(config["members"]):
        prefix = f"member_{member}/"
        own = {name.removeprefix(prefix): w for name, w in weights.items() if prefix in name}
        members.append(PromoterRegions(config["architecture"], own or weights))
    count = len(config["architecture"]["features"])
    features = torch.zeros(1, count) if count > 0 else None
    text = (folder / "sequence.txt").read_text().strip()
    bases = numpy.array(["ACGT".find(letter) % 5 for letter in text], dtype=numpy.int64)

    def effects():
        with torch.inference_mode():
            reference = score(members, bases[None], features)
            return (score(members, mutants(bases), features) - reference).double().abs().sum()

    return effects


serve({"mutagenesis PyTorch": prepare, "mutagenesis-ensemble PyTorch": prepare})
