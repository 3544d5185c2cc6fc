"""Makes the PyTorch files of this folder: python make-torch.py (torch)."""
import collections
import zipfile

import torch

torch.manual_seed(1)
base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 4
shared = torch.arange(6, dtype=torch.float32)
state = collections.OrderedDict()
state['weight'] = base
state['transposed'] = base.t()
state['window'] = base[1:, 1:3]
state['tied'] = shared
state['tied_again'] = shared.reshape(2, 3)
state['half'] = (base[0] - 0.1).half()
state['bfloat'] = (base[0] - 0.1).bfloat16()
state['double'] = base[0].double() / 3
state['int64'] = torch.tensor([2**62, -1])
state['int32'] = torch.tensor([7], dtype=torch.int32)
state['int16'] = torch.tensor([-7], dtype=torch.int16)
state['int8'] = torch.tensor([-7], dtype=torch.int8)
state['uint8'] = torch.tensor([200], dtype=torch.uint8)
state['bool'] = torch.tensor([True, False])
state['scalar'] = torch.tensor(2.5)
state['empty'] = torch.zeros(0, 3)
state['expanded'] = torch.tensor([[1.0], [2.0]]).expand(2, 3)
state['parameter'] = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
checkpoint = {
    'epoch': 3,
    'best': 0.25,
    'name': 'test ä',
    'done': False,
    'big': 2**70,
    'state_dict': state,
    'optimizer': {'groups': [{'lr': 0.1, 'betas': (0.9, 0.99), 'note': None}]},
}
torch.save(checkpoint, 'torch.pt')
torch.save(checkpoint, 'torch-legacy.pt', _use_new_zipfile_serialization=False)
torch.save({'u16': torch.tensor([65535], dtype=torch.uint16)}, 'torch-v3.pt')
model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
torch.save(model.state_dict(), 'torch-module.pt')
torch.save(model, 'torch-whole.pt')
torch.jit.save(torch.jit.script(torch.nn.ReLU()), 'torch-script.pt')
# Without the debug files, which name folders of the machine.
with zipfile.ZipFile('torch-script.pt') as archive:
    files = {n: archive.read(n) for n in archive.namelist() if not n.endswith('.debug_pkl')}
with zipfile.ZipFile('torch-script.pt', 'w') as archive:
    for name, content in files.items():
        archive.writestr(name, content)
torch.save(torch.eye(2).to_sparse(), 'torch-sparse.pt')


class Evil:
    def __reduce__(self):
        import os

        return os.system, ('touch /tmp/evil',)


torch.save({'weight': Evil()}, 'torch-evil.pt')
torch.save({'weight': Evil()}, 'torch-evil-legacy.pt', _use_new_zipfile_serialization=False)
