import { UsageError } from '../core/errors.ts';

/**
 * The value of an option that a command cannot do without. Commander's own required options are
 * checked before unknown ones, so that `--ot file` would not be told from `--out file`.
 *
 * @param option the option as the help shows it, for example `--out <file>`
 */
export function requiredOption<T extends string>(value: T | undefined, option: string): T {
  if (value !== undefined) return value;
  throw new UsageError({
    where: 'the call',
    found: `required option '${option}' not specified`,
    fix: 'The command with --help shows the options and examples.',
  });
}
