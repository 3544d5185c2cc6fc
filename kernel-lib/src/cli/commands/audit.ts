import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { addSimilarityOptions, type SimilarityFlags } from '../similarity-options.ts';

interface AuditOptions extends GlobalOptions, SimilarityFlags {
  readonly part: Readonly<Record<string, string>>;
  readonly evaluation?: string;
  readonly near: boolean;
  readonly out?: string;
  readonly strict?: boolean;
  readonly sequenceColumn?: string;
  readonly idColumn?: string;
}

/** Exit code with `--strict` where parts leak: an input that is wrong. */
const LEAKING = 3;

function addPart(
  text: string,
  parts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || file === undefined || Object.hasOwn(parts, name)) {
    throw new UsageError({
      where: 'option --part',
      found: name === undefined ? `'${text}'` : `'${name}' for the second time`,
      expected: 'name=FILE, each name once, for example train=train.fa',
    });
  }
  return { ...parts, [name]: file };
}

/** `tatabox audit`: sequences that parts of a data set share. */
export function addAuditCommand(program: Command): void {
  const command = program
    .command('audit')
    .description('find equal and near equal sequences across the parts of a data set')
    .option('--part <name=file>', 'a part; give it twice and more, the largest last', addPart, {})
    .option('--evaluation <names>', 'parts that judge a model, comma-separated')
    .option('--no-near', 'look for equal sequences only')
    .option('--out <file>', 'JSON to write, with the names to leave out')
    .option('--strict', 'exit code 3 where parts leak');
  addSimilarityOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox audit --part train=train.fa --part test=test.fa
  $ tatabox audit --part train=train.tsv --part test=test.tsv --part pretraining=all.txt.gz --out audit.json
  $ tatabox audit --part train=train.fa --part test=test.fa --strict --json

Exit code 0: the audit is done, whatever it says; with --strict 3 where it says leaking.`,
    )
    .action(async (options: AuditOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const { out, part, sequenceColumn, idColumn, evaluation } = options;
        const { checkFileWritable } = await import('../../core/file-writer.ts');
        if (out !== undefined) await checkFileWritable(out);
        const { auditFiles, auditResult } = await import('../../runs/audit-files.ts');
        const { auditJson } = await import('../../datasets/leakage-audit.ts');
        const { writeFileAtomically } = await import('../../core/write-file.ts');
        const { identity, coverage, strand, identityOver, coverageOf, near } = options;
        const audit = await auditFiles(
          part,
          { sequenceColumn, idColumn },
          {
            ...(evaluation === undefined
              ? {}
              : { evaluation: evaluation.split(',').map((name) => name.trim()) }),
            ...{ identity, coverage, strand, identityOver, coverageOf, near, signal, progress },
          },
        );
        if (out !== undefined) {
          await writeFileAtomically(out, `${JSON.stringify(auditJson(audit), null, 2)}\n`);
        }
        const leaking = options.strict === true && audit.verdict === 'leaking';
        return {
          ...auditResult(audit, out === undefined ? [] : [out]),
          ...(leaking ? { exitCode: LEAKING } : {}),
        };
      });
    });
}
