import type { RecordRow } from '../fasta-protocol.ts';
import type { ScrollRange } from './scroll-range.ts';
import type { SequenceLayout } from './sequence-layout.ts';

/** What input needs of the view that it moves. */
interface SequenceInputView {
  readonly element: HTMLElement;
  readonly layout: SequenceLayout | undefined;
  readonly range: ScrollRange;
  readonly record: RecordRow;
  readonly options: { onCopy(): void };
  readonly cursor: number;
  readonly anchor: number;
  readonly selection: { readonly start: number; readonly end: number } | undefined;
  mirror(position: number): number;
  select(cursor: number, anchor?: number): void;
  reveal(): void;
  scrolled(): void;
}

/** Lets mouse and keyboard scroll a sequence view, move its cursor and select. */
export function handleSequenceInput(
  view: SequenceInputView,
  canvas: HTMLCanvasElement,
  ruler: number,
): void {
  view.element.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      const row = view.layout?.rowHeight ?? 20;
      const unit = event.deltaMode === 1 ? row : event.deltaMode === 2 ? view.range.page : 1;
      view.range.top += event.deltaY * unit * (event.altKey ? 5 : 1);
      view.scrolled();
    },
    { passive: false },
  );
  canvas.addEventListener('pointerdown', (event) => {
    startDrag(view, canvas, ruler, event);
  });
  view.element.addEventListener('keydown', (event) => {
    if (onKey(view, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

/** The base under the mouse, or the nearest; undefined in an empty record. */
function baseAt(
  view: SequenceInputView,
  canvas: HTMLCanvasElement,
  ruler: number,
  event: MouseEvent,
): number | undefined {
  const { layout, range, record } = view;
  if (layout === undefined || record.length === 0) return undefined;
  const box = canvas.getBoundingClientRect();
  const row = Math.floor((event.clientY - box.top - ruler + range.top) / layout.rowHeight);
  const column = layout.columnAt(event.clientX - box.left);
  const inRow = Math.min(layout.rows - 1, Math.max(0, row)) * layout.basesPerRow + column;
  return view.mirror(Math.min(record.length - 1, inRow));
}

function startDrag(
  view: SequenceInputView,
  canvas: HTMLCanvasElement,
  ruler: number,
  event: PointerEvent,
): void {
  const base = baseAt(view, canvas, ruler, event);
  if (event.button !== 0 || base === undefined) return;
  view.select(base, event.shiftKey ? view.anchor : undefined);
  const anchor = event.shiftKey ? view.anchor : base;
  canvas.setPointerCapture(event.pointerId);
  let last: PointerEvent = event;
  let timer = 0;
  const extend = (): void => {
    const to = baseAt(view, canvas, ruler, last);
    if (to !== undefined && (to !== anchor || view.selection !== undefined))
      view.select(to, anchor);
  };
  // Held above or below the rows, the mouse goes on selecting and scrolling without being moved.
  const scroll = (): void => {
    const box = canvas.getBoundingClientRect();
    const over =
      last.clientY < box.top + ruler
        ? last.clientY - box.top - ruler
        : Math.max(0, last.clientY - box.bottom);
    if (over === 0) return;
    view.range.top += over;
    view.scrolled();
    extend();
  };
  const move = (to: PointerEvent): void => {
    last = to;
    extend();
    timer ||= window.setInterval(scroll, 30);
  };
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener(
    'lostpointercapture',
    () => {
      window.clearInterval(timer);
      canvas.removeEventListener('pointermove', move);
    },
    { once: true },
  );
}

/** @returns whether the key was one of ours */
function onKey(view: SequenceInputView, event: KeyboardEvent): boolean {
  const { layout, range, record } = view;
  if (layout === undefined || event.altKey) return false;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === 'a') {
    view.select(record.length - 1, 0);
    return true;
  }
  if (command && event.key.toLowerCase() === 'c') {
    view.options.onCopy();
    return true;
  }
  if (event.key === 'Escape' && view.selection !== undefined) {
    view.select(view.cursor);
    return true;
  }
  const n = layout.basesPerRow;
  const page = Math.max(1, Math.floor(range.page / layout.rowHeight) - 1) * n;
  const at = view.mirror(view.cursor);
  const last = Math.max(0, record.length - 1);
  const rowStart = at - (at % n);
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: at - (command ? 10 : 1),
    ArrowRight: at + (command ? 10 : 1),
    ArrowUp: at >= n ? at - n : at,
    ArrowDown: Math.min(last, at + n),
    PageUp: at >= page ? at - page : at % n,
    PageDown: Math.min(last, at + page),
    Home: command ? 0 : rowStart,
    End: command ? last : rowStart + n - 1,
  };
  const target = targets[event.key];
  if (target === undefined || record.length === 0) return false;
  const cursor = view.mirror(Math.min(last, Math.max(0, target)));
  view.select(cursor, event.shiftKey ? view.anchor : undefined);
  view.reveal();
  return true;
}
