import { InputError, UsageError } from '../core/errors.ts';

/** Below it, products with λ lose digits, and the transform is the logarithm to all of its own. */
const isZero = (lambda: number): boolean => Math.abs(lambda) < 1e-150;

/**
 * The Box–Cox transform of one positive number (Box and Cox 1964): `(x^λ − 1) / λ`, and `ln x` for
 * λ = 0. NaN for a number that is not above 0.
 */
export function boxCox(value: number, lambda: number): number {
  if (!(value > 0)) return NaN;
  const log = Math.log(value);
  return isZero(lambda) ? log : Math.expm1(lambda * log) / lambda;
}

/**
 * The number whose Box–Cox transform is `value`. Where there is none, that is beyond −1/λ, it is
 * the end of the range: 0 for λ above 0, Infinity for λ below 0.
 */
export function inverseBoxCox(value: number, lambda: number): number {
  if (isZero(lambda)) return Math.exp(value);
  // NaN must stay NaN, so not `Math.max`.
  const base = lambda * value < -1 ? -1 : lambda * value;
  return Math.exp(Math.log1p(base) / lambda);
}

/**
 * Logarithm of the likelihood of λ, up to a constant, as `scipy.stats.boxcox_llf` gives it.
 *
 * @param values numbers above 0
 */
export function boxCoxLogLikelihood(lambda: number, values: ArrayLike<number>): number {
  const logs = Float64Array.from(values, Math.log);
  let sum = 0;
  for (const log of logs) sum += log;
  const mean = sum / logs.length;
  return -sum - (logs.length / 2) * logVariance(lambda, logs, mean);
}

/**
 * Logarithm of the variance of `((x/g)^λ − 1) / λ`, g being the geometric mean: dividing by g first
 * keeps the powers in range, and its own power cancels out of the likelihood.
 */
function logVariance(lambda: number, logs: Float64Array, mean: number): number {
  let sum = 0;
  let squares = 0;
  const transformed = (log: number) =>
    isZero(lambda) ? log - mean : Math.expm1(lambda * (log - mean)) / lambda;
  for (const log of logs) sum += transformed(log);
  const centre = sum / logs.length;
  for (const log of logs) squares += (transformed(log) - centre) ** 2;
  const result = Math.log(squares / logs.length);
  return Number.isNaN(result) ? Infinity : result;
}

/**
 * The λ of the highest likelihood, as `scipy.stats.boxcox` finds it.
 *
 * @throws InputError for fewer than two numbers, one that is not finite and above 0, or numbers
 *   that are all the same
 *
 * @example
 * fitBoxCox([0.5, 1, 4, 9]); // -0.038
 */
export function fitBoxCox(values: ArrayLike<number>, where = 'Box–Cox transform'): number {
  const logs = new Float64Array(values.length);
  let varies = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!(value > 0 && value < Infinity)) {
      throw new InputError({
        where: `${where}, value ${String(i)}`,
        found: String(value),
        expected: 'a finite number above 0',
        fix: 'Give a pseudocount above 0, or leave the example out.',
      });
    }
    logs[i] = Math.log(value);
    varies ||= value !== values[0];
  }
  if (!varies) {
    throw new InputError({
      where,
      found: values.length === 0 ? 'no numbers' : 'one and the same number in all of training',
      expected: 'numbers that differ',
    });
  }
  let sum = 0;
  for (const log of logs) sum += log;
  const mean = sum / logs.length;
  return minimise((lambda) => logVariance(lambda, logs, mean), -2, 2);
}

const GOLDEN = (3 - Math.sqrt(5)) / 2;
/** Relative accuracy of λ: near a minimum, halves of the digits of a function are all there is. */
const TOLERANCE = 1e-9;

/** Widens [low, high] until the lowest point lies inside, then narrows it down. */
function minimise(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let middle = (a + b) / 2;
  for (let tries = 0; tries < 60; tries++) {
    const [fa, fm, fb] = [f(a), f(middle), f(b)];
    if (fm <= fa && fm <= fb) break;
    const width = b - a;
    if (fa < fb) [a, middle, b] = [a - width, a, middle];
    else [a, middle, b] = [middle, b, b + width];
  }
  return brent(f, a, middle, b);
}

/** Parabolas through the best points, golden sections where they do not help (Brent 1973, ch. 5). */
function brent(f: (x: number) => number, low: number, start: number, high: number): number {
  let [a, b] = [low, high];
  let [x, w, v] = [start, start, start];
  let fx = f(x);
  let [fw, fv] = [fx, fx];
  let [step, before] = [0, 0];
  for (let i = 0; i < 200; i++) {
    const centre = (a + b) / 2;
    const tolerance = TOLERANCE * Math.abs(x) + 1e-12;
    if (Math.abs(x - centre) <= 2 * tolerance - (b - a) / 2) break;
    let golden = true;
    if (Math.abs(before) > tolerance) {
      const r = (x - w) * (fx - fv);
      let q = (x - v) * (fx - fw);
      let p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = Math.abs(q);
      if (Math.abs(p) < Math.abs((q * before) / 2) && p > q * (a - x) && p < q * (b - x)) {
        before = step;
        step = p / q;
        golden = false;
      }
    }
    if (golden) {
      before = x < centre ? b - x : a - x;
      step = GOLDEN * before;
    }
    const u = x + (Math.abs(step) >= tolerance ? step : step > 0 ? tolerance : -tolerance);
    const fu = f(u);
    if (fu <= fx) {
      if (u >= x) a = x;
      else b = x;
      [v, w, x] = [w, x, u];
      [fv, fw, fx] = [fw, fx, fu];
    } else {
      if (u < x) a = u;
      else b = u;
      if (fu <= fw || w === x) {
        [v, w] = [w, u];
        [fv, fw] = [fw, fu];
      } else if (fu <= fv || v === x || v === w) {
        v = u;
        fv = fu;
      }
    }
  }
  return x;
}

/** Throws for a λ that is no finite number. */
export function checkLambda(lambda: number | undefined, where: string): number {
  if (lambda !== undefined && Number.isFinite(lambda)) return lambda;
  throw new UsageError({ where, found: String(lambda), expected: 'a finite number' });
}
