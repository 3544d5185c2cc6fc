"""Makes the TFRecord files of this folder: python make-tfrecord.py (tfrecord 1.14.6, numpy)."""
import gzip
import zlib

import numpy as np
from tfrecord.writer import TFRecordWriter

writer = TFRecordWriter('records.tfrecord')
for i in range(3):
    writer.write(
        {
            'name': (f'gene {i}'.encode(), 'byte'),
            'names': ([b'a', b'\xff\x00'], 'byte'),
            'scores': ([0.5 * i, -1.25], 'float'),
            'counts': ([i, -1, 2**62, -(2**63)], 'int'),
            'sequence': (np.eye(4, dtype=np.uint8)[[0, 3, 2]].tobytes(), 'byte'),
            'target': (np.array([1.5, -2, i], '<f2').tobytes(), 'byte'),
        }
    )
writer.close()
plain = open('records.tfrecord', 'rb').read()
with open('records.tfrecord.gz', 'wb') as file:
    file.write(gzip.compress(plain, mtime=0))
with open('records.tfr', 'wb') as file:
    file.write(zlib.compress(plain))
