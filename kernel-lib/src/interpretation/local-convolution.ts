import type { ElementwiseFunction } from './local-activations.ts';
import {
  Changes,
  differences,
  sizeOf,
  withRoom,
  type LocalStep,
  type PositionShape,
  type ReferenceBatch,
  type SubstitutionChunk,
} from './local-changes.ts';
import { RightFactor } from './local-product.ts';

/** Where a window of `size` taps lies for each output: taps at `output · stride + tap · dilation − left`. */
export interface WindowGeometry {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Positions of padding before the first. */
  readonly left: number;
  /** Output positions. */
  readonly outputs: number;
}

/** Geometry under the paddings of TensorFlow; undefined for a padding that it does not have. */
export function windowGeometry(
  width: number,
  size: number,
  stride: number,
  dilation: number,
  padding: unknown,
): WindowGeometry | undefined {
  const span = (size - 1) * dilation + 1;
  const common = { size, stride, dilation };
  if (padding === 'valid') {
    return { ...common, left: 0, outputs: Math.max(0, Math.floor((width - span) / stride) + 1) };
  }
  if (padding === 'same') {
    const outputs = Math.ceil(width / stride);
    const total = Math.max(0, (outputs - 1) * stride + span - width);
    return { ...common, left: Math.floor(total / 2), outputs };
  }
  if (padding === 'causal') {
    return { ...common, left: span - 1, outputs: Math.floor((width - 1) / stride) + 1 };
  }
  return undefined;
}

/** Outputs whose windows can see one of the inputs `[from, to)`. */
export function outputStretch(
  { size, stride, dilation, left, outputs }: WindowGeometry,
  from: number,
  to: number,
): [number, number] {
  if (to <= from) return [0, 0];
  const first = Math.max(0, Math.ceil((from + left - (size - 1) * dilation) / stride));
  const end = Math.min(outputs, Math.floor((to - 1 + left) / stride) + 1);
  return end <= first ? [0, 0] : [first, end];
}

/** Weights of a convolution along the positions. */
export interface ConvolutionWeights {
  /** `[size, channels, filters]`. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly filters: number;
}

/**
 * A convolution along the positions, each height alone. It is linear up to its activation, so that the
 * change of its sums is the convolution of the change of its input: one matrix product of the
 * changed rows with all taps side by side, whose columns are added to the sums that they reach.
 */
export class LocalConvolution implements LocalStep {
  readonly shape: PositionShape;
  readonly #input: PositionShape;
  readonly #geometry: WindowGeometry;
  readonly #bias: Float32Array | undefined;
  readonly #activation: ElementwiseFunction;
  readonly #factor: RightFactor;
  readonly #changes: Changes;
  #inputs: Float32Array = new Float32Array(0);
  /** Sums before the activation of the unchanged sequences. */
  #sums: Float32Array = new Float32Array(0);
  #differences: Float32Array = new Float32Array(0);

  constructor(
    input: PositionShape,
    { kernel, bias, filters }: ConvolutionWeights,
    geometry: WindowGeometry,
    activation: ElementwiseFunction,
  ) {
    this.shape = { height: input.height, width: geometry.outputs, channels: filters };
    this.#input = input;
    this.#geometry = geometry;
    this.#bias = bias;
    this.#activation = activation;
    this.#changes = new Changes(this.shape);
    const { channels } = input;
    const { size } = geometry;
    const columns = size * filters;
    const taps = new Float32Array(channels * columns);
    for (let tap = 0; tap < size; tap++) {
      for (let channel = 0; channel < channels; channel++) {
        const source = (tap * channels + channel) * filters;
        taps.set(kernel.subarray(source, source + filters), channel * columns + tap * filters);
      }
    }
    this.#factor = new RightFactor(taps, channels, columns);
  }

  async reference(
    inputs: readonly Float32Array[],
    { count }: ReferenceBatch,
  ): Promise<Float32Array> {
    const [input = new Float32Array(0)] = inputs;
    this.#inputs = input;
    const { height, width, channels: filters } = this.shape;
    const sums = new Float32Array(count * sizeOf(this.shape));
    if (this.#bias !== undefined) {
      for (let at = 0; at < sums.length; at += filters) sums.set(this.#bias, at);
    }
    const inputRows = this.#input.height * this.#input.width;
    const inputSize = sizeOf(this.#input);
    for (let example = 0; example < count; example++) {
      const products = await this.#factor.product(
        input.subarray(example * inputSize, (example + 1) * inputSize),
        inputRows,
      );
      for (let row = 0; row < height; row++) {
        const target = (example * height + row) * width;
        const source = row * this.#input.width;
        this.#gather(products, source, 0, this.#input.width, sums, target, 0, width);
      }
    }
    this.#sums = sums;
    const result = sums.slice();
    this.#activation(result, result.length);
    return result;
  }

  async update(chunk: SubstitutionChunk, inputs: readonly Changes[]): Promise<Changes> {
    const [input] = inputs;
    const changes = this.#changes;
    changes.begin(chunk.count);
    if (input === undefined) throw new Error('a convolution needs its input');
    const { channels: filters, width, height } = this.shape;
    this.#differences = withRoom(this.#differences, input.rows * this.#input.channels);
    differences(input, this.#inputs, chunk, this.#differences);
    const products = await this.#factor.product(this.#differences, input.rows);
    for (let i = 0; i < chunk.count; i++) {
      const stretch = outputStretch(this.#geometry, input.from[i] ?? 0, input.to[i] ?? 0);
      [changes.from[i], changes.to[i]] = stretch;
    }
    changes.layOut();
    const { values } = changes;
    const sums = this.#sums;
    for (let i = 0; i < chunk.count; i++) {
      const [begin, end] = [changes.from[i] ?? 0, changes.to[i] ?? 0];
      const [from, to] = [input.from[i] ?? 0, input.to[i] ?? 0];
      const size = (end - begin) * filters;
      for (let row = 0; row < height && size > 0; row++) {
        const target = (changes.firstRow[i] ?? 0) + row * (end - begin);
        const source = (((chunk.examples[i] ?? 0) * height + row) * width + begin) * filters;
        for (let j = 0; j < size; j++) values[target * filters + j] = sums[source + j] ?? 0;
        const products0 = (input.firstRow[i] ?? 0) + row * (to - from);
        this.#gather(products, products0, from, to, values, target, begin, end);
      }
    }
    this.#activation(values, changes.rows * filters);
    return changes;
  }

  /** Adds the products of inputs `[from, to)` to the sums of outputs `[begin, end)`. */
  #gather(
    products: Float32Array,
    source: number,
    from: number,
    to: number,
    sums: Float32Array,
    target: number,
    begin: number,
    end: number,
  ): void {
    const { size, stride, dilation, left } = this.#geometry;
    const filters = this.shape.channels;
    for (let output = begin; output < end; output++) {
      const at = (target + output - begin) * filters;
      for (let tap = 0; tap < size; tap++) {
        const input = output * stride + tap * dilation - left;
        if (input < from || input >= to) continue;
        const product = ((source + input - from) * size + tap) * filters;
        for (let j = 0; j < filters; j++) {
          sums[at + j] = (sums[at + j] ?? 0) + (products[product + j] ?? 0);
        }
      }
    }
  }

  dispose(): void {
    this.#factor.dispose();
  }
}
