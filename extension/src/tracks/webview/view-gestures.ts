import type { Viewport } from './viewport.ts';

/** What gestures act on. */
export interface ViewGestures {
  readonly area: HTMLElement;
  readonly ruler: HTMLElement;
  readonly overview: HTMLElement;
  readonly view: Viewport;
  readonly change: (move: () => void) => void;
  /** A stretch is being marked on the ruler; undefined when that is over. */
  readonly select: (range: readonly [from: number, to: number] | undefined) => void;
  readonly hover: (event: PointerEvent) => void;
  readonly click: (event: MouseEvent) => void;
  /** Steps through features. @returns whether there was one */
  readonly step: (by: number) => boolean;
  readonly open: () => void;
  /** Ends the steps. @returns whether there were any */
  readonly leave: () => boolean;
}

/** Pixels that a pointer may tremble in a click. */
const TREMBLE = 3;

/** Zooms and moves a view by pointer, wheel and keyboard. */
export function listenToView(gestures: ViewGestures): void {
  listenToKeys(gestures);
  listenToWheel(gestures);
  listenToRuler(gestures);
  listenToDrag(gestures);
}

function listenToKeys({ area, view, change, step, open, leave }: ViewGestures): void {
  let isStepping = false;
  area.addEventListener('keydown', (event) => {
    if (event.target !== area || event.altKey || event.metaKey || event.ctrlKey) return;
    const share = event.shiftKey ? 0.5 : 0.1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => {
        view.pan(-share * view.span);
      },
      ArrowRight: () => {
        view.pan(share * view.span);
      },
      PageUp: () => {
        view.pan(-0.9 * view.span);
      },
      PageDown: () => {
        view.pan(0.9 * view.span);
      },
      Home: () => {
        view.pan(-view.length);
      },
      End: () => {
        view.pan(view.length);
      },
      '+': () => {
        view.zoom(0.5);
      },
      '=': () => {
        view.zoom(0.5);
      },
      '-': () => {
        view.zoom(2);
      },
      _: () => {
        view.zoom(2);
      },
    };
    const move = moves[event.key];
    if (move !== undefined) change(move);
    else if (event.key === 'Enter') {
      open();
      isStepping = true;
    } else if (event.key === 'Tab' && isStepping) {
      // At the last feature the key moves the focus on, as everywhere.
      isStepping = step(event.shiftKey ? -1 : 1);
      if (!isStepping) return;
    } else if (event.key === 'Escape') {
      isStepping = false;
      if (!leave()) return;
    } else return;
    event.preventDefault();
  });
  area.addEventListener('blur', () => {
    isStepping = false;
    leave();
  });
}

function listenToWheel({ area, view, change }: ViewGestures): void {
  area.addEventListener(
    'wheel',
    (event) => {
      const unit = event.deltaMode === 0 ? 1 : 20;
      const { left } = area.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * unit * 0.004)));
        const anchor = view.base(event.clientX - left - 12);
        change(() => {
          view.zoom(factor, anchor);
        });
        return;
      }
      // Where tracks are higher than the page, the wheel scrolls them, with Shift it moves the view.
      const scrolls = area.scrollHeight > area.clientHeight + 1 && !event.shiftKey;
      const delta = event.deltaX !== 0 ? event.deltaX : scrolls ? 0 : event.deltaY;
      if (delta === 0) return;
      event.preventDefault();
      change(() => {
        view.pan((delta * unit) / view.pixelsPerBase);
      });
    },
    { passive: false },
  );
}

/** Calls back while the pointer is held down, with its place from the left edge of an element. */
function whileHeld(
  target: HTMLElement,
  event: PointerEvent,
  move: (x: number, to: PointerEvent) => void,
  end: (x: number) => void,
): void {
  target.setPointerCapture(event.pointerId);
  const { left } = target.getBoundingClientRect();
  const onMove = (to: PointerEvent): void => {
    move(to.clientX - left, to);
  };
  target.addEventListener('pointermove', onMove);
  target.addEventListener(
    'lostpointercapture',
    (to) => {
      target.removeEventListener('pointermove', onMove);
      end(to.clientX - left);
    },
    { once: true },
  );
}

function listenToRuler({ ruler, overview, view, change, select }: ViewGestures): void {
  ruler.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const start = event.offsetX;
    const from = view.base(start);
    let last = start;
    whileHeld(
      ruler,
      event,
      (x) => {
        last = x;
        select([from, view.base(x)]);
      },
      () => {
        select(undefined);
        const to = view.base(last);
        if (Math.abs(last - start) <= TREMBLE) return;
        change(() => {
          view.show(Math.min(from, to), Math.max(from, to));
        });
      },
    );
  });
  overview.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const goTo = (x: number): void => {
      const middle = (x / view.width) * view.length;
      change(() => {
        view.pan(middle - (view.start + view.end) / 2);
      });
    };
    goTo(event.offsetX);
    whileHeld(overview, event, goTo, () => undefined);
  });
}

function listenToDrag({ area, view, change, hover, click }: ViewGestures): void {
  let isDragged = false;
  area.addEventListener('pointerdown', (event) => {
    isDragged = false;
    const { target } = event;
    if (event.button !== 0 || !(target instanceof HTMLCanvasElement)) return;
    if (!target.classList.contains('lane-canvas')) return;
    const start = event.clientX;
    let last = start;
    whileHeld(
      target,
      event,
      (_, to) => {
        if (!isDragged && Math.abs(to.clientX - start) <= TREMBLE) return;
        isDragged = true;
        area.classList.add('dragged');
        const moved = to.clientX - last;
        last = to.clientX;
        change(() => {
          view.pan(-moved / view.pixelsPerBase);
        });
      },
      () => {
        area.classList.remove('dragged');
      },
    );
  });
  area.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) hover(event);
  });
  area.addEventListener('pointerleave', hover);
  area.addEventListener('click', (event) => {
    if (!isDragged) click(event);
  });
}
