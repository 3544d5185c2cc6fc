/**
 * Fills a row-major target from values that lie `strides` apart along each axis, from `offset` on.
 *
 * @param shape sides of the target, whose length is their product
 */
export function copyStrided<T extends { [index: number]: unknown; readonly length: number }>(
  values: T,
  target: T,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): T {
  const place = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < target.length; to++) {
    target[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (place[axis] ?? 0) + 1;
      from += stride;
      if (next < (shape[axis] ?? 0)) {
        place[axis] = next;
        break;
      }
      place[axis] = 0;
      from -= stride * next;
    }
  }
  return target;
}
