// The decompressor for browsers against that of Node.js.
import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../../../extension/src/web/inflate.ts';
import { pipeline, Readable } from '../../../../extension/src/web/stream.ts';
import {
  crc32,
  createGunzip,
  deflateRawSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from '../../../../extension/src/web/zlib.ts';

const yeast = readFileSync('extension/walkthrough/sample/yeast.fa.gz');

/** Bytes with and without repeats, from none to several windows. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(
      fc.array(fc.constantFrom('ACGT', 'TATAWAW\n', 'chrI\t1\t2\n', '\0', 'ü'), { maxLength: 400 }),
      fc.integer({ min: 1, max: 60 }),
    )
    .map(([words, times]) => new Uint8Array(Buffer.from(words.join('').repeat(times)))),
);

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

describe('decompression in a browser', () => {
  it('gives what was compressed, at every level and with every kind of block', () => {
    const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY } = zlib.constants;
    fc.assert(
      fc.property(
        contents,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY),
        fc.integer({ min: 1, max: 5000 }),
        (bytes, level, strategy, chunkSize) => {
          const same = (content: Uint8Array): void => {
            expect(Buffer.compare(content, bytes)).toBe(0);
          };
          const how = { level, strategy };
          same(inflateRawSync(zlib.deflateRawSync(bytes, how), { chunkSize }));
          same(inflateSync(zlib.deflateSync(bytes, how), { chunkSize }));
          same(gunzipSync(zlib.gzipSync(bytes, how), { chunkSize }));
          same(zlib.inflateRawSync(deflateRawSync(bytes)));
          same(inflateRawSync(deflateRawSync(bytes)));
          expect(crc32(bytes)).toBe(zlib.crc32(bytes));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads bgzip of many members, and members with names', async () => {
    const genome = zlib.gunzipSync(yeast);
    expect(Buffer.compare(gunzipSync(yeast), genome)).toBe(0);
    const pieces: Uint8Array[] = [];
    const input = (async function* () {
      for (let at = 0; at < yeast.length; at += 1000) yield yeast.subarray(at, at + 1000);
    })();
    for await (const piece of pipeline(Readable.from(input), createGunzip({ chunkSize: 9999 }))) {
      expect(piece.length).toBeLessThan(9999 + 258);
      pieces.push(piece);
    }
    expect(Buffer.compare(Buffer.concat(pieces), genome)).toBe(0);
    const plain = zlib.gzipSync('ACGT');
    const named = Buffer.concat([
      Buffer.from([...plain.subarray(0, 3), 4 + 8 + 16, ...plain.subarray(4, 10)]),
      Buffer.from([3, 0, 1, 2, 3]),
      Buffer.from('name\0comment\0'),
      plain.subarray(10),
    ]);
    expect(gunzipSync(Buffer.concat([named, plain])).toString()).toBe('ACGTACGT');
  });

  it('says of every cut that the data end, as Node.js does', () => {
    const text = Buffer.from('>chrI\nACGTACGGT\n'.repeat(20) + String(Math.PI).repeat(9));
    for (const whole of [zlib.gzipSync(text), zlib.gzipSync(text, { strategy: 4 })]) {
      for (let length = 1; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        expect(codeOf(() => gunzipSync(cut))).toBe('Z_BUF_ERROR');
      }
    }
  });

  it('never gives other bytes, hangs or grows for damaged data', () => {
    const text = Buffer.from('>chrI\nACGTACGGT\n'.repeat(2000));
    const whole = zlib.gzipSync(text);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, change) => {
          const damaged = Buffer.from(whole);
          damaged[at] = (damaged[at] ?? 0) ^ change;
          try {
            // Changes of the time, the flags or the system in the header are none of the content.
            const content = gunzipSync(damaged, { maxOutputLength: 1e6 });
            expect(Buffer.compare(content, text)).toBe(0);
          } catch (error) {
            expect((error as NodeJS.ErrnoException).code).toMatch(/^Z_|^ERR_BUFFER/);
          }
        },
      ),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const ours = codeOf(() => inflateRawSync(bytes, { maxOutputLength: 1e6 }));
        // Node.js looks at some codes sooner; what it takes, this takes.
        if (codeOf(() => zlib.inflateRawSync(bytes)) === 'none') expect(ours).toBe('none');
      }),
      { numRuns: 500 },
    );
    const bomb = zlib.deflateRawSync(Buffer.alloc(1 << 24));
    expect(codeOf(() => inflateRawSync(bomb, { maxOutputLength: 1000 }))).toBe(
      'ERR_BUFFER_TOO_LARGE',
    );
    const { value } = inflate(bomb).next();
    expect((value as Uint8Array).length - (1 << 18)).toBeLessThan(258);
  });
});
