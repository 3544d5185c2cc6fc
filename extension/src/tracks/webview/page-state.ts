import type { TableState } from '../../webviews/virtual-table.ts';

export type TabName = 'table' | 'tracks' | 'summary';

/** What a page needs to look the same after it was hidden or reloaded. */
export interface PageState {
  readonly tab?: TabName;
  readonly view?: { readonly chrom: string; readonly start: number; readonly end: number };
  readonly filter?: string;
  /** Only rows in the view of the tracks. */
  readonly inView?: boolean;
  readonly table?: TableState;
  /** Row of the file that is selected. */
  readonly selected?: number;
}

/** What was kept, as far as it has the right form. */
export function pageState(kept: unknown): PageState {
  return typeof kept === 'object' && kept !== null ? (kept as PageState) : {};
}
