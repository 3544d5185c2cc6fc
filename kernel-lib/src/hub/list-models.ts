import { checkOptionNames } from '../core/check-option-names.ts';
import { listModels, type PipelineType } from '@huggingface/hub';
import { UsageError } from '../core/errors.ts';
import { connectToHub } from './hub-connection.ts';
import { explainHubError } from './hub-errors.ts';
import { listFromHub } from './hub-failures.ts';
import { hubOptionNames, hubSettings, type HubOptions } from './hub-settings.ts';
import { fetchPages } from './repo-files.ts';

/** The orders of a list of models, with the Hub's own words for them. */
const orders = Object.freeze({
  downloads: 'downloads',
  likes: 'likes',
  updated: 'lastModified',
  created: 'createdAt',
  trending: 'trendingScore',
} as const);

/** An order of a list of models. */
export type HubModelOrder = keyof typeof orders;

/** Options of `listHubModels`. */
export interface ListHubModelsOptions extends HubOptions {
  /** Only models of this user or organization. */
  readonly author?: string;
  /** Only models with this text in their name. */
  readonly search?: string;
  /** Only models with all of these tags. */
  readonly tags?: readonly string[];
  /** Only models for this task, by the Hub's word for it, for example `tabular-regression`. */
  readonly task?: string;
  /**
   * Order, the largest or latest first: `downloads`, `likes`, `updated`, `created` or `trending`.
   * Default: as the Hub gives them.
   */
  readonly sort?: HubModelOrder;
  /** Only models of this library; null for models of all libraries. Default `tatabox`. */
  readonly library?: string | null;
  /** At most so many. Default all. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A model on the Hub, as its list shows it. */
export interface HubModel {
  /** `owner/name` */
  readonly repo: string;
  readonly private: boolean;
  /** Whether access must be asked for. */
  readonly gated: boolean;
  readonly downloads: number;
  readonly likes: number;
  /** What it is for, by the Hub's word, where its card says so. */
  readonly task?: string;
  readonly updatedAt: Date;
  readonly tags: readonly string[];
}

/**
 * Lists models on the Hub page by page, those made with this library by default.
 *
 * @throws EnvironmentError when the Hub cannot be asked
 * @example
 * for await (const { repo, downloads } of listHubModels({ author: 'lab' })) console.log(repo);
 */
export async function* listHubModels(
  options: ListHubModelsOptions = {},
): AsyncGenerator<HubModel, void, undefined> {
  checkOptionNames(
    options,
    [...hubOptionNames, 'author', 'search', 'tags', 'task', 'sort', 'library', 'limit', 'signal'],
    'listHubModels',
  );
  const { author, search, tags = [], task, sort, library = 'tatabox', limit, signal } = options;
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new UsageError({
      where: 'listHubModels: the option limit',
      found: String(limit),
      expected: 'a whole number of at least 1',
    });
  }
  if (sort !== undefined && !Object.hasOwn(orders, sort)) {
    throw new UsageError({
      where: 'listHubModels: the option sort',
      found: `'${String(sort)}'`,
      expected: `one of ${Object.keys(orders).join(', ')}`,
    });
  }
  const settings = hubSettings(options);
  const filters = library === null ? [...tags] : [library, ...tags];
  try {
    const connection = connectToHub(settings, signal);
    const models = listModels({
      ...connection.client,
      fetch: fetchPages(connection),
      search: {
        owner: author,
        query: search,
        // The client library's list of tasks is of its day; the Hub knows others, and says so.
        task: task as PipelineType | undefined,
        tags: filters,
      },
      additionalFields: ['tags'],
      ...(sort === undefined ? {} : { sort: orders[sort] }),
      ...(limit === undefined ? {} : { limit }),
    });
    for await (const model of listFromHub(settings, models)) {
      yield {
        repo: model.name,
        private: model.private,
        gated: model.gated !== false,
        ...(model.task === undefined ? {} : { task: model.task }),
        downloads: model.downloads,
        likes: model.likes,
        updatedAt: model.updatedAt,
        tags: model.tags,
      };
    }
  } catch (error) {
    throw explainHubError(error, { settings, action: 'list the models', access: 'read', signal });
  }
}
