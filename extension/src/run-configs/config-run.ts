import { parseConfigText } from 'tatabox/runs/schema/config-text.ts';
import { plainOf } from './plain-of.ts';

/** What says where a run lies. */
export interface ConfigRun {
  readonly name: string;
  readonly output?: string;
}

/** Name and output folder of a config, which may be half-written; undefined where it has no name. */
export function configRun(text: string): ConfigRun | undefined {
  const content = plainOf(parseConfigText(text).document);
  if (typeof content !== 'object' || content === null) return undefined;
  const { name, output } = content as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) return undefined;
  return { name, ...(typeof output === 'string' && output !== '' ? { output } : {}) };
}
