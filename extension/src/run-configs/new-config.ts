import { InputError } from 'tatabox/core/errors.ts';
import { runConfigProblems } from 'tatabox/runs/schema/run-config-problems.ts';
import { yamlText } from './config-completion.ts';
import type { DataKind } from './workspace-data.ts';

/** A file that the wizard asks for. */
export interface FileQuestion {
  readonly key: string;
  readonly title: string;
  readonly kind: DataKind;
  /** What stands in its place where none is chosen: the first thing to fill in. */
  readonly placeholder: string;
}

const file = (key: string, title: string, kind: DataKind, placeholder: string): FileQuestion => ({
  key,
  title,
  kind,
  placeholder,
});

const QUESTIONS: Readonly<Record<string, readonly FileQuestion[]>> = {
  train: [
    file('genome', 'Genome FASTA, with its index', 'fasta', 'genome.fa.gz'),
    file('table', 'Table with one row a gene', 'table', 'genes.tsv'),
  ],
  finetune: [
    file('table', 'Table with promoters and their expression', 'table', 'promoters.tsv'),
    file('tokenizer', 'Tokenizer', 'tokenizer', 'tokenizer.json'),
  ],
  pretrain: [
    file('sequences', 'Sequences to learn from', 'sequences', 'promoters.txt.gz'),
    file('tokenizer', 'Tokenizer', 'tokenizer', 'tokenizer.json'),
  ],
  interpret: [
    file('model', 'Model', 'model', 'runs/my-run/model'),
    file('fasta', 'Sequences to explain', 'fasta', 'sequences.fa'),
  ],
  'train-tokenizer': [file('input', 'Sequences', 'sequences', 'promoters.txt.gz')],
  tokenize: [
    file('tokenizer', 'Tokenizer', 'tokenizer', 'tokenizer.json'),
    file('input', 'Sequences', 'sequences', 'promoters.txt.gz'),
  ],
  cluster: [file('input', 'Sequences', 'sequences', 'promoters.fa')],
  audit: [
    file('train', 'Training part', 'sequences', 'train.fa'),
    file('test', 'Test part', 'sequences', 'test.fa'),
  ],
  'extract-promoters': [
    file('genome', 'Genome FASTA', 'fasta', 'genome.fa.gz'),
    file('annotation', 'Annotation (GFF3 or GTF)', 'annotation', 'genes.gff3.gz'),
  ],
  'expression-table': [
    file('table', 'Table of TPM values', 'table', 'tpm.tsv'),
    file('promoters', 'Promoters', 'sequences', 'promoters.fa'),
  ],
  quantify: [
    file('samples', 'Table of samples', 'links', 'samples.tsv'),
    file('genome', 'Genome FASTA', 'fasta', 'genome.fa.gz'),
    file('annotation', 'Annotation (GTF or GFF3)', 'annotation', 'genes.gtf.gz'),
  ],
  download: [file('links', 'Table of links', 'links', 'links.tsv')],
};

/** The files that a mode needs. */
export function fileQuestions(mode: string): readonly FileQuestion[] {
  return QUESTIONS[mode] ?? [];
}

/** Modes that build a network, so that one is asked for. */
export const modesWithModel: ReadonlySet<string> = new Set(['train', 'finetune', 'pretrain']);

/** What the wizard was told. */
export interface NewConfig {
  readonly mode: string;
  readonly name: string;
  /** Architecture and preset, of modes that build a network. */
  readonly model?: { readonly type: string; readonly preset?: string };
  /** Files by key, by their path from the config. */
  readonly files: Readonly<Record<string, string>>;
}

function modelLines({ model }: NewConfig): string {
  if (model === undefined) return '';
  const preset = model.preset === undefined ? '' : `\n  preset: ${model.preset}`;
  return `\nmodel:\n  type: ${model.type}${preset}\n`;
}

function body(config: NewConfig, path: (key: string) => string): string {
  switch (config.mode) {
    case 'train':
      return `
data:
  genome: ${path('genome')}
  table: ${path('table')}
  # Columns that place each gene; tss is 0-based.
  columns: { id: gene_id, chrom: chrom, strand: strand, tss: tss }
  window: { upstream: 1000, downstream: 500 }
  target: { column: fpkm, transform: log10, pseudocount: 0.1 } # what is predicted
  # Whole chromosomes judge the model: choose some of your genome.
  split: { by: chromosome, test: [chr1], validation: [chr2] }
${modelLines(config)}
training:
  epochs: 20
  batchSize: 64
  optimizer: adamw
  learningRate: 0.002
  schedule: { name: cosine, warmupRatio: 0.05 }

seeds: [1, 2, 3] # one network each; their mean predicts
`;
    case 'finetune':
      return `
data:
  table: ${path('table')} # gene_id, promoter, fold, and a column tpm_… a tissue
  transform: log10
  pseudocount: 1

tokenizer: ${path('tokenizer')} # or pretrained: the model folder to start from
${modelLines(config)}
training:
  epochs: 6
  batchSize: 32
  optimizer: adamw
  learningRate: 0.002
  schedule: { name: linear, warmupRatio: 0.1 }
`;
    case 'pretrain':
      return `
data:
  sequences: [${path('sequences')}] # FASTA, or one sequence a line
  validation: 0.05

tokenizer: ${path('tokenizer')}
maxLength: 256
${modelLines(config)}
training:
  epochs: 3
  batchSize: 32
  optimizer: adamw
  learningRate: 0.001
  schedule: { name: linear, warmupRatio: 0.1 }
`;
    case 'interpret':
      return `
model: ${path('model')}
data:
  fasta: ${path('fasta')}
limit: 100 # only the first sequences: more take longer

# One of: embeddings, attention, attributions, mutagenesis, influence (models over tokens), bases.
bases: { method: ism }
`;
    case 'train-tokenizer':
      return `
input: ${path('input')}
vocabularySize: 5000 # special tokens, 256 bytes, and one a merge
`;
    case 'tokenize':
      return `
tokenizer: ${path('tokenizer')}
input: ${path('input')}
`;
    case 'cluster':
      return `
input: ${path('input')}
identity: 0.8
coverage: 0.8
folds: { trainShare: 0.83, trainFolds: 5 } # whole clusters go to one fold
`;
    case 'audit':
      return `
parts: # the largest last
  test: ${path('test')}
  train: ${path('train')}
evaluation: [test]
identity: 0.8
`;
    case 'extract-promoters':
      return `
genomes:
  - species: my-species
    genome: ${path('genome')}
    annotation: ${path('annotation')}
upstream: 1000
subtract: genes # neighbouring genes are cut out of the promoters
`;
    case 'expression-table':
      return `
tables:
  - { file: ${path('table')}, cultivar: my-cultivar }
tissues: all
minimum: 1 # TPM that a gene reaches in one tissue at least
promoters: [${path('promoters')}]
`;
    case 'quantify':
      return `
samples: ${path('samples')} # name, fastq_1, fastq_2
genome: ${path('genome')}
annotation: ${path('annotation')}
strandedness: unstranded
`;
    default:
      return `
links: ${path('links')} # name, gene_link and annot_link
parallel: 4
`;
  }
}

/** The text of a new run config, and the letters that are to be filled in first. */
export interface NewConfigText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A run config with comments that the library takes; files that were not chosen are named by an
 * example, the first of which is to be filled in.
 *
 * @throws InputError for a name or a file that makes it invalid
 */
export function newConfigText(config: NewConfig): NewConfigText {
  const questions = fileQuestions(config.mode);
  const path = (key: string): string => {
    const question = questions.find((each) => each.key === key);
    return yamlText(config.files[key] ?? question?.placeholder ?? key);
  };
  const text = `# Paths start from the folder of this file. Ctrl+Space tells which keys there are.
mode: ${config.mode}
name: ${yamlText(config.name)}
${body(config, path)}`;
  const [problem] = runConfigProblems(text);
  if (problem !== undefined) {
    throw new InputError({
      where: 'the new run configuration',
      found: problem.found,
      expected: problem.expected,
    });
  }
  const open = questions.find(({ key }) => config.files[key] === undefined);
  const first = open?.placeholder ?? config.name;
  const start = Math.max(0, text.indexOf(first));
  return { text, start, end: start + first.length };
}
