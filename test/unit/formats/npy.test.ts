import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  encodeNpy,
  readNpy,
  writeNpy,
  type NpyArray,
} from '../../../kernel-lib/src/formats/npy.ts';
import { readNpz, writeNpz } from '../../../kernel-lib/src/formats/npz.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/`;

/** A file of a head and values, as hostile as the caller likes. */
function npyFile(head: string, data: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const text = Buffer.from(`${head}\n`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0]),
    length,
    text,
    data,
  ]);
}
const head = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('readNpz', () => {
  it('reads every type that numpy.savez_compressed writes', async () => {
    const arrays = await readNpz(`${golden}numpy.npz`);
    const base = [0, 1, 2, 100, 50, 7];
    for (const [name, array] of arrays) {
      const kind = /^(?:little_|big_)?([iuf])([1248])$/.exec(name);
      if (kind === null) continue;
      const [, letter, size] = kind;
      const type = { i: 'int', u: 'uint', f: 'float' }[letter as 'i' | 'u' | 'f'];
      expect(array.dtype).toBe(`${type}${8 * Number(size)}`);
      expect(array.shape).toEqual([2, 3]);
      const values = base.map((value) => (letter === 'f' ? value / 8 - 3 : value));
      expect(Array.from(array.data as ArrayLike<number>, Number), name).toEqual(values);
    }
    expect([...arrays.keys()]).toHaveLength(25);
    expect(arrays.get('big_i8')!.data).toBeInstanceOf(BigInt64Array);
    expect(arrays.get('flags')).toEqual({
      dtype: 'bool',
      shape: [2, 3],
      data: Uint8Array.of(0, 0, 1, 1, 1, 1),
    });
    expect(arrays.get('texts')).toEqual({
      dtype: 'string',
      shape: [2, 2],
      data: ['a', 'äö', '', '😀x'],
    });
    expect(arrays.get('big_texts')!.data).toEqual(['abc', 'd']);
    expect(arrays.get('bytes')).toEqual({ dtype: 'bytes', shape: [2], data: ['gene', 'x'] });
    expect(arrays.get('columns')!.data).toEqual(Int32Array.from({ length: 24 }, (_, i) => i));
    expect(arrays.get('text_columns')!.data).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(arrays.get('scalar')).toEqual({
      dtype: 'float64',
      shape: [],
      data: Float64Array.of(2.5),
    });
    expect(arrays.get('empty')!.shape).toEqual([0, 3]);
    expect(arrays.get('largest')!.data).toEqual(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)));
  });

  it('reads the arrays that are named, and integers as numbers where they are exact', async () => {
    const file = `${golden}numpy.npz`;
    const arrays = await readNpz(file, { names: ['little_i8', 'little_u8'], integers: 'number' });
    expect([...arrays.keys()]).toEqual(['little_i8', 'little_u8']);
    expect(arrays.get('little_i8')!.data).toEqual(Float64Array.of(0, 1, 2, 100, 50, 7));
    await expect(readNpz(file, { names: ['largest'], integers: 'number' })).rejects.toThrow(
      /the integer 9223372036854775807; expected integers of at most 53 bits/,
    );
    await expect(readNpz(file, { names: ['scalars'] })).rejects.toThrow(
      /Did you mean 'scalar.npy'/,
    );
    await expect(readNpz(file, { names: [], integer: 1 } as object)).rejects.toThrow(
      /unknown option 'integer'/,
    );
  });
});

describe('readNpy', () => {
  it('reads the versions 2 and 3', async () => {
    for (const name of ['version2.npy', 'version3.npy']) {
      expect(await readNpy(golden + name)).toEqual({
        dtype: 'float64',
        shape: [3],
        data: Float64Array.of(0, 1, 2),
      });
    }
  });

  it.each([
    ['objects.npy', /a pickle, which could run code/],
    ['complex.npy', /complex numbers/],
    ['fields.npy', /a structured array/],
    ['numpy.npz', /It is an \.npz: read it with readNpz/],
  ])('refuses %s', async (name, message) => {
    await expect(readNpy(golden + name)).rejects.toThrow(message);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /an empty file/],
    ['another file', Buffer.from('hello, world'), /no NumPy signature/],
    ['version 4', npyFile(head("'<f4'", '()'), Buffer.alloc(4), 4), /version 4\.0/],
    ['a head beyond the file', npyFile('{}').subarray(0, 11), /a head of 3 bytes in a file of 11/],
    [
      'a head of 4 GiB',
      Buffer.concat([Buffer.from('934e554d50590200', 'hex'), Buffer.alloc(4, 255)]),
      /4294967295/,
    ],
    ['no dict', npyFile('[]'), /a head without descr/],
    ['code', npyFile(head("'<f4'", '(1+1,)'), Buffer.alloc(8)), /a head without/],
    ['2^60 values', npyFile(head("'<f4'", '(1152921504606846976,)')), /a head without/],
    ['2^50 values', npyFile(head("'<f4'", '(1125899906842624,)')), /0 bytes of data; expected/],
    [
      'too little',
      npyFile(head("'<f4'", '(3,)'), Buffer.alloc(11)),
      /11 bytes of data; expected 12/,
    ],
    ['too much', npyFile(head("'<f4'", '(3,)'), Buffer.alloc(24)), /24 bytes of data; expected 12/],
    ['texts without length', npyFile(head("'<U0'", '(1000000000,)')), /texts without characters/],
    ['no Unicode', npyFile(head("'<U1'", '(1,)'), Buffer.alloc(4, 255)), /the character/],
    ['no UTF-8', npyFile(head("'|S1'", '(1,)'), Buffer.of(255)), /no UTF-8 text/],
    ['an unknown type', npyFile(head("'<q9'", '(1,)'), Buffer.alloc(9)), /the type '<q9'/],
    ['100 dimensions', npyFile(head("'<f4'", `(${'1,'.repeat(100)})`)), /100 dimensions/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readNpy(bytes)).rejects.toThrow(message);
    await expect(readNpy(bytes)).rejects.toThrow(InputError);
  });
});

const length = fc.nat(40);
const arbitrary: fc.Arbitrary<NpyArray> = fc.oneof(
  fc.float32Array().map((data): NpyArray => ({ data, shape: [data.length] })),
  fc.float64Array().map((data): NpyArray => ({ data, shape: [1, data.length] })),
  fc.int8Array().map((data): NpyArray => ({ data, shape: [data.length] })),
  fc.uint16Array().map((data): NpyArray => ({ data, shape: [data.length, 1] })),
  fc.bigInt64Array().map((data): NpyArray => ({ data, shape: [data.length] })),
  fc.bigUint64Array().map((data): NpyArray => ({ data, shape: [data.length] })),
  length.map((n): NpyArray => ({ data: new Uint8Array(n).fill(1), dtype: 'bool', shape: [n] })),
  fc
    .array(fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.endsWith('\0')))
    .map((data): NpyArray => ({ data, shape: [data.length] })),
);

describe('writeNpy and writeNpz', () => {
  it('give back every array', async () => {
    const file = folder.path('arrays.npz');
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), arbitrary, { noNullPrototype: true }),
        async (arrays) => {
          await writeNpz(file, arrays);
          const back = await readNpz(file);
          expect([...back.keys()].sort()).toEqual(Object.keys(arrays).sort());
          for (const [name, { data, shape, dtype }] of Object.entries(arrays)) {
            expect(back.get(name)).toEqual({ data, shape, dtype: dtype ?? back.get(name)!.dtype });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('write the bytes that numpy.save writes', async () => {
    const file = folder.path('a.npy');
    await writeNpy(file, { data: Float64Array.of(0, 1, 2), shape: [3] });
    const { bytes } = { bytes: readFileSync(`${golden}version2.npy`) };
    // Version 2 differs in its number and in two more bytes of length.
    expect(readFileSync(file).subarray(-24)).toEqual(bytes.subarray(-24));
    expect(readFileSync(file).toString('latin1', 10, 80)).toContain(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
    );
    const half = encodeNpy({ data: Float32Array.of(1, -0.5), dtype: 'float16', shape: [2] });
    expect(await readNpy(Buffer.concat(half))).toMatchObject({
      dtype: 'float16',
      data: Float32Array.of(1, -0.5),
    });
  });

  it('refuse what does not fit', () => {
    const data = new Float32Array(3);
    expect(() => encodeNpy({ data, shape: [2] })).toThrow(/3 values; expected 2/);
    expect(() => encodeNpy({ data, shape: [-3] })).toThrow(/whole numbers/);
    expect(() => encodeNpy({ data, shape: [3], dtype: 'int32' })).toThrow(/Float32Array for dtype/);
    expect(() => encodeNpy({ data: ['a'], shape: [1], dtype: 'bool' })).toThrow(/texts for dtype/);
    const two = Uint8Array.of(2);
    expect(() => encodeNpy({ data: two, shape: [1], dtype: 'bool' })).toThrow(/above 1/);
  });

  it('answer damaged files with an array or an InputError', async () => {
    const whole = Buffer.concat(encodeNpy({ data: ['ab', 'c', 'de', 'f'], shape: [2, 2] }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(whole.length)),
        async (changes, cut) => {
          const damaged = Buffer.from(whole);
          for (const [at, value] of changes) damaged[at] = value;
          try {
            const { data, shape } = await readNpy(damaged.subarray(0, cut ?? damaged.length));
            expect(data).toHaveLength(shape.reduce((product, n) => product * n, 1));
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
