import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { inspectSafetensors } from './inspect-arrays.ts';
import { Inspection } from './inspect-report.ts';
import { bytesText, countOf, shortened, someOf } from './inspect-views.ts';

/** Entries of a folder that are looked at. */
const MOST_ENTRIES = 10_000;
const LARGEST_JSON = 1 << 26;

/** A folder: a model folder, a run folder, or what lies in it. */
export async function inspectFolder(inspection: Inspection, folder: string): Promise<void> {
  inspection.format = 'folder';
  const names = (await readdir(folder)).sort();
  const sizes = await Promise.all(
    names.slice(0, MOST_ENTRIES).map(async (name) => {
      const found = await stat(path.join(folder, name)).catch(() => undefined);
      return found?.isFile() === true ? found.size : 0;
    }),
  );
  inspection.size = sizes.reduce((sum, size) => sum + size, 0);
  inspection.records = names.length;
  inspection.fact('entries', names.length === 0 ? 'none' : someOf(names, 12));
  const has = (name: string): boolean => names.includes(name);
  if (has('config.yaml') && (has('training') || has('run.log') || has('model'))) {
    await inspectRun(inspection, folder, has);
  } else if (has('config.json')) await inspectModel(inspection, folder, names);
  else {
    inspection.fact(
      'it is not',
      'a model folder (config.json, model.safetensors), a run folder (config.yaml, run.log)',
    );
  }
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { size } = await stat(file);
  if (size > LARGEST_JSON) {
    throw new InputError({ where: file, found: bytesText(size), expected: 'a description' });
  }
  const value = parseJson(await readFile(file, 'utf8'), file, { expected: 'a JSON object' });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InputError({ where: file, found: 'other JSON', expected: 'a JSON object' });
}

async function inspectModel(
  inspection: Inspection,
  folder: string,
  names: readonly string[],
): Promise<void> {
  inspection.format = 'model-folder';
  await inspection.attempt(async () => {
    const config = await readObject(path.join(folder, 'config.json'));
    for (const key of [
      'model_type',
      'architectures',
      'tatabox_version',
      'library_version',
      'alphabet',
    ]) {
      const value = config[key];
      if (value === undefined || value === null) continue;
      inspection.fact(
        key,
        shortened(typeof value === 'string' ? value : JSON.stringify(value), 60),
      );
    }
  });
  inspection.fact('card', names.includes('README.md') ? 'README.md' : 'none');
  const weights = ['model.safetensors', 'model.safetensors.index.json'].find((name) =>
    names.includes(name),
  );
  if (weights !== undefined) {
    const part = new Inspection(path.join(folder, weights), {});
    part.size = (await stat(path.join(folder, weights))).size;
    await part.attempt(() => inspectSafetensors(part));
    const { facts, tensors, problems } = part.report(0);
    inspection.fact('weights', weights);
    for (const [label, value] of facts) {
      if (['arrays', 'parameters', 'types', 'NaN or infinite'].includes(label))
        inspection.fact(label, value);
    }
    if (tensors !== undefined) inspection.lists.tensors = tensors;
    for (const problem of problems) inspection.problem(problem);
    return;
  }
  // A folder of an ensemble has its members' weights under other names.
  const others = names.filter((name) => /\.(safetensors|bin|h5|pt)$/.test(name));
  if (others.length > 0) inspection.fact('weights', someOf(others));
  else {
    inspection.problem({
      where: inspection.name,
      found: 'no weights',
      expected: 'model.safetensors beside config.json',
      fix: 'Download or copy the folder again.',
    });
  }
}

async function inspectRun(
  inspection: Inspection,
  folder: string,
  has: (name: string) => boolean,
): Promise<void> {
  inspection.format = 'run-folder';
  const members = has('training')
    ? (await readdir(path.join(folder, 'training'))).filter((name) => name.startsWith('member-'))
    : [];
  inspection.fact('networks', members.length);
  for (const member of members.slice(0, 10)) {
    const metrics = path.join(folder, 'training', member, 'metrics.jsonl');
    const text = await readFile(metrics, 'utf8').catch(() => '');
    const epochs = text.split('\n').filter((line) => line.trim() !== '').length;
    inspection.fact(member, countOf(epochs, 'epoch'));
  }
  inspection.fact('model', has('model') ? 'there' : 'not yet');
  inspection.fact(
    'finished',
    has('result.json') ? 'yes' : 'no: tatabox run CONFIG --resume goes on',
  );
  if (!has('result.json')) return;
  await inspection.attempt(async () => {
    const result = await readObject(path.join(folder, 'result.json'));
    for (const [key, value] of Object.entries(result).slice(0, 12)) {
      if (typeof value === 'number') inspection.fact(key, value);
      if (typeof value === 'string') inspection.fact(key, shortened(value, 60));
    }
  });
}
