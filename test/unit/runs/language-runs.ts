import { cpSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LOCK_FILE } from '../../../kernel-lib/src/core/folder-lock.ts';
import type { ProgressEvent } from '../../../kernel-lib/src/core/progress.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { executeRun } from '../../../kernel-lib/src/runs/execute-run.ts';
import type { RunResult } from '../../../kernel-lib/src/runs/run-result.ts';
import { parseRunConfig } from '../../../kernel-lib/src/runs/schema/read-run-config.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { saveTokenizer } from '../../../kernel-lib/src/tokenizers/save-tokenizer.ts';
import { trainByteLevelBpe } from '../../../kernel-lib/src/tokenizers/train-byte-level-bpe.ts';

/** A folder with sequences, labelled promoters and a tokenizer, for runs over tokens. */
export interface LanguageFolder {
  readonly path: string;
  file(name: string): string;
  /** Writes the text of a config beside the data, and executes it. */
  run(name: string, text: string, options?: RunOptions): Promise<RunResult>;
  remove(): Promise<void>;
}

interface RunOptions {
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: (event: ProgressEvent) => void;
  readonly log?: (line: string) => void;
}

/** Sequences of four words in turn, with exceptions: a tiny network can learn them. */
export function wordySequences(count: number, words = 12): string[] {
  const random = new Random(4);
  const vocabulary = ['ACGTTG', 'TTTACA', 'GGCATC', 'CATAAG'];
  return Array.from({ length: count }, () => {
    let word = 0;
    return Array.from({ length: words }, () => {
      word = random.uniform() < 0.9 ? (word + 1) % 4 : random.integer(4);
      return vocabulary[word];
    }).join('');
  });
}

/** Random promoters, the more G and C the higher the expression in `root`, the lower in `leaf`. */
export function labelledTable(count: number): string {
  const random = new Random(8);
  const rows = Array.from({ length: count }, (_, index) => {
    const share = 0.2 + 0.6 * random.uniform();
    const letters = Uint8Array.from({ length: 60 }, () =>
      random.uniform() < share ? 1 + random.integer(2) : 3 * random.integer(2),
    );
    const fold = index % 6 === 5 ? 'test' : `train_${String(index % 6)}`;
    const values = [share, 1 - share].map((x) => (10 ** (3 * x) - 1).toFixed(3));
    return [`gene${String(index)}`, decodeTokens(letters), fold, ...values].join('\t');
  });
  return `${['gene_id\tsequence\tfold\ttpm_root\ttpm_leaf', ...rows].join('\n')}\n`;
}

export async function makeLanguageFolder(): Promise<LanguageFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'language-runs-'));
  const file = (name: string): string => path.join(folder, name);
  const sequences = wordySequences(96);
  await writeFile(file('sequences.txt'), `${sequences.join('\n')}\n`);
  await writeFile(file('promoters.tsv'), labelledTable(90));
  const { tokenizer } = await trainByteLevelBpe(sequences, {
    vocabularySize: 270,
    maxLength: 24,
    paddingSide: 'left',
    truncationSide: 'left',
  });
  await saveTokenizer(tokenizer, file('tokenizer'));
  return {
    path: folder,
    file,
    async run(name, text, options = {}) {
      const at = file(`${name}.tatabox.yaml`);
      await writeFile(at, text);
      return executeRun(parseRunConfig(text, at), at, { backend: 'wasm', ...options });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs a config and copies its folder when the network has begun an epoch, as a killed process would
 * leave it; then stops the run.
 *
 * @returns the text of the error that the interrupted run ends with
 */
export async function leaveKilledRun(
  folder: LanguageFolder,
  { name, text, epoch, copy }: { name: string; text: string; epoch: number; copy: string },
): Promise<string> {
  const controller = new AbortController();
  const last = path.join('training', 'metrics.jsonl');
  const files = [last, path.join('training', 'member-1', 'metrics.jsonl')];
  const epochs = (): number =>
    files
      .map((each) => path.join(folder.file(`runs/${name}`), each))
      .filter((each) => existsSync(each))
      .map((each) => readFileSync(each, 'utf8').trim().split('\n').length)
      .reduce((a, b) => a + b, 0);
  try {
    await folder.run(name, text, {
      signal: controller.signal,
      progress() {
        if (controller.signal.aborted || epochs() < epoch) return;
        // A lock names this process, which is alive.
        const filter = (file: string): boolean => path.basename(file) !== LOCK_FILE;
        cpSync(folder.file(`runs/${name}`), copy, { recursive: true, filter });
        controller.abort();
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

/** Bytes of the weights that a run ended with. */
export function weightsOf(folder: LanguageFolder, name: string): Promise<Buffer> {
  return readFile(folder.file(`runs/${name}/model/model.safetensors`));
}
