import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openHdf5, writeHdf5 } from '../../../kernel-lib/src/formats/hdf5.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
/** Written by h5py 3.16; data/make-h5py-types.py is the program. */
const types = `${repository}test/unit/formats/data/h5py-types.h5`;

describe('openHdf5', () => {
  it('reads a buffer as it reads a file', async () => {
    const file = await openHdf5(new Uint8Array(readFileSync(types)));
    expect(file.file).toBe('bytes');
    expect(file.read('int64').data).toEqual(BigInt64Array.of(1n, 2n ** 60n));
    expect(file.keys()).toContain('float16');
    file.close();
    await expect(openHdf5(new Uint8Array(readFileSync(types)).subarray(0, 600))).rejects.toThrow(
      /^bytes: .*damaged or was cut off/,
    );
  });

  it('reads every type that h5py writes', async () => {
    const file = await openHdf5(types);
    expect(file.keys()).toContain('float16');
    expect(file.isGroup('group')).toBe(true);
    expect(file.isGroup('scalar')).toBe(false);
    expect(file.has('group/values')).toBe(true);
    expect(file.has('group/nothing')).toBe(false);
    expect(file.read('float16')).toEqual({
      data: Float32Array.of(1, 2.5, -0.0999755859375, Infinity),
      shape: [4],
      dtype: 'float16',
    });
    expect(file.read('big_endian')).toEqual({
      data: Float32Array.of(1, 2, 3, 4),
      shape: [2, 2],
      dtype: 'float32',
    });
    expect(file.read('int64').data).toEqual(BigInt64Array.of(1n, 2n ** 60n));
    expect(file.read('bool')).toEqual({ data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' });
    expect(file.read('fixed_text').data).toEqual(['ab', 'c']);
    expect(file.read('text').data).toEqual(['häl', 'x']);
    expect(file.read('scalar')).toEqual({
      data: Float64Array.of(3.5),
      shape: [],
      dtype: 'float64',
    });
    expect(file.read('empty')).toEqual({
      data: new Float32Array(0),
      shape: [0, 4],
      dtype: 'float32',
    });
    expect(file.read('group/values').data).toEqual(Uint16Array.of(0, 1, 2));
    expect(file.attribute('group', 'unit')).toBe('bases');
    expect(file.attribute('/', 'names')).toEqual(['a', 'b']);
    expect(file.attribute('/', 'number')).toBe(7n);
    expect(file.attribute('/', 'nothing')).toBeUndefined();
    expect(file.attributeNames().sort()).toEqual(['names', 'number']);
    file.close();
  });

  it('reads slices', async () => {
    const file = await openHdf5(types);
    expect(file.describe('gzip')).toEqual({ shape: [3, 4], dtype: 'float64' });
    expect(file.read('gzip', { slice: [[1, 3]] })).toEqual({
      data: Float64Array.of(4, 5, 6, 7, 8, 9, 10, 11),
      shape: [2, 4],
      dtype: 'float64',
    });
    const corner = file.read('gzip', {
      slice: [
        [0, 2],
        [1, 2],
      ],
    });
    expect(corner.data).toEqual(Float64Array.of(1, 5));
    expect(file.read('float16', { slice: [[1, 3]] }).data).toEqual(
      Float32Array.of(2.5, -0.0999755859375),
    );
    expect(file.read('gzip', { slice: [[1, 1]] })).toEqual({
      data: new Float64Array(0),
      shape: [0, 4],
      dtype: 'float64',
    });
    expect(() => file.read('gzip', { slice: [[0, 4]] })).toThrow(/within the shape \[3, 4\]/);
    file.close();
  });

  it('explains what it cannot read', async () => {
    const file = await openHdf5(types);
    expect(() => file.read('group/value')).toThrow(/no 'group\/value'\. Did you mean 'values'/);
    expect(() => file.read('nothing/at/all')).toThrow(/no 'nothing\/at\/all'/);
    expect(() => file.read('group')).toThrow(/a group; expected a data set/);
    expect(() => file.keys('scalar')).toThrow(/a data set; expected a group/);
    expect(() => file.read('compound')).toThrow(/type class 6/);
    expect(() => file.read('lzf')).toThrow(/'lzf': data that cannot be read.*other than gzip/);
    file.close();
    file.close();
    expect(() => file.keys()).toThrow(/was closed/);
  });

  it('explains what is no HDF5', async () => {
    await expect(openHdf5(folder.path('none.h5'))).rejects.toThrow(/no such file/);
    await expect(openHdf5(folder.write('text.h5', 'hello'))).rejects.toThrow(/no HDF5 signature/);
    await expect(openHdf5(folder.write('empty.h5', ''))).rejects.toThrow(/an empty file/);
    await expect(openHdf5(folder.write('z.h5', gzipSync('x')))).rejects.toThrow(/decompress it/);
    const cut = folder.write('cut.h5', readFileSync(types).subarray(0, 600));
    await expect(openHdf5(cut)).rejects.toThrow(/damaged or was cut off/);
  });
});

describe('writeHdf5', () => {
  it.each([0, 4])('is inverse to reading, compression %i', async (compression) => {
    const file = folder.path(`written-${String(compression)}.h5`);
    const scores = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i));
    await writeHdf5(
      file,
      {
        'ism/scores': { data: scores, shape: [10, 15, 4] },
        'ism/names': { data: ['ä', 'gene two'] },
        wide: { data: BigInt64Array.of(-(2n ** 62n)) },
        bytes: { data: Buffer.from([1, 2, 3]) },
        none: { data: new Float64Array(0), shape: [0, 3] },
      },
      {
        attributes: { library: 'tatabox', big: 3e9, half: 0.5, n: 3, list: ['a', 'é'] },
        compression,
      },
    );
    const back = await openHdf5(file);
    expect(back.keys('ism').sort()).toEqual(['names', 'scores']);
    expect(back.read('ism/scores')).toEqual({
      data: scores,
      shape: [10, 15, 4],
      dtype: 'float32',
    });
    expect(back.read('ism/names').data).toEqual(['ä', 'gene two']);
    expect(back.read('wide').data).toEqual(BigInt64Array.of(-(2n ** 62n)));
    expect(back.read('bytes').data).toEqual(Uint8Array.of(1, 2, 3));
    expect(back.read('none').shape).toEqual([0, 3]);
    expect(back.attribute('/', 'library')).toBe('tatabox');
    expect(back.attribute('/', 'big')).toBe(3e9);
    expect(back.attribute('/', 'half')).toBe(0.5);
    expect(back.attribute('/', 'n')).toBe(3);
    expect(back.attribute('/', 'list')).toEqual(['a', 'é']);
    back.close();
  });

  it('leaves the old file where it fails', async () => {
    const file = folder.path('kept.h5');
    writeFileSync(file, 'old');
    const data = new Float32Array(3);
    await expect(writeHdf5(file, { a: { data, shape: [2] } })).rejects.toThrow(
      /3 values for the shape/,
    );
    await expect(writeHdf5(file, { a: { data }, 'a/b': { data } })).rejects.toThrow(
      /'a' is a data set already/,
    );
    expect(readFileSync(file, 'utf8')).toBe('old');
  });
});
