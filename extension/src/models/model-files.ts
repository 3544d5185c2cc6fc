import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readSmallText } from 'tatabox/core/read-small-text.ts';
import { openSource, type ByteSource } from 'tatabox/formats/byte-source.ts';

/** The files of a model's folder, on a disk or elsewhere. */
export interface ModelFiles {
  /** Names; none where the folder cannot be read. */
  names(): Promise<readonly string[]>;
  /** The bytes of a file; `close` them. */
  open(name: string): Promise<ByteSource>;
  /** The text of a file; undefined where there is none or it has more bytes than `largest`. */
  text(name: string, largest: number): Promise<string | undefined>;
}

/** The files of a folder on a disk, which are read by ranges. */
export function modelFilesOnDisk(folder: string): ModelFiles {
  return {
    names: () => readdir(folder).catch(() => []),
    open: (name) => Promise.resolve(openSource(path.join(folder, name))),
    text: (name, largest) => readSmallText(path.join(folder, name), largest),
  };
}

/** The files of a folder of a file system that gives whole files. */
export function modelFilesInMemory({
  names,
  size,
  read,
}: {
  readonly names: () => Promise<readonly string[]>;
  /** Undefined where there is no such file. */
  readonly size: (name: string) => Promise<number | undefined>;
  readonly read: (name: string) => Promise<Uint8Array>;
}): ModelFiles {
  return {
    names: () => names().catch(() => []),
    open: async (name) => named(openSource(await read(name)), name),
    text: async (name, largest) => {
      const bytes = await size(name);
      if (bytes === undefined || bytes > largest) return undefined;
      return read(name).then(
        (content) => new TextDecoder().decode(content),
        () => undefined,
      );
    },
  };
}

/** Bytes that messages call by the name of their file. */
function named(source: ByteSource, name: string): ByteSource {
  return {
    name,
    size: () => source.size(),
    read: (position, length) => source.read(position, length),
    stream: (position) => source.stream(position),
    close: () => source.close(),
  };
}
