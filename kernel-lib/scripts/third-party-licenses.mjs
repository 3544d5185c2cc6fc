// The licences of the packages that the build bundles: their texts must travel with copies of them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * Name, version, licence and licence text of every package that went into a bundle.
 *
 * @param inputs paths of the bundled files, the keys of an esbuild metafile's `inputs`
 * @param folder the folder that the paths start from
 */
export function thirdPartyLicenses(inputs, folder) {
  const packages = new Set(inputs.map((file) => packageFolder(path.resolve(folder, file))));
  packages.delete(undefined);
  const sections = [...packages].map(describePackage).sort((a, b) => (a < b ? -1 : 1));
  return `The bundles in this folder contain the packages below, each under its own licence.\n\n${[
    ...new Set(sections),
  ].join('\n')}`;
}

/** `…/node_modules/name` or `…/node_modules/@scope/name`; undefined for files of our own. */
function packageFolder(file) {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
}

function describePackage(folder) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { name, version, license, author } = manifest;
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  const by = typeof author === 'string' ? author : author?.name;
  const terms =
    texts.length > 0
      ? texts
      : [
          `Licence ${license}${by === undefined ? '' : `, by ${by}`} (the package has no licence file)`,
        ];
  return `${'='.repeat(80)}\n${name} ${version}: ${license}\n${'='.repeat(80)}\n${terms.join('\n\n')}\n`;
}
