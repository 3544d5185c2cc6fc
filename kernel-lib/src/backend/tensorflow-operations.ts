import * as tf from '@tensorflow/tfjs-core';

/** A floating-point attribute; a bare number would not tell whether a whole one is meant. */
export interface FloatAttribute {
  readonly float: number;
}

/** A shape as attribute; a bare array is a list of whole numbers. */
export interface ShapeAttribute {
  readonly shape: readonly number[];
}

/** Attributes of a TensorFlow operation by name: flags, texts, whole numbers, element types. */
export type OperationAttributes = Readonly<
  Record<
    string,
    boolean | string | number | readonly number[] | FloatAttribute | ShapeAttribute | ElementType
  >
>;

/** An element type as attribute, for example of `T`. */
export interface ElementType {
  readonly type: 'float32' | 'int32' | 'bool' | 'int64' | 'resource';
}

/** The attribute that most operations call `T`. */
export const FLOAT32: ElementType = { type: 'float32' };
export const INT32: ElementType = { type: 'int32' };

interface EncodedAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor of the binding: its number in the binding's table. */
interface BindingTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The part of the compiled binding of `@tensorflow/tfjs-node` that is used here. */
interface Binding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_RESOURCE: number;
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  executeOp(
    name: string,
    attributes: readonly EncodedAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): BindingTensor[];
}

/** The part of the backend object of `@tensorflow/tfjs-node` that is used here. */
export interface TensorFlowBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice?: boolean;
  /** Numbers of tensors in the binding, uploading those that are still on the host. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: BindingTensor): tf.Tensor;
}

/** The native backend if it is the current one, whose TensorFlow operations can be called. */
export function tensorFlowBackend(): TensorFlowBackend | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  return tf.backend() as unknown as TensorFlowBackend;
}

function encodeAttributes(binding: Binding, attributes: OperationAttributes): EncodedAttribute[] {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    if (typeof value === 'number' || Array.isArray(value)) {
      return { name, type: binding.TF_ATTR_INT, value };
    }
    if ('float' in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
    if ('shape' in value) return { name, type: binding.TF_ATTR_SHAPE, value: value.shape };
    const { type } = value as ElementType;
    return { name, type: binding.TF_ATTR_TYPE, value: elementType(binding, type) };
  });
}

function elementType(binding: Binding, type: ElementType['type']): number {
  switch (type) {
    case 'float32':
      return binding.TF_FLOAT;
    case 'int32':
      return binding.TF_INT32;
    case 'int64':
      return binding.TF_INT64;
    case 'bool':
      return binding.TF_BOOL;
    case 'resource':
      return binding.TF_RESOURCE;
  }
}

/**
 * Runs one TensorFlow operation by its name in TensorFlow's registry. The results are tensors of
 * the engine; nothing is recorded for gradients.
 *
 * @throws Error with TensorFlow's message where the operation or its kernel does not exist
 */
export function runOperation(
  backend: TensorFlowBackend,
  name: string,
  inputs: readonly tf.TensorInfo[],
  attributes: OperationAttributes,
  outputs = 1,
): tf.Tensor[] {
  const { binding } = backend;
  return binding
    .executeOp(
      name,
      encodeAttributes(binding, attributes),
      backend.getInputTensorIds(inputs),
      outputs,
    )
    .map((metadata) => backend.createOutputTensor(metadata));
}

/** `runOperation` for an operation with one result. */
export function runSingle(
  backend: TensorFlowBackend,
  name: string,
  inputs: readonly tf.TensorInfo[],
  attributes: OperationAttributes,
): tf.Tensor {
  return runOperation(backend, name, inputs, attributes)[0] as tf.Tensor;
}

/** The same with numbers of the binding instead of tensors, for handles that are no tensors. */
export function runOnHandles(
  { binding }: TensorFlowBackend,
  name: string,
  inputs: readonly number[],
  attributes: OperationAttributes,
  outputs: number,
): number[] {
  return binding
    .executeOp(name, encodeAttributes(binding, attributes), inputs, outputs)
    .map(({ id }) => id);
}
