import { openSource, sourceName, type FileSource } from './byte-source.ts';
import { isBgzf, isGzip, streamBytes } from './read-bytes.ts';

/** What a file can be found to be. */
export const fileFormats = Object.freeze([
  ...(['fasta', 'fastq', '2bit', 'bed', 'narrowPeak', 'broadPeak', 'gappedPeak'] as const),
  ...(['bedGraph', 'bedpe', 'gff3', 'gtf', 'vcf', 'bam', 'bigWig', 'bigBed', 'motifs'] as const),
  ...(['npy', 'npz', 'safetensors', 'hdf5', 'tfrecord', 'table', 'arrow', 'parquet'] as const),
  ...(['keras', 'pytorch', 'zip', 'notebook', 'run-config', 'json', 'text', 'binary'] as const),
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
}

/** Bytes that are looked at, decompressed. */
const START = 1 << 16;

const ENDINGS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(fa|fasta|fna|faa|ffn|frn)$/, 'fasta'],
  [/\.(fq|fastq)$/, 'fastq'],
  [/\.narrowpeak$/, 'narrowPeak'],
  [/\.broadpeak$/, 'broadPeak'],
  [/\.gappedpeak$/, 'gappedPeak'],
  [/\.(bedgraph|bdg|bg)$/, 'bedGraph'],
  [/\.bedpe$/, 'bedpe'],
  [/\.bed(\d+)?$/, 'bed'],
  [/\.gtf$/, 'gtf'],
  [/\.gff3?$/, 'gff3'],
  [/\.vcf$/, 'vcf'],
  [/\.(meme|jaspar|pcm|pwm|pfm)$/, 'motifs'],
  [/\.(tfrecord|tfrecords|tfr)$/, 'tfrecord'],
  [/\.(tsv|csv|tab)$/, 'table'],
  [/\.ipynb$/, 'notebook'],
  [/\.ya?ml$/, 'run-config'],
  [/\.json$/, 'json'],
];

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

function ofZip(name: string): FileFormat {
  if (name.endsWith('.npz')) return 'npz';
  if (name.endsWith('.keras')) return 'keras';
  return /\.(pt|pth|bin|ckpt)$/.test(name) ? 'pytorch' : 'zip';
}

/** Eight bytes of length, then a JSON object: safetensors; a length and 12 bytes more: TFRecord. */
function byLength(bytes: Uint8Array): FileFormat | undefined {
  if (bytes.length < 10) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(view.getBigUint64(0, true));
  return bytes[8] === 0x7b && length > 1 && length < 1e8 ? 'safetensors' : undefined;
}

/** What the first lines of a text are. */
function ofText(text: string): FileFormat {
  const lines = text
    .split(/\r?\n/)
    .slice(0, -1)
    .filter((line) => line.trim() !== '');
  const whole = lines.length > 0 ? lines : [text];
  const data = whole.filter((line) => !/^(#|track\b|browser\b)/.test(line));
  const [first = ''] = data;
  if (first.startsWith('>')) {
    return /^\s*[ACGT]\s*\[|^[-\d.\s]+$/.test(data[1] ?? '') ? 'motifs' : 'fasta';
  }
  if (first.startsWith('@') && (data[2] ?? '+').startsWith('+')) return 'fastq';
  if (/^\s*\{/.test(first)) return text.includes('"nbformat"') ? 'notebook' : 'json';
  if (/^mode:\s*\w+/m.test(text)) return 'run-config';
  const fields = first.split('\t');
  const isNumber = (at: number): boolean => /^\d+$/.test(fields[at] ?? '');
  if (fields.length === 9 && isNumber(3) && isNumber(4)) {
    return /\w+ "/.test(fields[8] ?? '') ? 'gtf' : 'gff3';
  }
  if (isNumber(1) && isNumber(2)) {
    if (fields.length === 10 && isNumber(4)) return 'narrowPeak';
    if (fields.length >= 6 && isNumber(4) && isNumber(5)) return 'bedpe';
    if (fields.length === 4 && /^-?[\d.]+(e[-+]?\d+)?$/i.test(fields[3] ?? '')) return 'bedGraph';
    return 'bed';
  }
  return fields.length > 1 || first.includes(',') ? 'table' : 'text';
}

function ofStart(bytes: Uint8Array, name: string): FileFormat {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32));
  const signature = SIGNATURES.find(([text]) => start.toString('latin1').startsWith(text))?.[1];
  if (signature === 'zip') return ofZip(name);
  if (signature === 'hdf5') return name.endsWith('.keras') ? 'keras' : 'hdf5';
  if (signature !== undefined) return signature;
  const safetensors = byLength(bytes);
  if (safetensors !== undefined) return safetensors;
  const ending = ENDINGS.find(([pattern]) => pattern.test(name))?.[1];
  if (bytes.includes(0)) {
    if (ending === 'tfrecord') return 'tfrecord';
    // The legacy form of torch.save is a pickle, protocol 2.
    return bytes[0] === 0x80 && bytes[1] === 2 ? 'pytorch' : 'binary';
  }
  return ending ?? ofText(Buffer.from(bytes).toString('utf8'));
}

/**
 * What a file is: by its first bytes where they say it, else by the ending of its name, else by the
 * form of its first lines.
 *
 * @throws InputError for a file that cannot be read
 */
export async function detectFormat(source: FileSource): Promise<DetectedFormat> {
  const name = sourceName(source)
    .toLowerCase()
    .replace(/\.(gz|bgz|bgzf)$/, '');
  const stored = openSource(source);
  try {
    const size = await stored.size();
    const head = await stored.read(0, 18);
    const compression = isBgzf(head) ? 'bgzip' : isGzip(head) ? 'gzip' : 'none';
    let start = new Uint8Array(0);
    for await (const piece of streamBytes(source)) {
      start = new Uint8Array(Buffer.concat([start, piece]).subarray(0, START));
      if (start.length >= START) break;
    }
    return { format: ofStart(start, name), compression, size };
  } finally {
    await stored.close();
  }
}
