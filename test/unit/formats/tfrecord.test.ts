import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, InterruptedError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { crc32c, maskedCrc32c } from '../../../kernel-lib/src/formats/crc32c.ts';
import {
  decodeTfExample,
  encodeTfExample,
  streamTfExamples,
  writeTfExamples,
  type TfFeatureInput,
} from '../../../kernel-lib/src/formats/tf-example.ts';
import {
  streamTfRecords,
  writeTfRecords,
  type ReadTfRecordsOptions,
} from '../../../kernel-lib/src/formats/tfrecord.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/`;

async function records(source: string | Uint8Array, options?: ReadTfRecordsOptions) {
  const list: Uint8Array[] = [];
  for await (const record of streamTfRecords(source, options)) list.push(record);
  return list;
}

/** The head of a record with a right checksum. */
function recordHead(length: bigint): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(length);
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  return head;
}

describe('crc32c', () => {
  it('has the values of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });
});

describe('streamTfExamples', () => {
  it.each(['records.tfrecord', 'records.tfrecord.gz', 'records.tfr'])(
    'reads %s, which Python wrote',
    async (name) => {
      const raw = { sequence: 'uint8', target: 'float16' } as const;
      const examples = [];
      for await (const example of streamTfExamples(golden + name, { raw })) examples.push(example);
      expect(examples).toHaveLength(3);
      expect(Object.fromEntries(examples[2]!)).toEqual({
        name: [new Uint8Array(Buffer.from('gene 2'))],
        names: [Uint8Array.of(97), Uint8Array.of(255, 0)],
        scores: Float32Array.of(1, -1.25),
        counts: BigInt64Array.of(2n, -1n, 2n ** 62n, -(2n ** 63n)),
        sequence: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0),
        target: Float32Array.of(1.5, -2, 2),
      });
    },
  );

  it('says which feature does not hold the array that was asked for', async () => {
    const read = async (raw: object) => {
      for await (const example of streamTfExamples(`${golden}records.tfr`, { raw } as object)) {
        expect(example).toBeDefined();
      }
    };
    await expect(read({ sequenc: 'uint8' })).rejects.toThrow(
      /record 0 \(from 0\): no feature 'sequenc'.*'sequence'/,
    );
    await expect(read({ names: 'uint8' })).rejects.toThrow(/'names': 2 byte strings/);
    await expect(read({ scores: 'uint8' })).rejects.toThrow(/'scores': numbers/);
    await expect(read({ target: 'float32' })).rejects.toThrow(/6 bytes; expected a multiple of 4/);
    await expect(read({ target: 'flaot16' })).rejects.toThrow(/Did you mean 'float16'/);
  });
});

describe('streamTfRecords', () => {
  it('gives no records of an empty file', async () => {
    expect(await records(new Uint8Array(0))).toEqual([]);
  });

  it('refuses what is damaged, naming the record and its byte', async () => {
    const whole = readFileSync(`${golden}records.tfrecord`);
    const length = whole.length / 3;
    const damaged = Buffer.from(whole);
    damaged[length + 20]! ^= 1;
    await expect(records(damaged)).rejects.toThrow(
      `bytes, record 1 (byte ${length}): a wrong checksum of the data`,
    );
    await expect(records(whole.subarray(0, length + 5))).rejects.toThrow(/5 bytes before the end/);
    await expect(records(whole.subarray(0, length + 30))).rejects.toThrow(/record 1.*cut off/);
    await expect(records(Buffer.from('no records here'))).rejects.toThrow(/expected a TFRecord/);
    const zipped = readFileSync(`${golden}records.tfr`);
    await expect(records(zipped.subarray(0, 100))).rejects.toThrow(/data end too early/);
  });

  it('never believes a length', async () => {
    await expect(records(recordHead(2n ** 40n))).rejects.toThrow(/1099511627776 bytes.*268435456/);
    await expect(records(recordHead(2n ** 27n))).rejects.toThrow(/0 bytes before the end/);
    const zeros = Buffer.concat([recordHead(1000n), Buffer.alloc(2 ** 20)]);
    await expect(records(gzipSync(zeros), { maxRecordBytes: 999 })).rejects.toThrow(/at most 999/);
  });

  it('stops when it is interrupted, and refuses wrong options', async () => {
    const file = `${golden}records.tfr`;
    await expect(records(file, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    await expect(records(file, { compression: 'zip' } as object)).rejects.toThrow(/'zlib'/);
    await expect(records(file, { compression: 'none' })).rejects.toThrow(/option compression/);
  });
});

const feature: fc.Arbitrary<TfFeatureInput> = fc.oneof(
  fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
  fc.float32Array({ maxLength: 50 }),
  fc.bigInt64Array({ maxLength: 50 }),
);

describe('writeTfRecords and writeTfExamples', () => {
  it('give back every record', async () => {
    const file = folder.path('own.tfrecord');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 6 }),
        fc.constantFrom('none', 'gzip', 'zlib'),
        async (list, compression) => {
          expect(await writeTfRecords(file, list, { compression })).toBe(list.length);
          expect(await records(file)).toEqual(list);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('give back every example', async () => {
    const file = folder.path('examples.tfr');
    const example = fc.dictionary(fc.string({ unit: 'grapheme' }), feature, {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(example, { maxLength: 4 }), async (list) => {
        await writeTfExamples(file, list, { compression: 'zlib' });
        const back = [];
        for await (const each of streamTfExamples(file)) back.push(each);
        expect(back.map((each) => new Map([...each].sort()))).toEqual(
          list.map((each) => new Map(Object.entries(each).sort())),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('give the bytes that Python gives', async () => {
    const [first] = await records(`${golden}records.tfrecord`);
    const decoded = decodeTfExample(first!);
    // Python's map has no order: only that of the names is ours.
    expect(Buffer.from(encodeTfExample(decoded)).length).toBe(first!.length);
    expect(decodeTfExample(encodeTfExample(decoded))).toEqual(decoded);
  });

  it('refuse other values, and leave nothing behind when a record fails', async () => {
    expect(() => encodeTfExample({ x: [1] } as never)).toThrow(/'x': Number; expected/);
    expect(() => encodeTfExample({ x: new Float64Array(1) } as never)).toThrow(/Float64Array/);
    const file = folder.path('failed.tfr');
    async function* failing() {
      yield new Uint8Array(3);
      throw new Error('no more');
    }
    for (const compression of ['none', 'gzip'] as const) {
      await expect(writeTfRecords(file, failing(), { compression })).rejects.toThrow('no more');
      await expect(records(file)).rejects.toThrow(/no such file/);
    }
  });
});

describe('decodeTfExample', () => {
  it('reads numbers that are not packed', () => {
    // 1: {1: {1: "x", 2: {2: {1: 1.0 (fixed32)}}}} and the same with integers
    const float = Buffer.from('0a100a0e0a017812091207 0d0000803f'.replaceAll(' ', ''), 'hex');
    float[1] = float.length - 2;
    float[3] = float.length - 4;
    float[8] = float.length - 9;
    float[10] = float.length - 11;
    expect(decodeTfExample(float).get('x')).toEqual(Float32Array.of(1));
    const integer = Buffer.from('0a0d0a0b0a017812061a0408050807', 'hex');
    expect(decodeTfExample(integer).get('x')).toEqual(BigInt64Array.of(5n, 7n));
  });

  it('answers damaged messages with features or an InputError', async () => {
    const [first] = await records(`${golden}records.tfrecord`);
    const whole = Buffer.from(first!);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(whole.length)),
        (changes, cut) => {
          const damaged = Buffer.from(whole);
          for (const [at, value] of changes) damaged[at] = value;
          try {
            decodeTfExample(damaged.subarray(0, cut ?? damaged.length));
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('answers damaged files with records or an InputError', async () => {
    for (const name of ['records.tfrecord', 'records.tfrecord.gz', 'records.tfr']) {
      const whole = readFileSync(golden + name);
      const right = await records(whole);
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
          const damaged = Buffer.from(whole);
          damaged[at] = value;
          const list = await records(damaged).catch((error: unknown) => {
            expect(error).toBeInstanceOf(TataboxError);
          });
          if (list !== undefined) expect(list).toEqual(right);
        }),
        { numRuns: 120 },
      );
    }
  });
});
