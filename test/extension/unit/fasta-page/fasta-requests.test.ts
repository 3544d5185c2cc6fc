import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FastaRequests } from '../../../../extension/src/fasta/fasta-requests.ts';
import { findRecord } from '../../../../extension/src/fasta/find-record.ts';
import { SequenceDocument } from '../../../../extension/src/fasta/sequence-document.ts';
import type { HitBatch } from '../../../../extension/src/fasta/fasta-protocol.ts';

const EVIL = '<img/src=x/onerror=alert(1)>';
const text = `>chr1 first\nACGTacgtNN\nRRTATAAAAT\n>${EVIL}\nTTTTTATA\n>empty\n>chr2\nGGGGCCCCAT\n`;
const never = new AbortController().signal;

async function open(content = text): Promise<FastaRequests> {
  const bytes = new TextEncoder().encode(content);
  return new FastaRequests(await SequenceDocument.open(bytes, { temporaryFolder: tmpdir() }));
}

describe('what a FASTA page asks for', () => {
  it('lists records by a filter, with names as they are', async () => {
    const { records } = await open();
    const all = await records.rows('', 0, 100);
    expect(all.count).toBe(4);
    expect(all.rows[1]).toEqual({ record: 1, name: EVIL, description: '', length: 8 });
    const some = await records.rows('CHR', 1, 2);
    expect(some.count).toBe(2);
    expect(some.rows.map(({ record }) => record)).toEqual([3]);
    expect(await records.position(3, 'chr')).toBe(1);
    expect(await records.position(1, 'chr')).toBe(-1);
    expect(await records.position(1, '')).toBe(1);
    expect((await records.rows('nothing', 0, 9)).rows).toEqual([]);
  });

  it('copies a part as FASTA with its place, strand and shown letters', async () => {
    const requests = await open();
    const part = { record: 0, start: 2, end: 8, letters: 'file' } as const;
    expect(await requests.fasta({ ...part, reverse: false })).toEqual({
      header: 'chr1:3-8(+)',
      text: '>chr1:3-8(+)\nGTacgt\n',
    });
    expect((await requests.fasta({ ...part, reverse: true })).text).toBe('>chr1:3-8(-)\nacgtAC\n');
    expect((await requests.fasta({ ...part, letters: 'RNA', reverse: true })).text).toBe(
      '>chr1:3-8(-)\nacguAC\n',
    );
    await expect(requests.fasta({ ...part, start: 0, end: 3e7, reverse: false })).rejects.toThrow(
      /at most 20,000,000/,
    );
  });

  it('searches from the record that is seen, and around', async () => {
    const requests = await open();
    const batches: HitBatch[] = [];
    const listener = { hits: (batch: HitBatch) => batches.push(batch), searched: () => undefined };
    const params = { search: 7, motif: 'TATAW', first: 1, all: true, bothStrands: true };
    const found = await requests.find(params, listener, never);
    const hits = batches.flatMap(({ records, starts, reverse }) =>
      [...records].map((record, at) => [record, starts[at], reverse[at]]),
    );
    // TTTTTATA holds WTATA, the other strand of TATAW, at 3; chr1 holds TATAA at 12.
    expect(hits).toEqual([
      [1, 3, 1],
      [0, 12, 0],
    ]);
    expect(found).toEqual({ count: 2, limited: false });
    expect(batches.every(({ search }) => search === 7)).toBe(true);
    const one = await requests.find({ ...params, all: false, bothStrands: false }, listener, never);
    expect(one.count).toBe(0);
  });

  it('keeps a bounded number of hits and says that there are more', async () => {
    const requests = await open(`>a\n${'A'.repeat(150_000)}\n`);
    let kept = 0;
    const listener = {
      hits: ({ starts }: HitBatch) => (kept += starts.length),
      searched: () => undefined,
    };
    const params = { search: 1, motif: 'A', first: 0, all: true, bothStrands: false };
    const { count, limited } = await requests.find(params, listener, never);
    expect([count, kept, limited]).toEqual([100_000, 100_000, true]);
  });

  it('counts GC of a part, ambiguity codes for G or C among them', async () => {
    const requests = await open('>a\nACGTNNSSacgt\n');
    expect(await requests.gc({ record: 0, start: 0, end: 4 })).toBe(0.5);
    expect(await requests.gc({ record: 0, start: 4, end: 8 })).toBe(1);
    expect(await requests.gc({ record: 0, start: 4, end: 6 })).toBeNaN();
    expect(await requests.gc({ record: 0, start: 0, end: 12 })).toBe(0.6);
  });

  it('gives the columns of several records, short ones filled up', async () => {
    const requests = await open();
    const { names, letters } = await requests.block({ records: [1, 9], start: 6, end: 10 });
    expect(names).toEqual([EVIL, 'empty', 'chr2']);
    expect(new TextDecoder().decode(letters)).toBe('TA      CCAT');
    await expect(requests.block({ records: [0, 4], start: 0, end: 1e9 })).rejects.toThrow(
      /too many/,
    );
  });

  it('refuses a record that is not there', async () => {
    const requests = await open();
    await expect(requests.record({ record: 99, filter: '' }, never)).rejects.toThrow(
      /no record 100/,
    );
  });
});

describe('the record of a region', () => {
  const records = ['chr1', 'chr2', 'MT'].map((name) => ({ name }));
  const find = (name: string) => {
    const at = records.findIndex((record) => record.name === name);
    return at === -1 ? undefined : at;
  };

  it('is found in either spelling of a chromosome', () => {
    expect(findRecord(records, 'chr2', 'g.fa', find)).toBe(1);
    expect(findRecord(records, '2', 'g.fa', find)).toBe(1);
    expect(findRecord(records, 'chrM', 'g.fa', find)).toBe(2);
  });

  it('is told to be missing with the nearest name', () => {
    expect(() => findRecord(records, 'chrr1', 'g.fa', find)).toThrow(/chrr1.*perhaps 'chr1'/);
  });
});
