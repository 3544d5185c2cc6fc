import { InputError } from '../core/errors.ts';
import { quoted } from '../formats/line-place.ts';

/** Hosts of files that tables name with `ftp://`, and the host that serves the same paths by HTTPS. */
const httpsHosts: Readonly<Record<string, string>> = {
  'ftp.ebi.ac.uk': 'ftp.ebi.ac.uk',
  'ftp.ensembl.org': 'ftp.ensembl.org',
  'ftp.ensemblgenomes.org': 'ftp.ensemblgenomes.ebi.ac.uk',
  'ftp.ensemblgenomes.ebi.ac.uk': 'ftp.ensemblgenomes.ebi.ac.uk',
  'ftp.ncbi.nlm.nih.gov': 'ftp.ncbi.nlm.nih.gov',
  'ftp.ncbi.nih.gov': 'ftp.ncbi.nlm.nih.gov',
  'ftp.sra.ebi.ac.uk': 'ftp.sra.ebi.ac.uk',
  'hgdownload.soe.ucsc.edu': 'hgdownload.soe.ucsc.edu',
  'hgdownload.cse.ucsc.edu': 'hgdownload.soe.ucsc.edu',
};

/**
 * The address of a file to download. `ftp://` addresses of archives that serve the same paths by
 * HTTPS (Ensembl, NCBI, EBI, ENA, UCSC) become those.
 *
 * @param where where the address was read, for messages
 * @throws InputError for what is no address, another scheme, and an address with a password
 *
 * @example
 * downloadAddress('ftp://ftp.ncbi.nlm.nih.gov/genomes/README.txt', 'links.csv, line 2').href;
 * // 'https://ftp.ncbi.nlm.nih.gov/genomes/README.txt'
 */
export function downloadAddress(text: string, where: string): URL {
  let address: URL;
  try {
    address = new URL(text.trim());
  } catch (error) {
    throw new InputError(
      { where, found: quoted(text), expected: 'an address that begins with https:// or http://' },
      { cause: error },
    );
  }
  if (address.username !== '' || address.password !== '') {
    throw new InputError({
      where,
      found: 'an address with a name or password in it',
      expected: 'one that anybody may read',
      fix: 'Download that file by hand and give its path.',
    });
  }
  if (address.protocol === 'ftp:') {
    const host = Object.hasOwn(httpsHosts, address.hostname)
      ? httpsHosts[address.hostname]
      : undefined;
    if (host !== undefined) return new URL(`https://${host}${address.pathname}`);
    throw new InputError({
      where,
      found: `an ftp:// address of ${address.hostname}`,
      expected: 'https:// or http://',
      fix: 'Many archives serve the same path by HTTPS: try the address with https:// in a browser.',
    });
  }
  if (address.protocol !== 'http:' && address.protocol !== 'https:') {
    throw new InputError({
      where,
      found: `an address of the kind ${address.protocol}//`,
      expected: 'https:// or http://',
    });
  }
  address.hash = '';
  return address;
}

/** The address as messages show it: a query may hold a key. */
export const shownAddress = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/** The file name at the end of an address; undefined where that is no plain name. */
export function fileNameOf(address: URL): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(address.pathname.slice(address.pathname.lastIndexOf('/') + 1));
  } catch {
    return undefined;
  }
  return /^[\w][\w.+=@-]{0,199}$/.test(name) ? name : undefined;
}
