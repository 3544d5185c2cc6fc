import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../../kernel-lib/src/formats/crc32c.ts';
import {
  encodeFileVersion,
  encodeScalars,
} from '../../../kernel-lib/src/training/tensorboard-events.ts';

describe('crc32c', () => {
  it('gives the check values', () => {
    // the check value of the CRC catalogue, and RFC 3720, B.4
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  });

  it('masks as TFRecord does', () => {
    // TensorBoard 2.20: masked_crc32c(bytes(32))
    expect(maskedCrc32c(new Uint8Array(32))).toBe(265814010);
  });
});

describe('TensorBoard events', () => {
  it('frames the file version', () => {
    const bytes = encodeFileVersion(1.5);
    const view = new DataView(bytes.buffer);
    // wall_time: key + 8 bytes; file_version: key, length, 13 bytes
    expect(view.getBigUint64(0, true)).toBe(24n);
    expect(bytes).toHaveLength(24 + 16);
    expect(view.getUint32(8, true)).toBe(maskedCrc32c(bytes.subarray(0, 8)));
    expect(view.getUint32(36, true)).toBe(maskedCrc32c(bytes.subarray(12, 36)));
    expect(view.getFloat64(13, true)).toBe(1.5);
    expect(new TextDecoder().decode(bytes.subarray(23, 36))).toBe('brain.Event:2');
  });

  it('encodes scalars field by field', () => {
    const bytes = encodeScalars({ wallTime: 0, step: 300, scalars: { loss: 0.5 } });
    const message = [...bytes.subarray(12, -4)];
    expect(message.slice(9)).toEqual([
      0x10, 0xac, 0x02, // step = 300
      0x2a, 13, // summary
      0x0a, 11, // value
      0x0a, 4, ...new TextEncoder().encode('loss'), // tag
      0x15, 0, 0, 0, 0x3f, // simple_value = 0.5
    ]); // prettier-ignore
  });
});
