import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Tests run in the root of the project. */
const root = process.cwd();
const yeast = path.join(root, 'notebooks', 'data', 'yeast_R64');
const FILES = [
  'sacCer3.fa.gz',
  'sacCer3.fa.gz.fai',
  'sacCer3.fa.gz.gzi',
  'sacCer3_transcripts.bed',
  'yeast_promoter_expression.tsv.gz',
];

/** A folder as a biologist has it: data, the quickstart notebook, a run config with a mistake in it. */
export interface StudyWorkspace {
  readonly folder: string;
  remove(): Promise<void>;
}

/** The quickstart's run config, made short; `epochs` is misspelt, as happens. */
export async function brokenConfig(): Promise<string> {
  const text = await readFile(path.join(root, 'notebooks', 'quickstart.tatabox.yaml'), 'utf8');
  return text
    .replaceAll('data/yeast_R64/', 'data/')
    .replace(/^name: .*$/m, 'name: yeast')
    .replace(/^output: .*$/m, 'output: runs/yeast')
    .replace(/^ {2}epochs: .*$/m, '  epoch: 4')
    .replace(/^seeds: .*$/m, 'seeds: [1]');
}

/** Makes such a folder. It lies in the project, so that the library is found above it, as npm installs it. */
export async function createStudyWorkspace(): Promise<StudyWorkspace> {
  await mkdir(path.join(root, 'build'), { recursive: true });
  const parent = await mkdtemp(path.join(root, 'build', 'study-'));
  const folder = path.join(parent, 'yeast');
  await mkdir(path.join(folder, 'data'), { recursive: true });
  for (const file of FILES) {
    await copyFile(path.join(yeast, file), path.join(folder, 'data', file));
  }
  await cp(path.join(root, 'notebooks', 'data', 'motifs'), path.join(folder, 'data', 'motifs'), {
    recursive: true,
  });
  const notebook = await readFile(path.join(root, 'notebooks', '00-quickstart.ipynb'), 'utf8');
  await writeFile(
    path.join(folder, 'quickstart.ipynb'),
    notebook.replaceAll('data/yeast_R64/', 'data/'),
  );
  await writeFile(path.join(folder, 'yeast.tatabox.yaml'), await brokenConfig());
  return {
    folder,
    remove: () => rm(parent, { recursive: true, force: true, maxRetries: 5 }),
  };
}
