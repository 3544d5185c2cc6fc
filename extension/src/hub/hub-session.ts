import * as vscode from 'vscode';
import type { HubOptions, HubRetry } from 'tatabox/hub/hub-settings.ts';
import { hubEndpoint } from 'tatabox/hub/hub-settings.ts';
import { HubToken } from 'tatabox/hub/hub-token.ts';
import { whoAmI, type HubAccount } from 'tatabox/hub/who-am-i.ts';
import { chooseToken, type TokenChoice } from './token-choice.ts';

const SECRET = 'tatabox.hub.token';

/** Which Hub is used, as whom, and with which cache; one for all that the extension does there. */
export class HubSession implements vscode.Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #waits = new vscode.EventEmitter<HubRetry>();
  readonly #disposables: vscode.Disposable[] = [this.#changed, this.#waits];
  #account: Promise<HubAccount> | undefined;

  /** The token, the endpoint or the cache folder is another one, in this window or another. */
  readonly onDidChange = this.#changed.event;
  /** A request to the Hub is made again after a wait. */
  readonly onDidWait = this.#waits.event;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
    this.#disposables.push(
      secrets.onDidChange(({ key }) => {
        if (key.startsWith(SECRET)) this.#forget();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tatabox.hub')) this.#forget();
      }),
    );
    void this.#updateContext();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Options for calls of the library that need no token. */
  publicOptions(): HubOptions {
    // A workspace must not choose where a token is sent or a cache is written.
    const setting = (name: string): string => {
      const found = vscode.workspace.getConfiguration('tatabox.hub').inspect<string>(name);
      return (found?.globalValue ?? found?.defaultValue ?? '').trim();
    };
    const endpoint = setting('endpoint');
    const cacheFolder = setting('cacheFolder');
    return {
      ...(endpoint === '' ? {} : { endpoint }),
      ...(cacheFolder === '' ? {} : { cacheFolder }),
      onRetry: (event) => {
        this.#waits.fire(event);
      },
    };
  }

  /** Options for calls of the library, with the token that was entered here, if any. */
  async options(): Promise<HubOptions> {
    const options = this.publicOptions();
    const token = await this.#secrets.get(this.#secretName());
    return token === undefined ? options : { ...options, token };
  }

  endpoint(): string {
    return hubEndpoint(this.publicOptions());
  }

  /** Which token is used; asks nothing of the Hub. */
  async tokenChoice(): Promise<TokenChoice> {
    const typed = (await this.#secrets.get(this.#secretName())) !== undefined;
    return chooseToken(typed, this.publicOptions());
  }

  /** Whose token it is; the answer is kept until something changes. */
  account(signal?: AbortSignal): Promise<HubAccount> {
    if (this.#account !== undefined) return this.#account;
    const asked = this.options().then((options) =>
      whoAmI({ ...options, ...(signal === undefined ? {} : { signal }) }),
    );
    this.#account = asked;
    asked.catch(() => {
      if (this.#account === asked) this.#account = undefined;
    });
    return asked;
  }

  /** Keeps a token once the Hub has said whose it is. */
  async signIn(typed: string, signal: AbortSignal): Promise<HubAccount> {
    // Checked here first: what is no token must not be sent to the Hub.
    const token = new HubToken(typed.trim(), 'this box').reveal();
    const account = await whoAmI({ ...this.publicOptions(), token, signal });
    await this.#secrets.store(this.#secretName(), token);
    return account;
  }

  /** Forgets the token that was entered here. */
  async signOut(): Promise<void> {
    await this.#secrets.delete(this.#secretName());
  }

  /** Asks the Hub anew next time. */
  refresh(): void {
    this.#forget();
  }

  /** Each Hub has its own token, so that none is ever sent to another. */
  #secretName(): string {
    return `${SECRET} ${this.endpoint()}`;
  }

  #forget(): void {
    this.#account = undefined;
    void this.#updateContext();
    this.#changed.fire();
  }

  async #updateContext(): Promise<void> {
    let signedIn = false;
    try {
      signedIn = (await this.tokenChoice()).kind !== 'none';
    } catch {
      // The view and every command say what is wrong with the token or the address.
    }
    await vscode.commands.executeCommand('setContext', 'tatabox.signedIn', signedIn);
  }
}
