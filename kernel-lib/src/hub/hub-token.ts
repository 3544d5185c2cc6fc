import { EnvironmentError } from '../core/errors.ts';

/**
 * An access token that cannot be printed by accident: text, JSON and inspection show only where it
 * was read. Only the code that makes the `Authorization` header calls `reveal`.
 */
export class HubToken {
  /** Where the token was read, for example `HF_TOKEN` or the path of the token file. */
  readonly source: string;
  readonly #value: string;

  constructor(value: string, source: string) {
    // A line break inside a token would make fetch fail with an error that quotes the header.
    if (!/^hf_[\x21-\x7e]+$/.test(value)) {
      throw new EnvironmentError({
        where: `the access token in ${source}`,
        found: value.startsWith('hf_')
          ? 'a space or a character that a token cannot hold'
          : "text that does not start with 'hf_'",
        expected: "a user access token of the Hugging Face Hub, 'hf_…'",
        fix: `Copy it again from the token page of the Hub into ${source}, or remove it there.`,
      });
    }
    this.#value = value;
    this.source = source;
  }

  /** The token itself, for the `Authorization` header only. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `hf_… (from ${this.source})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * Text from elsewhere (an answer of the server, an address) without what must not be shown: control
 * characters, the token, anything that looks like one, passwords in addresses and signatures of signed addresses.
 */
export function redact(text: string, token?: HubToken): string {
  const withoutToken = token === undefined ? text : text.replaceAll(token.reveal(), 'hf_…');
  return (
    withoutToken
      // Nor may it move the cursor of a terminal, or write over what is shown there.
      .replace(/\p{Cc}+/gu, ' ')
      .replace(/\bhf_[A-Za-z0-9]{16,}/g, 'hf_…')
      .replace(/\/\/[^/@\s]+@/g, '//…@')
      .replace(/\b(signature|x-amz-[a-z-]+|sig|token|key-pair-id|policy)=[^&\s"']+/gi, '$1=…')
  );
}
