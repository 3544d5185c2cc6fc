import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { KernelClient } from '../../../../extension/src/notebooks/kernel-client.ts';
import type { OutputChange } from '../../../../kernel-lib/src/notebook/kernel-protocol.ts';

/** A program that answers as `tatabox notebook kernel` does, by rules that the test can foresee. */
const PROGRAM = `
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
let text = '';
console.log('not an event');
tell({ event: 'ready', processId: 1 });
const end = (id, status) => tell({ event: 'ended', id, status, executionCount: id });
const pending = [];
process.stdin.on('data', (data) => {
  text += data;
  const lines = text.split('\\n');
  text = lines.pop();
  for (const line of lines) {
    const { id, type, code } = JSON.parse(line);
    if (type === 'complete') tell({ event: 'completion', id, matches: [code + 'd'], start: 0, end: 2 });
    else if (type === 'inspect') tell({ event: 'refused', id, message: 'busy' });
    else if (type === 'interrupt') { for (const each of pending.splice(0)) end(each, 'interrupted'); tell({ event: 'done', id }); }
    else if (code === 'die') { process.stderr.write('out of paper'); process.exitCode = 3; process.exit(); }
    else if (code === 'wait') { pending.push(id); tell({ event: 'started', id }); }
    else {
      tell({ event: 'started', id });
      tell({ event: 'outputs', id, count: 1, changes: [{ index: 0, output: { output_type: 'stream', name: 'stdout', text: code } }] });
      end(id, 'ok');
      tell({ event: 'outputs', id, count: 1, changes: [{ index: 0, append: ' late' }] });
    }
  }
});
process.stdin.on('end', () => process.exit(0));
`;

const clients: KernelClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});

function open(program = PROGRAM) {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const told: string[] = [];
  const client = new KernelClient(child, {
    ready: () => told.push('ready'),
    ended: (message) => told.push(message),
    stuck: () => told.push('stuck'),
  });
  clients.push(client);
  return { client, told, child };
}

describe('KernelClient', () => {
  it('runs cells, and is told of outputs before and after their end', async () => {
    const { client, told } = open();
    const changes: OutputChange[] = [];
    let started = 0;
    const listener = {
      started: () => started++,
      outputs: (_count: number, some: readonly OutputChange[]) => changes.push(...some),
    };
    expect(await client.execute('hello', listener)).toMatchObject({
      status: 'ok',
      executionCount: 1,
    });
    await expect.poll(() => changes).toHaveLength(2);
    expect(changes[1]).toEqual({ index: 0, append: ' late' });
    expect(started).toBe(1);
    expect(told).toEqual(['ready']);
  });

  it('asks for completion; a refusal is no answer', async () => {
    const { client } = open();
    expect(await client.complete('ab', 2)).toMatchObject({ matches: ['abd'], start: 0, end: 2 });
    expect(await client.inspect('ab', 2)).toBeUndefined();
  });

  it('interrupts', async () => {
    const { client } = open();
    const ignore = { started: () => undefined, outputs: () => undefined };
    const running = client.execute('wait', ignore);
    await client.interrupt();
    expect(await running).toMatchObject({ status: 'interrupted' });
  });

  it('tells why the program ended, and ends what ran', async () => {
    const { client, told } = open();
    const ignore = { started: () => undefined, outputs: () => undefined };
    const waiting = client.execute('wait', ignore);
    expect(await client.execute('die', ignore)).toEqual({
      status: 'kernel-ended',
      executionCount: null,
    });
    expect(await waiting).toMatchObject({ status: 'kernel-ended' });
    expect(client.alive).toBe(false);
    expect(told.at(-1)).toMatch(/out of paper\nThe kernel's program ended with exit code 3/);
    expect(await client.execute('1', ignore)).toMatchObject({ status: 'kernel-ended' });
    expect(await client.complete('a', 1)).toBeUndefined();
  });

  it('stops the program without a complaint', async () => {
    const { client, told, child } = open();
    await client.stop();
    expect(child.exitCode).toBe(0);
    expect(told.filter((text) => text !== 'ready')).toEqual([]);
  });

  it('tells of a program that cannot be started', async () => {
    const child = spawn('/nonexistent/node', [], { stdio: ['pipe', 'pipe', 'pipe'] });
    const told: string[] = [];
    const client = new KernelClient(child, {
      ready: () => undefined,
      ended: (message) => told.push(message),
      stuck: () => undefined,
    });
    await expect.poll(() => told).toHaveLength(1);
    expect(told[0]).toContain('ENOENT');
    expect(client.alive).toBe(false);
  });
});
