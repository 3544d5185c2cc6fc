import * as vscode from 'vscode';
import type { EndedRun, RunsModel } from './runs-model.ts';
import { showLog } from './run-commands.ts';
import { mainFigure } from './run-text.ts';

/** Longer messages are for the log. */
const LONGEST = 400;

async function tell({ launch, outcome }: EndedRun): Promise<void> {
  const { name, folder } = launch;
  const target = { kind: 'run', folder };
  const act = (command: string) => vscode.commands.executeCommand(`tatabox.run.${command}`, target);
  const { run, state, error } = outcome;
  if (state === 'finished') {
    const figure = run === undefined ? undefined : mainFigure(run);
    const actions = run?.hasReport === true ? ['Open Report', 'Show Results'] : ['Show Results'];
    const text = `Run ${name} has finished${figure === undefined ? '' : `: ${figure}`}.`;
    const answer = await vscode.window.showInformationMessage(text, ...actions);
    if (answer === 'Open Report') await act('openReport');
    if (answer === 'Show Results') await act('showResults');
    return;
  }
  const resume = run?.canResume === true ? ['Resume'] : [];
  const answer =
    state === 'failed'
      ? await vscode.window.showErrorMessage(
          `Run ${name} has failed: ${(error ?? 'see its log').slice(0, LONGEST)}`,
          'Open Log',
          ...resume,
        )
      : await vscode.window.showInformationMessage(
          `Run ${name} was stopped.`,
          ...resume,
          'Open Log',
        );
  if (answer === 'Open Log') await showLog(launch.log);
  if (answer === 'Resume') await act('resume');
}

/** Tells of the end of each run that was started here, once. */
export function runNotifications(model: RunsModel): vscode.Disposable {
  return model.onDidEnd((ended) => void tell(ended));
}
