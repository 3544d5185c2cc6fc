import { errorText } from '../host/error-text.ts';

/** What VS Code calls the token that it keeps itself. */
export const OWN_TOKEN = "VS Code's secret storage";

/**
 * What a user of VS Code is told of an error of the hub room: the cure is a command here, not a
 * variable of the environment.
 *
 * @param options.signingIn whether the token is in the input box. Default false
 */
export function hubErrorText(error: unknown, { signingIn = false } = {}): string {
  return errorText(error)
    .replaceAll("the option 'token'", signingIn ? 'this box' : OWN_TOKEN)
    .replace(
      / and set HF_TOKEN to it, or write it into [^\n]*?\.(?=\s|$)/,
      signingIn
        ? ' and paste it here.'
        : ' and sign in with it (Tatabox: Sign In to the Hugging Face Hub).',
    )
    .replace(/ into VS Code's secret storage, or remove it there\./, ', and sign in again.')
    .replace(/HF_HUB_CACHE(?=\.|$)/, 'the setting tatabox.hub.cacheFolder')
    .replace(
      'Check the network and HF_ENDPOINT',
      'Check the network and the setting tatabox.hub.endpoint',
    );
}

/** Whether signing in (with another token) may help. */
export function isAboutToken(error: unknown): boolean {
  return /\baccess token|\btoken with (?:read|write) access|no token was found/.test(
    errorText(error),
  );
}
