import { describe, expect, it } from 'vitest';
import { previewOf } from '../../../../extension/src/host/preview-kinds.ts';
import { FRESH_STATE, readKept } from '../../../../extension/src/fasta/webview/kept-state.ts';
import { shownLetters } from '../../../../extension/src/fasta/webview/shown-letters.ts';

const show = (text: string, options: Parameters<typeof shownLetters>[0]) => {
  const table = shownLetters(options);
  return [...text].map((letter) => String.fromCharCode(table[letter.charCodeAt(0)]!)).join('');
};

describe('letters as they are shown', () => {
  it('are those of the file unless others are chosen', () => {
    const text = 'ACGTUacgtuNnRYSWKMBDHV-.*';
    expect(show(text, { alphabet: 'DNA', letters: 'file', complement: false })).toBe(text);
    expect(show('ACGTacgt', { alphabet: 'DNA', letters: 'RNA', complement: false })).toBe(
      'ACGUacgu',
    );
    expect(show('ACGUacgu', { alphabet: 'RNA', letters: 'DNA', complement: false })).toBe(
      'ACGTacgt',
    );
  });

  it('are complemented with ambiguity codes and case kept, with U for RNA', () => {
    const complement = true;
    expect(show('ACGTacgtRYSWKMBDHVN-', { alphabet: 'DNA', letters: 'file', complement })).toBe(
      'TGCAtgcaYRSWMKVHDBN-',
    );
    expect(show('ACGUacgu', { alphabet: 'RNA', letters: 'file', complement })).toBe('UGCAugca');
    expect(show('ACGU', { alphabet: 'RNA', letters: 'DNA', complement })).toBe('TGCA');
  });

  it('of a protein are never those of a strand', () => {
    expect(show('ACGTMKV', { alphabet: 'protein', letters: 'RNA', complement: true })).toBe(
      'ACGTMKV',
    );
  });
});

describe('what was kept of a page', () => {
  it('survives, and what an older version or something else kept does no harm', () => {
    const state = { ...FRESH_STATE, record: 3, first: 1234, motif: 'TATAWAW', anchor: 5 };
    expect(readKept(structuredClone(state))).toEqual(state);
    expect(readKept(undefined)).toEqual(FRESH_STATE);
    expect(readKept({ record: '3', first: 7, unknown: true })).toEqual({
      ...FRESH_STATE,
      first: 7,
    });
  });
});

describe('the preview of a file by its name', () => {
  it.each([
    ['genome.fa', 'tatabox.fasta'],
    ['genome.FASTA.gz', 'tatabox.fasta'],
    ['proteins.faa.bgz', 'tatabox.fasta'],
    ['peaks.narrowPeak.gz', 'tatabox.tracks'],
    ['a.bed12', 'tatabox.tracks'],
    ['genes.gff3', 'tatabox.tracks'],
    ['signal.bigWig', 'tatabox.tracks'],
    ['model.safetensors', 'tatabox.model'],
  ])('%s is shown by %s', (name, viewType) => {
    expect(previewOf(name)?.viewType).toBe(viewType);
  });

  it.each(['genome.fa.fai', 'genome.fa.txt', 'fa', 'signal.bw.gz', 'a.bed7'])(
    '%s by none',
    (name) => {
      expect(previewOf(name)).toBeUndefined();
    },
  );
});
