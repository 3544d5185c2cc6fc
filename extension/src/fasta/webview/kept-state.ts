import type { ShownLetters } from './shown-letters.ts';

/** What a page keeps while it is hidden, and when the window is loaded again. */
export interface KeptState {
  readonly record: number;
  /** The first base that is seen. */
  readonly first: number;
  readonly cursor: number;
  readonly anchor: number | undefined;
  readonly reverse: boolean;
  readonly letters: ShownLetters;
  readonly frames: boolean;
  readonly alignment: boolean;
  readonly panel: 'none' | 'composition' | 'hits';
  readonly motif: string;
  readonly bothStrands: boolean;
  readonly all: boolean;
  readonly filter: string;
  readonly sidebar: number;
  readonly panelHeight: number;
}

export const FRESH_STATE: KeptState = {
  record: 0,
  first: 0,
  cursor: 0,
  anchor: undefined,
  reverse: false,
  letters: 'file',
  frames: false,
  alignment: false,
  panel: 'none',
  motif: '',
  bothStrands: true,
  all: true,
  filter: '',
  sidebar: 270,
  panelHeight: 190,
};

/** What was kept; parts of another kind than they should be, as of an older version, are fresh. */
export function readKept(kept: unknown): KeptState {
  if (typeof kept !== 'object' || kept === null) return FRESH_STATE;
  const known = Object.entries(kept).filter(([name, value]) =>
    name === 'anchor'
      ? value === undefined || typeof value === 'number'
      : name in FRESH_STATE && typeof value === typeof FRESH_STATE[name as keyof KeptState],
  );
  return { ...FRESH_STATE, ...(Object.fromEntries(known) as Partial<KeptState>) };
}
