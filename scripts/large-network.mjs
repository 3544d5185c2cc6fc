// node scripts/large-network.mjs [--backend NAME,…] [--steps N]: does the network of 47.4 million
// parameters train and predict on each backend without holding more with each step? Some minutes.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { root, runScript, StepError } from './step.mjs';

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'tensorflow,wasm' },
      steps: { type: 'string', default: '100' },
    },
  });
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 6) {
    throw new StepError(`--steps: found '${values.steps}'; expected a whole number from 6`, 2);
  }
  const program = path.join(root, 'build', 'bench', 'large-network.mjs');
  await build({
    entryPoints: [path.join(root, 'test', 'bench', 'large-network.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  let code = 0;
  for (const backend of values.backend.split(',')) {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [program, backend, String(steps)],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    if (status !== 0) {
      throw new StepError(`${backend}: ${stderr.trim().split('\n').slice(-3).join(' ')}`, 4);
    }
    const result = JSON.parse(stdout.trim().split('\n').at(-1));
    const [warm, last] = [result.samples[0], result.samples.at(-1)];
    console.log(
      `${result.backend}: ${result.parameters.toLocaleString('en-US')} parameters, ` +
        `${result.steps} steps, ${result.tokensPerSecond} tokens/s, ` +
        `prediction ${result.predictionSeconds.toFixed(1)} s`,
    );
    for (const each of result.samples) {
      console.log(
        `  step ${each.step}: ${each.tensors} tensors (${each.tensorMegabytes} MB), ` +
          `process ${each.residentMegabytes} MB`,
      );
    }
    if (last.tensors !== warm.tensors || result.leftBehind !== 0 || !result.finite) {
      console.log(`  ✗ ${result.leftBehind} tensors were left behind`);
      code = 1;
    }
  }
  return code;
});
