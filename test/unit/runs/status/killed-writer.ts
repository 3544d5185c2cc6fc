// A process that holds a run folder and never lets go of it: tests kill it.
import { RunFolder } from '../../../../kernel-lib/src/runs/run-folder.ts';
import { parseRunConfig } from '../../../../kernel-lib/src/runs/schema/read-run-config.ts';
import { StatusWriter } from '../../../../kernel-lib/src/runs/status/status-writer.ts';

const [folder = '', text = ''] = process.argv.slice(2);
const run = await RunFolder.open(folder, parseRunConfig(text, 'tiny.yaml'), {
  resume: true,
  log: () => undefined,
});
const status = await StatusWriter.open(folder, {
  mode: 'train',
  name: 'tiny',
  config: '/somewhere/tiny.yaml',
  overrides: ['training.epochs=9'],
  epochs: 9,
});
let done = 0;
setInterval(() => {
  status.report({ task: 'training', done: ++done, total: 1000, unit: 'examples' });
}, 5);
await run.log('at work');
process.stdout.write('ready\n');
