import * as vscode from 'vscode';
import { isAlive, signalProcess, waitForEnd } from './run-process.ts';

/** A run gets this time to write what it has done before one is asked whether to end it by force. */
const GRACE_MILLISECONDS = 20_000;

/**
 * Interrupts the process of a run, and asks before it is ended by force.
 *
 * @param stopping marks of processes that are being stopped: a second interrupt would end a run
 *   before it has saved what is done
 */
export async function stopProcess(
  name: string,
  mark: string,
  stopping: Set<string>,
): Promise<void> {
  if (stopping.has(mark)) return;
  stopping.add(mark);
  try {
    await interrupt(name, mark);
  } finally {
    stopping.delete(mark);
  }
}

async function interrupt(name: string, mark: string): Promise<void> {
  if (!signalProcess(mark, 'SIGINT')) return;
  while (isAlive(mark)) {
    const ended = await Promise.resolve(
      vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Stopping ${name}: it saves what is done`,
        },
        () => waitForEnd(mark, GRACE_MILLISECONDS),
      ),
    );
    if (ended) return;
    const kill = 'End by Force';
    const answer = await vscode.window.showWarningMessage(
      `Run ${name} has not stopped yet.`,
      {
        modal: true,
        detail: 'What it did since its last checkpoint is lost if it is ended by force.',
      },
      kill,
      'Wait',
    );
    if (answer === kill) signalProcess(mark, 'SIGKILL');
    else if (answer === undefined) return;
  }
}
