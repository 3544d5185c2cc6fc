import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  readSafetensors,
  writeSafetensors,
  type SafetensorsInput,
} from '../../../kernel-lib/src/formats/safetensors.ts';
import { openSafetensors } from '../../../kernel-lib/src/formats/safetensors-reader.ts';
import { writeShardedSafetensors } from '../../../kernel-lib/src/formats/safetensors-shards.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/shards`;
const INDEX = 'model.safetensors.index.json';

/** The tensors of the golden folder. */
const tensors = new Map(
  Array.from({ length: 5 }, (_, i): [string, SafetensorsInput] => [
    `layer.${i}.weight`,
    { shape: [i + 1, 4], data: new Float32Array(4 * (i + 1)).fill(i) },
  ]),
);

function newFolder(name: string): string {
  mkdirSync(folder.path(name), { recursive: true });
  return folder.path(name);
}

describe('a model spread over files', () => {
  it('is read as huggingface_hub wrote it', async () => {
    for (const source of [`${golden}/${INDEX}`, pathToFileURL(`${golden}/${INDEX}`)]) {
      const file = await readSafetensors(source);
      expect(file.metadata).toEqual({ format: 'pt' });
      expect([...file.tensors.keys()].sort()).toEqual([...tensors.keys()]);
      for (const [name, { shape, data }] of tensors) {
        expect(file.tensors.get(name)).toEqual({ dtype: 'F32', shape, data });
      }
    }
  });

  it('is written as huggingface_hub writes it', async () => {
    const target = newFolder('same');
    const result = await writeShardedSafetensors(target, tensors, { maxShardBytes: 112 });
    expect(result).toMatchObject({ index: INDEX, totalBytes: 240 });
    expect(readdirSync(target).sort()).toEqual(readdirSync(golden).sort());
    for (const file of readdirSync(golden)) {
      const [own, other] = [target, golden].map((place) => readFileSync(path.join(place, file)));
      if (file === INDEX) expect(JSON.parse(String(own))).toEqual(JSON.parse(String(other)));
      else expect(own!.equals(other!)).toBe(true);
    }
  });

  it('is one file where it fits, and leaves no parts of an earlier one', async () => {
    const target = newFolder('again');
    await writeShardedSafetensors(target, tensors, { maxShardBytes: 100 });
    writeFileSync(path.join(target, 'other.safetensors'), '');
    const result = await writeShardedSafetensors(target, tensors);
    expect(result).toEqual({ files: ['model.safetensors'], index: undefined, totalBytes: 240 });
    expect(readdirSync(target).sort()).toEqual(['model.safetensors', 'other.safetensors']);
    expect((await readSafetensors(path.join(target, 'model.safetensors'))).tensors.size).toBe(5);
  });

  it('gives every tensor back, however it is spread', async () => {
    const target = newFolder('property');
    const names = fc.oneof(fc.string(), fc.constantFrom('0', '10', '__proto__', 'ä "'));
    const lists = fc.uniqueArray(fc.tuple(names, fc.nat(30)), { selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(lists, fc.integer({ min: 1, max: 200 }), async (list, maxShardBytes) => {
        const inputs = new Map(
          list.map(([name, n]) => [name, { shape: [n], data: new Float32Array(n).fill(n) }]),
        );
        const { files, index } = await writeShardedSafetensors(target, inputs, { maxShardBytes });
        const { tensors: back } = await readSafetensors(path.join(target, index ?? files[0]!));
        expect(new Map([...back].map(([name, { data }]) => [name, data.length]))).toEqual(
          new Map(list),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('is refused where index and files do not belong together', async () => {
    const target = newFolder('broken');
    await writeShardedSafetensors(target, tensors, { maxShardBytes: 112 });
    const file = path.join(target, INDEX);
    const index = JSON.parse(readFileSync(file, 'utf8')) as { weight_map: Record<string, string> };
    const [first, second] = [...new Set(Object.values(index.weight_map))] as [string, string];
    const attempt = async (change: (map: Record<string, unknown>) => void, message: RegExp) => {
      const map = { ...index.weight_map };
      change(map);
      writeFileSync(file, JSON.stringify({ weight_map: map }));
      await expect(openSafetensors(file)).rejects.toThrow(message);
    };
    await attempt(
      (map) => (map['layer.0.weight'] = second),
      /no tensor 'layer\.0\.weight' in model-00002/,
    );
    await attempt((map) => delete map['layer.0.weight'], /no file for the tensor 'layer\.0/);
    await attempt((map) => (map['more'] = first), /no tensor 'more' in model-00001/);
    await attempt((map) => (map['x'] = '../model.safetensors'), /no plain name/);
    await attempt((map) => (map['x'] = '/etc/passwd'), /no plain name/);
    await attempt((map) => (map['x'] = 7), /the file 7/);
    await attempt((map) => (map['x'] = 'none.safetensors'), /no such file/);
    for (const [text, message] of [
      ['{', /no JSON/],
      ['null', /no weight_map/],
      ['{"weight_map": 3}', /no weight_map/],
    ] as const) {
      writeFileSync(file, text);
      await expect(readSafetensors(file)).rejects.toThrow(message);
    }
  });

  it('refuses wrong options', async () => {
    const target = newFolder('options');
    for (const options of [{ maxShardBytes: 0 }, { name: '../x' }, { maxShardSize: 1 }]) {
      await expect(writeShardedSafetensors(target, tensors, options)).rejects.toThrow(TataboxError);
    }
    expect(readdirSync(target)).toEqual([]);
  });
});

describe('openSafetensors', () => {
  it('reads one tensor of a file', async () => {
    const file = folder.path('one.safetensors');
    await writeSafetensors(file, tensors, { note: 'x' });
    const reader = await openSafetensors(file);
    expect(reader.names).toEqual([...tensors.keys()]);
    expect(reader.metadata).toEqual({ note: 'x' });
    expect(reader.describe('layer.3.weight')).toEqual({ dtype: 'F32', shape: [4, 4] });
    expect((await reader.read('layer.3.weight')).data).toEqual(new Float32Array(16).fill(3));
    await expect(reader.read('layer.3.weigth')).rejects.toThrow(/Did you mean 'layer\.3\.weight'/);
    await reader.close();
  });
});
