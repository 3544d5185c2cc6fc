/**
 * sums[segment] = the sum of all rows of this segment, `[segments, columns]`; rows of a number
 * below 0 or past the last segment are left out. Units of work: columns, so that the order in
 * which rows are added never depends on how the work is cut.
 *
 * @param segmentOf 32-bit integers, one a row
 */
export function segmentSum(
  values: usize,
  segmentOf: usize,
  rows: i32,
  columns: i32,
  segments: i32,
  sums: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>columns << 2;
  const offset = <usize>from << 2;
  const bytes = <usize>(to - from) << 2;
  for (let segment = 0; segment < segments; segment++) {
    memory.fill(sums + <usize>segment * row + offset, 0, bytes);
  }
  let source = values + offset;
  for (let i = 0; i < rows; i++) {
    const segment = load<i32>(segmentOf + (<usize>i << 2));
    if (<u32>segment < <u32>segments) {
      const target = sums + <usize>segment * row + offset;
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        v128.store(target + at, v128.add<f32>(v128.load(target + at), v128.load(source + at)));
      }
      for (; at < bytes; at += 4) {
        store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at));
      }
    }
    source += row;
  }
}
