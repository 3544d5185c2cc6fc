import { code, markdown, type NotebookTemplate } from './notebook-template.ts';

/** Needs no files. */
export const firstSteps: NotebookTemplate = {
  name: 'first-steps',
  label: 'Quickstart',
  detail: 'Sequences, a small network and a figure; needs no files',
  cells: () => [
    markdown(`
# First steps with tatabox

Run the cells from top to bottom (Shift+Enter). Each sees what the cells above it declared. The stop
button interrupts long calls that are given \`signal\`.`),
    code(`
import * as tb from 'tatabox';

const backend = await tb.useBackend(); // the fastest that is installed
const signal = tb.interruptSignal();
const progress = tb.defaultProgress();

\`tatabox \${tb.LIBRARY_VERSION} computes with \${backend.name}\``),
    markdown(`
## Sequences

Bases are held as small numbers (tokens), one byte each. Intervals are 0-based and half-open.`),
    code(`
const sequence = tb.encodeSequence('ATGCGCTATAAAAGGCGCGATTACAGGCC');
const opposite = tb.reverseComplement(sequence);
new tb.TableView(
  'One sequence, two strands',
  ['strand', 'bases', 'GC'],
  [sequence, opposite].map((tokens, i) => ({
    strand: '+-'[i],
    bases: tb.decodeTokens(tokens),
    GC: tb.gcContent(tokens),
  })),
).show();`),
    markdown(`
## A figure

Figures are Vega-Lite: shown here in the colours of your theme, and saved with
\`await figure.save('gc.svg')\`.`),
    code(`
const made = Array.from({ length: 500 }, (_, i) =>
  tb.encodeSequence(
    Array.from({ length: 100 }, (_, j) => 'ACGT'[((i + 3) * (j + 7) * 7919) % 31 % 4]).join(''),
  ),
);
const figure = await tb.plotDistribution(made.map((tokens) => tb.gcContent(tokens)), {
  title: 'GC content of 500 made-up sequences',
  valueTitle: 'GC',
  items: 'sequences',
});
figure.show();`),
    markdown(`
## Progress

Long calls take \`progress\`; it is shown in place.`),
    code(`
for (let done = 0; done <= 30; done++) {
  progress({ task: 'counting', done, total: 30, unit: 'steps' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (signal.aborted) break;
}`),
    markdown(`
## Where next

*Tatabox: New Notebook…* has the workflows of two studies: from promoters to expression, and a
language model of promoters. *Tatabox: New Run Configuration…* does the same without a notebook.`),
  ],
};
