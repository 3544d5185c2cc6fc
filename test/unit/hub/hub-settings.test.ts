import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../../kernel-lib/src/core/errors.ts';
import { hubSettings } from '../../../kernel-lib/src/hub/hub-settings.ts';

describe('hubSettings', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'tatabox-home-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const read = (environment: Record<string, string> = {}, options: object = {}) =>
    hubSettings({ ...options, environment: { HOME: home, ...environment } });
  const writeToken = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
    writeFileSync(path.join(home, file), text);
  };

  it('has the defaults of the Hugging Face libraries', () => {
    expect(read()).toMatchObject({
      endpoint: 'https://huggingface.co',
      token: undefined,
      cacheFolder: path.join(home, '.cache', 'huggingface', 'hub'),
      tokenFile: path.join(home, '.cache', 'huggingface', 'token'),
      offline: false,
      useXet: true,
      symlinks: true,
    });
  });

  it('orders the variables of the cache folder as they do', () => {
    const environment: Record<string, string> = {};
    const folder = () => read(environment).cacheFolder;
    environment['XDG_CACHE_HOME'] = '/xdg';
    expect(folder()).toBe(path.resolve('/xdg/huggingface/hub'));
    environment['HF_HOME'] = '~/hf';
    expect(folder()).toBe(path.join(home, 'hf', 'hub'));
    environment['HUGGINGFACE_HUB_CACHE'] = '/old';
    expect(folder()).toBe(path.resolve('/old'));
    environment['HF_HUB_CACHE'] = '$HOME/new/${XDG_CACHE_HOME}x';
    expect(folder()).toBe(path.resolve(`${home}/new//xdgx`));
    expect(read(environment, { cacheFolder: '/given' }).cacheFolder).toBe(path.resolve('/given'));
  });

  it('finds the token in the option, HF_TOKEN, HF_TOKEN_PATH, and the token file, in this order', () => {
    writeToken('.cache/huggingface/token', 'hf_ofTheFile\n');
    expect(read().token?.reveal()).toBe('hf_ofTheFile');
    writeToken('elsewhere', 'hf_ofThePath');
    const environment = { HF_TOKEN_PATH: '~/elsewhere' };
    expect(read(environment).token?.reveal()).toBe('hf_ofThePath');
    expect(read(environment).token?.source).toBe(path.join(home, 'elsewhere'));
    expect(read({ ...environment, HF_TOKEN: ' hf_ofTheVariable\n' }).token?.reveal()).toBe(
      'hf_ofTheVariable',
    );
    expect(read({ HF_TOKEN: 'hf_other' }, { token: 'hf_given' }).token?.reveal()).toBe('hf_given');
    expect(read({ HF_TOKEN_PATH: '/no/such/file' }).token).toBeUndefined();
    writeToken('hf/token', '');
    expect(read({ HF_HOME: '~/hf' }).token).toBeUndefined();
  });

  it('takes the older names of variables where the newer are not set, as Python does', () => {
    const old = { HUGGING_FACE_HUB_TOKEN: 'hf_ofTheOldVariable' };
    expect(read(old).token?.reveal()).toBe('hf_ofTheOldVariable');
    expect(read(old).token?.source).toBe('HUGGING_FACE_HUB_TOKEN');
    expect(read({ ...old, HF_TOKEN: 'hf_ofTheVariable' }).token?.source).toBe('HF_TOKEN');
    expect(read({ ...old, HF_TOKEN: '' }).token?.source).toBe('HUGGING_FACE_HUB_TOKEN');
    expect(read({ TRANSFORMERS_OFFLINE: '1' }).offline).toBe(true);
    expect(read({ TRANSFORMERS_OFFLINE: '1', HF_HUB_OFFLINE: '0' }).offline).toBe(false);
  });

  it('takes no token of stored_tokens that was not chosen', () => {
    writeToken('.cache/huggingface/stored_tokens', '[work]\nhf_token = hf_ofTheStore\n');
    expect(read().token).toBeUndefined();
    writeToken('.cache/huggingface/token', 'hf_chosen');
    expect(read().token?.reveal()).toBe('hf_chosen');
  });

  it('refuses what is no token without showing it', () => {
    for (const bad of ['secretPassword', 'hf_secret word', 'hf_sec\nret', 'hf_sécret']) {
      let error: Error | undefined;
      try {
        read({ HF_TOKEN: bad });
      } catch (caught) {
        error = caught as Error;
      }
      expect(error).toBeInstanceOf(EnvironmentError);
      expect(error!.message).toContain('HF_TOKEN');
      expect(inspect(error, { depth: 9 })).not.toMatch(/secretPassword|hf_s/);
    }
  });

  it('never shows the token of the settings', () => {
    const settings = read({ HF_TOKEN: 'hf_verySecretIndeed' });
    const shown = [
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(settings),
      String(settings.token),
    ].join();
    expect(shown).not.toContain('verySecret');
    expect(shown).toContain('HF_TOKEN');
  });

  it('checks the address of the Hub', () => {
    const endpoint = (text: string) => read({ HF_ENDPOINT: text }).endpoint;
    expect(endpoint('https://hub.example.org/hf//')).toBe('https://hub.example.org/hf');
    expect(endpoint('')).toBe('https://huggingface.co');
    for (const bad of ['huggingface.co', 'ftp://x', 'https://me:pw@x', 'https://x?a=1']) {
      expect(() => endpoint(bad), bad).toThrow(EnvironmentError);
      expect(() => endpoint(bad), bad).not.toThrow(/pw/);
    }
  });

  it('reads the switches', () => {
    expect(
      read({ HF_HUB_OFFLINE: 'yes', HF_HUB_DISABLE_XET: '1', HF_HUB_DISABLE_SYMLINKS: 'TRUE' }),
    ).toMatchObject({ offline: true, useXet: false, symlinks: false });
    expect(read({ HF_HUB_OFFLINE: '1' }, { offline: false }).offline).toBe(false);
    expect(read({ HF_HUB_OFFLINE: '0' }).offline).toBe(false);
  });
});
