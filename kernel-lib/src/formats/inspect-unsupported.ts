/* eslint-disable no-control-regex -- signatures have bytes that are no letters */
/** A kind of file that people meet and that tatabox does not read. */
export interface UnsupportedKind {
  readonly found: string;
  readonly fix?: string;
}

type Kind = readonly [pattern: RegExp, found: string, fix?: string];

/** By the first bytes, as latin-1. */
const KINDS: readonly Kind[] = [
  [/^CRAM/, 'a CRAM file', 'Convert it: samtools view -b -T genome.fa -o reads.bam reads.cram'],
  [/^BCF[\x02\x04]/, 'a BCF file', 'Convert it: bcftools view -O z -o calls.vcf.gz calls.bcf'],
  [/^@(HD|SQ|RG|PG|CO)\t/, 'a SAM file', 'Convert it: samtools sort -o reads.bam reads.sam'],
  [
    /^(track[^\n]*\n)?(fixedStep|variableStep)\s/,
    'a wiggle file',
    'Make a bigWig of it with wigToBigWig.',
  ],
  [
    /^\s*<(!doctype html|html)/i,
    'a web page',
    'The download gave a page in place of the file: check the address.',
  ],
  [/^\s*<\?xml/, 'an XML document'],
  [
    /^version https:\/\/git-lfs/,
    'a pointer of Git LFS in place of the file',
    'Get the file with git lfs pull.',
  ],
  [/^(\xff\xfe|\xfe\xff)/, 'UTF-16 text', 'Save the file as UTF-8.'],
  [/^BZh/, 'bzip2 data', 'Unpack it with bunzip2, or compress it with gzip.'],
  [/^\xfd7zXZ/, 'xz data', 'Unpack it with unxz, or compress it with gzip.'],
  [/^\x28\xb5\x2f\xfd/, 'Zstandard data', 'Unpack it with zstd -d, or compress it with gzip.'],
  [/^7z\xbc\xaf/, 'a 7z archive', 'Unpack it.'],
  [/^Rar!/, 'a RAR archive', 'Unpack it.'],
  [/^%PDF/, 'a PDF document'],
  [/^\x89PNG|^\xff\xd8\xff|^GIF8/, 'a picture'],
  [/^SQLite format 3/, 'an SQLite database'],
  [/^\xd0\xcf\x11\xe0/, 'an old Excel or Word document', 'Save the sheet as TSV or CSV.'],
  [/^[\s\S]{257}ustar/, 'a tar archive', 'Unpack it: tar -xf'],
  [/^CDF[\x01\x02\x05]/, 'a netCDF 3 file', 'Convert it to HDF5 (netCDF 4): nccopy -k 4'],
  [/^\x78[\x01\x5e\x9c\xda]/, 'zlib data', 'If it is a TFRecord file, name it .tfrecord.'],
];

/**
 * What else a file is that no reader takes, by its first bytes.
 *
 * @param start at least 300 of its bytes where it has as many
 */
export function unsupportedKind(start: Uint8Array): UnsupportedKind | undefined {
  const text = Buffer.from(start).toString('latin1');
  const kind = KINDS.find(([pattern]) => pattern.test(text));
  if (kind === undefined) return undefined;
  const [, found, fix] = kind;
  return fix === undefined ? { found } : { found, fix };
}
