import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('./loopback-server.mjs', import.meta.url));

it('runs as a program that prints where it is, and stops with its parent', async () => {
  const server = spawn(process.execPath, [script, '--port', '0', '--stop-with-stdin'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve) => {
    server.stdout.once('data', (data: Buffer) => {
      resolve(data.toString());
    });
  });
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  const answer = await fetch(`${url}/api/whoami-v2`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  expect(await answer.json()).toMatchObject({ name: 'tester' });
  expect((await fetch(`${url}/api/whoami-v2`)).status).toBe(401);
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.stdin.end();
  expect(await exit).toBe(0);
});
