import { stat } from 'node:fs/promises';
import { InputError } from 'tatabox/core/errors.ts';
import { openFasta, type FastaFile } from 'tatabox/formats/fasta.ts';
import { isGzip } from 'tatabox/formats/read-bytes.ts';

/** What tells that a file changed. */
export interface GenomeStamp {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A genome FASTA and its indexes, on a disk or elsewhere. */
export interface GenomeFile {
  /** Tells it from others. */
  readonly key: string;
  /** What messages call it. */
  readonly name: string;
  /** Undefined where there is no file; `ending` is that of an index beside it, or empty. */
  stamp(ending?: string): Promise<GenomeStamp | undefined>;
  open(): Promise<FastaFile>;
}

/** A genome on a disk, which is read by ranges. */
export function genomeOnDisk(file: string): GenomeFile {
  return {
    key: file,
    name: file,
    stamp: (ending = '') =>
      stat(`${file}${ending}`).then(
        ({ size, mtimeMs }) => ({ size, mtimeMs }),
        () => undefined,
      ),
    open: () => openFasta(file),
  };
}

/** A genome on a file system that gives whole files. */
export function genomeInMemory(
  key: string,
  name: string,
  {
    stamp,
    read,
  }: {
    readonly stamp: (ending: string) => Promise<GenomeStamp | undefined>;
    readonly read: (ending: string) => Promise<Uint8Array>;
  },
): GenomeFile {
  const beside = async (ending: string): Promise<Uint8Array | undefined> =>
    (await stamp(ending)) === undefined ? undefined : read(ending);
  return {
    key,
    name,
    stamp: (ending = '') => stamp(ending),
    async open() {
      const bytes = await read('');
      const index = await beside('.fai');
      const isPacked = isGzip(bytes);
      const blockIndex = isPacked ? await beside('.gzi') : undefined;
      if (isPacked && (index === undefined || blockIndex === undefined)) {
        throw new InputError({
          where: name,
          found: `compressed sequences without ${[index === undefined ? '.fai' : '', blockIndex === undefined ? '.gzi' : ''].filter((each) => each !== '').join(' and ')} beside them`,
          expected: 'a plain FASTA, or bgzip with both indexes',
          fix: 'Make the indexes with samtools faidx, or where VS Code runs on a machine.',
        });
      }
      return openFasta(bytes, {
        ...(index === undefined ? {} : { index }),
        ...(blockIndex === undefined ? {} : { blockIndex }),
      });
    },
  };
}
