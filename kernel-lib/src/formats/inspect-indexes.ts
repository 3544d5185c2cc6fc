import { InputError } from '../core/errors.ts';
import { BamIndex } from './bam-index.ts';
import { buildBgzfIndex, parseBgzfIndex } from './bgzf-index.ts';
import { openSource, sourceName, sourcePath, type FileSource } from './byte-source.ts';
import { checkIndexAge } from './index-age.ts';
import { besideSource } from './fasta-bytes.ts';
import { parseFastaIndex, type FastaIndexEntry } from './fasta-index.ts';
import type { Inspection } from './inspect-report.ts';
import { readBytes } from './read-bytes.ts';
import { openTabix } from './tabix.ts';

const OLDER_INDEX = 'Make it anew, or set its time (touch) if the content is right.';

/** Whether a source has bytes; other errors than that there is none are thrown. */
async function exists(source: FileSource | undefined): Promise<boolean> {
  if (source === undefined) return false;
  const bytes = openSource(source);
  try {
    await bytes.read(0, 1);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  } finally {
    await bytes.close();
  }
}

/** Compares the `.fai` (and, of a bgzip file, the `.gzi`) beside a FASTA file to the file itself. */
export async function inspectFastaIndex(
  inspection: Inspection,
  entries: readonly FastaIndexEntry[] | undefined,
): Promise<void> {
  const { source, name, compression } = inspection;
  const fai = besideSource(source, '.fai');
  if (fai === undefined || compression === 'gzip') {
    inspection.fact(
      'index',
      compression === 'gzip' ? 'none: gzip allows none, bgzip does' : undefined,
    );
    return;
  }
  const isBgzip = compression === 'bgzip';
  const gzi = isBgzip ? besideSource(source, '.gzi') : undefined;
  const hasFai = await exists(fai);
  const hasGzi = await exists(gzi);
  const present = [...(hasFai ? ['.fai'] : []), ...(hasGzi ? ['.gzi'] : [])];
  inspection.fact('index', present.length === 0 ? 'none beside it' : present.join(' and '));
  const advice = `Make it with await writeFastaIndex('${name}'), or with samtools faidx.`;
  if (isBgzip && !(hasFai && hasGzi)) {
    const missing = [...(hasFai ? [] : ['.fai']), ...(hasGzi ? [] : ['.gzi'])].join(' and ');
    inspection.problem({ where: name, found: `a bgzip file without its ${missing}`, fix: advice });
  }
  if (hasFai) {
    await inspection.attempt(async () => {
      const file = sourceName(fai);
      const stored = parseFastaIndex(Buffer.from(await readBytes(fai)).toString(), file);
      const wrong = entries === undefined ? undefined : differenceOf(stored, entries);
      if (wrong !== undefined) throw otherFile(file, wrong, name, advice);
    });
  }
  if (hasGzi && gzi !== undefined) {
    await inspection.attempt(async () => {
      const bytes = openSource(gzi);
      try {
        const stored = Buffer.from(await bytes.read(0, await bytes.size()));
        const blocks = parseBgzfIndex(stored, bytes.name);
        const file = sourcePath(source);
        const isOther =
          file === undefined
            ? (blocks.compressed.at(-1) ?? 0) >= (inspection.size ?? Infinity)
            : !stored.equals(await buildBgzfIndex(file));
        if (isOther) {
          throw otherFile(bytes.name, 'other blocks than the file has', name, advice);
        }
      } finally {
        await bytes.close();
      }
    });
  }
}

function otherFile(where: string, found: string, of: string, fix: string): InputError {
  return new InputError({ where, found, expected: `the index of ${of} as it is now`, fix });
}

/** What an index says otherwise than the file. */
function differenceOf(
  stored: readonly FastaIndexEntry[],
  entries: readonly FastaIndexEntry[],
): string | undefined {
  if (stored.length !== entries.length) {
    return `${String(stored.length)} contigs, but the file has ${String(entries.length)}`;
  }
  for (const [i, entry] of entries.entries()) {
    const other = stored[i];
    if (other?.name !== entry.name) {
      return `contig '${other?.name ?? ''}' in place of '${entry.name}'`;
    }
    if (other.length !== entry.length) {
      return `${String(other.length)} bases for '${entry.name}', which has ${String(entry.length)}`;
    }
    const sameLines = other.lineBases === entry.lineBases && other.lineBytes === entry.lineBytes;
    if (entry.length > 0 && (other.offset !== entry.offset || !sameLines)) {
      return `another place or other lines for '${entry.name}'`;
    }
  }
  return undefined;
}

/**
 * Looks at the tabix index of a bgzip text file.
 *
 * @param contigs those with records
 * @param required whether a missing index is a problem
 */
export async function inspectTabixIndex(
  inspection: Inspection,
  contigs: ReadonlySet<string>,
  required: boolean,
): Promise<void> {
  const { source, name, compression } = inspection;
  if (compression !== 'bgzip') return;
  const [tbi, csi] = ['.tbi', '.csi'].map((ending) => besideSource(source, ending));
  if (tbi === undefined) return;
  const index = (await exists(tbi)) ? tbi : (await exists(csi)) ? csi : undefined;
  if (index === undefined) {
    inspection.fact('index', 'none beside it: it cannot be read by region');
    if (!required) return;
    const found = 'a bgzip file without its index (.tbi or .csi)';
    inspection.problem({ where: name, found, fix: `Make it with tabix ${name}` });
    return;
  }
  const file = sourceName(index);
  inspection.fact('index', file.slice(-4));
  await inspection.attempt(async () => {
    await checkIndexAge(source, index, name, OLDER_INDEX);
  });
  await inspection.attempt(async () => {
    const opened = await openTabix(source, { index, allowOlderIndex: true });
    await opened.close();
    const indexed = new Set(opened.chroms);
    const missing = [...contigs].find((contig) => !indexed.has(contig));
    const further = opened.chroms.find((contig) => !contigs.has(contig));
    if (missing === undefined && (further === undefined || !inspection.isFine)) return;
    throw otherFile(
      file,
      missing === undefined ? `records on '${further ?? ''}'` : `no records on '${missing}'`,
      name,
      'Make it anew with tabix.',
    );
  });
}

/** Looks at the `.bai` or `.csi` index of a BAM file. */
export async function inspectBamIndex(inspection: Inspection, contigs: number): Promise<void> {
  const { source, name } = inspection;
  const shorter = sourcePath(source)?.replace(/\.bam$/i, '.bai');
  const candidates = [
    besideSource(source, '.bai'),
    ...(shorter === undefined || shorter === name ? [] : [shorter]),
    besideSource(source, '.csi'),
  ];
  let index: FileSource | undefined;
  for (const candidate of candidates) {
    if (index === undefined && (await exists(candidate))) index = candidate;
  }
  if (index === undefined) {
    if (candidates[0] === undefined) return;
    inspection.fact('index', 'none beside it');
    inspection.problem({
      where: name,
      found: 'no index beside it (.bai or .csi)',
      fix: `Make it with samtools index ${name}`,
    });
    return;
  }
  const found = index;
  inspection.fact('index', sourceName(found).slice(-4));
  await inspection.attempt(() => checkIndexAge(source, found, name, OLDER_INDEX));
  await inspection.attempt(async () => {
    const read = await BamIndex.read(found);
    if (read.contigs === contigs) return;
    const wrong = `${String(read.contigs)} contigs, but the file has ${String(contigs)}`;
    throw otherFile(read.file, wrong, name, 'Make it anew with samtools index.');
  });
}
