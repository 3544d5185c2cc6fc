// docs/run-modes.md from the JSON Schema of run configs: node scripts/run-modes-markdown.mjs
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What each mode is for, in the order of the work. */
const MODES = {
  download: 'Genomes and annotations of a link table.',
  'extract-promoters': 'Promoters out of genomes: FASTA with GFF3 or GTF.',
  quantify:
    'RNA-seq reads to counts and TPM, by Trimmomatic, HISAT2 and featureCounts ([rna-seq.md](rna-seq.md)).',
  'expression-table': 'Expression tables: filter, report on quality, promoters with expression.',
  cluster: 'Sequences by identity, and folds of whole clusters.',
  audit: 'Sequences that parts of a data set share.',
  'train-tokenizer': 'A byte-level BPE tokenizer.',
  tokenize: 'Sequences to token ids.',
  pretrain: 'A masked language model on sequences without labels.',
  finetune: 'A network to expression in several tissues, from a pre-trained one or from scratch.',
  interpret: 'What a network looks at: embeddings, attention, attributions, effects.',
  train:
    'Promoters cut from a genome, with measured expression: see [run-configs.md](run-configs.md).',
};

/** Keys that docs/run-configs.md tells of. */
const ELSEWHERE = { training: 'run-configs.md#training' };

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function typeOf(schema) {
  const choices = schema.anyOf ?? schema.oneOf;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object' && schema.additionalProperties) {
    return schema.properties ? 'mapping' : `${typeOf(schema.additionalProperties)} by name`;
  }
  const names = {
    object: 'mapping',
    string: 'text',
    integer: 'whole number',
    boolean: 'true, false',
  };
  return names[schema.type] ?? schema.type ?? 'any';
}

/** A schema with the items of lists and the choices in it. */
function partsOf(schema) {
  const inner = [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...inner.filter(Boolean).flatMap(partsOf)];
}

function rowsOf(schema, prefix = '') {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const link = ELSEWHERE[name];
    const described = value.description ?? '';
    const fallback =
      value.default === undefined
        ? required.has(key)
          ? 'required'
          : ''
        : typeof value.default === 'object'
          ? ''
          : `\`${String(value.default)}\``;
    const own = [`\`${name}\``, fallback, typeOf(value), link ? `see [there](${link})` : described];
    if (link || key === 'mode') return key === 'mode' ? [] : [own];
    const seen = new Set();
    const deeper = partsOf(value)
      .filter((part) => part.properties)
      .flatMap((part) => rowsOf(part, `${name}.`))
      .filter(([path_]) => !seen.has(path_) && seen.add(path_));
    return [own, ...deeper];
  });
}

/** The page, as Prettier wants it. */
export async function runModesMarkdown(schema) {
  const modes = new Map(
    (schema.oneOf ?? schema.anyOf).map((mode) => [mode.properties.mode.const, mode]),
  );
  const unknown = [...modes.keys()].filter((mode) => !(mode in MODES));
  if (unknown.length > 0) throw new Error(`say what these modes are for: ${unknown.join(', ')}`);
  const sections = Object.entries(MODES).flatMap(([mode, about]) => {
    const found = modes.get(mode);
    if (found === undefined) return [];
    const head = `## ${mode}\n\n${about}\n`;
    if (mode === 'train') return [head];
    const rows = rowsOf(found).map((row) => `| ${row.map(cell).join(' | ')} |`);
    return [
      `${head}\n| Key | Default | Value | Meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`,
    ];
  });
  const page = `# Modes of run configs

A run config ([run-configs.md](run-configs.md)) names one mode. This page is made from the schema
(\`node scripts/run-modes-markdown.mjs\`); \`npx tatabox check CONFIG\` tells what is wrong with a config
before it runs, and \`npx tatabox run CONFIG --resume\` goes on with a run that was stopped.

${sections.join('\n')}`;
  return format(page, { parser: 'markdown', printWidth: 100 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cli = path.join(root, 'kernel-lib', 'dist', 'cli.cjs');
  const schema = JSON.parse(execFileSync(process.execPath, [cli, 'schema'], { encoding: 'utf8' }));
  writeFileSync(path.join(root, 'docs', 'run-modes.md'), await runModesMarkdown(schema));
}
