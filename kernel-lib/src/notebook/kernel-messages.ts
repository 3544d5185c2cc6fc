import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** A message of the Jupyter protocol (https://jupyter-client.readthedocs.io/en/latest/messaging.html). */
export interface KernelMessage {
  readonly id: string;
  readonly type: string;
  /** The message that this one answers. */
  readonly parentId: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
}

const DELIMITER = Buffer.from('<IDS|MSG>');

/** Writes and reads the frames of messages, signed with the key of one connection. */
export class MessageCodec {
  readonly #key: string;
  readonly #session = randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  /** The frames of a new request. */
  encode(id: string, type: string, content: object): Buffer[] {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#session,
      username: 'tatabox',
      version: '5.3',
      date: new Date().toISOString(),
    };
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [DELIMITER, Buffer.from(this.#sign(parts)), ...parts];
  }

  /** The message in the frames; undefined where they are malformed or not signed with the key. */
  decode(frames: readonly Buffer[]): KernelMessage | undefined {
    const start = frames.findIndex((frame) => frame.equals(DELIMITER));
    const signature = frames[start + 1];
    const parts = frames.slice(start + 2);
    if (start < 0 || signature === undefined || parts.length < 4) return undefined;
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      return undefined;
    }
    const [header, parent, , content] = parts.map((part, index) =>
      index < 4 ? (JSON.parse(part.toString()) as Record<string, unknown>) : {},
    );
    return {
      id: String(header?.['msg_id']),
      type: String(header?.['msg_type']),
      parentId: typeof parent?.['msg_id'] === 'string' ? parent['msg_id'] : undefined,
      content: content ?? {},
    };
  }

  #sign(parts: readonly Buffer[]): string {
    const hash = createHmac('sha256', this.#key);
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  }
}
