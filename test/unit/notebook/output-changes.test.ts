import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellOutputs } from '../../../kernel-lib/src/notebook/cell-outputs.ts';
import type { KernelOutput } from '../../../kernel-lib/src/notebook/kernel-output.ts';
import type { NotebookOutput } from '../../../kernel-lib/src/notebook/notebook-file.ts';
import {
  applyOutputChanges,
  outputChanges,
} from '../../../kernel-lib/src/notebook/output-changes.ts';

const id = fc.constantFrom('a', 'b');
const text = fc.constantFrom('x', 'line\n', '\rover', 'long text \r\n', '');
const output: fc.Arbitrary<KernelOutput> = fc.oneof(
  fc.record({
    kind: fc.constant('stream' as const),
    name: fc.constantFrom('stdout' as const, 'stderr' as const),
    text,
  }),
  fc.record({
    kind: fc.constant('display' as const),
    data: text.map((content) => ({ 'text/plain': content })),
    metadata: fc.constant({}),
    displayId: id,
    update: fc.boolean(),
  }),
);

describe('outputChanges', () => {
  it('bring an editor to the same outputs, however often it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(output, fc.boolean())), (steps) => {
        const outputs = new CellOutputs(new Map(), {
          streamCharacters: 20,
          displayCharacters: 100,
          outputs: 6,
        });
        let sent: readonly NotebookOutput[] = [];
        let shown: readonly NotebookOutput[] = [];
        const tell = () => {
          const now = outputs.toOutputs();
          const changes = outputChanges(sent, now);
          sent = now;
          if (changes === undefined) return;
          // As it goes over the wire.
          shown = applyOutputChanges(shown, JSON.parse(JSON.stringify(changes)) as typeof changes);
        };
        for (const [each, flush] of steps) {
          outputs.add(each);
          if (flush) tell();
        }
        outputs.addError(
          { output_type: 'error', ename: 'E', evalue: 'x', traceback: [] },
          'line\n',
        );
        tell();
        expect(shown).toEqual(outputs.toOutputs());
      }),
    );
  });

  it('send what was added to a stream, not the stream', () => {
    const stream = (all: string): NotebookOutput => ({
      output_type: 'stream',
      name: 'stdout',
      text: all,
    });
    expect(outputChanges([stream('ab')], [stream('abc')])).toEqual({
      count: 1,
      changes: [{ index: 0, append: 'c' }],
    });
    expect(outputChanges([stream('ab')], [stream('ab')])).toBeUndefined();
    expect(outputChanges([stream('ab'), stream('c')], [stream('ab')])).toEqual({
      count: 1,
      changes: [],
    });
  });
});
