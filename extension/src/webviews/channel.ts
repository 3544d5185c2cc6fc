/**
 * What the two sides of a webview say to each other. The page asks (`requests`), the extension host
 * answers; the host tells (`events`). Each preview has one file `*-protocol.ts` with such a type, which
 * both sides import. Everything must survive structured cloning; typed arrays arrive as such.
 */
export interface Protocol {
  readonly requests: Readonly<Record<string, { params: unknown; result: unknown }>>;
  readonly events: Readonly<Record<string, unknown>>;
}

export type RequestName<P extends Protocol> = keyof P['requests'] & string;
export type Params<P extends Protocol, N extends RequestName<P>> = P['requests'][N]['params'];
export type Result<P extends Protocol, N extends RequestName<P>> = P['requests'][N]['result'];
export type EventName<P extends Protocol> = keyof P['events'] & string;

/** A message from the page. */
export type PageMessage =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly name: string;
      readonly params: unknown;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** A message from the extension host. */
export type HostMessage =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ShownError }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown };

/** An error as a page shows it: plain text, never HTML. */
export interface ShownError {
  readonly message: string;
  /** The request was cancelled: nothing is to be shown. */
  readonly cancelled: boolean;
}
