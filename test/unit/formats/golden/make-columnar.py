"""Makes the Arrow and Parquet files of this folder: python make-columnar.py (pyarrow)."""
import datetime

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

table = pa.table(
    {
        'int': pa.array([1, 2, 3, 4], pa.int32()),
        'long': pa.array([1, None, 2**53 - 1, -4], pa.int64()),
        'float': pa.array([0.5, -1.25, None, 4], pa.float32()),
        'double': pa.array([0.1, 0.2, 0.3, 0.4]),
        'flag': pa.array([True, False, None, True]),
        'text': pa.array(['a', 'äö', None, '']),
        'kind': pa.array(['x', 'y', 'x', None]).dictionary_encode(),
        'list': pa.array([[1, 2], [], None, [3.5]], pa.list_(pa.float32())),
        'date': pa.array(
            [datetime.datetime(2020, 1, 2, 3, 4, 5), None, None, None], pa.timestamp('ms')
        ),
    }
)
with pa.OSFile('table.arrow', 'wb') as sink, pa.ipc.new_file(sink, table.schema) as writer:
    for batch in table.to_batches(max_chunksize=3):
        writer.write_batch(batch)
with pa.OSFile('table.arrows', 'wb') as sink, pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
pyarrow.feather.write_feather(table, 'lz4.feather', compression='lz4')
for codec in ['none', 'snappy', 'gzip', 'brotli', 'lz4']:
    pq.write_table(table, f'table-{codec}.parquet', compression=codec, row_group_size=3)
pq.write_table(table, 'table-v2.parquet', data_page_version='2.0', compression='snappy')
pq.write_table(table.select(['int']), 'large-int.parquet')
pq.write_table(pa.table({'id': [2**60]}), 'large-int.parquet')
