import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const yeast = path.join(import.meta.dirname, '..', '..', 'notebooks', 'data', 'yeast_R64');

/** Genes that are taken of each chromosome: enough to train, few enough to be quick. */
const GENES = { chrIII: 90, chrVI: 40, chrI: 40 };

export const WINDOW = { upstream: 150, downstream: 50 };

/** A piece of the yeast data in a folder of its own: genome.fa, genes.tsv, genes.bed. */
export interface YeastSubset {
  readonly folder: string;
  /** Contigs of genome.fa. */
  readonly contigs: ReadonlyMap<string, string>;
  /** Rows of genes.tsv by column. */
  readonly genes: readonly Readonly<Record<string, string>>[];
  /** Text of a run config on these data; `changes` replaces lines by their key. */
  config(changes?: Readonly<Record<string, string>>): string;
  /** Writes a file into the folder and gives its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Makes a folder of its own inside. */
  makeFolder(name: string): Promise<string>;
  remove(): Promise<void>;
}

function contigsOf(fasta: string): Map<string, string> {
  const contigs = new Map<string, string>();
  for (const record of fasta.split('>').slice(1)) {
    const end = record.indexOf('\n');
    const name = record.slice(0, end);
    if (name in GENES) contigs.set(name, record.slice(end + 1).replaceAll('\n', ''));
  }
  return contigs;
}

function asFasta(contigs: ReadonlyMap<string, string>): string {
  return [...contigs]
    .map(([name, sequence]) => `>${name}\n${sequence.replace(/.{1,60}/g, '$&\n')}`)
    .join('');
}

function genesOf(table: string): Record<string, string>[] {
  const [header = '', ...lines] = table.trimEnd().split(/\r?\n/);
  const names = header.split('\t');
  const taken: Record<string, number> = {};
  return lines
    .map((line) => {
      const cells = line.split('\t');
      return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
    })
    .filter((gene) => {
      const chrom = gene['chrom'] ?? '';
      const number = (taken[chrom] = (taken[chrom] ?? 0) + 1);
      return number <= (GENES[chrom as keyof typeof GENES] ?? 0);
    });
}

export function asTable(genes: readonly Readonly<Record<string, string>>[]): string {
  const names = Object.keys(genes[0] ?? {});
  return [names, ...genes.map((gene) => names.map((name) => gene[name] ?? ''))]
    .map((cells) => `${cells.join('\t')}\n`)
    .join('');
}

/** Cuts the subset; the caller removes it. */
export async function makeYeastSubset(): Promise<YeastSubset> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tatabox-yeast-')));
  const read = async (name: string): Promise<string> =>
    gunzipSync(await readFile(path.join(yeast, name))).toString();
  const contigs = contigsOf(await read('sacCer3.fa.gz'));
  // The promoter of 1,500 bases is not the window here and would only fill the disk.
  const genes = genesOf(await read('yeast_promoter_expression.tsv.gz')).map(
    ({ promoter_m1000_p500: _, ...gene }) => gene,
  );
  const bed = (await readFile(path.join(yeast, 'sacCer3_transcripts.bed'), 'utf8'))
    .split('\n')
    .filter((line) => contigs.has(line.split('\t')[0] ?? ''));
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return file;
  };
  await write('genome.fa', asFasta(contigs));
  await write('genes.tsv', asTable(genes));
  await write('genes.bed', `${bed.join('\n')}\n`);
  const lines = {
    mode: 'train',
    name: 'tiny',
    data: `
  genome: genome.fa
  table: genes.tsv
  window: { upstream: ${WINDOW.upstream}, downstream: ${WINDOW.downstream} }
  target: { column: fpkm, transform: log10, pseudocount: 0.1 }
  features:
    - { column: orf_len, transform: log10, pseudocount: 0.1 }
    - { column: orf_gc }
  split: { by: chromosome, test: [chrI], validation: [chrVI] }
  maxShift: 5`,
    model: `
  config:
    convolutions: [{ filters: 8, width: 6, pool: 20, dropout: 0.1 }]
    dense: [{ units: 8, dropout: 0.1 }]`,
    training: `
  epochs: 2
  batchSize: 16
  learningRate: 0.003`,
    seeds: '[1]',
    evaluation: '{ baselines: false, resamples: 50 }',
  };
  return {
    folder,
    contigs,
    genes,
    config: (changes = {}) =>
      Object.entries({ ...lines, ...changes })
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
    write,
    async makeFolder(name) {
      const made = path.join(folder, name);
      await mkdir(made, { recursive: true });
      return made;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The other strand of a sequence, written down apart from the library's own. */
export function otherStrand(sequence: string): string {
  const partner: Record<string, string> = { A: 'T', C: 'G', G: 'C', T: 'A' };
  return [...sequence]
    .reverse()
    .map((base) => partner[base] ?? 'N')
    .join('');
}
