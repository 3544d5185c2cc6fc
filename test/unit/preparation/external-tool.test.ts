import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../../kernel-lib/src/core/errors.ts';
import {
  compareVersions,
  findExternalTool,
  type ExternalTool,
} from '../../../kernel-lib/src/preparation/external-tool.ts';
import { runExternalTools } from '../../../kernel-lib/src/preparation/external-tool-run.ts';

const tool: ExternalTool = {
  name: 'Tool',
  commands: [['tool-one'], ['tool', 'one']],
  debianPackage: 'tools',
  minimumVersion: '1.9',
  versionArguments: ['--version'],
  versionPattern: /v(\d+(?:\.\d+)+)/,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox tools '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, body: string): Promise<void> {
  await writeFile(path.join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(path.join(folder, name), 0o755);
}

describe('compareVersions', () => {
  it('compares numbers, not letters', () => {
    expect(compareVersions('1.10', '1.9')).toBeGreaterThan(0);
    expect(compareVersions('2.0', '2.0.0')).toBe(0);
    expect(compareVersions('0.36', '0.39')).toBeLessThan(0);
  });
});

describe('findExternalTool', () => {
  it('finds a tool under either name, in the first folder that has it', async () => {
    await script('tool', 'echo v1.10');
    const found = await findExternalTool(tool, { searchPath: `/nowhere::${folder}` });
    expect(found).toEqual({
      name: 'Tool',
      program: path.join(folder, 'tool'),
      first: ['one'],
      version: '1.10',
    });
  });

  it('passes over files that are no programs', async () => {
    await writeFile(path.join(folder, 'tool'), 'text');
    await expect(findExternalTool(tool, { searchPath: folder })).rejects.toThrow(
      /Tool: Tool: not installed.*apt-get install tools/,
    );
  });

  it('says that a program cannot be started', async () => {
    await writeFile(path.join(folder, 'tool'), '\u0000\u0001binary');
    await chmod(path.join(folder, 'tool'), 0o755);
    await expect(findExternalTool(tool, { searchPath: folder })).rejects.toBeInstanceOf(
      EnvironmentError,
    );
  });
});

describe('runExternalTools', () => {
  const call = (name: string, ...args: string[]) => ({
    tool: { name, program: path.join(folder, name), first: [], version: '1.0' },
    args,
  });

  it('hands arguments over as they are, and output from one to the next', async () => {
    await script('first', 'printf "%s\\n" "$@"; echo "one\rtwo" >&2; printf last >&2');
    await script('second', 'cat > out.txt; echo done');
    const lines: string[] = [];
    let bytes = 0;
    const args = ['a b', '$(touch x)', '"', ';ls', '*'];
    await runExternalTools([call('first', ...args), call('second')], {
      what: 'a test',
      cwd: folder,
      logFile: path.join(folder, 'logs', 'log'),
      onLine: (line) => lines.push(line),
      onPiece: (piece) => {
        bytes += piece.length;
      },
    });
    const out = await readFile(path.join(folder, 'out.txt'), 'utf8');
    expect(out).toBe(args.map((each) => `${each}\n`).join(''));
    expect(bytes).toBe(out.length);
    expect(lines).toEqual(['one', 'two', 'last']);
    const log = await readFile(path.join(folder, 'logs', 'log'), 'utf8');
    expect(log).toMatch(/^# .* a test\n\$ .*"\$\(touch x\)".* \| .*\n/);
    expect(log).toContain('done\n');
  });

  it('keeps only so much of a line that does not end', async () => {
    await script('first', 'head -c 3000000 /dev/zero | tr "\\0" x >&2; exit 1');
    const failing = runExternalTools([call('first')], {
      what: 'a test',
      cwd: folder,
      logFile: path.join(folder, 'log'),
    });
    await expect(failing).rejects.toThrow(/a test: first: exit code 1: x{100}/);
  });

  it('says that a tool is gone', async () => {
    const failing = runExternalTools([call('absent')], {
      what: 'a test',
      cwd: folder,
      logFile: path.join(folder, 'log'),
    });
    await expect(failing).rejects.toThrow(/absent: could not be started \(ENOENT\)/);
  });
});
