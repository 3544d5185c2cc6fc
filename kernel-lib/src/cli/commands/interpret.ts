import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import type { AttributionMethod } from '../../interpretation/attribute.ts';
import type { Predictor } from '../../prediction/predictor.ts';
import { runCommand, type CommandContext, type GlobalOptions } from '../command-context.ts';
import { addExampleOptions, exampleSource, type ExampleOptions } from '../example-options.ts';
import type { CommandResult } from '../report.ts';
import { requiredOption } from '../required-option.ts';

const BASE_METHODS: readonly string[] = [
  'ism',
  'gradient',
  'saliency',
  'integrated-gradients',
  'deep-lift',
];

const TOKEN_METHODS = [
  'attention',
  'token-attributions',
  'token-ism',
  'position-influence',
] as const;

type TokenMethod = (typeof TOKEN_METHODS)[number];

interface InterpretOptions extends GlobalOptions, ExampleOptions {
  readonly method?: AttributionMethod | TokenMethod;
  readonly output?: string;
  readonly out?: string;
  readonly input?: string;
  readonly limit?: number;
  readonly region?: readonly [start: number, end: number];
  readonly figures?: string;
  readonly attribution?: 'integrated-gradients' | 'gradient';
  readonly baseline?: 'zero' | 'padding' | 'mask';
  readonly steps?: number;
  readonly ks?: readonly number[];
  readonly repeats?: number;
  readonly seed?: number;
  readonly binSize?: number;
  readonly within?: number;
  readonly downstream?: number;
  readonly upstream?: number;
}

function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: 'a whole number',
    });
  };
}

function region(text: string): [start: number, end: number] {
  const [, start = '', end = ''] = /^(\d{1,9})-(\d{1,9})$/.exec(text) ?? [];
  if (end !== '' && Number(end) > Number(start)) return [Number(start), Number(end)];
  throw new UsageError({
    where: 'option --region',
    found: `'${text}'`,
    expected: 'START-END in letters of the sequence, 0-based, end excluded: 900-1000',
  });
}

function numberList(text: string): number[] {
  const numbers = text.split(',').map((part) => Number(part));
  if (numbers.every((k) => Number.isInteger(k) && k >= 1 && k <= 15)) return numbers;
  throw new UsageError({
    where: 'option --ks',
    found: `'${text}'`,
    expected: 'whole numbers from 1 to 15: 1,2,3',
  });
}

/** Options that only some methods take. */
const OPTIONS_OF: Readonly<Record<string, readonly TokenMethod[]>> = {
  input: TOKEN_METHODS,
  limit: TOKEN_METHODS,
  region: ['token-ism'],
  figures: ['attention', 'token-attributions', 'token-ism'],
  attribution: ['token-attributions'],
  baseline: ['token-attributions'],
  steps: ['token-attributions'],
  ks: ['position-influence'],
  repeats: ['position-influence'],
  seed: ['position-influence'],
  binSize: ['position-influence'],
  within: ['position-influence'],
  downstream: ['position-influence'],
  upstream: ['position-influence'],
};

function checkMethodOptions(options: InterpretOptions, method: string): void {
  for (const [name, methods] of Object.entries(OPTIONS_OF)) {
    const isGiven = (options as unknown as Record<string, unknown>)[name] !== undefined;
    if (!isGiven || (methods as readonly string[]).includes(method)) continue;
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError({
      where: `option ${option}`,
      found: `method ${method}`,
      expected: `method ${methods.join(' or ')}`,
    });
  }
}

/** `tatabox interpret`. */
export function addInterpretCommand(program: Command): void {
  const command = program
    .command('interpret')
    .description('say how much each base contributes to the predictions of a model')
    .argument('<model>', 'model folder, or owner/name on the Hub');
  addExampleOptions(command)
    .addOption(
      new Option(
        '--method <name>',
        'of models of bases: ism (in-silico saturation mutagenesis) to deep-lift; of models of tokens: the others',
      ).choices([...BASE_METHODS, ...TOKEN_METHODS]),
    )
    .option('--output <name>', 'output of the model to explain (default: its first)')
    .option('--out <file>', 'file to write: .npz, .h5 or .tsv')
    .option('--input <file>', 'FASTA, or text with one sequence a line (models of tokens)')
    .option('--limit <number>', 'only so many of the first sequences', wholeNumber('--limit'))
    .option('--region <start-end>', 'letters that token-ism changes, 0-based: 900-1000', region)
    .option('--figures <folder>', 'a figure for each sequence (SVG)')
    .addOption(
      new Option('--attribution <name>', 'of token-attributions').choices([
        'integrated-gradients',
        'gradient',
      ]),
    )
    .addOption(
      new Option('--baseline <name>', 'what stands for a token that is not there').choices([
        'zero',
        'padding',
        'mask',
      ]),
    )
    .option('--steps <number>', 'points of integrated gradients', wholeNumber('--steps'))
    .option('--ks <numbers>', 'k-mers of position-influence: 1,2,3,4,5,6', numberList)
    .option('--repeats <number>', 'substitutions of each k (default 10)', wholeNumber('--repeats'))
    .option('--seed <number>', 'seed of the substitutions', wholeNumber('--seed'))
    .option('--bin-size <letters>', 'of position-influence (default 50)', wholeNumber('--bin-size'))
    .option(
      '--within <letters>',
      'distance up to which the share is given (default 100)',
      wholeNumber('--within'),
    )
    .option(
      '--downstream <letters>',
      'letters behind the transcription start site',
      wholeNumber('--downstream'),
    )
    .option(
      '--upstream <letters>',
      'of position-influence: only letters up to this distance are changed',
      wholeNumber('--upstream'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox interpret model --method ism --fasta promoters.fa --missing-inputs mean --out effects.npz
  $ tatabox interpret owner/name --method deep-lift --intervals windows.bed --genome genome.fa.gz \\
      --missing-inputs mean --out contributions.h5
  $ tatabox interpret florabert --method token-attributions --fasta promoters.fa --output root \\
      --out contributions.tsv --figures figures
  $ tatabox interpret florabert --method token-ism --fasta promoters.fa --region 900-1000 --out ism.npz
  $ tatabox interpret florabert --method position-influence --fasta promoters.fa --out influence.tsv`,
    )
    .action(async (reference: string, options: InterpretOptions) => {
      await runCommand(options, async (context) => {
        const method = requiredOption(options.method, '--method <name>');
        const out = requiredOption(options.out, '--out <file>');
        checkMethodOptions(options, method);
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { load } = await import('../../runs/resolve-model.ts');
        await useBackend(options.backend);
        const model = await load(reference, context);
        if (!BASE_METHODS.includes(method)) {
          return explainTokens(model, method as TokenMethod, out, options, context);
        }
        const { interpretToFile } = await import('../../runs/interpret-run.ts');
        const { rows, warnings } = await interpretToFile(model, {
          source: exampleSource(options),
          method: method as AttributionMethod,
          out,
          output: options.output,
          missingInputs: options.missingInputs,
          signal: context.signal,
          progress: context.progress,
        });
        for (const warning of warnings) context.log(`warning: ${warning}`);
        return {
          text: `${out}: ${rows.toLocaleString('en-US')} sequences explained by ${method}`,
          json: { out, rows, method, warnings },
        };
      });
    });
}

/** The keys of an object that are set. */
function given<T extends object>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}

async function explainTokens(
  model: Predictor,
  method: TokenMethod,
  out: string,
  options: InterpretOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { signal, progress } = context;
  const { input, limit, output, figures } = options;
  const { tokenModel, outputNumber } = await import('../../interpretation/token-model.ts');
  const { firstExamples } = await import('../../runs/embed-run-examples.ts');
  const files = await import('../../runs/interpret-tokens-files.ts');
  tokenModel(model, `method ${method}`);
  if (output !== undefined) {
    const isOfAll = method === 'attention' || method === 'position-influence';
    if (isOfAll) {
      throw new UsageError({
        where: 'option --output',
        found: `method ${method}`,
        expected:
          method === 'attention' ? 'none: attention is of no output' : 'none: all are explained',
      });
    }
    outputNumber(model, output, `method ${method}`);
  }
  const source = { ...exampleSource(options), ...given({ input }) };
  const examples = await firstExamples(source, model, limit);
  const shared = { examples, out, ...given({ figures }), signal, progress };
  const [start, end] = options.region ?? [];
  const { attribution, baseline, steps, ks, repeats, seed, binSize, within, downstream, upstream } =
    options;
  const written = await {
    attention: () => files.writeAttention(model, shared),
    'token-attributions': () =>
      files.writeTokenAttributions(model, {
        ...shared,
        ...given({ method: attribution, baseline, steps, output }),
      }),
    'token-ism': () =>
      files.writeTokenMutagenesis(model, { ...shared, ...given({ start, end, output }) }),
    'position-influence': () =>
      files.writePositionInfluence(model, {
        ...{ examples, out, signal, progress },
        ...given({ ks, repeats, seed, binSize, within, downstream, upstream }),
      }),
  }[method]();
  for (const warning of written.warnings) context.log(`warning: ${warning}`);
  const shares =
    'influence' in written
      ? (written as Awaited<ReturnType<typeof files.writePositionInfluence>>).influence.profiles
      : [];
  return {
    text: [
      `${out}: ${written.rows.toLocaleString('en-US')} sequences explained by ${method}`,
      ...shares.map(
        (profile) =>
          `${profile.output}: ${(100 * profile.share).toFixed(1)} % of the influence within ${String(within ?? 100)} bp of the TSS (${(100 * profile.expectedShare).toFixed(1)} % expected, p = ${profile.pValue.toPrecision(2)})`,
      ),
    ].join('\n'),
    json: {
      out,
      rows: written.rows,
      method,
      files: written.files,
      warnings: written.warnings,
      ...(shares.length === 0
        ? {}
        : {
            shares: shares.map(({ bins, ...profile }) => {
              void bins;
              return profile;
            }),
          }),
    },
  };
}
