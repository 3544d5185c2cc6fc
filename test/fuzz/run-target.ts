// A process of `npm run fuzz`: reads one damaged input after the other with one target, and says on
// stdout, one line of JSON each, which input is next and what it found.
//
// node run-target.mjs TARGET SEED FROM SECONDS [BATCH]
import { writeSync } from 'node:fs';
import { fuzzTargets } from './targets.ts';
import { inputOf, tryInput } from './try-input.ts';

const [name, seed, from, seconds, batch = '64'] = process.argv.slice(2);
const target = fuzzTargets.find((each) => each.name === name);
if (target === undefined) throw new Error(`no target '${String(name)}'`);

/** At once, so that it is known when the process ends in the midst. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

// An error that nobody awaits is one that the user would not see either.
let unhandled: string | undefined;
process.on('unhandledRejection', (error) => {
  unhandled = error instanceof Error ? (error.stack ?? error.message) : String(error);
});

const samples = await target.samples();
const end = performance.now() + Number(seconds) * 1000;
let index = Number(from);
for (; performance.now() < end; index++) {
  if (index % Number(batch) === 0) say({ next: index });
  const input = inputOf(target, samples, Number(seed), index);
  const finding = await tryInput(target, input);
  const problem = finding?.problem ?? unhandled;
  if (problem !== undefined) {
    say({ finding: { index, problem, input: Buffer.from(input).toString('base64') } });
    unhandled = undefined;
  }
}
say({ done: index });
process.exit(0);
