import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readPickle } from '../../../kernel-lib/src/formats/pickle.ts';
import { readTorchCheckpoint } from '../../../kernel-lib/src/formats/torch-checkpoint.ts';
import { TorchRules } from '../../../kernel-lib/src/formats/torch-rules.ts';
import { makeZip } from '../backend/native-fixture.ts';
import { repository } from './helpers.ts';

const golden = `${repository}test/unit/formats/golden/`;
const quarters = Array.from({ length: 12 }, (_, i) => i / 4);

/** A checkpoint in zip form of a pickle and the bytes of its storages. */
function checkpoint(
  pickle: string | Uint8Array,
  storages: Record<string, Uint8Array> = {},
): Buffer {
  const files: Record<string, Uint8Array> = {
    'archive/data.pkl': typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle,
  };
  for (const [key, bytes] of Object.entries(storages)) files[`archive/data/${key}`] = bytes;
  return makeZip(files, { stored: true });
}

/** The pickle of one float32 tensor of storage '0', in protocol 0 and 2. */
function tensorPickle(size: readonly number[], strides: readonly number[], offset = 0): string {
  const tuple = (items: readonly number[]) => `(${items.map((item) => `I${item}\n`).join('')}t`;
  const storage = `(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI4\ntQ`;
  return `(Vw\nctorch._utils\n_rebuild_tensor_v2\n(${storage}I${offset}\n${tuple(size)}${tuple(strides)}I00\nNtRd.`;
}
const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

describe('readTorchCheckpoint', () => {
  it.each(['torch.pt', 'torch-legacy.pt'])('reads %s as PyTorch wrote it', async (name) => {
    const { tensors, values } = await readTorchCheckpoint(golden + name);
    const tensor = (key: string) => {
      const { dtype, shape, data } = tensors.get(`state_dict.${key}`)!;
      return [dtype, [...shape], Array.from(data as ArrayLike<number | bigint>)];
    };
    expect(tensor('weight')).toEqual(['float32', [3, 4], quarters]);
    expect(tensor('transposed')).toEqual([
      'float32',
      [4, 3],
      [0, 1, 2, 0.25, 1.25, 2.25, 0.5, 1.5, 2.5, 0.75, 1.75, 2.75],
    ]);
    expect(tensor('window')).toEqual(['float32', [2, 2], [1.25, 1.5, 2.25, 2.5]]);
    expect(tensor('tied_again')).toEqual(['float32', [2, 3], [0, 1, 2, 3, 4, 5]]);
    // torch: (base[0] - 0.1).half().float().tolist(), and .bfloat16()
    expect(tensor('half')).toEqual([
      'float16',
      [4],
      [-0.0999755859375, 0.1500244140625, 0.39990234375, 0.64990234375],
    ]);
    expect(tensor('bfloat')).toEqual([
      'bfloat16',
      [4],
      [-0.10009765625, 0.150390625, 0.400390625, 0.6484375],
    ]);
    expect(tensor('double')).toEqual(['float64', [4], [0, 0.25 / 3, 0.5 / 3, 0.75 / 3]]);
    expect(tensor('int64')).toEqual(['int64', [2], [2n ** 62n, -1n]]);
    expect(tensor('int32')).toEqual(['int32', [1], [7]]);
    expect(tensor('int16')).toEqual(['int16', [1], [-7]]);
    expect(tensor('int8')).toEqual(['int8', [1], [-7]]);
    expect(tensor('uint8')).toEqual(['uint8', [1], [200]]);
    expect(tensor('bool')).toEqual(['bool', [2], [1, 0]]);
    expect(tensor('scalar')).toEqual(['float32', [], [2.5]]);
    expect(tensor('empty')).toEqual(['float32', [0, 3], []]);
    expect(tensor('expanded')).toEqual(['float32', [2, 3], [1, 1, 1, 2, 2, 2]]);
    expect(tensor('parameter')).toEqual(['float32', [2], [1, 2]]);
    expect(tensors.get('state_dict.tied')!.data.buffer).toBe(
      tensors.get('state_dict.tied_again')!.data.buffer,
    );
    expect(Object.fromEntries(values)).toEqual({
      epoch: 3,
      best: 0.25,
      name: 'test ä',
      done: false,
      big: 2n ** 70n,
      'optimizer.groups.0.lr': 0.1,
      'optimizer.groups.0.betas.0': 0.9,
      'optimizer.groups.0.betas.1': 0.99,
      'optimizer.groups.0.note': null,
    });
  });

  it('reads the state dict of a module, and types of newer kinds', async () => {
    const { tensors } = await readTorchCheckpoint(`${golden}torch-module.pt`);
    expect([...tensors.keys()]).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '1.num_batches_tracked',
    ]);
    const newer = await readTorchCheckpoint(`${golden}torch-v3.pt`);
    expect(newer.tensors.get('u16')).toEqual({
      dtype: 'uint16',
      shape: [1],
      data: Uint16Array.of(65535),
    });
  });

  it('reads only what the filter allows', async () => {
    const { tensors } = await readTorchCheckpoint(readFileSync(`${golden}torch.pt`), {
      filter: (name) => name.endsWith('.weight'),
    });
    expect([...tensors.keys()]).toEqual(['state_dict.weight']);
  });

  it.each([
    ['torch-evil.pt', /'posix\.system', which is not allowed/],
    ['torch-evil-legacy.pt', /'posix\.system', which is not allowed/],
    ['torch-whole.pt', /'torch\.nn\.modules\.container\.Sequential', which is not allowed/],
    ['torch-sparse.pt', /'torch\._utils\._rebuild_sparse_tensor', which is not allowed/],
    ['torch-script.pt', /TorchScript/],
    ['numpy.npz', /a zip archive without data\.pkl/],
    ['objects.npy', /another kind of file; expected a checkpoint of torch\.save/],
  ])('refuses %s', async (name, message) => {
    await expect(readTorchCheckpoint(golden + name)).rejects.toThrow(message);
    await expect(readTorchCheckpoint(golden + name)).rejects.toThrow(InputError);
    expect(existsSync('/tmp/evil')).toBe(false);
  });

  it('gives tensors of any strides within their storage', async () => {
    const read = async (pickle: string) => {
      const { tensors } = await readTorchCheckpoint(checkpoint(pickle, { 0: four }));
      return Array.from(tensors.get('w')!.data as Float32Array);
    };
    expect(await read(tensorPickle([2, 2], [1, 2]))).toEqual([1, 3, 2, 4]);
    expect(await read(tensorPickle([3], [1], 1))).toEqual([2, 3, 4]);
    expect(await read(tensorPickle([2, 2], [1, 1]))).toEqual([1, 2, 2, 3]);
    await expect(read(tensorPickle([3], [2]))).rejects.toThrow(/a storage of 4 values; expected 5/);
    await expect(read(tensorPickle([4], [1], 1))).rejects.toThrow(/expected 5/);
    await expect(read(tensorPickle([2 ** 40], [0]))).rejects.toThrow(
      /made of few by their strides/,
    );
    await expect(read(tensorPickle([2 ** 40], [1]))).rejects.toThrow(/a storage of 4 values/);
    await expect(read(tensorPickle([2, -2], [1, 1]))).rejects.toThrow(/a tensor without/);
    await expect(read(tensorPickle([2], [1, 1]))).rejects.toThrow(/1 dimensions with 2 strides/);
  });

  it.each([
    ['a missing storage', tensorPickle([1], [1]), /no file 'archive\/data\/0'/],
    ['an empty pickle', '', /the end of the data/],
    ['a missing value', '.', /a missing value/],
    ['a missing mark', 't.', /a missing mark/],
    ['an unknown memo', 'h\x07.', /an unknown memo 7/],
    ['eval', 'cbuiltins\neval\n(V1\ntR.', /'builtins\.eval', which is not allowed/],
    ['a class by stack', '\x8c\x02os\x8c\x06system\x93.', /'os\.system', which is not allowed/],
    ['INST', '(ios\nsystem\n.', /the opcode 0x69/],
    ['OBJ', '(o.', /the opcode 0x6f/],
    ['extension codes', '\x82\x01.', /the opcode 0x82/],
    ['NEWOBJ_EX', 'NNN\x92.', /the opcode 0x92/],
    ['a state', '(lp0\n}b.', /an object with a state of its own/],
    ['a text of 4 GiB', 'X\xff\xff\xff\xff.', /the end of the data/],
    ['bytes of 2^63', '\x8e\x00\x00\x00\x00\x00\x00\x00\x80.', /the end of the data/],
    ['a call of a text', 'Vx\n)R.', /a call of what is no class/],
    ['a list in itself', ']p0\ng0\na.', /more than 100 deep|very many times/],
    ['protocol 9', '\x80\x09.', /pickle protocol 9/],
    ['a key without value', '(Vx\nd.', /a key without value/],
  ])('refuses a pickle of %s', async (_, pickle, message) => {
    await expect(readTorchCheckpoint(checkpoint(pickle))).rejects.toThrow(message);
  });

  it('is not drowned by lists that hold one another many times', async () => {
    // 40 lists, each holding the one before it ten times.
    let pickle = ']p0\nI1\na';
    for (let level = 1; level < 40; level++) {
      pickle += `](${`g${level - 1}\n`.repeat(10)}ep${level}\n`;
    }
    await expect(readTorchCheckpoint(checkpoint(`${pickle}.`))).rejects.toThrow(/very many times/);
    const key = `V${'k'.repeat(9000)}\np0\n`;
    const deep = `${key}0${'}g0\n'.repeat(50)}N${'s'.repeat(50)}.`;
    await expect(readTorchCheckpoint(checkpoint(deep))).rejects.toThrow(/a name of \d+ characters/);
  });

  it('answers damaged checkpoints with a result or an InputError', async () => {
    for (const name of ['torch-legacy.pt', 'torch-v3.pt']) {
      const whole = readFileSync(golden + name);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
          fc.option(fc.nat(whole.length), { freq: 5 }),
          async (changes, cut) => {
            const damaged = Buffer.from(whole);
            for (const [at, value] of changes) damaged[at] = value;
            await readTorchCheckpoint(damaged.subarray(0, cut ?? damaged.length)).catch(
              (error: unknown) => expect(error).toBeInstanceOf(TataboxError),
            );
          },
        ),
        { numRuns: 250 },
      );
    }
  });
});

describe('readPickle', () => {
  it('answers any bytes with a value or an InputError', () => {
    const opcodes = [...'(.012NJKMILFGXVUTCB)t]lae}dsupqrghjcRbQP'].concat([
      ...'\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x93\x94\x95',
    ]);
    const piece = fc.oneof(
      fc.constantFrom(...opcodes),
      fc.constantFrom(
        'V1\n',
        'I01\n',
        'I5\n',
        'K\x05',
        'ctorch\nSize\n',
        'X\x01\0\0\0a',
        '\x8a\x01\xff',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const bytes = Buffer.from(`${pieces.join('')}.`, 'latin1');
        try {
          expect(readPickle(bytes, new TorchRules(), 'x').end).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
