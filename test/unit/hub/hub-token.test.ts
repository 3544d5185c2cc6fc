import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubToken, redact } from '../../../kernel-lib/src/hub/hub-token.ts';

describe('redact', () => {
  it('takes out tokens, passwords in addresses and signatures', () => {
    const token = new HubToken('hf_ab', 'HF_TOKEN');
    expect(redact('the token hf_ab is wrong', token)).toBe('the token hf_… is wrong');
    expect(redact('hf_AbCdEfGhIjKlMnOpQrStUvWx')).toBe('hf_…');
    expect(redact('https://me:pass@hub/x')).toBe('https://…@hub/x');
    expect(redact('https://s3/x?X-Amz-Signature=abc&Signature=def&n=1')).toBe(
      'https://s3/x?X-Amz-Signature=…&Signature=…&n=1',
    );
    expect(redact('huggingface_hub and hf_hub_download')).toBe(
      'huggingface_hub and hf_hub_download',
    );
  });

  it('leaves no token in any text', () => {
    const tokens = fc.stringMatching(/^hf_[A-Za-z0-9_.-]{8,40}$/);
    fc.assert(
      fc.property(tokens, fc.string(), fc.string(), (text, before, after) => {
        const shown = redact(before + text + after, new HubToken(text, 'HF_TOKEN'));
        expect(shown).not.toContain(text);
      }),
    );
  });
});
