import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { runtimeGlibc, type NativeInstallation } from './native-manifest.ts';
import { checkInProcess, nativeCheckSchema, type NativeCheck } from './native-verify.ts';

const answerSchema = z.union([
  z.object({ check: nativeCheckSchema }),
  z.object({ failure: z.object({ where: z.string(), found: z.string() }) }),
]);

/** A name for all that decides whether libraries that worked once will work now. */
function circumstances({ folder, manifest }: NativeInstallation): string {
  const files = manifest.files.map(({ path: name }) => {
    const { size, mtimeMs } = statSync(path.join(folder, name));
    return [name, size, mtimeMs];
  });
  const facts = [
    process.version,
    runtimeGlibc(),
    cpus()[0]?.model,
    process.env['LD_LIBRARY_PATH'],
    files,
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

function answerFile(installation: NativeInstallation): string {
  return path.join(installation.folder, 'checks', `${circumstances(installation)}.json`);
}

/** Keeps what a check found, for starts under the same circumstances. */
async function keep(
  installation: NativeInstallation,
  answer: z.infer<typeof answerSchema>,
): Promise<void> {
  try {
    await writeFileAtomically(answerFile(installation), `${JSON.stringify(answer)}\n`);
  } catch {
    // A cache that can only be read: the next start checks again.
  }
}

/** What the last check under the present circumstances found; undefined if there was none. */
export function lastCheck(
  installation: NativeInstallation,
): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.parse(JSON.parse(readFileSync(answerFile(installation), 'utf8')));
  } catch {
    // Not checked under these circumstances, or not legible.
    return undefined;
  }
}

/**
 * Says that an installation works here, from an earlier check under the same circumstances (the same
 * Node, C library, processor and unchanged files) or from one made now, in a process of its own
 * (about 2 s). A library that would end the process that loads it is found out in this way.
 *
 * @param again checks even if an earlier check is kept
 * @throws EnvironmentError when the check failed, now or before; InterruptedError
 */
export async function confirmInstallation(
  installation: NativeInstallation,
  options: { readonly again?: boolean; readonly signal?: AbortSignal } = {},
): Promise<NativeCheck> {
  if (options.again !== true) {
    const kept = lastCheck(installation);
    if (kept !== undefined && 'check' in kept) return kept.check;
    if (kept !== undefined) {
      throw new EnvironmentError({
        ...kept.failure,
        fix: 'Run `npx tatabox native` to check it again, or stay with the backend wasm.',
      });
    }
  }
  try {
    const check = await checkInProcess(installation, options);
    await keep(installation, { check });
    return check;
  } catch (error) {
    if (error instanceof EnvironmentError) {
      const { where, found } = error.details;
      await keep(installation, { failure: { where, found } });
    }
    throw error;
  }
}
