// Our side of one row: does one repetition for each line on standard input, as peers/*.py do.
import { createInterface } from 'node:readline';
import { useBackend, type BackendName } from '../../kernel-lib/src/backend/use-backend.ts';
import { benchRows } from './rows.ts';

const [name = '', backend = '', folder = ''] = process.argv.slice(2);
const row = benchRows.find((each) => each.name === name);
if (row === undefined) throw new Error(`no row '${name}'`);
if (backend !== 'none') await useBackend(backend as BackendName);
const work = await row.prepare(folder, backend);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface(process.stdin)) {
  if (line === 'end') break;
  const result = await work.run();
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ...result, memory }));
}
process.exit(0);
