import { stringify } from 'yaml';
import { InputError, UsageError } from '../core/errors.ts';
import { escapeMarkdown, fence, formatNumber, markdownTable, publicText } from './card-text.ts';
import { checkRepoName, isRepoName } from './repo-name.ts';

/** An input or an output of a model. */
export interface ModelCardPort {
  readonly name: string;
  /** For example `DNA, 1,500 bases, promoter on the transcript's strand`. */
  readonly description: string;
  /** Shape of one example. */
  readonly shape?: readonly number[];
}

/** What the model was trained on. */
export interface ModelCardData {
  readonly name: string;
  readonly description?: string;
  /** Page of the data. */
  readonly url?: string;
  /** For example `Saccharomyces cerevisiae, R64-1-1`. */
  readonly genome?: string;
  readonly license?: string;
  /** How the examples were divided, for example `by chromosome; test: chrIV, chrX`. */
  readonly split?: string;
  /** Number of examples by subset, for example `{ train: 4190, validation: 528, test: 1093 }`. */
  readonly examples?: Readonly<Record<string, number>>;
}

/** A measured value. */
export interface ModelCardMetric {
  /** For example `Pearson correlation`. */
  readonly name: string;
  /** Name by the Hub's convention, for example `pearsonr`, `mse`. Default made from `name`. */
  readonly type?: string;
  readonly value: number;
  /** Confidence interval. */
  readonly interval?: readonly [low: number, high: number];
  /** What was measured on. Default `test`. */
  readonly subset?: string;
  /** The same measure of simpler models, for example `{ 'ridge on 4-mers': 0.429 }`. */
  readonly baselines?: Readonly<Record<string, number>>;
}

/** What a model card tells; every text is escaped, and paths of this machine are shortened. */
export interface ModelCardMetadata {
  readonly title: string;
  /** One sentence: what the model predicts from what. */
  readonly summary: string;
  /** `model_type` of `config.json`, for example `xpresso`. */
  readonly modelType: string;
  /** The architecture in words, with its paper. */
  readonly architecture?: string;
  /** Identifier of a license by the Hub's list, for example `apache-2.0`. */
  readonly license: string;
  /** `owner/name` where the model will be found, for the examples. */
  readonly repo?: string;
  readonly libraryVersion?: string;
  readonly parameters?: number;
  /** Tags beside `genomics`, `dna` and the model type. */
  readonly tags?: readonly string[];
  /** Names of data sets on the Hub (`owner/name`). */
  readonly datasets?: readonly string[];
  /** Models on the Hub that this one was made from. */
  readonly baseModel?: string | readonly string[];
  /** What shows how to use it. Default `predict`; `embed` for a model that gives vectors only. */
  readonly call?: 'predict' | 'embed';
  /** Class of Python's transformers that loads it, for example `AutoModelForMaskedLM`. */
  readonly transformersClass?: string;
  readonly inputs: readonly ModelCardPort[];
  readonly outputs: readonly ModelCardPort[];
  readonly trainingData: ModelCardData;
  readonly metrics?: readonly ModelCardMetric[];
  /** What the intervals are, for example `95 % bootstrap intervals, 1,000 resamples`. */
  readonly intervalDescription?: string;
  readonly trainingSettings?: Readonly<Record<string, string | number | boolean>>;
  /** What the model must not be used for, and where it fails. */
  readonly limitations?: readonly string[];
  /** BibTeX or a reference in words. */
  readonly citation?: string;
}

const alwaysTags = ['genomics', 'dna'];

/** A text as an identifier of the Hub: small letters, digits and hyphens. */
export function slug(text: string): string {
  const name = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return name.replace(/^-|-$/g, '') || 'unnamed';
}

/** Applies `publicText` to every text of a value of plain objects. */
export function cleaned<T>(value: T, where: string): T {
  if (typeof value === 'string') return publicText(value, where) as T;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InputError({
      where: `the model card, ${where}`,
      found: String(value),
      expected: 'a finite number',
    });
  }
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => cleaned(entry, `${where}[${index}]`)) as T;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [publicText(key, where), cleaned<unknown>(entry, `${where}.${key}`)]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}

/** The structure that the Hub reads results from (its `model-index` convention). */
function modelIndex(card: ModelCardMetadata): object[] {
  const metrics = card.metrics ?? [];
  if (metrics.length === 0) return [];
  const subsets = [...new Set(metrics.map((metric) => metric.subset ?? 'test'))];
  const { name } = card.trainingData;
  return [
    {
      name: card.title,
      results: subsets.map((subset) => ({
        task: { type: 'other', name: card.summary },
        dataset: { type: slug(name), name, split: subset },
        metrics: metrics
          .filter((metric) => (metric.subset ?? 'test') === subset)
          .map((metric) => ({
            type: metric.type ?? slug(metric.name),
            name: metric.name,
            value: metric.value,
          })),
      })),
    },
  ];
}

function frontMatter(card: ModelCardMetadata): string {
  const index = modelIndex(card);
  const tags = [...new Set([...alwaysTags, slug(card.modelType), ...(card.tags ?? [])])];
  const base = card.baseModel ?? [];
  const values = {
    license: card.license,
    library_name: 'tatabox',
    tags,
    ...((card.datasets ?? []).length === 0 ? {} : { datasets: card.datasets }),
    ...(base.length === 0 ? {} : { base_model: base }),
    ...(card.metrics === undefined || card.metrics.length === 0
      ? {}
      : { metrics: [...new Set(card.metrics.map((m) => m.type ?? slug(m.name)))] }),
    ...(index.length === 0 ? {} : { 'model-index': index }),
  };
  return `---\n${stringify(values, { lineWidth: 0, aliasDuplicateObjects: false })}---`;
}

function usage(card: ModelCardMetadata): string {
  const repo = card.repo ?? 'owner/name';
  const inputs = card.inputs.map((input) => input.name.replace(/\s+/g, ' ')).join(', ');
  const call = card.call ?? 'predict';
  const notebook = `import * as tb from 'tatabox';\n\nconst model = await tb.load('${repo}');\nawait model.${call}(['ACGT…']); // inputs: ${inputs}`;
  const shell = [
    `npx tatabox verify ${repo}`,
    ...(call === 'predict'
      ? [`npx tatabox predict ${repo} --fasta sequences.fa --out predictions.tsv`]
      : []),
  ].join('\n');
  const { transformersClass: name } = card;
  const python =
    name === undefined
      ? []
      : [
          'In Python, with transformers:',
          fence(
            `from transformers import AutoTokenizer, ${name}\n\ntokenizer = AutoTokenizer.from_pretrained('${repo}')\nmodel = ${name}.from_pretrained('${repo}')`,
            'python',
          ),
        ];
  return [
    '## How to use it',
    `In a notebook or a program, after \`npm install tatabox${card.libraryVersion === undefined ? '' : `@${card.libraryVersion}`}\`:`,
    fence(notebook, 'typescript'),
    'In a terminal; `verify` runs the example that lies in the folder and compares the result:',
    fence(shell, 'bash'),
    ...python,
  ].join('\n\n');
}

function portTable(ports: readonly ModelCardPort[]): string {
  return markdownTable(
    ['Name', 'Shape', 'What it is'],
    ports.map(({ name, shape, description }) => [
      name,
      shape === undefined ? '' : shape.length === 0 ? 'one number' : shape.join(' × '),
      description,
    ]),
  );
}

function dataSection(data: ModelCardData): string {
  const name = escapeMarkdown(data.name);
  // Only an http address becomes a link; anything else could carry a script.
  const link =
    data.url !== undefined && /^https?:\/\/[^\s<>()]+$/.test(data.url)
      ? `[${name}](${data.url})`
      : name;
  const facts = [
    data.description,
    data.genome === undefined ? undefined : `Genome: ${data.genome}.`,
    data.split === undefined ? undefined : `Split: ${data.split}.`,
    data.license === undefined ? undefined : `License: ${data.license}.`,
  ].filter((fact) => fact !== undefined);
  const parts = ['## Training data', [link, ...facts.map(escapeMarkdown)].join('. ')];
  if (data.examples !== undefined) {
    parts.push(markdownTable(['Subset', 'Examples'], Object.entries(data.examples)));
  }
  return parts.join('\n\n').replaceAll('.. ', '. ');
}

/** The table of results: a row a metric, a column for each simpler model beside this one. */
export function metricsTable(metrics: readonly ModelCardMetric[]): string {
  const baselines = [...new Set(metrics.flatMap((m) => Object.keys(m.baselines ?? {})))];
  const rows = metrics.map((m) => [
    m.name,
    m.subset ?? 'test',
    m.value,
    m.interval === undefined ? '' : m.interval.map(formatNumber).join(' … '),
    ...baselines.map((name) => m.baselines?.[name]),
  ]);
  const columns = ['Metric', 'Subset', 'This model', 'Interval', ...baselines];
  return markdownTable(columns, rows);
}

function metricsSection(card: ModelCardMetadata): string | undefined {
  const metrics = card.metrics ?? [];
  if (metrics.length === 0) return undefined;
  const note =
    card.intervalDescription === undefined ? [] : [escapeMarkdown(card.intervalDescription)];
  return ['## Results', metricsTable(metrics), ...note].join('\n\n');
}

function checkCard(card: ModelCardMetadata): void {
  const fail = (where: string, found: string, expected: string): never => {
    throw new UsageError({ where: `the model card, ${where}`, found, expected });
  };
  for (const name of ['title', 'summary', 'modelType'] as const) {
    if (typeof card[name] !== 'string' || card[name].trim() === '') {
      fail(name, 'no text', 'a text');
    }
  }
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(card.license)) {
    fail('license', `'${card.license}'`, "an identifier of the Hub's list such as 'apache-2.0'");
  }
  if (card.transformersClass !== undefined && !/^\w+$/.test(card.transformersClass)) {
    fail('transformersClass', `'${card.transformersClass}'`, 'the name of a class');
  }
  if (card.inputs.length === 0) fail('inputs', 'none', 'at least one');
  if (card.outputs.length === 0) fail('outputs', 'none', 'at least one');
  if (card.libraryVersion !== undefined && !/^[\w.+-]+$/.test(card.libraryVersion)) {
    fail('libraryVersion', `'${card.libraryVersion}'`, "a version such as '0.1.0'");
  }
  if (card.repo !== undefined) checkRepoName(card.repo, 'the model card, repo');
  for (const name of card.datasets ?? []) {
    if (!isRepoName(name) && !/^[\w.-]+$/.test(name)) {
      fail('datasets', `'${name}'`, "names of data sets on the Hub, 'owner/name'");
    }
  }
}

/**
 * The model card of a model folder, `README.md`: front matter that the Hub reads (license, library,
 * tags, data sets, results as `model-index`), and a text that says what the model is, how to load
 * it, what goes in and comes out, how it was trained and measured, and where it fails.
 *
 * @throws UsageError for a token in a text or a field that the Hub would refuse; InputError for a
 *   number that is not finite
 */
export function modelCard(metadata: ModelCardMetadata): string {
  checkCard(metadata);
  const card = cleaned(metadata, 'metadata');
  const count =
    card.parameters === undefined ? '' : ` It has ${formatNumber(card.parameters)} parameters.`;
  const architecture = [card.architecture ?? `Architecture: ${card.modelType}`]
    .map((text) => escapeMarkdown(text).replace(/\.?$/, '.'))
    .join('');
  const base = [card.baseModel ?? []].flat().map((name) => escapeMarkdown(name));
  const settings = Object.entries(card.trainingSettings ?? {});
  const limitations = card.limitations ?? [];
  const sections = [
    frontMatter(card),
    `# ${escapeMarkdown(card.title)}`,
    escapeMarkdown(card.summary),
    architecture + count + (base.length === 0 ? '' : ` Made from ${base.join(', ')}.`),
    usage(card),
    `## Inputs\n\n${portTable(card.inputs)}`,
    `## Outputs\n\n${portTable(card.outputs)}`,
    dataSection(card.trainingData),
    metricsSection(card),
    settings.length === 0
      ? undefined
      : `## Training\n\n${markdownTable(
          ['Setting', 'Value'],
          settings.map(([name, value]) => [name, String(value)]),
        )}`,
    limitations.length === 0
      ? undefined
      : `## Limitations\n\n${limitations.map((text) => `- ${escapeMarkdown(text)}`).join('\n')}`,
    card.citation === undefined
      ? undefined
      : `## Citation\n\n${fence(card.citation, card.citation.trim().startsWith('@') ? 'bibtex' : '')}`,
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}
