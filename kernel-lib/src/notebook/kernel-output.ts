import { isRecord, type KernelMessage } from './kernel-messages.ts';

/** Something that a cell printed or displayed. */
export type KernelOutput =
  | { readonly kind: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly kind: 'display';
      readonly data: Readonly<Record<string, string | object>>;
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly displayId?: string;
      /** Whether it replaces what was shown under its id. */
      readonly update: boolean;
    };

const isText = (value: unknown): value is string => typeof value === 'string';

/** What a message of a kernel prints or displays; undefined for other messages and malformed ones. */
export function kernelOutput({ type, content }: KernelMessage): KernelOutput | undefined {
  const { name, text, data, metadata, transient } = content;
  if (type === 'stream') {
    if (!isText(text)) return undefined;
    return { kind: 'stream', name: name === 'stderr' ? 'stderr' : 'stdout', text };
  }
  if (type !== 'display_data' && type !== 'update_display_data') return undefined;
  if (!isRecord(data)) return undefined;
  const representations = Object.entries(data).filter(
    (entry): entry is [string, string | object] =>
      isText(entry[1]) || (typeof entry[1] === 'object' && entry[1] !== null),
  );
  const id = isRecord(transient) ? transient['display_id'] : undefined;
  return {
    kind: 'display',
    data: Object.fromEntries(representations),
    metadata: isRecord(metadata) ? metadata : {},
    ...(isText(id) ? { displayId: id } : {}),
    update: type === 'update_display_data',
  };
}
