import path from 'node:path';
import { InputError, TataboxError } from 'tatabox/core/errors.ts';
import { readExactly } from 'tatabox/formats/read-exactly.ts';
import type { SafetensorsDtype } from 'tatabox/formats/safetensors-dtypes.ts';
import { parseSafetensorsHeader } from 'tatabox/formats/safetensors-header.ts';
import { modelFilesOnDisk, type ModelFiles } from './model-files.ts';

/** A tensor and where it lies. */
export interface ModelTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly bytes: number;
  /** Path of its file, and the byte where its values begin. */
  readonly file: string;
  readonly position: number;
}

/** The headers of a model's files. */
export interface ModelHeaders {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly tensors: readonly ModelTensor[];
  /** `__metadata__` of the headers. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Files of a spread model that are missing or damaged. */
  readonly problems: readonly string[];
}

/** The Hub reads headers of up to 25 MB; one that is larger would make the editor stand still. */
const LARGEST_HEADER = 25_000_000;
const LARGEST_INDEX = 25_000_000;
/** Files of a spread model at most. */
const MOST_FILES = 1000;

async function readHeader(
  file: string,
  folder: ModelFiles,
): Promise<Omit<ModelHeaders, 'problems'>> {
  const source = await folder.open(path.basename(file));
  try {
    const size = await source.size();
    if (size >= 8) {
      const start = await readExactly(source, 0, 8, 'the length of the header');
      const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
      // A claim beyond the file is damage, which the reader below tells of.
      if (length > LARGEST_HEADER && length <= size - 8) {
        throw new InputError({
          where: source.name,
          found: `a header of ${String(length)} bytes`,
          expected: `at most ${String(LARGEST_HEADER)} to be shown`,
        });
      }
    }
    const header = await parseSafetensorsHeader(source.name, size, (position, length) =>
      readExactly(source, position, length, 'the header'),
    );
    const tensors = header.entries.map(({ name, dtype, shape, begin, end }) => ({
      name,
      dtype,
      shape,
      parameters: shape.reduce((product, length) => product * length, 1),
      bytes: end - begin,
      file,
      position: header.dataStart + begin,
    }));
    const files = [{ name: path.basename(file), bytes: size }];
    return { files, tensors, metadata: header.metadata };
  } finally {
    await source.close();
  }
}

/** The files of the model that a file is one of, by an index beside it; undefined without one. */
async function filesByIndex(file: string, folder: ModelFiles): Promise<string[] | undefined> {
  const names = await folder.names();
  for (const name of names.filter((each) => each.endsWith('.safetensors.index.json'))) {
    const text = await folder.text(name, LARGEST_INDEX);
    try {
      const { weight_map: map } = JSON.parse(text ?? '') as { weight_map?: unknown };
      const files = [...new Set(Object.values(map as Record<string, unknown>))];
      // Plain names alone: another could be any file of the machine.
      const plain = files.filter(
        (each): each is string => typeof each === 'string' && /^[^/\\\0]+\.safetensors$/.test(each),
      );
      if (plain.includes(path.basename(file))) return plain.sort().slice(0, MOST_FILES);
    } catch {
      // An index that is damaged: the file is shown on its own.
    }
  }
  return undefined;
}

/**
 * Reads the headers of a safetensors file, or of all files of the model that it is a part of by
 * `*.safetensors.index.json`. Values are not read.
 *
 * @param folder the files around it; default those on the disk
 * @throws InputError where the file itself is damaged
 */
export async function openModel(
  file: string,
  folder: ModelFiles = modelFilesOnDisk(path.dirname(file)),
): Promise<ModelHeaders> {
  const own = await readHeader(file, folder);
  const files = await filesByIndex(file, folder);
  if (files === undefined) return { ...own, problems: [] };
  const problems: string[] = [];
  const parts: Omit<ModelHeaders, 'problems'>[] = [];
  for (const name of files) {
    if (name === path.basename(file)) parts.push(own);
    else {
      try {
        parts.push(await readHeader(path.join(path.dirname(file), name), folder));
      } catch (error) {
        if (!(error instanceof TataboxError)) throw error;
        problems.push(error.message);
      }
    }
  }
  return {
    files: parts.flatMap((part) => part.files),
    tensors: parts.flatMap((part) => part.tensors),
    metadata: Object.assign({}, ...parts.map(({ metadata }) => metadata)) as Record<string, string>,
    problems,
  };
}
