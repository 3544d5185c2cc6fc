import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../kernel-lib/src/tokenizers/load-tokenizer.ts';

interface Golden {
  readonly seq: string;
  readonly n_tokens_no_special: number;
  readonly input_ids: number[];
  readonly attention_mask_sum: number;
}

const golden = JSON.parse(
  await readFile('test/parity/golden/florabert/florabert_tokenizer.json', 'utf8'),
) as Record<string, Golden>;

test.each(Object.entries(golden))("gives FloraBERT's ids: %s", async (_name, expected) => {
  const tokenizer = await loadTokenizer('notebooks/data/maize/tokenizer', { paddingSide: 'left' });
  const { inputIds, attentionMask } = tokenizer.encodeBatch([expected.seq], { maxLength: 256 });
  expect(Array.from(inputIds)).toEqual(expected.input_ids);
  expect(attentionMask.reduce((sum, value) => sum + value, 0)).toBe(expected.attention_mask_sum);
  const bare = tokenizer.encode(expected.seq, { addSpecialTokens: false });
  expect(bare.length).toBe(expected.n_tokens_no_special);
  expect(tokenizer.decode(tokenizer.encode(expected.seq))).toBe(expected.seq);
});
