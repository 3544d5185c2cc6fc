"""Xpresso and the Basset-size network in PyTorch and onnxruntime, with the weights of our side."""

import numpy
import torch
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    conv1d,
    linear,
    max_pool1d,
    mse_loss,
    one_hot,
    pad,
)

from bench_peer import read_safetensors, serve

LEARNING_RATE = 1e-4


class Network(torch.nn.Module):
    """Convolutions, then dense layers; Keras's weights turned to PyTorch's order."""

    def __init__(self, tensors, convolutions, dense):
        super().__init__()
        self.convolutions = convolutions
        self.dense = dense
        self.weights = torch.nn.ParameterDict()
        for name, values in tensors.items():
            if name.startswith("batch/"):
                continue
            tensor = torch.from_numpy(values)
            if tensor.ndim == 3:
                tensor = tensor.permute(2, 1, 0)
            elif tensor.ndim == 2:
                tensor = tensor.T
            self.weights[name.replace("/", "_")] = torch.nn.Parameter(tensor.contiguous())

    def forward(self, sequence, features=None):
        hidden = sequence
        for name, pool in self.convolutions:
            kernel = self.weights[f"{name}_kernel"]
            total = kernel.shape[2] - 1
            hidden = pad(hidden, (total // 2, total - total // 2))
            hidden = torch.relu(conv1d(hidden, kernel, self.weights[f"{name}_bias"]))
            if pool > 1:
                hidden = max_pool1d(hidden, pool)
        # Keras flattens positions first, channels last.
        hidden = hidden.transpose(1, 2).flatten(1)
        if features is not None:
            hidden = torch.cat([hidden, features], 1)
        for index, name in enumerate(self.dense):
            hidden = linear(hidden, self.weights[f"{name}_kernel"], self.weights[f"{name}_bias"])
            if index + 1 < len(self.dense):
                hidden = torch.relu(hidden)
        return hidden


def xpresso(tensors):
    convolutions = [("conv1d_1", 30), ("conv1d_2", 10)]
    return Network(tensors, convolutions, ["dense_1", "dense_2", "dense_3"])


def basset(tensors):
    convolutions = [("conv_0", 3), *((f"conv_{i}", 2) for i in range(1, 7)), ("conv_7", 1)]
    return Network(tensors, convolutions, ["dense_0", "dense_1"])


def batch_of(tensors):
    """Tokens, features or None, and targets."""
    features = tensors.get("batch/features")
    return (
        torch.from_numpy(tensors["batch/tokens"]).long(),
        None if features is None else torch.from_numpy(features),
        torch.from_numpy(tensors["batch/targets"]),
    )


def encode(tokens):
    return one_hot(tokens, 4).transpose(1, 2).float().contiguous()


def trainer(build, loss):
    def prepare(folder):
        tensors = read_safetensors(folder / "network.safetensors")
        network = build(tensors)
        tokens, features, targets = batch_of(tensors)
        optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)

        def step():
            optimizer.zero_grad(set_to_none=True)
            value = loss(network(encode(tokens), features), targets)
            value.backward()
            optimizer.step()
            return value.item()

        return step

    return prepare


def predictor(build):
    def prepare(folder):
        tensors = read_safetensors(folder / "network.safetensors")
        network = build(tensors).eval()
        tokens, features, _ = batch_of(tensors)

        def predict():
            with torch.inference_mode():
                return network(encode(tokens), features).sum().item()

        return predict

    return prepare


def onnx_predictor(build):
    def prepare(folder):
        import onnxruntime

        tensors = read_safetensors(folder / "network.safetensors")
        network = build(tensors).eval()
        tokens, features, _ = batch_of(tensors)
        model = str(folder / "network.onnx")
        given = (encode(tokens), features) if features is not None else (encode(tokens),)
        torch.onnx.export(network, given, model, verbose=False)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        names = [entry.name for entry in session.get_inputs()]
        letters = numpy.eye(4, dtype=numpy.float32)
        array = tokens.numpy()

        def predict():
            values = [numpy.ascontiguousarray(letters[array].transpose(0, 2, 1))]
            if features is not None:
                values.append(features.numpy())
            return session.run(None, dict(zip(names, values)))[0].sum()

        return predict

    return prepare


serve(
    {
        "xpresso-train PyTorch": trainer(xpresso, mse_loss),
        "xpresso-predict PyTorch": predictor(xpresso),
        "xpresso-predict onnxruntime": onnx_predictor(xpresso),
        "basset-train PyTorch": trainer(basset, binary_cross_entropy_with_logits),
    }
)
