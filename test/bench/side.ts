// Our side of one row: does one repetition for each line on standard input, as peers/*.py do.
//
// A repetition is the work over and over for half a second, or once where it takes longer: work is
// done in a row in real use, and a single short call would be measured with cold caches.
import { createInterface } from 'node:readline';
import { useBackend, type BackendName } from '../../kernel-lib/src/backend/use-backend.ts';
import { benchRows } from './rows.ts';

const REPETITION_MS = 500;

const [name = '', backend = '', folder = ''] = process.argv.slice(2);
const row = benchRows.find((each) => each.name === name);
if (row === undefined) throw new Error(`no row '${name}'`);
if (backend !== 'none') await useBackend(backend as BackendName);
const work = await row.prepare(folder, backend);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface(process.stdin)) {
  if (line === 'end') break;
  const first = await work.run();
  let { milliseconds } = first;
  let times = 1;
  for (; milliseconds < REPETITION_MS; times++) milliseconds += (await work.run()).milliseconds;
  const result = { milliseconds: milliseconds / times, check: first.check };
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ...result, memory }));
}
process.exit(0);
