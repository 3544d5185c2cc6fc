import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  optimizerSchema,
  type OptimizerInput,
} from '../../../kernel-lib/src/training/optimizer-options.ts';
import {
  createOptimizer,
  type OptimizerArithmetic,
  type OptimizerSettings,
} from '../../../kernel-lib/src/training/optimizer.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../native-tensorflow.ts';

/*
 * Four steps at learning rate 0.1 from kernel [[.5, -.25], [1, 2]] and bias [.1, -.2] with the
 * gradients of `gradientsOf`. SGD, Adamax, Adadelta, RMSprop and Adagrad: Keras 3 (JAX backend),
 * `keras.optimizers.X(0.1, …).apply(gradients, [kernel, bias])`; Adam and AdamW: the update of the
 * PyTorch documentation (torch.optim.Adam, AdamW) written out in NumPy, float64.
 */
const golden: [OptimizerInput, OptimizerSettings, number[]][] = [
  ['sgd', {}, [0.52999997, -0.25999999, 1.0020001, 2.04, 0.089583337, -0.074999996]],
  [
    { name: 'sgd', momentum: 0.9 },
    {},
    [0.47978002, -0.24325998, 0.9986521, 1.9730401, 0.071613334, 0.14064002],
  ],
  [
    { name: 'sgd', momentum: 0.9, nesterov: true },
    {},
    [0.51180196, -0.253934, 1.0007869, 2.0157359, 0.064035334, 0.23157603],
  ],
  ['adamax', {}, [0.40791011, -0.1579102, 0.90791053, 1.9079101, -0.18178461, 0.081785113]],
  ['adadelta', {}, [0.50005394, -0.25005394, 1.0000539, 2.0000539, 0.099652566, -0.19965239]],
  ['rmsprop', {}, [0.43361408, -0.1836251, 0.93392289, 1.9336133, -0.53759545, 0.43771443]],
  [
    { name: 'rmsprop', momentum: 0.5 },
    {},
    [0.23640506, 0.013573647, 0.73700035, 1.7364038, -0.97402376, 0.87422526],
  ],
  ['adagrad', {}, [0.49923939, -0.26447374, 1.0060452, 1.9930031, 0.067530304, -0.025878768]],
  ['adam', {}, [0.40888775, -0.15888776, 0.90888779, 1.9088878, -0.2626576, 0.16265769]],
  [
    'adamw',
    { weightDecay: 0.2 },
    [0.3756647, -0.14507267, 0.83684882, 1.7592169, -0.2626576, 0.16265769],
  ],
  [
    'adam',
    { weightDecay: 0.2 },
    [0.35611959, -0.094420988, 0.61106703, 1.7528048, -0.2626576, 0.16265769],
  ],
];

function gradientsOf(step: number): tf.Tensor[] {
  const scale = (1 + 0.5 * step) * (-1) ** step;
  return [
    tf.tensor2d(
      [0.3, -0.1, 0.02, 0.4].map((value) => value * scale),
      [2, 2],
    ),
    tf.tensor1d([0.05 / (1 + step), -0.6 / (1 + step)]),
  ];
}

function weightsOf() {
  return [
    { name: 'dense/kernel', variable: tf.variable(tf.tensor2d([0.5, -0.25, 1, 2], [2, 2])) },
    { name: 'dense/bias', variable: tf.variable(tf.tensor1d([0.1, -0.2])) },
  ];
}

function valuesOf(weights: ReturnType<typeof weightsOf>): number[] {
  return weights.flatMap(({ variable }) => [...variable.dataSync()]);
}

function run(
  input: OptimizerInput,
  settings: OptimizerSettings,
  steps = 4,
): { values: number[]; leaked: number } {
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => {
    const weights = weightsOf();
    const optimizer = createOptimizer(optimizerSchema.parse(input), weights, settings);
    for (let step = 0; step < steps; step++) {
      const gradients = gradientsOf(step);
      optimizer.step(gradients, 0.1);
      tf.dispose(gradients);
    }
    optimizer.dispose();
    const result = valuesOf(weights);
    weights.forEach(({ variable }) => {
      variable.dispose();
    });
    return result;
  });
  return { values, leaked: tf.memory().numTensors - before };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const places = [
  'arrays',
  'tensors',
  ...(hasNativeTensorFlow ? (['in place'] as const) : []),
] as const;

describe.each(places)('optimizers: %s', (arithmetic) => {
  beforeAll(async () => {
    if (arithmetic === 'in place') await useNativeTensorFlow();
    else await tf.setBackend('cpu');
  });

  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(golden)('%j %j gives the golden values', (input, settings, expected) => {
    const { values, leaked } = run(input, { ...settings, arithmetic });
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
    expect(leaked).toBe(0);
  });

  it('takes the LAMB steps of FLORABERT', () => {
    // torch_optimizer 0.3 Lamb(lr=1e-3, eps=1e-8) on a linear layer, x = [1, 2], target [1, -1],
    // mean squared error; computed by the original's code
    const expected = [
      {
        loss: 18.5,
        w: [0.50115246, -0.24884756, 0.99884754, 1.9988476],
        b: [0.0031622767, -0.0031622776],
      },
      {
        loss: 18.453707,
        w: [0.50230414, -0.24769589, 0.99769568, 1.9976958],
        b: [0.0031654387, -0.0031654402],
      },
      {
        loss: 18.429556,
        w: [0.50345504, -0.246545, 0.99654442, 1.9965446],
        b: [0.0031686036, -0.0031686062],
      },
    ];
    const kernel = tf.variable(tf.tensor2d([0.5, -0.25, 1, 2], [2, 2]));
    const bias = tf.variable(tf.tensor1d([0, 0]));
    const optimizer = createOptimizer(
      optimizerSchema.parse({ name: 'lamb', epsilon: 1e-8 }),
      [
        { name: 'kernel', variable: kernel },
        { name: 'bias', variable: bias },
      ],
      { arithmetic },
    );
    for (const { loss, w, b } of expected) {
      const { value, grads } = tf.variableGrads(() => {
        const output = tf.add(
          tf.reshape(tf.matMul(kernel, tf.tensor2d([1, 2], [2, 1])), [2]),
          bias,
        );
        return tf.mean(tf.squaredDifference(output, tf.tensor1d([1, -1]))) as tf.Scalar;
      }, [kernel, bias]);
      expect(value.dataSync()[0]).toBeCloseTo(loss, 3);
      optimizer.step([grads[kernel.name], grads[bias.name]], 1e-3);
      [...kernel.dataSync(), ...bias.dataSync()].forEach((each, i) => {
        expect(each).toBeCloseTo([...w, ...b][i]!, 6);
      });
      tf.dispose([value, grads]);
    }
    optimizer.dispose();
    tf.dispose([kernel, bias]);
  });

  it.each(['sgd', 'adamw', 'lamb', 'rmsprop', 'adadelta'] as const)(
    '%s goes on exactly from a saved state',
    async (name) => {
      const options = optimizerSchema.parse(name === 'sgd' ? { name, momentum: 0.9 } : name);
      const whole = run(options, { weightDecay: 0.1, arithmetic }, 5).values;
      const weights = weightsOf();
      const settings = { weightDecay: 0.1, arithmetic };
      const first = createOptimizer(options, weights, settings);
      for (let step = 0; step < 2; step++) first.step(gradientsOf(step), 0.1);
      const state = await first.state();
      first.dispose();
      const second = createOptimizer(options, weights, settings);
      second.restore(state, 2);
      for (let step = 2; step < 5; step++) second.step(gradientsOf(step), 0.1);
      expect(valuesOf(weights)).toEqual(whole);
      second.dispose();
      tf.disposeVariables();
    },
  );
});

describe.skipIf(!hasNativeTensorFlow)('updates in place', () => {
  beforeAll(useNativeTensorFlow);

  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it('change neither the array that a weight was made from nor a snapshot of it', () => {
    // Long enough that TensorFlow takes the array's own memory
    const array = new Float32Array(4096).fill(1);
    const variable = tf.variable(tf.tensor1d(array)) as tf.Variable<tf.Rank.R1>;
    const optimizer = createOptimizer(optimizerSchema.parse('adam'), [{ name: 'w', variable }]);
    optimizer.step([tf.ones([4096])], 0.1);
    expect(array[17]).toBe(1);
    expect(variable.dataSync()[17]).toBeCloseTo(0.9, 5);
    const snapshot = tf.keep(tf.clone(variable as tf.Tensor1D));
    optimizer.step([tf.ones([4096])], 0.1);
    expect(snapshot.dataSync()[17]).toBeCloseTo(0.9, 5);
    expect(variable.dataSync()[17]).toBeCloseTo(0.8, 5);
    variable.assign(snapshot);
    expect(variable.dataSync()[17]).toBeCloseTo(0.9, 5);
    optimizer.step([tf.ones([4096])], 0.1);
    expect(variable.dataSync()[17]).toBeCloseTo(0.8, 5);
    expect(snapshot.dataSync()[17]).toBeCloseTo(0.9, 5);
    optimizer.dispose();
    tf.disposeVariables();
  });

  it('keep no memory of TensorFlow', () => {
    const handles = () =>
      (
        tf.backend() as unknown as { binding: { getNumOfTensors(): number } }
      ).binding.getNumOfTensors();
    const before = handles();
    for (const name of ['adamw', 'lamb', 'sgd'] as const) run(name, { weightDecay: 0.1 });
    expect(handles()).toBe(before);
  });
});

describe('createOptimizer', () => {
  it('refuses to update in place on another backend', () => {
    expect(() =>
      createOptimizer(optimizerSchema.parse('adam'), weightsOf(), { arithmetic: 'in place' }),
    ).toThrow(/backend cpu/);
  });

  it('decays biases only when it is told to', () => {
    const bias = (decayBiases: boolean) =>
      run('sgd', { weightDecay: 0.5, decayBiases, arithmetic: 'arrays' }).values.slice(4);
    const plain = run('sgd', { arithmetic: 'arrays' }).values.slice(4);
    expect(bias(false)).toEqual(plain);
    expect(bias(true)).not.toEqual(plain);
  });

  it('leaves a weight without gradient as it is', () => {
    for (const arithmetic of ['arrays', 'tensors'] satisfies OptimizerArithmetic[]) {
      const weights = weightsOf();
      const optimizer = createOptimizer(optimizerSchema.parse('adam'), weights, { arithmetic });
      optimizer.step([undefined, gradientsOf(0)[1]], 0.1);
      expect(valuesOf(weights).slice(0, 4)).toEqual([0.5, -0.25, 1, 2]);
      expect(valuesOf(weights)[4]).not.toBeCloseTo(0.1);
      optimizer.dispose();
    }
  });

  it('refuses the state of another model', () => {
    const optimizer = createOptimizer(optimizerSchema.parse('adam'), weightsOf());
    expect(() => {
      optimizer.restore({}, 1);
    }).toThrow(/no 'dense\/kernel\/moment1'/);
  });

  it('names the nearest optimizer and option', () => {
    const message = (input: unknown) =>
      JSON.stringify(optimizerSchema.safeParse(input).error!.issues);
    expect(message('adma')).toContain("Did you mean 'adam'?");
    expect(message({ name: 'adam', beta3: 1 })).toContain("Did you mean 'beta1'?");
    expect(message({ name: 'adam', beta1: 1 })).toContain('beta1');
  });
});
