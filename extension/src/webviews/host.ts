import type {
  EventName,
  HostMessage,
  PageMessage,
  Params,
  Protocol,
  RequestName,
  Result,
} from './channel.ts';

/** What VS Code gives to the script of a webview. */
interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** An error that the extension host sent. */
export class HostError extends Error {
  readonly cancelled: boolean;

  constructor(message: string, cancelled: boolean) {
    super(message);
    this.name = 'HostError';
    this.cancelled = cancelled;
  }
}

/** The extension host as a page sees it. */
export interface Host<P extends Protocol> {
  /** Asks; rejects with a {@link HostError}. An aborted signal cancels the work in the host, too. */
  request<N extends RequestName<P>>(
    name: N,
    params: Params<P, N>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result<P, N>>;
  /** Is told an event from the host. */
  on<N extends EventName<P>>(name: N, handle: (data: P['events'][N]) => void): void;
  /** What {@link Host.keep} kept before the page was hidden or the window reloaded. */
  kept(): unknown;
  /** Keeps plain data for the next time that this page is shown. */
  keep(state: unknown): void;
}

/** Connects a page with the extension host; to be called once. */
export function connectHost<P extends Protocol>(): Host<P> {
  const api = acquireVsCodeApi();
  const waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: HostError) => void }
  >();
  const handlers = new Map<string, ((data: unknown) => void)[]>();
  let nextId = 1;
  window.addEventListener('message', ({ data }: MessageEvent<HostMessage>) => {
    if (data.kind === 'event') {
      for (const handle of handlers.get(data.name) ?? []) handle(data.data);
      return;
    }
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'result') asked?.resolve(data.result);
    else asked?.reject(new HostError(data.error.message, data.error.cancelled));
  });
  return {
    request(name, params, { signal } = {}) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(new HostError('cancelled', true));
          return;
        }
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
        signal?.addEventListener('abort', () => {
          if (waiting.delete(id)) {
            api.postMessage({ kind: 'cancel', id });
            reject(new HostError('cancelled', true));
          }
        });
        api.postMessage({ kind: 'request', id, name, params });
      });
    },
    on(name, handle) {
      handlers.set(name, [...(handlers.get(name) ?? []), handle as (data: unknown) => void]);
    },
    kept: () => api.getState(),
    keep: (state) => {
      api.setState(state);
    },
  };
}
