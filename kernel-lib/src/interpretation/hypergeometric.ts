/** Natural logarithm of n! for whole n ≥ 0: exact products below 20, Stirling's series above. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** A table of counts: two kinds of things, inside and outside. */
export interface CountTable {
  readonly inside: number;
  readonly outside: number;
  /** What it is compared with. */
  readonly otherInside: number;
  readonly otherOutside: number;
}

/**
 * Fisher's exact test, one-sided: the probability of at least `inside` when the same totals are
 * drawn without replacement (upper tail of the hypergeometric distribution).
 *
 * @example
 * fisherExactGreater({ inside: 3, outside: 1, otherInside: 1, otherOutside: 3 }); // 17 / 70
 */
export function fisherExactGreater(table: CountTable): number {
  const { inside, outside, otherInside, otherOutside } = table;
  const drawn = inside + outside;
  const marked = inside + otherInside;
  const total = drawn + otherInside + otherOutside;
  const most = Math.min(drawn, marked);
  if (inside <= Math.max(0, drawn + marked - total)) return 1;
  let term = Math.exp(
    logChoose(marked, inside) + logChoose(total - marked, drawn - inside) - logChoose(total, drawn),
  );
  let sum = 0;
  for (let k = inside; k <= most; k++) {
    sum += term;
    const next = (term * (marked - k) * (drawn - k)) / ((k + 1) * (total - marked - drawn + k + 1));
    if (next < term && next < sum * 1e-17) break;
    term = next;
  }
  return Math.min(1, sum);
}
