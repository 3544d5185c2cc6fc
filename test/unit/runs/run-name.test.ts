import { describe, expect, it } from 'vitest';
import { requirePortableName } from '../../../kernel-lib/src/runs/run-name.ts';

describe('the name of a run', () => {
  it.each([
    'yeast-2',
    'a.b',
    '.hidden',
    'console',
    'com',
    'com10',
    'nully',
    'lpt',
    'n'.repeat(200),
  ])('%s can be that of a folder everywhere', (name) => {
    requirePortableName(name, 'run.yaml');
  });

  it.each(['.', '..', 'run.', 'n'.repeat(201)])('%s cannot', (name) => {
    expect(() => {
      requirePortableName(name, 'run.yaml');
    }).toThrow(/^run\.yaml: the run is called '.*'; expected a name of at most 200 bytes that/);
  });

  it.each(['con', 'CON', 'nul.txt', 'aux.', 'prn', 'COM1', 'lpt9.tatabox', 'com²'])(
    '%s is a device of Windows',
    (name) => {
      expect(() => {
        requirePortableName(name, 'run.yaml');
      }).toThrow(/expected a name that is no device of Windows/);
    },
  );
});
