import { InputError } from '../core/errors.ts';

/** Names of devices, which Windows takes for no file whatever their ending (Naming Files, Win32). */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * Makes sure that a run's name can be the name of its folder on every system.
 *
 * @param where the config that names it
 * @throws InputError
 * @example
 * requirePortableName('yeast-2', 'yeast.tatabox.yaml');
 */
export function requirePortableName(name: string, where: string): void {
  const isDevice = DEVICES.test(name);
  // '.' and '..' are folders that are there already: a run would move them aside.
  if (!isDevice && !name.endsWith('.') && Buffer.byteLength(name) <= 200) return;
  throw new InputError({
    where,
    found: `the run is called '${name}'`,
    expected: isDevice
      ? 'a name that is no device of Windows (con, nul, com1, …)'
      : 'a name of at most 200 bytes that does not end with a dot',
    fix: 'Give it another name.',
  });
}
