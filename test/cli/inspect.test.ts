import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const root = path.join(import.meta.dirname, '..', '..');
const yeast = path.join(root, 'notebooks', 'data', 'yeast_R64');
const genome = path.join(yeast, 'sacCer3.fa.gz');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-inspect-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('tatabox inspect', () => {
  it('shows people what a genome has', async () => {
    const { code, stdout } = await runCommand(['inspect', genome, '--limit', '3']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+sacCer3\.fa\.gz: FASTA, bgzip, 3\.8 MB\n {2}sequences +17\n/);
    expect(stdout).toMatch(/… and 14 more\n\n✓ no problems found\n$/);
  });

  it('gives several reports as one object, and 3 where one has problems', async () => {
    const bed = path.join(folder, 'wrong.bed');
    await writeFile(bed, 'IV\t5\t9\n');
    const good = path.join(yeast, 'sacCer3_transcripts.bed');
    const { code, json } = await runCommand([
      ...['inspect', good, bed, path.join(folder, 'nothing.fa')],
      ...['--genome', genome, '--json', '--quiet'],
    ]);
    expect(code).toBe(3);
    expect(json.ok).toBe(false);
    expect(json.files).toMatchObject([
      { format: 'bed', records: 6445, problemCount: 0 },
      { format: 'bed', records: 1, problemCount: 1 },
      { format: 'missing', problemCount: 1 },
    ]);
    expect(json.files[1].problems[0].fix).toMatch(/Did you mean 'chrIV'/);
  });

  it('checks run configs against their schema', async () => {
    const shipped = path.join(root, 'notebooks', 'quickstart.tatabox.yaml');
    const fine = await runCommand(['inspect', shipped]);
    expect([fine.code, fine.stdout]).toEqual([
      0,
      expect.stringMatching(/model +promoter-regions\n {2}schema +valid/) as string,
    ]);
    const config = path.join(folder, 'my.tatabox.yaml');
    await writeFile(config, 'mode: train\nnmae: x\n');
    const wrong = await runCommand(['inspect', config]);
    expect(wrong.code).toBe(3);
    expect(wrong.stdout).toMatch(/✗ line 2: unknown key 'nmae'. Did you mean 'name'\?/);
  });

  it('refuses a wrong call', async () => {
    for (const args of [[], [genome, '--limit', 'few'], [genome, '--genom', 'x']]) {
      expect((await runCommand(['inspect', ...args])).code).toBe(2);
    }
    expect((await runCommand(['inspect', genome, '--genome', 'no.fa'])).code).toBe(3);
  });

  it('loads no TensorFlow.js', async () => {
    const hook = path.join(folder, 'hook.cjs');
    await writeFile(
      hook,
      `process.on('exit', () => {
        const loaded = Object.keys(require.cache).filter((file) => /@tensorflow/.test(file));
        process.stderr.write('loaded ' + String(loaded.length) + '\\n');
      });`,
    );
    const copy = path.join(folder, 'a.fa');
    await writeFile(copy, '>a\nACGT\n');
    const { stderr } = await runCommand(['inspect', copy, '--quiet'], {
      env: { NODE_OPTIONS: `--require ${hook}` },
    });
    expect(stderr).toBe('loaded 0\n');
  });

  it('says which indexes a copy lacks', async () => {
    const copy = path.join(folder, 'copy.fa.gz');
    await copyFile(genome, copy);
    const { code, stdout } = await runCommand(['inspect', copy]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/a bgzip file without its \.fai and \.gzi/);
  });
});
