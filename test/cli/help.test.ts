import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const root = path.join(import.meta.dirname, '..', '..');

const commands = [
  ['run'],
  ['train'],
  ['runs'],
  ['evaluate'],
  ['predict'],
  ['interpret'],
  ['embed'],
  ['download'],
  ['promoters'],
  ['combine-promoters'],
  ['quantify'],
  ['ena-runs'],
  ['expression'],
  ['cluster'],
  ['audit'],
  ['tokenizer'],
  ['tokenizer', 'train'],
  ['tokenize'],
  ['import', 'huggingface'],
  ['export'],
  ['export', 'huggingface'],
  ['import'],
  ['import', 'keras'],
  ['push'],
  ['pull'],
  ['verify'],
  ['inspect'],
  ['check'],
  ['doctor'],
  ['native'],
  ['schema'],
  ['notebook'],
  ['notebook', 'run'],
  ['notebook', 'html'],
  ['notebook', 'kernel'],
];

describe('help', () => {
  it.concurrent.each([[], ...commands].map((words) => [words]))(
    'of tatabox %j has an example',
    async (words) => {
      const { code, stdout, stderr } = await runCommand([...words, '--help']);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/\nExamples?:\n {2}\$ tatabox /);
      // An example is one of the command itself.
      if (words.length > 0) expect(stdout).toContain(`  $ tatabox ${words.join(' ')}`);
    },
  );

  it('names every command of the house', async () => {
    const { stdout } = await runCommand(['--help']);
    for (const [name] of commands) expect(stdout).toMatch(new RegExp(`\\n {2}${name!}\\b`));
  });

  it('gives the version of the package', async () => {
    const { code, stdout } = await runCommand(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong call', () => {
  it.concurrent.each([
    ['an unknown command', ['rum'], "unknown command 'rum'", 'run'],
    ['an unknown subcommand', ['import', 'kreas', 'a.h5'], "unknown command 'kreas'", 'keras'],
    ['an unknown subcommand', ['notebook', 'rnu', 'a'], "unknown command 'rnu'", 'run'],
    ['an unknown option', ['run', 'a.yaml', '--sset', 'a=1'], "unknown option '--sset'", '--set'],
    ['an unknown option', ['predict', 'm', '--fsta', 'a'], "unknown option '--fsta'", '--fasta'],
    ['an unknown option', ['predict', 'm', '--ot', 'a'], "unknown option '--ot'", '--out'],
    ['an unknown option', ['doctor', '--jsn'], "unknown option '--jsn'", '--json'],
  ])('%s ends with 2 and the nearest name: %j', async (_, args, message, nearest) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(`(Did you mean ${nearest}?)`);
  });

  it.concurrent.each([
    ['a missing argument', ['run'], "missing required argument 'config'"],
    ['a missing option', ['predict', 'model', '--fasta', 'a.fa'], "required option '--out <file>'"],
    ['too many arguments', ['verify', 'a', 'b'], "too many arguments for 'verify'"],
    [
      'an unknown choice',
      ['interpret', 'm', '--method', 'isms', '--out', 'a.npz'],
      'Allowed choices are ism, gradient, saliency, integrated-gradients, deep-lift',
    ],
    ['an unknown backend', ['verify', 'm', '--backend', 'gpu'], 'Allowed choices are'],
  ])('%s ends with 2', async (_, args, message) => {
    const { code, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('is one JSON object on stdout with --json', async () => {
    const { code, json } = await runCommand(['predict', 'model', '--json']);
    expect(code).toBe(2);
    expect(json).toEqual({
      error: {
        name: 'UsageError',
        message:
          "the call: required option '--out <file>' not specified. The command with --help shows the options and examples.",
        exitCode: 2,
      },
    });
  });
});

interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

describe('schema', () => {
  it('prints the JSON Schema of run configs, in one line with --json', async () => {
    const { code, stdout, stderr } = await runCommand(['schema']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const schema = JSON.parse(stdout) as JsonSchema;
    expect(schema.$schema).toMatch(/^http:\/\/json-schema\.org\/draft-07\//);
    const [train] = schema.oneOf!;
    expect(train!.required).toEqual(expect.arrayContaining(['mode', 'name', 'data']));
    // What a config may leave out is not required, and its default is there for editors.
    expect(train!.required).not.toContain('training');
    const { epochs } = train!.properties!['training']!.properties!;
    expect(epochs).toMatchObject({ type: 'integer', default: 100 });
    const short = await runCommand(['schema', '--json']);
    expect(short.json).toEqual(schema);
  });
});

describe('doctor', () => {
  it('says what this machine computes with', async () => {
    const { code, json } = await runCommand(['doctor', '--json']);
    expect(code).toBe(0);
    expect(json.node).toBe(process.version);
    const states = Object.fromEntries(
      (json.rows as { what: string; status: string }[]).map(({ what, status }) => [what, status]),
    );
    expect(states).toMatchObject({ 'backend wasm': 'ok', 'backend cpu': 'ok' });
    for (const row of json.rows as { status: string; fix: string }[]) {
      expect(row.fix === '').toBe(row.status === 'ok');
    }
    const { stdout } = await runCommand(['doctor']);
    expect(stdout).toContain(`tatabox computes with ${String(json.defaultBackend)} here`);
  });
});

describe('the command that npm links', () => {
  it('is there after an installation and runs', async () => {
    const command = path.join(root, 'node_modules', '.bin', 'tatabox');
    const { stdout } = await promisify(execFile)(command, ['--version']);
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
