// What stands for parts of Node.js in a browser does as they do.
import { Buffer as NodeBuffer } from 'node:buffer';
import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buffer } from '../../../../extension/src/web/buffer.ts';
import { setImmediate } from '../../../../extension/src/web/globals.ts';
import { readdir, stat } from '../../../../extension/src/web/node-modules.ts';
import path from '../../../../extension/src/web/path.ts';
import { promisify } from '../../../../extension/src/web/util.ts';

describe('Buffer for browsers', () => {
  it('turns text into bytes and back as that of Node.js', () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\ufeffchrI'));
    fc.assert(
      fc.property(texts, (text) => {
        expect([...Buffer.from(text)]).toEqual([...NodeBuffer.from(text)]);
        expect(Buffer.byteLength(text)).toBe(NodeBuffer.byteLength(text));
        expect(Buffer.from(text).toString()).toBe(NodeBuffer.from(text).toString());
        const [ours, theirs] = [Buffer.allocUnsafeSlow(900), NodeBuffer.alloc(900)];
        expect(ours.write(text, 7)).toBe(theirs.write(text, 7));
        expect(NodeBuffer.compare(ours, theirs)).toBe(0);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(20), fc.nat(40), (bytes, start, end) => {
        for (const encoding of ['utf8', 'latin1', 'hex', 'base64'] as const) {
          const [ours, theirs] = [Buffer.from(bytes), NodeBuffer.from(bytes)];
          expect(ours.toString(encoding, start, end)).toBe(theirs.toString(encoding, start, end));
          const text = theirs.toString(encoding);
          expect([...Buffer.from(text, encoding)]).toEqual([...NodeBuffer.from(text, encoding)]);
        }
      }),
    );
  });

  it('copies arrays, shares memory, joins, compares and reads numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        expect(Buffer.compare(a, b)).toBe(NodeBuffer.compare(a, b));
        expect([...Buffer.concat([a, b, a])]).toEqual([...a, ...b, ...a]);
      }),
    );
    const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8);
    const copy = Buffer.from(bytes);
    const shared = Buffer.from(bytes.buffer, 1, 8);
    bytes[1] = 200;
    expect([copy[1], shared[0]]).toEqual([1, 200]);
    expect(shared.subarray(1, 3)).toBeInstanceOf(Buffer);
    expect(shared.readUInt16LE(1)).toBe(2 + 256 * 3);
    expect(shared.readUInt32LE(4)).toBe(0x08070605);
    const numbers = Buffer.alloc(9);
    numbers.writeBigUInt64LE(2n ** 40n + 5n, 1);
    expect(numbers.readBigUInt64LE(1)).toBe(2n ** 40n + 5n);
  });
});

it('takes paths apart and joins them as posix paths', () => {
  const parts = fc.array(fc.constantFrom('a', 'b.fa', 'c.bed.gz', '.', '..', '', '.x', '/', 'e.'), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(parts, fc.boolean(), (names, isAbsolute) => {
      const text = `${isAbsolute ? '/' : ''}${names.join('/')}`;
      if (!isAbsolute && text.startsWith('/')) return;
      const plain = text.replace(/\/{2,}/g, '/');
      expect(path.basename(plain)).toBe(posix.basename(plain));
      expect(path.basename(plain, '.gz')).toBe(posix.basename(plain, '.gz'));
      expect(path.dirname(plain)).toBe(posix.dirname(plain));
      expect(path.resolve('/w', plain)).toBe(posix.resolve('/w', plain));
      expect(path.join('/w', ...names)).toBe(posix.join('/w', ...names).replace(/(.)\/$/, '$1'));
    }),
  );
  for (const name of ['a.fa', '/x/a.bed.gz', '.hidden', 'none', '/x/y.']) {
    expect(path.extname(name)).toBe(posix.extname(name));
    expect(path.parse(name)).toEqual(posix.parse(name));
  }
});

it('does what was put off in its order, and turns callbacks into promises', async () => {
  const done: number[] = [];
  setImmediate(() => done.push(1));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      done.push(2);
      resolve();
    });
  });
  expect(done).toEqual([1, 2]);
  const half = promisify((...args) => {
    const [value, callback] = args as [number, (error: Error | null, half?: number) => void];
    callback(value % 2 === 0 ? null : new Error('odd'), value / 2);
  });
  await expect(half(4)).resolves.toBe(2);
  await expect(half(3)).rejects.toThrow('odd');
});

it('says that there is no disk', async () => {
  await expect(stat('/x')).rejects.toThrow('not available in a browser');
  await expect(readdir('/x')).rejects.toMatchObject({ code: 'ENOSYS' });
});
