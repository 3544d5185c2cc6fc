import { InputError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { damagedFile, dataView, readExactly, readPosition } from './damaged-file.ts';
import type { NumberedContig } from './contig-table.ts';

/** First number of a bigWig file. */
export const BIG_WIG_MAGIC = 0x888ffc26;
/** First number of a bigBed file. */
export const BIG_BED_MAGIC = 0x8789f2eb;
/** First number of the tree of contigs. */
export const CONTIG_TREE_MAGIC = 0x78ca8c91;

/** Summaries at one resolution. */
export interface BbiZoomLevel {
  /** Bases that a summary covers at most. */
  readonly reduction: number;
  readonly dataOffset: number;
  readonly indexOffset: number;
}

/** Figures about all values of a file. */
export interface BigWigStatistics {
  /** Bases that have a value. */
  readonly basesCovered: number;
  /** Smallest value. */
  readonly min: number;
  /** Largest value. */
  readonly max: number;
  /** Sum of the values of all bases. */
  readonly sum: number;
  /** Sum of their squares. */
  readonly sumSquares: number;
  /** Mean over the bases that have a value. */
  readonly mean: number;
  /** Sample standard deviation over the bases that have a value. */
  readonly std: number;
}

/** What the header of a bigWig or bigBed file says. */
export interface BbiHeader {
  readonly littleEndian: boolean;
  readonly version: number;
  readonly zoomLevels: readonly BbiZoomLevel[];
  readonly contigTreeOffset: number;
  readonly dataOffset: number;
  readonly indexOffset: number;
  readonly fieldCount: number;
  readonly definedFieldCount: number;
  readonly autoSqlOffset: number;
  readonly summaryOffset: number;
  /** Most bytes of a block when it is decompressed; 0 where blocks are not compressed. */
  readonly uncompressedBytes: number;
}

/** Bytes of the header, and of each zoom level after it. */
export const HEADER_BYTES = 64;
export const ZOOM_HEADER_BYTES = 24;

/**
 * Reads the header (Kent et al. 2010, Bioinformatics 26:2204, supplementary table 5).
 *
 * @param magic the number that a file of this kind begins with
 * @param kind what it is called, for messages
 */
export async function readBbiHeader(
  source: ByteSource,
  magic: number,
  kind: 'bigWig' | 'bigBed',
): Promise<BbiHeader> {
  const bytes = await source.read(0, HEADER_BYTES);
  const view = dataView(bytes);
  const littleEndian = bytes.length >= 4 && view.getUint32(0, true) === magic;
  if (!littleEndian && (bytes.length < 4 || view.getUint32(0) !== magic)) {
    throw otherKind(source.name, kind, view);
  }
  if (bytes.length < HEADER_BYTES) {
    throw damagedFile(source.name, 'header', `a file of ${String(bytes.length)} bytes`);
  }
  const position = (at: number) => readPosition(view, at, littleEndian);
  const zooms = view.getUint16(6, littleEndian);
  const zoomBytes = await readExactly(
    source,
    HEADER_BYTES,
    zooms * ZOOM_HEADER_BYTES,
    'header of zoom levels',
  );
  const zoomView = dataView(zoomBytes);
  return {
    littleEndian,
    version: view.getUint16(4, littleEndian),
    zoomLevels: Array.from({ length: zooms }, (_, i) => ({
      reduction: zoomView.getUint32(i * ZOOM_HEADER_BYTES, littleEndian),
      dataOffset: readPosition(zoomView, i * ZOOM_HEADER_BYTES + 8, littleEndian),
      indexOffset: readPosition(zoomView, i * ZOOM_HEADER_BYTES + 16, littleEndian),
    })),
    contigTreeOffset: position(8),
    dataOffset: position(16),
    indexOffset: position(24),
    fieldCount: view.getUint16(32, littleEndian),
    definedFieldCount: view.getUint16(34, littleEndian),
    autoSqlOffset: position(36),
    summaryOffset: position(44),
    uncompressedBytes: view.getUint32(52, littleEndian),
  };
}

function otherKind(file: string, kind: 'bigWig' | 'bigBed', view: DataView): InputError {
  const found = view.byteLength < 4 ? undefined : view.getUint32(0, true);
  const isBed = found === BIG_BED_MAGIC;
  const other = isBed || found === BIG_WIG_MAGIC;
  return new InputError({
    where: file,
    found: other
      ? `a ${isBed ? 'bigBed' : 'bigWig'} file`
      : found === undefined
        ? `a file of ${String(view.byteLength)} bytes`
        : 'other first bytes than those of the format',
    expected: `a ${kind} file`,
    ...(other ? { fix: `Open it with ${isBed ? 'openBigBed' : 'openBigWig'}.` } : {}),
  });
}

/** Reads the figures about all values; undefined where the file has none (versions before 2). */
export async function readBbiSummary(
  source: ByteSource,
  { summaryOffset, littleEndian }: BbiHeader,
): Promise<BigWigStatistics | undefined> {
  if (summaryOffset === 0) return undefined;
  const view = dataView(await readExactly(source, summaryOffset, 40, 'summary of all values'));
  return statisticsOf({
    basesCovered: Number(view.getBigUint64(0, littleEndian)),
    min: view.getFloat64(8, littleEndian),
    max: view.getFloat64(16, littleEndian),
    sum: view.getFloat64(24, littleEndian),
    sumSquares: view.getFloat64(32, littleEndian),
  });
}

/** Adds mean and standard deviation to sums; without a value all but the sums are NaN. */
export function statisticsOf(sums: Omit<BigWigStatistics, 'mean' | 'std'>): BigWigStatistics {
  const { basesCovered, sum, sumSquares } = sums;
  if (basesCovered === 0) return { ...sums, min: NaN, max: NaN, mean: NaN, std: NaN };
  return { ...sums, mean: sum / basesCovered, std: sampleDeviation(basesCovered, sum, sumSquares) };
}

/** Standard deviation of a sample from its sums; 0 for one value, as UCSC's tools have it. */
export function sampleDeviation(count: number, sum: number, sumSquares: number): number {
  if (count <= 1) return 0;
  return Math.sqrt(Math.max(0, sumSquares - (sum * sum) / count) / (count - 1));
}

/** Reads the contigs in the order of their numbers (a B+ tree: supplementary tables 8 to 11). */
export async function readBbiContigs(
  source: ByteSource,
  { contigTreeOffset, littleEndian }: BbiHeader,
): Promise<NumberedContig[]> {
  const head = dataView(await readExactly(source, contigTreeOffset, 32, 'tree of contigs'));
  if (head.getUint32(0, littleEndian) !== CONTIG_TREE_MAGIC) {
    throw damagedFile(source.name, 'tree of contigs', 'other first bytes');
  }
  const keyBytes = head.getUint32(8, littleEndian);
  const valueBytes = head.getUint32(12, littleEndian);
  if (keyBytes === 0 || valueBytes !== 8) {
    throw damagedFile(
      source.name,
      'tree of contigs',
      `keys of ${String(keyBytes)} and values of ${String(valueBytes)} bytes`,
      'keys of at least 1 and values of 8 bytes',
    );
  }
  const itemBytes = keyBytes + 8;
  const contigs: NumberedContig[] = [];
  // A damaged tree may lead in circles: no more items than the file has room for.
  let room = Math.ceil((await source.size()) / itemBytes);
  const nodes = [contigTreeOffset + 32];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const place = `node of the tree of contigs at byte ${String(node)}`;
    const start = dataView(await readExactly(source, node, 4, place));
    const isLeaf = start.getUint8(0) !== 0;
    const count = start.getUint16(2, littleEndian);
    room -= Math.max(count, 1);
    if (room < 0) throw damagedFile(source.name, place, 'a tree that leads in circles');
    const bytes = await readExactly(source, node + 4, count * itemBytes, place);
    const view = dataView(bytes);
    for (let i = 0; i < count; i++) {
      const at = i * itemBytes;
      const value = at + keyBytes;
      if (!isLeaf) {
        nodes.push(readPosition(view, value, littleEndian));
        continue;
      }
      const key = bytes.subarray(at, value);
      const end = key.indexOf(0);
      contigs.push({
        name: Buffer.from(end < 0 ? key : key.subarray(0, end)).toString('utf8'),
        id: view.getUint32(value, littleEndian),
        length: view.getUint32(value + 4, littleEndian),
      });
    }
  }
  return contigs.sort((a, b) => a.id - b.id);
}
