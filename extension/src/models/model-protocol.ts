import type { CardBlock } from './card-blocks.ts';
import type { ModelFact } from './model-fact.ts';

/** Lines of the overview that belong together. */
export interface FactSection {
  readonly title: string;
  readonly facts: readonly ModelFact[];
}

/** Tensors of one type. */
export interface DtypeShare {
  readonly dtype: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** What the page shows of a model at once. */
export interface ModelSummary {
  readonly title: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  readonly dtypes: readonly DtypeShare[];
  readonly sections: readonly FactSection[];
  /** Front matter of the card. */
  readonly cardFacts: readonly ModelFact[];
  readonly card: readonly CardBlock[];
  readonly hasCard: boolean;
  readonly hasConfig: boolean;
  /** What is missing or damaged beside the weights; plain text. */
  readonly problems: readonly string[];
  /** The workspace is trusted and the model lies on a disk, so that it may be pushed. */
  readonly canPush: boolean;
}

export const tensorColumns = ['name', 'dtype', 'shape', 'parameters', 'bytes'] as const;
export type TensorColumn = (typeof tensorColumns)[number];

/** Which tensors are shown, and how they are sorted. */
export interface TensorQuery {
  /** Part of a name, a type or a shape. */
  readonly filter: string;
  /** Default: as they lie in the file. */
  readonly sort?: { readonly column: TensorColumn; readonly descending: boolean };
}

/** Cells of a row, in the order of {@link tensorColumns}. */
export type TensorRow = readonly string[];

/** Values of one tensor in figures; those of the finite ones. */
export interface TensorStatistics {
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  /** NaN where no value is finite, as the others. */
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Counts of bins of equal width from minimum to maximum; empty where no value is finite. */
  readonly histogram: readonly number[];
}

/** What the page of a model and its host say to each other. */
export interface ModelProtocol {
  readonly requests: {
    readonly summary: { params: undefined; result: ModelSummary };
    readonly count: { params: TensorQuery; result: number };
    readonly rows: {
      params: { readonly query: TensorQuery; readonly from: number; readonly to: number };
      result: readonly TensorRow[];
    };
    readonly statistics: { params: { readonly name: string }; result: TensorStatistics };
    readonly push: { params: undefined; result: undefined };
    readonly reveal: { params: undefined; result: undefined };
    readonly open: { params: { readonly file: 'config.json' | 'README.md' }; result: undefined };
    readonly editCard: { params: undefined; result: undefined };
  };
  readonly events: {
    /** Share of a tensor that was read. */
    readonly read: { readonly name: string; readonly share: number };
    /** A file of the model changed. */
    readonly changed: undefined;
  };
}
