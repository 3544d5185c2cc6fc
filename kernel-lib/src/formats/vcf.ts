import { InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamLines } from './stream-lines.ts';
import { collectBatches, streamRecordBatches } from './stream-records.ts';
import { VcfHeaderReader, type VcfHeader } from './vcf-header.ts';
import { VcfRecord } from './vcf-record.ts';

export type { VcfContig, VcfField, VcfHeader, VcfType } from './vcf-header.ts';
export { VcfRecord, type VcfGenotype } from './vcf-record.ts';
export type { VcfValue } from './vcf-values.ts';

/** A VCF file in memory. */
export interface VcfFile {
  readonly header: VcfHeader;
  readonly records: readonly VcfRecord[];
}

/**
 * The records of a VCF file one after the other, plain, gzip or bgzip, in constant memory (VCF
 * specification, versions 4.0 to 4.5). INFO has the types that the header declares, else those of the
 * specification; samples are parsed when they are asked for.
 *
 * @throws InputError naming file, line and column for what is no VCF
 *
 * @example
 * for await (const { chrom, start, ref, alt, info } of streamVcf('calls.vcf.gz')) …
 */
export async function* streamVcf(source: FileSource): AsyncGenerator<VcfRecord, void, undefined> {
  for await (const records of streamBatches(source)) yield* records;
}

/** Header and all records of a VCF file; see {@link streamVcf}. */
export async function readVcf(source: FileSource): Promise<VcfFile> {
  let header: VcfHeader | undefined;
  const records = await collectBatches(
    streamBatches(source, (each) => {
      header = each;
    }),
  );
  if (header !== undefined) return { header, records };
  // Not reached: a file without header is an error.
  throw new InputError({ where: sourceName(source), found: 'no header' });
}

/**
 * The header of a VCF file; nothing behind it is read.
 *
 * @throws InputError naming file and line for what is no VCF
 */
export async function readVcfHeader(source: FileSource): Promise<VcfHeader> {
  const reader = new VcfHeaderReader(sourceName(source));
  for await (const { lines } of streamLines(source)) {
    for (const line of lines) {
      const header = reader.next(line);
      if (header !== undefined) return header;
    }
  }
  throw reader.cutShort();
}

function streamBatches(
  source: FileSource,
  onHeader?: (header: VcfHeader) => void,
): AsyncGenerator<VcfRecord[], void, undefined> {
  const reader = new VcfHeaderReader(sourceName(source));
  let header: VcfHeader | undefined;
  return streamRecordBatches(
    source,
    (line, place) => {
      if (header !== undefined) {
        return line.trim() === '' || line.startsWith('#')
          ? undefined
          : new VcfRecord(line, header, place);
      }
      header = reader.next(line);
      if (header !== undefined) onHeader?.(header);
      return undefined;
    },
    () => {
      if (header === undefined) throw reader.cutShort();
    },
  );
}
