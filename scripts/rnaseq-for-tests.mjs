// Installs what the tests of RNA-seq quantification and of promoter extraction need: the Debian
// packages of the tools that they drive. Optional: without them those tests are skipped, unless
// TATABOX_RNASEQ_TESTS=required.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runScript, runStep, StepError } from './step.mjs';

/** Debian packages and one program of each. */
const packages = {
  trimmomatic: 'TrimmomaticPE',
  hisat2: 'hisat2-build',
  subread: 'featureCounts',
  samtools: 'samtools',
  bedtools: 'bedtools',
};

function isInstalled(program) {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}

function absentPackages() {
  return Object.keys(packages).filter((name) => !isInstalled(packages[name]));
}

await runScript(async () => {
  const absent = absentPackages();
  if (absent.length > 0) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
      throw new StepError(
        `Not installed: ${absent.join(', ')}. On Debian or Ubuntu as root: apt-get install ${absent.join(' ')}`,
        4,
      );
    }
    await runStep('apt-get update', 'rnaseq-update', ['apt-get', ['update']]);
    await runStep(`Installing ${absent.join(', ')}`, 'rnaseq-tools', [
      'apt-get',
      ['install', '-y', '--no-install-recommends', ...absent],
    ]);
    const still = absentPackages();
    if (still.length > 0) throw new StepError(`Not installed after all: ${still.join(', ')}`, 4);
  }
  console.error('Ready for the tests of RNA-seq quantification.');
});
