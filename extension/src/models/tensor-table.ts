import type { ModelTensor } from './open-model.ts';
import type { DtypeShare, TensorColumn, TensorQuery, TensorRow } from './model-protocol.ts';

const shapeText = ({ shape }: ModelTensor): string =>
  shape.length === 0 ? 'scalar' : shape.join(' × ');

/** Bytes in a unit that a person reads. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? ''}`;
}

function compare(a: ModelTensor, b: ModelTensor, column: TensorColumn): number {
  if (column === 'name') return a.name.localeCompare(b.name, 'en', { numeric: true });
  if (column === 'dtype') return a.dtype < b.dtype ? -1 : a.dtype > b.dtype ? 1 : 0;
  if (column === 'parameters' || column === 'bytes') return a[column] - b[column];
  const length = Math.max(a.shape.length, b.shape.length);
  for (let axis = 0; axis < length; axis++) {
    const difference = (a.shape[axis] ?? -1) - (b.shape[axis] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The tensors that a query asks for, in its order. */
export function queryTensors(
  tensors: readonly ModelTensor[],
  { filter, sort }: TensorQuery,
): readonly ModelTensor[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown =
    words.length === 0
      ? tensors
      : tensors.filter((tensor) => {
          const text = `${tensor.name} ${tensor.dtype} ${tensor.shape.join('x')}`.toLowerCase();
          return words.every((word) => text.includes(word));
        });
  if (sort === undefined) return shown;
  const sign = sort.descending ? -1 : 1;
  return [...shown].sort((a, b) => sign * compare(a, b, sort.column));
}

/** The cells of a tensor. */
export function tensorRow(tensor: ModelTensor): TensorRow {
  return [
    tensor.name,
    tensor.dtype,
    shapeText(tensor),
    tensor.parameters.toLocaleString('en-US'),
    bytesText(tensor.bytes),
  ];
}

/** Tensors, parameters and bytes of each type, the largest first. */
export function dtypeShares(tensors: readonly ModelTensor[]): DtypeShare[] {
  const shares = new Map<string, DtypeShare>();
  for (const { dtype, parameters, bytes } of tensors) {
    const before = shares.get(dtype) ?? { dtype, tensors: 0, parameters: 0, bytes: 0 };
    shares.set(dtype, {
      dtype,
      tensors: before.tensors + 1,
      parameters: before.parameters + parameters,
      bytes: before.bytes + bytes,
    });
  }
  return [...shares.values()].sort((a, b) => b.bytes - a.bytes);
}
