import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { streamSequences } from '../../../kernel-lib/src/formats/stream-sequences.ts';

async function all(source: Uint8Array) {
  const found = [];
  for await (const batch of streamSequences(source)) found.push(...batch);
  return found;
}

describe('streamSequences', () => {
  it('gives each line, empty ones too, with its number', async () => {
    expect(await all(Buffer.from('ACgt\r\n\nNN'))).toEqual([
      { name: 'line-1', number: 1, place: 'line 1', sequence: 'ACgt' },
      { name: 'line-2', number: 2, place: 'line 2', sequence: '' },
      { name: 'line-3', number: 3, place: 'line 3', sequence: 'NN' },
    ]);
  });

  it('gives the records of FASTA, behind empty lines and in gzip, in batches', async () => {
    const text = Array.from({ length: 600 }, (_, i) => `>r${String(i)} x\nAC\nGT\n`).join('');
    const found = await all(gzipSync(text));
    expect(found.length).toBe(600);
    expect(found[599]).toEqual({
      name: 'r599',
      number: 600,
      place: "record 'r599'",
      sequence: 'ACGT',
    });
  });
});
