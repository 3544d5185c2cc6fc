import { crc32, deflateRawSync } from 'node:zlib';

/** Bytes as bgzip stores them, in blocks of a few letters, with the empty block at the end. */
export function bgzip(content: Uint8Array, blockBytes = 100): Uint8Array {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += blockBytes) {
    blocks.push(block(content.subarray(at, at + blockBytes)));
  }
  return Buffer.concat([...blocks, block(new Uint8Array(0))]);
}

function block(content: Uint8Array): Buffer {
  const data = deflateRawSync(content);
  const header = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex');
  header.writeUInt16LE(header.length + data.length + 7, 16);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, data, trailer]);
}
