import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll } from 'vitest';

/** A folder for the files of one test file; it is removed at the end. */
export function temporaryFolder(): {
  path: (name: string) => string;
  write: (name: string, content: string | Uint8Array) => string;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatabox-formats-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const inside = (name: string) => path.join(folder, name);
  return {
    path: inside,
    write: (name, content) => {
      writeFileSync(inside(name), content);
      return inside(name);
    },
  };
}

/** Bytes in BGZF blocks of `blockLength` uncompressed bytes, with the empty block at the end. */
export function bgzip(content: Buffer, blockLength = 100): Buffer {
  const blocks: Buffer[] = [];
  for (let start = 0; start < content.length; start += blockLength) {
    blocks.push(bgzfBlock(content.subarray(start, start + blockLength)));
  }
  return Buffer.concat([...blocks, bgzfBlock(Buffer.alloc(0))]);
}

function bgzfBlock(content: Buffer): Buffer {
  const data = deflateRawSync(content);
  const header = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex');
  header.writeUInt16LE(header.length + data.length + 8 - 1, 16);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, data, trailer]);
}

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
