/** How an integral over [0, 1] is approximated. */
export interface Quadrature {
  /** Ascending points in [0, 1]. */
  readonly points: Float64Array;
  /** Weights that sum to 1. */
  readonly weights: Float64Array;
}

/** Trapezoid rule with `steps` intervals, hence `steps + 1` points. */
export function trapezoid(steps: number): Quadrature {
  const points = Float64Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const weights = points.map((_, i) => (i === 0 || i === steps ? 0.5 : 1) / steps);
  return { points, weights };
}

/**
 * Gauss-Legendre rule with `steps` points, exact for polynomials of degree below `2 × steps`. The
 * points are the roots of the Legendre polynomial, found by Newton's method (Abramowitz and Stegun
 * 1964, 25.4.29–30), moved from [−1, 1] to [0, 1].
 */
export function gaussLegendre(steps: number): Quadrature {
  const points = new Float64Array(steps);
  const weights = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (steps + 0.5));
    let derivative = 1;
    for (let iteration = 0; iteration < 100; iteration++) {
      let value = 1;
      let previous = 0;
      for (let degree = 1; degree <= steps; degree++) {
        const next = ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree;
        previous = value;
        value = next;
      }
      derivative = (steps * (x * value - previous)) / (x * x - 1);
      const change = value / derivative;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    points[i] = (x + 1) / 2;
    weights[i] = 1 / ((1 - x * x) * derivative * derivative);
  }
  return { points, weights };
}
