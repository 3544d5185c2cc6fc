import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 150;
/** Read at once; a log that grew by much is handed on in pieces. */
const PIECE_BYTES = 1 << 16;

/**
 * Hands on what is in a file and what is added to it, until `isDone` and all is read, or an abort.
 * Letters of several bytes are never torn.
 */
export async function followFile(
  file: string,
  onText: (text: string) => void,
  { isDone, signal }: { readonly isDone: () => boolean; readonly signal?: AbortSignal },
): Promise<void> {
  const handle = await open(file, 'r');
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(PIECE_BYTES);
  try {
    let position = 0;
    while (signal?.aborted !== true) {
      // Asked before reading: what is written between the two would be lost.
      const done = isDone();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      if (bytesRead > 0) onText(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
      else if (done) return;
      else await sleep(POLL_MILLISECONDS);
    }
  } finally {
    await handle.close();
  }
}
