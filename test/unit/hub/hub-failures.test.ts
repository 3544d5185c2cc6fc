import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../../kernel-lib/src/core/errors.ts';
import {
  askHub,
  fileSystemError,
  HubProtocolError,
  HubResponseError,
  HubSilenceError,
  isPassingFailure,
  isRedirectLoop,
  listFromHub,
} from '../../../kernel-lib/src/hub/hub-failures.ts';
import { hubSettings } from '../../../kernel-lib/src/hub/hub-settings.ts';
import { redact } from '../../../kernel-lib/src/hub/hub-token.ts';

const settings = hubSettings({ environment: { HF_TOKEN: 'hf_veryVerySecretToken' } });
const thrown = async (error: unknown): Promise<unknown> => {
  try {
    await askHub(settings, () => Promise.reject(error));
  } catch (caught) {
    return caught;
  }
  throw new Error('it did not fail');
};
const coded = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

describe('askHub', () => {
  it('passes on failures of the connection and errors that users understand', async () => {
    for (const error of [
      new HubResponseError({ status: 500, serverMessage: '' }),
      new HubSilenceError('no answer'),
      new EnvironmentError({ where: 'a', found: 'b' }),
      new TypeError('fetch failed', { cause: coded('ECONNRESET') }),
      new DOMException('Aborted', 'AbortError'),
    ]) {
      expect(await thrown(error)).toBe(error);
    }
  });

  it('makes a fault of the protocol of what the client library stumbles over', async () => {
    for (const [error, message] of [
      [new SyntaxError('Unexpected token'), /no JSON/],
      [new TypeError("can't access property"), /JSON of another form/],
      [coded('ERR_INVALID_URL'), /JSON of another form/],
      [new Error('no part for hf_veryVerySecretToken'), /\(no part for hf_…\)/],
      ['a text', /JSON of another form/],
      [undefined, /JSON of another form/],
    ] as const) {
      const fault = await thrown(error);
      expect(fault).toBeInstanceOf(HubProtocolError);
      expect((fault as Error).message).toMatch(message);
    }
    const status = await thrown(Object.assign(new Error('LFS says no'), { statusCode: 422 }));
    expect(status).toMatchObject({ status: 422, serverMessage: 'LFS says no' });
  });

  it('guards lists, too, and ends them when nobody reads on', async () => {
    let ended = 0;
    async function* list() {
      try {
        yield 1;
        await Promise.resolve();
        throw new TypeError('entries is not iterable');
      } finally {
        ended++;
      }
    }
    const read = async () => {
      for await (const entry of listFromHub(settings, list())) expect(entry).toBe(1);
    };
    await expect(read()).rejects.toBeInstanceOf(HubProtocolError);
    expect(ended).toBe(1);
    for await (const entry of listFromHub(settings, list())) {
      expect(entry).toBe(1);
      break;
    }
    expect(ended).toBe(2);
  });
});

describe('failures', () => {
  it('are told apart', () => {
    const wrapped = (code: string) => new TypeError('fetch failed', { cause: coded(code) });
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'HPE_INVALID_EOF_STATE']) {
      expect(isPassingFailure(wrapped(code)), code).toBe(true);
    }
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ENOSPC', 'CERT_HAS_EXPIRED']) {
      expect(isPassingFailure(wrapped(code)), code).toBe(false);
    }
    const loop = new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
    expect([isRedirectLoop(loop), isRedirectLoop(wrapped('ECONNRESET'))]).toEqual([true, false]);
    const file = new TypeError('fetch failed', { cause: coded('ENOENT', { path: '/a' }) });
    expect(fileSystemError(file)?.path).toBe('/a');
    expect(fileSystemError(wrapped('ECONNRESET'))).toBeUndefined();
  });

  it('quote no secret and no control character', () => {
    const said = '\u001b[31mhf_veryVerySecretToken\r\n https://me:pw@x/?X-Amz-Signature=abc&a=1';
    expect(redact(said, settings.token)).toBe(' [31mhf_…  https://…@x/?X-Amz-Signature=…&a=1');
  });
});
