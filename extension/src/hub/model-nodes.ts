import type { CachedModel, CachedRevision } from 'tatabox/hub/cached-models.ts';
import type { HubModel } from 'tatabox/hub/list-models.ts';
import { ageText, countText, sizeText } from './size-text.ts';

/** A group of the view of models. */
export type GroupName = 'search' | 'mine' | 'cache';

/** An entry of the view of models. */
export type ModelNode =
  | { readonly kind: 'group'; readonly group: GroupName; readonly note: string }
  | { readonly kind: 'hub' | 'mine'; readonly repo: string; readonly model: HubModel }
  | { readonly kind: 'cached'; readonly repo: string; readonly model: CachedModel }
  | {
      readonly kind: 'revision';
      readonly repo: string;
      readonly revision: CachedRevision;
    }
  | {
      readonly kind: 'message';
      readonly text: string;
      readonly icon: string;
      readonly tooltip?: string;
      /** What a click on it does. */
      readonly command?: string;
    };

/** What the view shows of an entry. */
export interface NodeView {
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: string;
  readonly contextValue: string;
  readonly children: 'none' | 'collapsed' | 'expanded';
  /** What a screen reader says. */
  readonly spoken: string;
}

const GROUPS: Readonly<Record<GroupName, readonly [label: string, icon: string, hint: string]>> = {
  search: ['Search', 'search', 'Models on the Hub that the last search found'],
  mine: ['My Models', 'account', 'Models of you and your organizations on the Hub'],
  cache: [
    'Local Cache',
    'database',
    'Models on this machine, shared with Python’s huggingface_hub',
  ],
};

function hubView(model: HubModel, kind: 'hub' | 'mine', now: number): NodeView {
  const { repo, downloads, likes, task, tags, updatedAt } = model;
  const state = model.private ? ', private' : model.gated ? ', gated' : '';
  const updated = Number.isNaN(updatedAt.getTime()) ? '' : ageText(updatedAt, now);
  const figures = [
    ...(model.private ? ['private'] : []),
    ...(model.gated ? ['gated'] : []),
    `↓ ${countText(downloads)}`,
    `♥ ${countText(likes)}`,
    ...(updated === '' ? [] : [updated]),
  ];
  return {
    label: repo,
    description: figures.join('  '),
    tooltip: [
      repo,
      `${downloads.toLocaleString('en')} downloads, ${likes.toLocaleString('en')} likes${state}`,
      ...(updated === '' ? [] : [`updated ${updated}`]),
      ...(task === undefined ? [] : [`task: ${task}`]),
      ...(tags.length === 0 ? [] : [`tags: ${tags.slice(0, 15).join(', ')}`]),
    ].join('\n'),
    icon: model.private ? 'lock' : 'symbol-misc',
    contextValue: `tatabox.model.${kind}`,
    children: 'none',
    spoken: `${repo}${state}, ${String(downloads)} downloads, ${String(likes)} likes`,
  };
}

function cachedView({ repo, model }: ModelNode & { kind: 'cached' }, now: number): NodeView {
  const { size, unfinishedSize, lastUsed, revisions, folder } = model;
  const count = `${String(revisions.length)} revision${revisions.length === 1 ? '' : 's'}`;
  const parts = [
    sizeText(size),
    ...(revisions.length > 1 ? [count] : []),
    ...(unfinishedSize === 0 ? [] : [`${sizeText(unfinishedSize)} unfinished`]),
  ];
  return {
    label: repo,
    description: parts.join('  '),
    tooltip: [
      repo,
      `${sizeText(size)}, ${count}`,
      ...(unfinishedSize === 0 ? [] : ['An unfinished download is kept: pull again to go on.']),
      ...(lastUsed === undefined ? [] : [`last read ${ageText(lastUsed, now)}`]),
      folder,
    ].join('\n'),
    icon: unfinishedSize > 0 && revisions.length === 0 ? 'cloud-download' : 'package',
    contextValue: 'tatabox.model.cached',
    children: revisions.length > 1 ? 'collapsed' : 'none',
    spoken: `${repo}, ${sizeText(size)}, ${count}`,
  };
}

function revisionView({ repo, revision }: ModelNode & { kind: 'revision' }, now: number): NodeView {
  const { commit, names, size, fileCount, pulledAt, folder } = revision;
  const label = names.length === 0 ? commit.slice(0, 7) : names.join(', ');
  const files = `${String(fileCount)} file${fileCount === 1 ? '' : 's'}`;
  return {
    label,
    description: `${sizeText(size)}  ${files}  ${ageText(pulledAt, now)}`,
    tooltip: [`${repo} at ${commit}`, `${sizeText(size)}, ${files}`, folder].join('\n'),
    icon: 'git-commit',
    contextValue: 'tatabox.model.cached',
    children: 'none',
    spoken: `revision ${label} of ${repo}, ${sizeText(size)}`,
  };
}

/** What the view shows of an entry. */
export function nodeView(node: ModelNode, now: number = Date.now()): NodeView {
  switch (node.kind) {
    case 'group': {
      const [label, icon, hint] = GROUPS[node.group];
      return {
        label,
        description: node.note,
        tooltip: hint,
        icon,
        contextValue: `tatabox.models.${node.group}`,
        children: 'expanded',
        spoken: node.note === '' ? label : `${label}, ${node.note}`,
      };
    }
    case 'hub':
    case 'mine':
      return hubView(node.model, node.kind, now);
    case 'cached':
      return cachedView(node, now);
    case 'revision':
      return revisionView(node, now);
    case 'message':
      return {
        label: node.text,
        description: '',
        tooltip: node.tooltip ?? node.text,
        icon: node.icon,
        contextValue: 'tatabox.message',
        children: 'none',
        spoken: node.tooltip ?? node.text,
      };
  }
}

/**
 * Entries that tell of a failure: what happened, and what can be done.
 *
 * @param short what was found, where the whole is longer than a line of the view
 */
export function failureNodes(text: string, aboutToken: boolean, short?: string): ModelNode[] {
  const [first = text] = (short ?? text).split(/(?<=[.;])\s/);
  return [
    { kind: 'message', text: first.slice(0, 200), tooltip: text, icon: 'warning' },
    ...(aboutToken
      ? [
          {
            kind: 'message',
            text: 'Sign In…',
            icon: 'sign-in',
            command: 'tatabox.hub.signIn',
          } as const,
        ]
      : []),
    { kind: 'message', text: 'Retry', icon: 'refresh', command: 'tatabox.hub.refresh' },
  ];
}
