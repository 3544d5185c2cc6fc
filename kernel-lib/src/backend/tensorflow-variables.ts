import * as tf from '@tensorflow/tfjs-core';
import {
  FLOAT32,
  runOnHandles,
  type OperationAttributes,
  type TensorFlowBackend,
} from './tensorflow-operations.ts';

/** Name under which TensorFlow makes a variable of no name, freed with the last handle on it. */
const NO_NAME = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

interface StoredTensor {
  id: number;
  readonly refCount: number;
}

/** The backend's table of tensors, where the number of a tensor's memory stands. */
interface TensorTable {
  get(dataId: object): StoredTensor;
}

/**
 * A variable of TensorFlow itself. Its training operations change it in place, in one pass and on
 * all cores, while a variable of TensorFlow.js is replaced by a new tensor after a dozen operations.
 */
export class ResourceVariable {
  readonly #backend: TensorFlowBackend;
  readonly #shape: readonly number[];
  readonly #handle: number;
  #disposed = false;

  /** A variable without a value yet. */
  constructor(backend: TensorFlowBackend, shape: readonly number[]) {
    this.#backend = backend;
    this.#shape = shape;
    [this.#handle = -1] = runOnHandles(
      backend,
      'VarHandleOp',
      [],
      { dtype: FLOAT32, shape: { shape }, container: '', shared_name: NO_NAME },
      1,
    );
  }

  /** Number of the handle, as input of an operation. */
  get handle(): number {
    return this.#handle;
  }

  /** Sets the value; shares the memory of the tensor until either changes. */
  assign(value: tf.Tensor): void {
    const [id = -1] = this.#backend.getInputTensorIds([value]);
    runOnHandles(this.#backend, 'AssignVariableOp', [this.#handle, id], { dtype: FLOAT32 }, 0);
  }

  /** The value as a tensor, sharing the memory until the variable changes; the receiver disposes. */
  read(): tf.Tensor {
    return this.#backend.createOutputTensor({
      id: this.#read(),
      shape: [...this.#shape],
      dtype: this.#backend.binding.TF_FLOAT,
    });
  }

  /** Multiplies the value by a number. */
  scale(factor: number): void {
    tf.tidy(() => {
      this.assign(tf.mul(this.read(), factor));
    });
  }

  /**
   * Gives the variable the memory of a TensorFlow.js variable, lets it be changed, and gives it
   * back. Where something else shares that memory, a snapshot for example, TensorFlow copies it
   * first.
   *
   * @param change updates this variable in place
   */
  update(variable: tf.Variable, change: () => void): void {
    this.assign(variable);
    const table = (this.#backend as unknown as { tensorMap: TensorTable }).tensorMap;
    const stored = table.get(variable.dataId);
    if (stored.refCount !== 1) {
      change();
      tf.tidy(() => {
        variable.assign(this.read());
      });
      return;
    }
    // A handle that is still there would make TensorFlow copy the memory before it changes it.
    this.#backend.binding.deleteTensor(stored.id);
    stored.id = -1;
    try {
      change();
    } finally {
      stored.id = this.#read();
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#backend.binding.deleteTensor(this.#handle);
  }

  #read(): number {
    const attributes = { dtype: FLOAT32 };
    return runOnHandles(this.#backend, 'ReadVariableOp', [this.#handle], attributes, 1)[0] ?? -1;
  }
}

/** An operand of an operation on variables: a variable, a tensor or a scalar. */
export type Operand = ResourceVariable | tf.Tensor | number;

/** Runs an operation without results that takes variables. */
export function runOnVariables(
  backend: TensorFlowBackend,
  name: string,
  operands: readonly Operand[],
  attributes: OperationAttributes = {},
): void {
  const { binding } = backend;
  const scalars: number[] = [];
  const ids = operands.map((operand) => {
    if (operand instanceof ResourceVariable) return operand.handle;
    if (typeof operand !== 'number') return backend.getInputTensorIds([operand])[0] ?? -1;
    const id = binding.createTensor([], binding.TF_FLOAT, Float32Array.of(operand));
    scalars.push(id);
    return id;
  });
  try {
    runOnHandles(backend, name, ids, { T: FLOAT32, ...attributes }, 0);
  } finally {
    scalars.forEach((id) => {
      binding.deleteTensor(id);
    });
  }
}
