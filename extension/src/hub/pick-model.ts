import * as vscode from 'vscode';
import type { HubModel } from 'tatabox/hub/list-models.ts';
import { isRepoName } from 'tatabox/hub/repo-name.ts';
import { hubErrorText } from './hub-error-text.ts';
import type { HubSession } from './hub-session.ts';
import { LatestSearch } from './latest-search.ts';
import { nodeView } from './model-nodes.ts';
import { findModels } from './models-view.ts';
import { parseSearch, searchText, type SearchQuery } from './search-query.ts';

interface ModelItem extends vscode.QuickPickItem {
  readonly repo?: string;
  readonly retry?: true;
}

/** What was chosen in the search. */
export interface PickedModel {
  readonly repo: string;
  /** The search and all that it found. */
  readonly query: SearchQuery;
  readonly models: readonly HubModel[] | undefined;
}

function toItem(model: HubModel): ModelItem {
  const { description, icon } = nodeView({ kind: 'hub', repo: model.repo, model });
  // Names and words come from the Hub and may hold what VS Code takes for an icon, as $(trash).
  return {
    label: model.repo,
    description: description.replaceAll('$(', '$ ('),
    detail: model.tags.slice(0, 8).join(', ').replaceAll('$(', '$ ('),
    iconPath: new vscode.ThemeIcon(icon),
    alwaysShow: true,
    repo: model.repo,
  };
}

/** Lets the user search the Hub letter by letter and choose a model; undefined where they left. */
export async function pickModel(
  session: HubSession,
  { title, query }: { readonly title: string; readonly query: SearchQuery | undefined },
): Promise<PickedModel | undefined> {
  const pick = vscode.window.createQuickPick<ModelItem>();
  const disposables: vscode.Disposable[] = [pick];
  const anyLibrary: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('filter'),
    tooltip: 'Search models of tatabox, or of all libraries',
  };
  pick.title = title;
  pick.placeholder = 'Part of a name, author:NAME, task:NAME, tag:NAME, library:any';
  pick.buttons = [anyLibrary];
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.value = query === undefined ? '' : searchText(query);
  let found: Omit<PickedModel, 'repo'> | undefined;
  const search = new LatestSearch<SearchQuery, HubModel[]>({
    search: (asked, signal) => findModels(session, asked, signal),
    onBusy: (busy) => {
      pick.busy = busy;
    },
    onResult: (models, asked) => {
      found = { query: asked, models };
      const named = isRepoName(asked.text) && !models.some(({ repo }) => repo === asked.text);
      pick.items = [
        ...(named
          ? [
              {
                label: asked.text,
                description: 'this very name',
                alwaysShow: true,
                repo: asked.text,
              },
            ]
          : []),
        ...models.map(toItem),
        ...(models.length === 0 && !named
          ? [
              {
                label: 'Nothing found',
                detail:
                  asked.library === null
                    ? 'Try other words.'
                    : 'library:any searches models of all libraries.',
                alwaysShow: true,
              },
            ]
          : []),
      ];
    },
    onError: (error) => {
      pick.items = [
        {
          label: '$(warning) The search failed',
          detail: hubErrorText(error).replaceAll('$(', '$ ('),
          alwaysShow: true,
        },
        { label: '$(refresh) Retry', alwaysShow: true, retry: true },
      ];
    },
  });
  const ask = (delay?: number): void => {
    let parsed: SearchQuery;
    try {
      parsed = parseSearch(pick.value);
    } catch (error) {
      search.stop();
      pick.busy = false;
      pick.items = [{ label: hubErrorText(error), alwaysShow: true }];
      return;
    }
    void search.ask(parsed, delay);
  };
  disposables.push(
    pick.onDidChangeValue(() => {
      ask();
    }),
    pick.onDidTriggerButton(() => {
      const rest = pick.value.replace(/\s*\blibrary:\S*/g, '').trimEnd();
      const isAny = /\blibrary:(any|all)\b/i.test(pick.value);
      pick.value = isAny ? rest : `${rest} library:any`.trimStart();
      ask(0);
    }),
  );
  try {
    return await new Promise<PickedModel | undefined>((resolve) => {
      disposables.push(
        pick.onDidAccept(() => {
          const [item] = pick.selectedItems;
          if (item?.retry === true) ask(0);
          else if (item?.repo !== undefined) {
            const { query: asked, models } = found ?? {
              query: parseSearch(pick.value),
              models: undefined,
            };
            resolve({ repo: item.repo, query: asked, models });
          }
        }),
        pick.onDidHide(() => {
          resolve(undefined);
        }),
      );
      pick.show();
      ask(0);
    });
  } finally {
    search.stop();
    for (const disposable of disposables) disposable.dispose();
  }
}
