import { UsageError } from '../core/errors.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { checkEmbedOptions } from '../interpretation/embed-sequences.ts';
import { outputNumber, tokenModel } from '../interpretation/token-model.ts';
import { readsTokens } from '../prediction/model-tokenizer.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { exportEmbeddings } from '../interpretation/embed-export.ts';
import { firstExamples, type LabelledExamples, type LabelledSource } from './embed-run-examples.ts';
import { describeSeparation, mapEmbeddings } from './embed-run.ts';
import { interpretToFile } from './interpret-run.ts';
import {
  writeAttention,
  writePositionInfluence,
  writeTokenAttributions,
  writeTokenMutagenesis,
  type TokenFileOptions,
  type WrittenInterpretation,
} from './interpret-tokens-files.ts';
import { load } from './resolve-model.ts';
import type { RunChecks, RunContext, RunMode } from './run-mode.ts';
import type { RunResult } from './run-result.ts';
import type { InterpretRunConfig } from './schema/interpret-config.ts';

/** What is explained. */
interface PreparedInterpretRun {
  readonly model: Predictor;
  readonly source: LabelledSource;
  readonly examples: LabelledExamples;
}

/** Parts of a config that need a model that reads tokens. */
const TOKEN_PARTS = [
  'embeddings',
  'attention',
  'attributions',
  'mutagenesis',
  'influence',
] as const;

/** The mode `interpret`: explains a model by the methods that the config names, one after the other. */
export const interpretRun: RunMode<InterpretRunConfig, PreparedInterpretRun> = {
  computes: true,
  prepare,
  execute,
};

async function prepare(
  config: InterpretRunConfig,
  checks: RunChecks,
): Promise<PreparedInterpretRun> {
  const { where } = checks;
  const data = absoluteSource(config, checks);
  const model = await load(modelReference(config.model, checks), longWorkOf(checks));
  try {
    checkParts(config, model, where);
    const examples = await firstExamples(data, model, config.limit);
    if (examples.names.length === 0) {
      throw new UsageError({ where, found: 'no sequences', expected: 'at least one' });
    }
    checks.log(`${config.model}: ${String(examples.names.length)} sequences to explain`);
    return { model, source: data, examples };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** A folder beside the config, or a name on the Hub as it is. */
function modelReference(model: string, { resolve }: RunChecks): string {
  const isHub = /^[\w-][\w.-]*\/[\w.-]+(@[\w./-]+)?$/.test(model) || /^https?:/i.test(model);
  return isHub && !model.startsWith('.') ? model : resolve(model);
}

/** The source with absolute paths. */
function absoluteSource({ data }: InterpretRunConfig, { resolve }: RunChecks): LabelledSource {
  const files = ['fasta', 'input', 'table', 'intervals', 'genome'] as const;
  const absolute = Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        key,
        (files as readonly string[]).includes(key) ? resolve(value as string) : value,
      ]),
  );
  return absolute as LabelledSource;
}

function checkParts(config: InterpretRunConfig, model: Predictor, where: string): void {
  const tokens = TOKEN_PARTS.find((part) => config[part] !== undefined);
  if (tokens !== undefined) tokenModel(model, `${where}, ${tokens}`);
  if (config.bases !== undefined && readsTokens(model.config)) {
    throw new UsageError({
      where: `${where}, bases`,
      found: `model ${model.config.model_type}, which reads tokens`,
      expected: 'a model that reads bases',
      fix: 'Take attributions or mutagenesis.',
    });
  }
  const needValues = (['attributions', 'mutagenesis', 'influence', 'bases'] as const).find(
    (part) => config[part] !== undefined,
  );
  if (needValues !== undefined) {
    outputNumber(model, config.explainedOutput, `${where}, ${needValues}`);
  }
  if (config.embeddings !== undefined) {
    const { pooling, layer } = config.embeddings;
    checkEmbedOptions(model, { pooling, ...(layer === undefined ? {} : { layer }) });
  }
}

async function execute(
  config: InterpretRunConfig,
  { model, source, examples }: PreparedInterpretRun,
  context: RunContext,
): Promise<RunResult> {
  const { folder, started } = context;
  const longWork = longWorkOf(context);
  const lines: string[] = [];
  const files: string[] = [];
  const warnings: string[] = [];
  const json: Record<string, unknown> = {};
  const done = async (part: string, written: WrittenInterpretation): Promise<void> => {
    files.push(...written.files);
    warnings.push(...written.warnings);
    lines.push(`${part}: ${String(written.rows)} sequences, ${written.files[0] ?? ''}`);
    await folder.log(lines.at(-1) ?? '');
  };
  try {
    if (config.embeddings !== undefined) {
      await embed(
        config.embeddings,
        { model, examples, folder: folder.path, longWork },
        json,
        lines,
        files,
      );
      await folder.log(lines.join('\n'));
    }
    const {
      explainedOutput: output,
      attention,
      attributions,
      mutagenesis,
      influence,
      bases,
    } = config;
    const chosen = output === undefined ? {} : { output };
    const part = (name: string, count: number, draws: boolean): TokenFileOptions => ({
      examples: {
        names: examples.names.slice(0, count),
        sequences: examples.sequences.slice(0, count),
      },
      out: folder.file(`${name}.npz`),
      ...(draws ? { figures: folder.file(name) } : {}),
      ...longWork,
    });
    if (attention !== undefined) {
      const options = part('attention', attention.sequences, attention.figures);
      await done('attention', await writeAttention(model, options));
    }
    if (attributions !== undefined) {
      const { sequences, figures, ...method } = attributions;
      const options = { ...part('attributions', sequences, figures), ...method, ...chosen };
      await done('attributions', await writeTokenAttributions(model, options));
    }
    if (mutagenesis !== undefined) {
      const { sequences, figures, start, end } = mutagenesis;
      const window = { start, ...(end === undefined ? {} : { end }) };
      const options = { ...part('mutagenesis', sequences, figures), ...window, ...chosen };
      await done('mutagenesis', await writeTokenMutagenesis(model, options));
    }
    if (influence !== undefined) {
      const { downstream, upstream, ...settings } = influence;
      const written = await writePositionInfluence(model, {
        examples,
        out: folder.file('influence.tsv'),
        ...settings,
        ...(downstream === undefined ? {} : { downstream }),
        ...(upstream === undefined ? {} : { upstream }),
        ...longWork,
      });
      json['influence'] = written.influence.profiles.map(({ bins, ...profile }) => {
        void bins;
        return profile;
      });
      await done('influence', written);
    }
    if (bases !== undefined) {
      const out = folder.file(`bases.${bases.format}`);
      const { rows, warnings: own } = await interpretToFile(model, {
        source,
        method: bases.method,
        out,
        ...chosen,
        missingInputs: bases.missingInputs,
        ...longWork,
      });
      await done('bases', { rows, files: [out], warnings: own });
    }
  } finally {
    model.dispose();
  }
  return {
    text: [...lines, ...[...new Set(warnings)].map((warning) => `warning: ${warning}`)].join('\n'),
    json: {
      runFolder: folder.path,
      sequences: examples.names.length,
      ...json,
      files,
      warnings: [...new Set(warnings)],
      seconds: (performance.now() - started) / 1000,
    },
  };
}

interface EmbedWork {
  readonly model: Predictor;
  readonly examples: LabelledExamples;
  readonly folder: string;
  readonly longWork: LongWorkOptions;
}

async function embed(
  settings: NonNullable<InterpretRunConfig['embeddings']>,
  { model, examples, folder, longWork }: EmbedWork,
  json: Record<string, unknown>,
  lines: string[],
  files: string[],
): Promise<void> {
  const { pooling, layer, format, maps, k, seed, neighbours } = settings;
  const how = { pooling, ...(layer === undefined ? {} : { layer }), ...longWork };
  const name = format === 'projector' ? 'embeddings' : `embeddings.${format}`;
  const written = await exportEmbeddings(model, examples, { out: `${folder}/${name}`, ...how });
  files.push(...written.files);
  lines.push(
    `embeddings: ${String(written.rows)} sequences, vectors of ${String(written.size)}, ${written.files[0] ?? ''}`,
  );
  if (!maps) return;
  const mapped = await mapEmbeddings(model, examples, {
    ...{ folder: `${folder}/maps`, k, seed, neighbours },
    ...how,
  });
  files.push(...mapped.files);
  lines.push(...describeSeparation(mapped.separation));
  json['separation'] = mapped.separation;
  json['explainedVariance'] = mapped.explainedVariance;
}
