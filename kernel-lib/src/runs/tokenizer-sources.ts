import { sourcePath } from '../formats/byte-source.ts';
import { readRange } from '../formats/read-bytes.ts';
import type { RunChecks } from './run-mode.ts';

/**
 * Places of the inputs of a config, each looked at so that a missing one is named before the run.
 *
 * @throws InputError, EnvironmentError
 */
export async function requireSources(
  input: string | readonly string[],
  checks: Pick<RunChecks, 'resolve'>,
): Promise<string[]> {
  const inputs = [input].flat().map((each) => {
    const file = sourcePath(each);
    return file === undefined ? each : checks.resolve(file);
  });
  for (const each of inputs) await readRange(each, 0, 1);
  return inputs;
}
