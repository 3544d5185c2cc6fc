/** An `AbortSignal` that the next interrupt aborts. */
export interface InterruptSignal extends AbortSignal {
  /** Stops listening; an interrupt that comes later no longer aborts this signal. */
  dispose(): void;
}

/** Signals of the system that can interrupt. */
type SystemSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The signals that wait, and for what; they share listeners, for a notebook makes many. */
const waiting = new Map<AbortController, readonly SystemSignal[]>();
const installed = new Set<SystemSignal>();

function onInterrupt(name: SystemSignal): void {
  const reason = new Error(name === 'SIGINT' ? 'interrupted by the user' : `ended by ${name}`);
  const controllers = [...waiting].filter(([, names]) => names.includes(name));
  for (const [controller] of controllers) waiting.delete(controller);
  synchronise();
  for (const [controller] of controllers) controller.abort(reason);
}

/**
 * Adds or removes the listener, never in the same turn of the event loop: while a cell runs
 * synchronously Node's vm module has put all SIGINT listeners aside and its own handler in place. A
 * listener added then starts libuv's handler, which vm replaces by the default one when it ends, and
 * the next interrupt kills the kernel; one removed then comes back.
 */
function synchronise(): void {
  setImmediate(() => {
    const wanted = new Set([...waiting.values()].flat());
    for (const name of wanted) {
      if (installed.has(name)) continue;
      installed.add(name);
      process.on(name, onInterrupt);
    }
    for (const name of installed) {
      if (wanted.has(name)) continue;
      installed.delete(name);
      process.off(name, onInterrupt);
    }
  });
}

/**
 * A signal that is aborted by the next interrupt: Ctrl-C in a terminal, the stop button in a
 * notebook. Give it to long calls, which then stop between two steps with an `InterruptedError`.
 * After one interrupt the listener is gone, so that a second Ctrl-C in a terminal ends the process.
 *
 * @param names the signals of the system that interrupt. Default: SIGINT alone, for a process that
 *   goes on after an interrupt, as a notebook's does, must end when it is told to by another.
 *
 * @example
 * const signal = interruptSignal();
 * const history = await train(model, dataset, { signal });
 * signal.dispose();
 */
export function interruptSignal(names: readonly SystemSignal[] = ['SIGINT']): InterruptSignal {
  const controller = new AbortController();
  waiting.set(controller, names);
  synchronise();
  return Object.assign(controller.signal, {
    dispose() {
      waiting.delete(controller);
      synchronise();
    },
  });
}
