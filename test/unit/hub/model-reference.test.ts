import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { parseModelReference } from '../../../kernel-lib/src/hub/model-reference.ts';

describe('parseModelReference', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatabox-reference-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const environment = {};
  const parse = (text: string) => parseModelReference(text, { environment });
  const hub = (revision = 'main', repo = 'lab/m') => ({ kind: 'hub', repo, revision });

  it('understands what people write', () => {
    expect(parse('lab/m')).toEqual(hub());
    expect(parse('lab/m@v1.2')).toEqual(hub('v1.2'));
    expect(parse('lab/m@refs/pr/1')).toEqual(hub('refs/pr/1'));
    expect(parse('hf://lab/m@v2')).toEqual(hub('v2'));
    expect(parse('hf://models/lab/m')).toEqual(hub());
    expect(parse('https://huggingface.co/lab/m')).toEqual(hub());
    expect(parse('https://hf.co/lab/m/tree/main/')).toEqual(hub());
    expect(parse('https://huggingface.co/lab/m/tree/refs%2Fpr%2F3')).toEqual(hub('refs/pr/3'));
    expect(parse('https://huggingface.co/lab/m/blob/v2/config.json')).toEqual(hub('v2'));
    expect(parse(folder)).toEqual({ kind: 'folder', folder });
    expect(parse(path.relative('.', folder))).toEqual({ kind: 'folder', folder });
    expect(parse('~')).toEqual({ kind: 'folder', folder: homedir() });
    // A folder of this checkout comes before a model of the same name.
    expect(parse('test/unit')).toEqual({ kind: 'folder', folder: path.resolve('test/unit') });
  });

  it('knows the address of another Hub', () => {
    const text = 'http://127.0.0.1:8080/lab/m';
    expect(() => parse(text)).toThrow(/127\.0\.0\.1:8080; expected .*set HF_ENDPOINT/);
    expect(parseModelReference(text, { endpoint: 'http://127.0.0.1:8080' })).toEqual(hub());
  });

  it('says what is wrong', () => {
    const file = path.join(folder, 'model.safetensors');
    writeFileSync(file, '');
    expect(() => parse(file)).toThrow(/a file; expected a model folder/);
    expect(() => parse('./no/such')).toThrow(/no such folder/);
    expect(() => parse('gpt2')).toThrow(/no folder of this name and no name of a model/);
    expect(() => parse('')).toThrow(/no folder of this name/);
    expect(() => parse('https://huggingface.co/datasets/lab/d')).toThrow(/address of a dataset/);
    expect(() => parse('hf://datasets/lab/d')).toThrow(/address of a dataset/);
    expect(() => parse('https://huggingface.co/lab')).toThrow(/expected 'owner\/name'/);
    expect(() => parse('https://huggingface.co/lab/m/settings')).toThrow(/page 'settings'/);
    expect(() => parse('lab/m@../x')).toThrow(/expected a branch/);
  });

  it('answers every text with a reference or a typed error', () => {
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map((s) => `hf://${s}`),
    );
    const more = fc.string({ unit: fc.constantFrom(...'ab/@:.%~ ') });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          more,
          more.map((s) => `https://hf.co/${s}`),
        ),
        (reference) => {
          try {
            expect(['hub', 'folder']).toContain(parse(reference).kind);
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
