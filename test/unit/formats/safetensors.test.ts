import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../../kernel-lib/src/formats/half-floats.ts';
import {
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type SafetensorsInput,
} from '../../../kernel-lib/src/formats/safetensors.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();

/**
 * Python, safetensors 0.8.0: safetensors.numpy.save({'b.weight': np.arange(6, dtype='f4')
 * .reshape(2, 3) / 4, 'a': np.array([1, -2]), 'half': np.array([1, -0.1, 65504], 'f2'),
 * 'flags': np.array([True, False, True]), 'scalar': np.array(2.5, 'f4')}, {'format': 'pt'})
 */
const golden = Buffer.from(
  'SAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJhIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwi' +
    'ZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJiLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZz' +
    'ZXRzIjpbMTYsNDBdfSwic2NhbGFyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls0MCw0NF19' +
    'LCJoYWxmIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNDQsNTBdfSwiZmxhZ3MiOnsiZHR5' +
    'cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNTAsNTNdfX0gAQAAAAAAAAD+/////////wAAAAAAAIA+' +
    'AAAAPwAAQD8AAIA/AACgPwAAIEAAPGau/3sBAAE=',
  'base64',
);

/** A file of the given header (text or object) and so many bytes of data. */
function fileOf(header: unknown, dataLength: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(dataLength)]);
}
const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors', () => {
  it('reads a file of the Python library and writes the same bytes', async () => {
    const { tensors, metadata } = await readSafetensors(golden);
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('a')).toEqual({
      dtype: 'I64',
      shape: [2],
      data: BigInt64Array.of(1n, -2n),
    });
    expect(tensors.get('b.weight')?.data).toEqual(Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25));
    expect(tensors.get('scalar')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(2.5) });
    expect(tensors.get('half')?.data).toEqual(Float32Array.of(1, -0.0999755859375, 65504));
    expect(tensors.get('flags')?.data).toEqual(Uint8Array.of(1, 0, 1));
    expect(Buffer.from(encodeSafetensors(tensors, metadata)).equals(golden)).toBe(true);
  });

  it('copies tensors that do not lie on a multiple of their size', async () => {
    const header = `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":${JSON.stringify(f32([1], 1, 5))}}`;
    const bytes = fileOf(header, 5);
    Buffer.from(bytes.buffer, bytes.byteOffset).writeFloatLE(1.5, bytes.length - 4);
    expect((await readSafetensors(bytes)).tensors.get('b')?.data).toEqual(Float32Array.of(1.5));
  });

  it.each([
    ['too short', Buffer.alloc(4), /4 bytes; expected a safetensors file/],
    [
      'header beyond the file',
      fileOf('{}', 0).subarray(0, 9),
      /a header of 2 bytes in a file of 9/,
    ],
    ['huge header', Buffer.alloc(64, 0xff), /a header of 18446744073709551615 bytes/],
    ['no JSON', fileOf('{"a":', 0), /no JSON/],
    ['an array', fileOf([], 0), /no JSON object/],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), /no texts/],
    ['unknown dtype', fileOf({ a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, 4), /dtype F8_E4M3/],
    ['no offsets', fileOf({ a: { dtype: 'F32', shape: [1] } }, 4), /tensor 'a'.*data_offsets/],
    ['negative shape', fileOf({ a: f32([-1], 0, 4) }, 4), /tensor 'a'/],
    ['shape against span', fileOf({ a: f32([2], 0, 4) }, 4), /4 bytes of data; expected 8/],
    ['overlap', fileOf({ a: f32([1], 0, 4), b: f32([1], 2, 6) }, 6), /'b' overlaps/],
    ['gap', fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /'b' follows a gap/],
    ['cut off', fileOf({ a: f32([2], 0, 8) }, 4), /4 bytes of data; expected 8.*cut off/],
    ['more data', fileOf({ a: f32([1], 0, 4) }, 8), /8 bytes of data; expected 4/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readSafetensors(bytes)).rejects.toThrow(message);
    await expect(readSafetensors(folder.write('bad.safetensors', bytes))).rejects.toThrow(message);
  });

  it('explains a missing file', async () => {
    await expect(readSafetensors(folder.path('none'))).rejects.toThrow(/no such file/);
  });

  it('never fails otherwise on arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.json(), async (bytes, json) => {
        for (const file of [bytes, fileOf(json, 3)]) {
          await readSafetensors(file).catch((error: unknown) => {
            expect((error as Error).name).toBe('InputError');
          });
        }
      }),
    );
  });
});

describe('writeSafetensors and encodeSafetensors', () => {
  const doubles = fc.double();
  const tensor = fc.oneof(
    fc.array(doubles).map((values): SafetensorsInput => {
      return { data: Float32Array.from(values), shape: [values.length] };
    }),
    fc.array(doubles).map((values): SafetensorsInput => {
      return { data: Float64Array.from(values), shape: [1, values.length] };
    }),
    fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((values) => {
      return { data: BigInt64Array.from(values), shape: [values.length, 1] };
    }),
    fc.uint8Array().map((data) => ({ data, shape: [data.length] })),
    fc.int16Array().map((data) => ({ data, shape: [data.length] })),
    fc.int32Array().map((data) => ({ data, shape: [data.length] })),
    fc.uint16Array().map((bits): SafetensorsInput => {
      return { data: float16ToFloat32(bits), dtype: 'F16', shape: [bits.length] };
    }),
    fc.uint16Array().map((bits): SafetensorsInput => {
      return { data: bfloat16ToFloat32(bits), dtype: 'BF16', shape: [bits.length] };
    }),
  );
  const names = fc.oneof(fc.string(), fc.constantFrom('0', '10', '__proto__', 'ä "', 'a.b'));

  it('give back every tensor, and the same bytes when written again', async () => {
    const tensors = fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name });
    const metadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (list, texts) => {
        const bytes = encodeSafetensors(new Map(list), texts);
        const back = await readSafetensors(bytes);
        expect(back.metadata).toEqual(texts);
        expect(new Set(back.tensors.keys())).toEqual(new Set(list.map(([name]) => name)));
        for (const [name, { data, shape }] of list) {
          const { buffer, byteOffset, byteLength } = data;
          const read = back.tensors.get(name)!;
          expect(read.shape).toEqual(shape);
          expect(Buffer.from(read.data.buffer, read.data.byteOffset, read.data.byteLength)).toEqual(
            Buffer.from(buffer, byteOffset, byteLength),
          );
        }
        expect(encodeSafetensors(back.tensors, back.metadata)).toEqual(bytes);
        expect(bytes.length === 8 || new DataView(bytes.buffer).getUint32(0, true) % 8 === 0).toBe(
          true,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('write a file', async () => {
    const file = folder.path('model.safetensors');
    const data = Float32Array.from({ length: 12 }, (_, i) => i / 7);
    await writeSafetensors(file, { 'a/kernel': { data, shape: [3, 4] } }, { library: 'tatabox' });
    const { tensors, metadata } = await readSafetensors(file);
    expect(tensors.get('a/kernel')).toEqual({ dtype: 'F32', data, shape: [3, 4] });
    expect(metadata).toEqual({ library: 'tatabox' });
    expect(readFileSync(file)).toEqual(Buffer.from(encodeSafetensors(tensors, metadata)));
  });

  it('refuse data that do not fit', () => {
    const data = new Float32Array(3);
    expect(() => encodeSafetensors({ a: { data, shape: [2] } })).toThrow(
      /'a': 3 values for the shape/,
    );
    expect(() => encodeSafetensors({ a: { data, shape: [3], dtype: 'I32' } })).toThrow(
      /Int32Array/,
    );
    expect(() => encodeSafetensors({ __metadata__: { data, shape: [3] } })).toThrow(/__metadata__/);
    // @ts-expect-error metadata are texts
    expect(() => encodeSafetensors({}, { epoch: 3 })).toThrow(/'epoch'.*JSON\.stringify/);
  });
});

describe('half-precision numbers', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);

  it('survive the way to float32 and back, all 65,536 of them', () => {
    const same = (other: Uint16Array) => other.every((value, i) => value === i);
    expect(same(float32ToFloat16(float16ToFloat32(bits)))).toBe(true);
    expect(same(float32ToBfloat16(bfloat16ToFloat32(bits)))).toBe(true);
  });

  it('have the values that numpy gives', () => {
    // sha256 of np.arange(65536, dtype='u2').view('f2').astype('f4') without the NaN
    const values = float16ToFloat32(bits).filter((value) => !Number.isNaN(value));
    const hash = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
    expect(hash).toBe('680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e');
  });

  it('are rounded as numpy and ml_dtypes do', () => {
    const values = Float32Array.of(
      ...[0, -0, 1e-8, 5.9604645e-8, 2.9802322e-8, 2.9802326e-8, 8.940697e-8, 6.1e-5],
      ...[6.1035156e-5, 6.0975552e-5, 65504, 65519.996, 65520, 1e30, Infinity, -Infinity],
      ...[1.0009765625, 1.00048828125, 1.0014648, -3.14159274],
    );
    expect([...float32ToFloat16(values)]).toEqual([
      0, 32768, 0, 1, 0, 1, 2, 1023, 1024, 1023, 31743, 31743, 31744, 31744, 31744, 64512, 15361,
      15360, 15362, 49736,
    ]);
    expect([...float32ToBfloat16(values)]).toEqual([
      0, 32768, 12844, 13184, 13056, 13056, 13248, 14464, 14464, 14464, 18304, 18304, 18304, 29002,
      32640, 65408, 16256, 16256, 16256, 49225,
    ]);
  });
});
