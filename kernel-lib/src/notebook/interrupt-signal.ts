/** An `AbortSignal` that the next interrupt aborts. */
export interface InterruptSignal extends AbortSignal {
  /** Stops listening; an interrupt that comes later no longer aborts this signal. */
  dispose(): void;
}

/** The signals that wait; they share one listener, for a notebook makes one in every other cell. */
const waiting = new Set<AbortController>();
let installed = false;

function onInterrupt(): void {
  const reason = new Error('interrupted by the user');
  const controllers = [...waiting];
  waiting.clear();
  synchronise();
  for (const controller of controllers) controller.abort(reason);
}

/**
 * Adds or removes the listener, never in the same turn of the event loop: while a cell runs
 * synchronously Node's vm module has put all SIGINT listeners aside and its own handler in place. A
 * listener added then starts libuv's handler, which vm replaces by the default one when it ends, and
 * the next interrupt kills the kernel; one removed then comes back.
 */
function synchronise(): void {
  setImmediate(() => {
    if (waiting.size > 0 === installed) return;
    installed = waiting.size > 0;
    if (installed) process.on('SIGINT', onInterrupt);
    else process.off('SIGINT', onInterrupt);
  });
}

/**
 * A signal that is aborted by the next interrupt: Ctrl-C in a terminal, the stop button in a
 * notebook. Give it to long calls, which then stop between two steps with an `InterruptedError`.
 * After one interrupt the listener is gone, so that a second Ctrl-C in a terminal ends the process.
 *
 * @example
 * const signal = interruptSignal();
 * const history = await train(model, dataset, { signal });
 * signal.dispose();
 */
export function interruptSignal(): InterruptSignal {
  const controller = new AbortController();
  waiting.add(controller);
  synchronise();
  return Object.assign(controller.signal, {
    dispose() {
      waiting.delete(controller);
      synchronise();
    },
  });
}
