import { Command, Option } from 'commander';
import { LIBRARY_VERSION } from '../prediction/library-version.ts';
import { addCheckCommand } from './commands/check.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEmbedCommand } from './commands/embed.ts';
import { addEvaluateCommand } from './commands/evaluate.ts';
import { addHubCommands } from './commands/hub.ts';
import { addImportCommand } from './commands/import.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addInterpretCommand } from './commands/interpret.ts';
import { addNativeCommand } from './commands/native.ts';
import { addNotebookCommand } from './commands/notebook.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addRunCommands } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addClusterCommand } from './commands/cluster.ts';
import { addDownloadCommand } from './commands/download.ts';
import { addExportCommand } from './commands/export.ts';
import { addExpressionCommand } from './commands/expression.ts';
import { addPromotersCommand } from './commands/promoters.ts';
import { addQuantifyCommand } from './commands/quantify.ts';
import { addTokenizeCommand } from './commands/tokenize.ts';
import { addTokenizerCommand } from './commands/tokenizer.ts';
import { addVerifyCommand } from './commands/verify.ts';

/** Commands that compute with TensorFlow.js in this process. */
const computing = new Set([
  'run',
  'train',
  'check',
  'evaluate',
  'predict',
  'interpret',
  'embed',
  'keras',
  'huggingface',
  'verify',
  'pull',
]);

/** Options of every command, and of those that compute. */
function addGlobalOptions(command: Command): void {
  command
    .option('--json', 'print one JSON object as the last line of stdout')
    .option('-q, --quiet', 'no progress on stderr');
  if (computing.has(command.name())) {
    command.addOption(
      new Option('--backend <name>', 'what computes (default: the best installed)').choices([
        'tensorflow',
        'webgpu',
        'wasm',
        'cpu',
      ]),
    );
  }
}

/** The `tatabox` command with all its subcommands. */
export function createProgram(): Command {
  const program = new Command('tatabox')
    .description(
      'Regulatory-genomics deep learning: from FASTA and BED to a trained, interpreted and published model',
    )
    .version(LIBRARY_VERSION)
    .showHelpAfterError('(tatabox COMMAND --help shows the options and examples)')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox run notebooks/quickstart.tatabox.yaml
  $ tatabox predict runs/quickstart/model --fasta promoters.fa --missing-inputs mean --out out.tsv
  $ tatabox interpret runs/quickstart/model --method ism --fasta promoters.fa --out effects.npz
  $ tatabox pull owner/name

Exit codes: 0 fine, 2 usage, 3 input, 4 environment, 5 interrupted.`,
    );
  const commands = [
    addRunCommands,
    addRunsCommand,
    addCheckCommand,
    addInspectCommand,
    addEvaluateCommand,
    addPredictCommand,
    addInterpretCommand,
    addEmbedCommand,
    addImportCommand,
    addExportCommand,
    addHubCommands,
    addVerifyCommand,
    addDoctorCommand,
    addNativeCommand,
    addSchemaCommand,
    addNotebookCommand,
    addDownloadCommand,
    addPromotersCommand,
    addQuantifyCommand,
    addExpressionCommand,
    addClusterCommand,
    addAuditCommand,
    addTokenizerCommand,
    addTokenizeCommand,
  ];
  for (const add of commands) add(program);
  const prepare = (command: Command): void => {
    command.exitOverride();
    for (const child of command.commands) prepare(child);
    if (command !== program && command.commands.length === 0) addGlobalOptions(command);
  };
  prepare(program);
  return program;
}
