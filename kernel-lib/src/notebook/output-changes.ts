import type { OutputChange } from './kernel-protocol.ts';
import type { NotebookOutput } from './notebook-file.ts';

/** What has become of a cell's outputs since the editor was last told. */
export interface OutputChanges {
  readonly count: number;
  readonly changes: readonly OutputChange[];
}

function isSame(before: NotebookOutput, now: NotebookOutput): boolean {
  if (before === now) return true;
  if (before.output_type === 'stream' && now.output_type === 'stream') {
    return before.name === now.name && before.text === now.text;
  }
  // What is displayed is replaced as a whole, so that the same object is the same content.
  return (
    before.output_type === 'display_data' &&
    now.output_type === 'display_data' &&
    before.data === now.data &&
    before.metadata === now.metadata
  );
}

function change(index: number, before: NotebookOutput | undefined, now: NotebookOutput) {
  if (before?.output_type === 'stream' && now.output_type === 'stream') {
    const { text: old } = before;
    const { text } = now;
    const grew = typeof old === 'string' && typeof text === 'string' && text.startsWith(old);
    if (grew && before.name === now.name) return { index, append: text.slice(old.length) };
  }
  return { index, output: now };
}

/** Tells what changed from some outputs to others; undefined where nothing did. */
export function outputChanges(
  before: readonly NotebookOutput[],
  now: readonly NotebookOutput[],
): OutputChanges | undefined {
  const changes = now.flatMap((output, index) => {
    const old = before[index];
    return old !== undefined && isSame(old, output) ? [] : [change(index, old, output)];
  });
  if (changes.length === 0 && before.length === now.length) return undefined;
  return { count: now.length, changes };
}

/** The outputs after a change, as the editor has them. */
export function applyOutputChanges(
  outputs: readonly NotebookOutput[],
  { count, changes }: OutputChanges,
): NotebookOutput[] {
  const changed = outputs.slice(0, count);
  for (const each of changes) {
    const old = changed[each.index];
    if ('output' in each) changed[each.index] = each.output;
    else if (old?.output_type === 'stream' && typeof old.text === 'string') {
      changed[each.index] = { ...old, text: old.text + each.append };
    }
  }
  return changed;
}
