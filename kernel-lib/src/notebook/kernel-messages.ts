import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseJson } from '../core/parse-json.ts';

/** A message of the Jupyter protocol (https://jupyter-client.readthedocs.io/en/latest/messaging.html). */
export interface KernelMessage {
  readonly id: string;
  readonly type: string;
  /** The message that this one answers. */
  readonly parentId: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Whether a value of JSON is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(frame: Buffer): Record<string, unknown> | undefined {
  try {
    const value = parseJson(frame.toString(), 'kernel message', { expected: 'an object' });
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
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
    const [header, parent, , content] = parts.slice(0, 4).map(parseObject);
    if (header === undefined || parent === undefined || content === undefined) return undefined;
    const { msg_id: id, msg_type: type } = header;
    if (typeof id !== 'string' || typeof type !== 'string') return undefined;
    const parentId = parent['msg_id'];
    return {
      id,
      type,
      parentId: typeof parentId === 'string' ? parentId : undefined,
      content,
    };
  }

  #sign(parts: readonly Buffer[]): string {
    const hash = createHmac('sha256', this.#key);
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  }
}
