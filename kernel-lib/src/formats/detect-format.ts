/* eslint-disable no-control-regex -- signatures have bytes that are no letters */
import { InputError } from '../core/errors.ts';
import { openSource, sourceName, type FileSource } from './byte-source.ts';
import { maskedCrc32c } from './crc32c.ts';
import { unsupportedKind } from './inspect-unsupported.ts';
import { isBgzf, isGzip, streamBytes } from './read-bytes.ts';

/** What a file can be found to be. */
export const fileFormats = Object.freeze([
  ...(['fasta', 'fastq', '2bit', 'bed', 'narrowPeak', 'broadPeak', 'gappedPeak'] as const),
  ...(['bedGraph', 'bedpe', 'gff3', 'gtf', 'vcf', 'bam', 'bigWig', 'bigBed', 'motifs'] as const),
  ...(['npy', 'npz', 'safetensors', 'hdf5', 'tfrecord', 'table', 'arrow', 'parquet'] as const),
  ...(['keras', 'pytorch', 'zip', 'notebook', 'run-config', 'json'] as const),
  ...(['index', 'text', 'binary'] as const),
]);

export type FileFormat = (typeof fileFormats)[number];

/** How the bytes are stored. */
export type Compression = 'none' | 'gzip' | 'bgzip';

/** What a file is, by its first bytes and its name. */
export interface DetectedFormat {
  readonly format: FileFormat;
  readonly compression: Compression;
  /** Bytes as they are stored. */
  readonly size: number;
  /** What the ending of the name says, which may be something else. */
  readonly named?: FileFormat;
}

/** Bytes that are looked at, decompressed. */
const START = 1 << 16;

/** Endings of names, without `.gz`. */
const ENDINGS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(fa|fasta|fna|faa|ffn|frn)$/, 'fasta'],
  [/\.(fq|fastq)$/, 'fastq'],
  [/\.2bit$/, '2bit'],
  [/\.narrowpeak$/, 'narrowPeak'],
  [/\.broadpeak$/, 'broadPeak'],
  [/\.gappedpeak$/, 'gappedPeak'],
  [/\.(bedgraph|bdg|bg)$/, 'bedGraph'],
  [/\.bedpe$/, 'bedpe'],
  [/\.bed(\d+)?$/, 'bed'],
  [/\.gtf$/, 'gtf'],
  [/\.gff3?$/, 'gff3'],
  [/\.vcf$/, 'vcf'],
  [/\.bam$/, 'bam'],
  [/\.(bw|bigwig)$/, 'bigWig'],
  [/\.(bb|bigbed)$/, 'bigBed'],
  [/\.(meme|jaspar|pcm|pwm|pfm)$/, 'motifs'],
  [/\.npy$/, 'npy'],
  [/\.npz$/, 'npz'],
  [/\.safetensors(\.index\.json)?$/, 'safetensors'],
  [/\.(h5|hdf5|hdf)$/, 'hdf5'],
  [/\.keras$/, 'keras'],
  [/\.(pt|pth)$/, 'pytorch'],
  [/\.(tfrecord|tfrecords|tfr)$/, 'tfrecord'],
  [/\.(tsv|csv|tab)$/, 'table'],
  [/\.(arrow|arrows|feather)$/, 'arrow'],
  [/\.parquet$/, 'parquet'],
  [/\.zip$/, 'zip'],
  [/\.ipynb$/, 'notebook'],
  [/\.tatabox\.ya?ml$/, 'run-config'],
  [/\.json$/, 'json'],
  [/\.(fai|gzi|tbi|csi|bai)$/, 'index'],
  [/\.(txt|md|log|sam|wig|html?|xml)$/, 'text'],
];

/** What is read as text: of these the ending decides, since texts resemble each other. */
const TEXTS: ReadonlySet<FileFormat> = new Set<FileFormat>([
  ...(['fasta', 'fastq', 'bed', 'narrowPeak', 'broadPeak', 'gappedPeak', 'bedGraph'] as const),
  ...(['bedpe', 'gff3', 'gtf', 'vcf', 'motifs', 'table', 'notebook', 'run-config'] as const),
  ...(['json', 'safetensors'] as const),
]);

/** First bytes that say it all, as latin-1. */
const SIGNATURES: readonly (readonly [string, FileFormat])[] = [
  ['\x89HDF\r\n\x1a\n', 'hdf5'],
  ['\x93NUMPY', 'npy'],
  ['BAM\x01', 'bam'],
  ['PAR1', 'parquet'],
  ['ARROW1', 'arrow'],
  ['\x26\xfc\x8f\x88', 'bigWig'],
  ['\x88\x8f\xfc\x26', 'bigWig'],
  ['\xeb\xf2\x89\x87', 'bigBed'],
  ['\x87\x89\xf2\xeb', 'bigBed'],
  ['\x43\x27\x41\x1a', '2bit'],
  ['\x1a\x41\x27\x43', '2bit'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['##fileformat=VCF', 'vcf'],
  ['##gff-version', 'gff3'],
  ['MEME version', 'motifs'],
];

const INDEX_START = /^(TBI|CSI|BAI)\x01/;

/** By the files of the archive's directory where the start shows them, else by the name. */
function ofZip(text: string, named: FileFormat | undefined): FileFormat {
  if (named === 'npz' || named === 'keras' || named === 'pytorch') return named;
  if (/PK\x03\x04[\s\S]{26}[^/\x00]{1,100}\/(data\.pkl|constants\.pkl)/.test(text))
    return 'pytorch';
  if (text.includes('model.weights.h5') && text.includes('config.json')) return 'keras';
  return /^PK\x03\x04[\s\S]{26}[^/\x00]{1,200}\.npy/.test(text) ? 'npz' : 'zip';
}

/** A length of 8 bytes, then a JSON object: safetensors; then the checksum of the length: TFRecord. */
function byLength(bytes: Uint8Array): FileFormat | undefined {
  if (bytes.length < 10) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getBigUint64(0, true);
  if (bytes[8] === 0x7b && length > 1n && length <= 100_000_000n) return 'safetensors';
  const isRecord =
    bytes.length >= 12 && view.getUint32(8, true) === maskedCrc32c(bytes.subarray(0, 8));
  return isRecord ? 'tfrecord' : undefined;
}

/** What the first lines of a text are. */
function ofText(text: string): FileFormat {
  const start = text.replace(/^\uFEFF/, '');
  if (unsupportedKind(Buffer.from(start.slice(0, 1000), 'utf8')) !== undefined) return 'text';
  const track = /^track\b.*\btype="?(bedGraph|narrowPeak|broadPeak)\b/m.exec(start)?.[1];
  if (track !== undefined) return track as FileFormat;
  const whole = start.split(/\r?\n/);
  // The last line may be cut; the only one is looked at all the same.
  const lines = (whole.length > 1 ? whole.slice(0, -1) : whole).filter(
    (line) => line.trim() !== '',
  );
  const data = lines.filter((line) => !/^(#|track\b|browser\b)/.test(line));
  const [first = ''] = data;
  if (first.startsWith('>')) {
    const second = data[1] ?? '';
    return /^\s*[ACGT]\s*\[|^(?=.*\d)[-+\d.eE\s]+$/.test(second) ? 'motifs' : 'fasta';
  }
  if (first.startsWith('@') && /^\+/.test(data[2] ?? '')) return 'fastq';
  if (/^\s*[[{]/.test(first)) return start.includes('"nbformat"') ? 'notebook' : 'json';
  if (/^mode:\s*\w+/m.test(start)) return 'run-config';
  return ofColumns(data, lines[0] ?? '');
}

/** What tables of other kinds are by their columns. */
function ofColumns(data: readonly string[], heading: string): FileFormat {
  const fields = (data[0] ?? '').split('\t');
  const isNumber = (at: number): boolean => /^\d+$/.test(fields[at] ?? '');
  if ((fields.length === 8 || fields.length === 9) && isNumber(3) && isNumber(4)) {
    return /^\s*\w+ "/.test(fields[8] ?? '') ? 'gtf' : 'gff3';
  }
  if (isNumber(1) && isNumber(2)) {
    const hasSummit = fields.length === 10 && /^-?\d+$/.test(fields[9] ?? '');
    if (hasSummit && /^[+.-]$/.test(fields[5] ?? '')) return 'narrowPeak';
    if (fields.length >= 6 && isNumber(4) && isNumber(5) && !/^[+-]$/.test(fields[5] ?? '')) {
      return fields.length < 9 || !isNumber(6) ? 'bedpe' : 'bed';
    }
    if (fields.length === 4 && /^[-+]?([\d.]+(e[-+]?\d+)?|nan)$/i.test(fields[3] ?? '')) {
      return 'bedGraph';
    }
    return 'bed';
  }
  // A heading of a table may begin with #.
  const rows = data.length > 1 ? data.slice(0, 6) : [heading, ...data.slice(0, 1)];
  for (const delimiter of ['\t', ',', ';']) {
    const widths = new Set(rows.map((row) => row.split(delimiter).length));
    if (widths.size === 1 && !widths.has(1)) return 'table';
    if (delimiter === '\t' && fields.length > 2) return 'table';
  }
  return 'text';
}

function ofStart(bytes: Uint8Array, named: FileFormat | undefined): FileFormat {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const latin = start.toString('latin1', 0, 4096);
  const signature = SIGNATURES.find(([text]) => latin.startsWith(text))?.[1];
  if (signature === 'zip') return ofZip(latin, named);
  if (signature === 'hdf5') return named === 'keras' ? 'keras' : 'hdf5';
  if (signature !== undefined) return signature;
  const isText = named !== undefined && TEXTS.has(named);
  // A file of nothing but its name's promise, for the reader to say so.
  if (bytes.length === 0) return named ?? 'binary';
  // The legacy form of torch.save: a pickle, protocol 2, of a number.
  if (latin.startsWith('\x80\x02\x8a\x0a')) return 'pytorch';
  const byLengths = byLength(bytes);
  if (byLengths !== undefined) return byLengths;
  if (named === 'index' || INDEX_START.test(latin)) return 'index';
  // Data compressed with zlib: what TensorFlow writes so has no mark of its own.
  if (named === 'tfrecord' && bytes[0] === 0x78) return 'tfrecord';
  const other = unsupportedKind(start.subarray(0, 1000));
  if (bytes.includes(0)) {
    return other === undefined && named !== undefined && named !== 'text' ? named : 'binary';
  }
  if (other !== undefined) {
    // Compressed data and pictures may have no NUL at their start.
    const isTextual = /^[\t\n\r\x20-\x7e]*$/.test(latin.slice(0, 64));
    if (isTextual && (named === undefined || !isText || /web page|Git LFS/.test(other.found))) {
      return 'text';
    }
    return isTextual && named !== undefined ? named : 'binary';
  }
  if (isText) return named;
  return isUtf8(start) ? ofText(start.toString('utf8')) : (named ?? 'binary');
}

/** Whether bytes are UTF-8, up to a letter that may be cut at the end. */
function isUtf8(bytes: Buffer): boolean {
  for (let cut = 0; cut < 4; cut++) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
      return true;
    } catch {
      // A letter may have up to four bytes.
    }
  }
  return false;
}

/** What a name says that a file is, by its ending; of an address, before its query. */
export function formatOfName(name: string): FileFormat | undefined {
  const plain = name.toLowerCase().replace(/\.(gz|bgz|bgzf)$/, '');
  return ENDINGS.find(([pattern]) => pattern.test(plain))?.[1];
}

/**
 * What a file is: by its first bytes where they say it, else by the ending of its name, else by the
 * form of its first lines. Compressed data that cannot be unpacked count as what they begin with, or
 * else as what the name says.
 *
 * @throws InputError for a file that cannot be read
 */
export async function detectFormat(source: FileSource): Promise<DetectedFormat> {
  const named = formatOfName(sourceName(source));
  const stored = openSource(source);
  try {
    const size = await stored.size();
    const head = await stored.read(0, 18);
    const compression = isBgzf(head) ? 'bgzip' : isGzip(head) ? 'gzip' : 'none';
    const start = await firstBytes(source, compression === 'none');
    return {
      format: ofStart(start, named),
      compression,
      size,
      ...(named === undefined ? {} : { named }),
    };
  } finally {
    await stored.close();
  }
}

async function firstBytes(source: FileSource, isPlain: boolean): Promise<Uint8Array> {
  let start = new Uint8Array(0);
  try {
    for await (const piece of streamBytes(source)) {
      start = new Uint8Array(Buffer.concat([start, piece.subarray(0, START)]).subarray(0, START));
      if (start.length >= START) break;
    }
  } catch (error) {
    if (isPlain || !(error instanceof InputError)) throw error;
  }
  return start;
}
