import { InputError } from '../core/errors.ts';
import { compareOffsets, type BamChunk } from './bam-index.ts';
import { BgzfReader } from './bgzf-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { damagedFile, dataView } from './damaged-file.ts';
import type { NumberedContig } from './contig-table.ts';

/** What coverage needs to know of an alignment. */
export interface BamAlignment {
  /** Number of its contig. */
  readonly contig: number;
  /** 0-based start of its first aligned base. */
  readonly start: number;
  readonly flags: number;
  readonly mappingQuality: number;
  /** Operations of its CIGAR: length · 16 + code. */
  readonly cigar: readonly number[];
}

/** Bytes of an alignment and of a contig's name at most. */
const LONGEST_RECORD = 1 << 28;
const LONGEST_NAME = 1 << 16;
/** Fixed bytes of an alignment before its name. */
const FIXED = 32;
const SKIP = 3;
const SOFT_CLIP = 4;

/**
 * Reads the contigs of a BAM file out of its header (SAM specification, section 4.2).
 *
 * @throws InputError for what is no BAM file, and for a damaged one
 */
export async function readBamContigs(source: ByteSource): Promise<NumberedContig[]> {
  const reader = new BgzfReader(source, 0, 0, 'header');
  const start = await source.read(0, 2);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  const magic = isGzip ? await reader.read(4) : undefined;
  if (magic === undefined || dataView(magic).getUint32(0, true) !== 0x014d4142) {
    throw new InputError({
      where: source.name,
      found: 'other first bytes than those of the format',
      expected: 'a BAM file',
      fix: 'Make one of a SAM or CRAM file with samtools view -b.',
    });
  }
  const number = async () => {
    const bytes = await reader.read(4);
    if (bytes === undefined) throw damagedFile(source.name, 'header', 'the end of the file');
    return dataView(bytes).getUint32(0, true);
  };
  for (let text = await number(); text > 0;) {
    const bytes = await reader.read(Math.min(text, LONGEST_NAME));
    if (bytes === undefined) throw damagedFile(source.name, 'header', 'the end of the file');
    text -= bytes.length;
  }
  const count = await number();
  const contigs: NumberedContig[] = [];
  for (let id = 0; id < count; id++) {
    const length = await number();
    if (length < 1 || length > LONGEST_NAME) {
      throw damagedFile(
        source.name,
        `contig ${String(id + 1)}`,
        `a name of ${String(length)} bytes`,
      );
    }
    const name = Buffer.from((await reader.read(length)) ?? []).toString('utf8', 0, length - 1);
    contigs.push({ id, name, length: await number() });
  }
  return contigs;
}

/**
 * The alignments of a part of a BAM file, in their order (SAM specification, section 4.2); an
 * operation list that was too long for its field is taken from the tag CG.
 *
 * @throws InputError for damaged bytes, and an index that does not belong to the file
 */
export async function* readBamAlignments(
  source: ByteSource,
  { start, end }: BamChunk,
): AsyncGenerator<BamAlignment, void, undefined> {
  const reader = new BgzfReader(source, start.block, start.within, 'alignments');
  for (;;) {
    const here = { block: reader.blockOffset, within: reader.offsetInBlock };
    if (reader.hasBegun && compareOffsets(here, end) >= 0) return;
    const head = await reader.read(4);
    if (head === undefined) return;
    const length = dataView(head).getUint32(0, true);
    const bytes =
      length >= FIXED && length <= LONGEST_RECORD ? await reader.read(length) : undefined;
    if (bytes === undefined) {
      throw new InputError({
        where: `${source.name}, alignments, byte ${String(here.block)}`,
        found: `an alignment of ${String(length)} bytes`,
        expected: `${String(FIXED)} to ${String(LONGEST_RECORD)} bytes`,
        fix: 'The file is damaged, or its index belongs to another file: make the index anew with samtools index.',
      });
    }
    yield parseAlignment(bytes, source.name);
  }
}

function parseAlignment(bytes: Uint8Array, file: string): BamAlignment {
  const view = dataView(bytes);
  const operations = view.getUint16(12, true);
  const bases = view.getUint32(16, true);
  const cigarAt = FIXED + view.getUint8(8);
  const tagsAt = cigarAt + 4 * operations + Math.ceil(bases / 2) + bases;
  if (tagsAt > bytes.length) {
    throw damagedFile(file, 'alignment', `fields beyond its ${String(bytes.length)} bytes`);
  }
  let cigar = readCigar(view, cigarAt, operations);
  const [first = 0, second = 0] = cigar;
  // More than 65,535 operations: a placeholder here, the operations in a tag (section 4.2.2).
  const isPlaceholder =
    operations === 2 &&
    (first & 15) === SOFT_CLIP &&
    first >>> 4 === bases &&
    (second & 15) === SKIP;
  if (isPlaceholder) cigar = readLongCigar(view, tagsAt) ?? cigar;
  return {
    contig: view.getInt32(0, true),
    start: view.getInt32(4, true),
    mappingQuality: view.getUint8(9),
    flags: view.getUint16(14, true),
    cigar,
  };
}

function readCigar(view: DataView, at: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => view.getUint32(at + 4 * i, true));
}

/** Bytes of a value of each type of tag; text has none of its own. */
const TAG_BYTES: Readonly<Record<string, number>> = {
  A: 1,
  c: 1,
  C: 1,
  s: 2,
  S: 2,
  i: 4,
  I: 4,
  f: 4,
};

/** The operations in the tag `CG:B,I`; undefined where there is none. */
function readLongCigar(view: DataView, tagsAt: number): number[] | undefined {
  const size = view.byteLength;
  const letter = (at: number) => String.fromCharCode(view.getUint8(at));
  for (let at = tagsAt; at + 4 <= size;) {
    const tag = letter(at) + letter(at + 1);
    const type = letter(at + 2);
    at += 3;
    if (type === 'Z' || type === 'H') {
      while (at < size && view.getUint8(at) !== 0) at++;
      at++;
    } else if (type === 'B') {
      if (at + 5 > size) return undefined;
      const itemType = letter(at);
      const count = view.getUint32(at + 1, true);
      const end = at + 5 + count * (TAG_BYTES[itemType] ?? Infinity);
      if (end > size) return undefined;
      if (tag === 'CG' && itemType === 'I') return readCigar(view, at + 5, count);
      at = end;
    } else {
      const bytes = TAG_BYTES[type];
      if (bytes === undefined) return undefined;
      at += bytes;
    }
  }
  return undefined;
}
