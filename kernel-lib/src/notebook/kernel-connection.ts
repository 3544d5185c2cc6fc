import { randomUUID } from 'node:crypto';
import type { Dealer, Subscriber } from 'zeromq';
import { MessageCodec, type KernelMessage } from './kernel-messages.ts';
import type { ZeromqModule } from './kernel-packages.ts';

/** The connection file's content, by which a kernel and its clients find each other. */
export interface ConnectionInfo {
  readonly transport: 'tcp';
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme: 'hmac-sha256';
  readonly kernel_name: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}

interface PendingRequest {
  reply?: KernelMessage;
  idle: boolean;
  lastHeard: number;
  resolve(reply: KernelMessage): void;
  reject(error: Error): void;
}

/**
 * A request is done when its reply and its `idle` status are both here. Publishers drop messages
 * when a cell prints faster than the network takes them, `idle` among them; then a reply followed
 * by this much silence (milliseconds) counts as done.
 */
const QUIET = 1500;

/** The client's three sockets to one kernel. */
export class KernelConnection {
  readonly #codec: MessageCodec;
  readonly #channels: { readonly shell: Dealer; readonly control: Dealer };
  readonly #iopub: Subscriber;
  readonly #pending = new Map<string, PendingRequest>();
  /** Kept after the reply: a promise that a cell did not await may print later. */
  readonly #listeners = new Map<string, (message: KernelMessage) => void>();
  readonly #quietCheck: NodeJS.Timeout;
  #sending: Promise<void> = Promise.resolve();
  #heardBroadcast = false;

  constructor(zeromq: ZeromqModule, info: ConnectionInfo) {
    this.#codec = new MessageCodec(info.key);
    const address = (port: number) => `${info.transport}://${info.ip}:${port}`;
    const dealer = (port: number) => {
      const socket = new zeromq.Dealer({ linger: 0 });
      socket.connect(address(port));
      return socket;
    };
    this.#channels = { shell: dealer(info.shell_port), control: dealer(info.control_port) };
    // No high water mark: a cell that prints much must not lose its last messages on our side.
    this.#iopub = new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
    this.#iopub.connect(address(info.iopub_port));
    this.#iopub.subscribe();
    void this.#receive(this.#channels.shell, (message) => this.#onReply(message));
    void this.#receive(this.#channels.control, (message) => this.#onReply(message));
    void this.#receive(this.#iopub, (message) => this.#onBroadcast(message));
    this.#quietCheck = setInterval(() => this.#settleQuiet(), 250).unref();
  }

  /** Whether a broadcast message has come: subscribing takes effect some time after connecting. */
  get heardBroadcast(): boolean {
    return this.#heardBroadcast;
  }

  /** Sends a request; resolves with its reply once all its broadcast messages were delivered. */
  request(
    channel: 'shell' | 'control',
    type: string,
    content: object,
    onMessage?: (message: KernelMessage) => void,
  ): Promise<KernelMessage> {
    const id = randomUUID();
    if (onMessage !== undefined) this.#listeners.set(id, onMessage);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { idle: false, lastHeard: Date.now(), resolve, reject });
      const frames = this.#codec.encode(id, type, content);
      this.#sending = this.#sending
        .then(() => this.#channels[channel].send(frames))
        .catch((error: unknown) => this.#fail(id, error));
    });
  }

  /** Closes the sockets; requests without a reply fail with the error. */
  close(error: Error): void {
    clearInterval(this.#quietCheck);
    for (const socket of [this.#channels.shell, this.#channels.control, this.#iopub]) {
      if (!socket.closed) socket.close();
    }
    for (const id of [...this.#pending.keys()]) this.#fail(id, error);
  }

  async #receive(socket: Dealer | Subscriber, handle: (message: KernelMessage) => void) {
    try {
      for await (const frames of socket) {
        const message = this.#codec.decode(frames);
        if (message !== undefined) handle(message);
      }
    } catch (error) {
      if (!socket.closed) for (const id of [...this.#pending.keys()]) this.#fail(id, error);
    }
  }

  #onReply(message: KernelMessage): void {
    const pending = this.#pending.get(message.parentId ?? '');
    if (pending === undefined) return;
    pending.reply = message;
    pending.lastHeard = Date.now();
    this.#settle(message.parentId ?? '', pending);
  }

  #onBroadcast(message: KernelMessage): void {
    this.#heardBroadcast = true;
    const id = message.parentId ?? '';
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.lastHeard = Date.now();
    if (message.type === 'status') {
      if (pending !== undefined && message.content['execution_state'] === 'idle') {
        pending.idle = true;
        this.#settle(id, pending);
      }
      return;
    }
    try {
      this.#listeners.get(id)?.(message);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #settle(id: string, pending: PendingRequest): void {
    if (pending.reply === undefined || !pending.idle) return;
    this.#pending.delete(id);
    pending.resolve(pending.reply);
  }

  #settleQuiet(): void {
    for (const [id, pending] of this.#pending) {
      if (Date.now() - pending.lastHeard < QUIET) continue;
      if (pending.reply === undefined) continue;
      pending.idle = true;
      this.#settle(id, pending);
    }
  }

  #fail(id: string, error: unknown): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
