/**
 * Gradient of the filters of a 1-D convolution with stride 1 and channels last.
 *
 * The patch that an output position saw is a contiguous stretch of the padded input, so the
 * gradient is a sum of outer products patch × output gradient: no patch is ever copied.
 */

/**
 * result[i][j] += sum over rows r of input[r * step + i] * gradient[r][j]
 *
 * @param size number of patch values i (taps × input channels)
 * @param step distance of two patches in values (input channels)
 * @param columns number of output channels j, a multiple of 16
 */
export function accumulateOuterProducts(
  input: usize,
  step: i32,
  gradient: usize,
  rows: i32,
  size: i32,
  columns: i32,
  result: usize,
): void {
  const inputRow = <usize>step << 2;
  const row = <usize>columns << 2;
  for (let j: usize = 0; j < row; j += 64) {
    let i = 0;
    for (; i + 4 <= size; i += 4) {
      const target = result + <usize>i * row + j;
      let c00 = v128.load(target);
      let c01 = v128.load(target, 16);
      let c02 = v128.load(target, 32);
      let c03 = v128.load(target, 48);
      let c10 = v128.load(target + row);
      let c11 = v128.load(target + row, 16);
      let c12 = v128.load(target + row, 32);
      let c13 = v128.load(target + row, 48);
      let c20 = v128.load(target + 2 * row);
      let c21 = v128.load(target + 2 * row, 16);
      let c22 = v128.load(target + 2 * row, 32);
      let c23 = v128.load(target + 2 * row, 48);
      let c30 = v128.load(target + 3 * row);
      let c31 = v128.load(target + 3 * row, 16);
      let c32 = v128.load(target + 3 * row, 32);
      let c33 = v128.load(target + 3 * row, 48);
      let a = input + (<usize>i << 2);
      let b = gradient + j;
      for (let r = 0; r < rows; r++) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        const b2 = v128.load(b, 32);
        const b3 = v128.load(b, 48);
        let x = v128.load32_splat(a);
        c00 = v128.add<f32>(c00, v128.mul<f32>(x, b0));
        c01 = v128.add<f32>(c01, v128.mul<f32>(x, b1));
        c02 = v128.add<f32>(c02, v128.mul<f32>(x, b2));
        c03 = v128.add<f32>(c03, v128.mul<f32>(x, b3));
        x = v128.load32_splat(a, 4);
        c10 = v128.add<f32>(c10, v128.mul<f32>(x, b0));
        c11 = v128.add<f32>(c11, v128.mul<f32>(x, b1));
        c12 = v128.add<f32>(c12, v128.mul<f32>(x, b2));
        c13 = v128.add<f32>(c13, v128.mul<f32>(x, b3));
        x = v128.load32_splat(a, 8);
        c20 = v128.add<f32>(c20, v128.mul<f32>(x, b0));
        c21 = v128.add<f32>(c21, v128.mul<f32>(x, b1));
        c22 = v128.add<f32>(c22, v128.mul<f32>(x, b2));
        c23 = v128.add<f32>(c23, v128.mul<f32>(x, b3));
        x = v128.load32_splat(a, 12);
        c30 = v128.add<f32>(c30, v128.mul<f32>(x, b0));
        c31 = v128.add<f32>(c31, v128.mul<f32>(x, b1));
        c32 = v128.add<f32>(c32, v128.mul<f32>(x, b2));
        c33 = v128.add<f32>(c33, v128.mul<f32>(x, b3));
        a += inputRow;
        b += row;
      }
      v128.store(target, c00);
      v128.store(target, c01, 16);
      v128.store(target, c02, 32);
      v128.store(target, c03, 48);
      v128.store(target + row, c10);
      v128.store(target + row, c11, 16);
      v128.store(target + row, c12, 32);
      v128.store(target + row, c13, 48);
      v128.store(target + 2 * row, c20);
      v128.store(target + 2 * row, c21, 16);
      v128.store(target + 2 * row, c22, 32);
      v128.store(target + 2 * row, c23, 48);
      v128.store(target + 3 * row, c30);
      v128.store(target + 3 * row, c31, 16);
      v128.store(target + 3 * row, c32, 32);
      v128.store(target + 3 * row, c33, 48);
    }
    for (; i < size; i++) {
      const target = result + <usize>i * row + j;
      let c0 = v128.load(target);
      let c1 = v128.load(target, 16);
      let c2 = v128.load(target, 32);
      let c3 = v128.load(target, 48);
      let a = input + (<usize>i << 2);
      let b = gradient + j;
      for (let r = 0; r < rows; r++) {
        const x = v128.load32_splat(a);
        c0 = v128.add<f32>(c0, v128.mul<f32>(x, v128.load(b)));
        c1 = v128.add<f32>(c1, v128.mul<f32>(x, v128.load(b, 16)));
        c2 = v128.add<f32>(c2, v128.mul<f32>(x, v128.load(b, 32)));
        c3 = v128.add<f32>(c3, v128.mul<f32>(x, v128.load(b, 48)));
        a += inputRow;
        b += row;
      }
      v128.store(target, c0);
      v128.store(target, c1, 16);
      v128.store(target, c2, 32);
      v128.store(target, c3, 48);
    }
  }
}
