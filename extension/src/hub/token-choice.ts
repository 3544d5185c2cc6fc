import { hubSettings, type HubOptions } from 'tatabox/hub/hub-settings.ts';
import { OWN_TOKEN } from './hub-error-text.ts';

/** Which access token is used, and from where. */
export interface TokenChoice {
  /** `typed`: entered here; `environment`: of a variable or the token file; `none`. */
  readonly kind: 'typed' | 'environment' | 'none';
  /** Where it is kept, as people know it; the token itself is nowhere in this object. */
  readonly source: string;
  /** Where another token is that is not used because the typed one wins. */
  readonly unused?: string;
}

/** Where the library would read a token by itself; undefined where there is none that it can use. */
function ownSource(options: HubOptions): string | undefined {
  return hubSettings(options).token?.source;
}

/**
 * Which token counts: one that was typed in VS Code, else `HF_TOKEN`, else the standard token file.
 *
 * @param typed whether a token is in VS Code's secret storage
 * @throws EnvironmentError where there is none of ours and the one of the environment is damaged
 */
export function chooseToken(typed: boolean, options: HubOptions): TokenChoice {
  if (!typed) {
    const source = ownSource(options);
    return source === undefined ? { kind: 'none', source: '' } : { kind: 'environment', source };
  }
  let unused: string | undefined;
  try {
    unused = ownSource(options);
  } catch {
    // A damaged token that is not used harms nobody.
  }
  return { kind: 'typed', source: OWN_TOKEN, ...(unused === undefined ? {} : { unused }) };
}

/** A sentence about which token is used; undefined where there is nothing worth saying. */
export function tokenNotice({ kind, source, unused }: TokenChoice): string | undefined {
  if (kind === 'environment') return `Signed in by ${source}.`;
  if (unused === undefined) return undefined;
  return `The token entered in VS Code is used, not that of ${unused}.`;
}
