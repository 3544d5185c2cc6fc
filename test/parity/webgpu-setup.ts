// Whether the backend `webgpu` can run here, for its tests: packages and driver that
// scripts/webgpu-for-tests.mjs brings, or the machine's own.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../kernel-lib/src/core/errors.ts';
import { findWebgpuAdapter } from '../../kernel-lib/src/backend/webgpu-adapter.ts';

const folder = fileURLToPath(new URL('../../build/webgpu', import.meta.url));
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Environment of a process in which `webgpu` runs, on the software driver where it is there. */
export function webgpuEnvironment(): NodeJS.ProcessEnv {
  const own = process.env['VK_ICD_FILENAMES'];
  const driver = own ?? (existsSync(softwareDriver) ? softwareDriver : undefined);
  return driver === undefined ? process.env : { ...process.env, VK_ICD_FILENAMES: driver };
}

/** The folder from which the library finds the packages. */
export const webgpuFolder = existsSync(path.join(folder, 'node_modules')) ? folder : process.cwd();

/**
 * Gets this process ready for the backend `webgpu`.
 *
 * @returns why it cannot run; undefined if it can
 * @throws Error when it cannot and the environment says that it must
 */
export async function obstacleToWebgpu(): Promise<string | undefined> {
  process.chdir(webgpuFolder);
  Object.assign(process.env, webgpuEnvironment());
  try {
    await findWebgpuAdapter();
    return undefined;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    if (process.env['TATABOX_WEBGPU_TESTS'] === 'required') throw error;
    return `${error.details.found}; node scripts/webgpu-for-tests.mjs brings what is needed`;
  }
}
