"""Makes the zip, NPY and NPZ files of this folder: python make-arrays.py (numpy)."""
import io
import zipfile

import numpy as np


class Unseekable(io.RawIOBase):
    """A file that cannot go back, so that sizes are written behind the data."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


with open('python.zip', 'wb') as file:
    with zipfile.ZipFile(Unseekable(file), 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('streamed.txt', 'sizes behind the data')
with zipfile.ZipFile('python.zip', 'a', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('deflated.txt', 'text ' * 200)
    archive.writestr('stored.txt', 'stored', zipfile.ZIP_STORED)
    archive.writestr('folder/ä ∂.txt', 'names')
    with archive.open('zip64.txt', 'w', force_zip64=True) as entry:
        entry.write(b'large')
    archive.writestr('empty', '')
    archive.comment = b'a comment'

arrays = {}
base = np.array([[0, 1, 2], [100, 50, 7]])
for code in ['i1', 'u1', '<i2', '>i2', '<u2', '>u4', '<i4', '>i8', '<u8', '<i8']:
    arrays[code.replace('<', 'little_').replace('>', 'big_')] = base.astype(code)
for code in ['<f2', '>f2', '<f4', '>f4', '<f8', '>f8']:
    values = (base / 8 - 3).astype(code)
    arrays[code.replace('<', 'little_').replace('>', 'big_')] = values
arrays['flags'] = base > 1
arrays['texts'] = np.array([['a', 'äö'], ['', '😀x']])
arrays['big_texts'] = np.array(['abc', 'd']).astype('>U3')
arrays['bytes'] = np.array([b'gene', b'x'])
arrays['columns'] = np.asfortranarray(np.arange(24, dtype='<i4').reshape(2, 3, 4))
arrays['text_columns'] = np.asfortranarray(np.array([['a', 'b', 'c'], ['d', 'e', 'f']]))
arrays['scalar'] = np.array(2.5)
arrays['empty'] = np.zeros((0, 3), '<f4')
arrays['largest'] = np.array([2**63 - 1, -(2**63)])
np.savez_compressed('numpy.npz', **arrays)
np.save('objects.npy', np.array([{}, 1], dtype=object), allow_pickle=True)
np.save('complex.npy', np.array([1j]))
np.save('fields.npy', np.zeros(2, [('a', '<f4'), ('b', '<i4')]))
with open('version2.npy', 'wb') as file:
    np.lib.format.write_array(file, np.arange(3.0), version=(2, 0))
with open('version3.npy', 'wb') as file:
    np.lib.format.write_array(file, np.arange(3.0), version=(3, 0))
