import type * as vscode from 'vscode';
import type {
  EventName,
  HostMessage,
  PageMessage,
  Params,
  Protocol,
  RequestName,
  Result,
} from '../webviews/channel.ts';
import { errorText, isCancellation } from './error-text.ts';

/** Answers to the requests of a page; the signal is aborted when the page no longer wants one. */
export type Handlers<P extends Protocol> = {
  readonly [N in RequestName<P>]: (
    params: Params<P, N>,
    signal: AbortSignal,
  ) => Result<P, N> | Promise<Result<P, N>>;
};

/** A page as the extension host sees it. */
export interface Page<P extends Protocol> {
  tell<N extends EventName<P>>(name: N, data: P['events'][N]): void;
  /** Aborts what is still being answered and stops listening. */
  dispose(): void;
}

/** Answers the requests of a webview, each by its handler. */
export function connectPage<P extends Protocol>(
  webview: Pick<vscode.Webview, 'postMessage' | 'onDidReceiveMessage'>,
  handlers: Handlers<P>,
): Page<P> {
  const running = new Map<number, AbortController>();
  let disposed = false;
  const send = (message: HostMessage): void => {
    if (!disposed) void webview.postMessage(message);
  };
  const answer = async (message: PageMessage & { kind: 'request' }): Promise<void> => {
    const { id, name, params } = message;
    const abort = new AbortController();
    running.set(id, abort);
    try {
      if (!Object.hasOwn(handlers, name)) throw new Error(`no request is called ${name}`);
      const handle = handlers[name];
      if (handle === undefined) throw new Error(`no request is called ${name}`);
      const result = await handle(params as Params<P, string>, abort.signal);
      send({ kind: 'result', id, result });
    } catch (error) {
      const cancelled = abort.signal.aborted || isCancellation(error);
      send({ kind: 'error', id, error: { message: errorText(error), cancelled } });
    } finally {
      running.delete(id);
    }
  };
  const listener = webview.onDidReceiveMessage((message: PageMessage) => {
    if (message.kind === 'cancel') running.get(message.id)?.abort();
    else void answer(message);
  });
  return {
    tell(name, data) {
      send({ kind: 'event', name, data });
    },
    dispose() {
      disposed = true;
      listener.dispose();
      for (const abort of running.values()) abort.abort();
    },
  };
}
