"""Makes the folder shards: python make-shards.py (huggingface_hub, safetensors, numpy)."""
import json
import os

import numpy as np
from huggingface_hub.serialization import split_state_dict_into_shards_factory
from safetensors.numpy import save_file

state = {f'layer.{i}.weight': np.full((i + 1, 4), i, 'f4') for i in range(5)}
split = split_state_dict_into_shards_factory(
    state,
    get_storage_size=lambda tensor: tensor.nbytes,
    filename_pattern='model{suffix}.safetensors',
    max_shard_size=112,
    get_storage_id=lambda tensor: None,
)
os.makedirs('shards', exist_ok=True)
for name, tensors in split.filename_to_tensors.items():
    save_file({key: state[key] for key in tensors}, f'shards/{name}', {'format': 'pt'})
index = {'metadata': split.metadata, 'weight_map': split.tensor_to_filename}
with open('shards/model.safetensors.index.json', 'w') as file:
    file.write(json.dumps(index, indent=2, sort_keys=True) + '\n')
