// Given by the bundler to every file that uses these names as globals of Node.js.
export { Buffer } from './buffer.ts';

/** There is no process; what is asked of one says so. */
export const process = { platform: 'browser', env: {}, versions: {}, pid: 0, argv: [] };

const waiting: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => {
  waiting.shift()?.();
};

/** Does something after messages that wait; a browser lets timers in timers wait for 4 ms. */
export function setImmediate(work: () => void): void {
  waiting.push(work);
  channel.port2.postMessage(0);
}
