/** Finds on disk what the count needs. Paths are relative to the project and use slashes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE_FILES } from './catalogue.mjs';

/** The page that `npm run contract -- --write` writes. */
export const PAGE = 'docs/contract.md';

/** The catalogue, the decisions and every test file of the project at `root`. */
export function readProject(root) {
  const catalogue = {};
  for (const name of CATALOGUE_FILES)
    catalogue[name] = readFileSync(join(root, 'contract', `${name}.yaml`), 'utf8');
  const tests = {};
  for (const path of [...filesUnder(root, 'src'), ...filesUnder(root, 'test')])
    if (path.endsWith('.test.ts')) tests[path] = readFileSync(join(root, path), 'utf8');
  const status = readFileSync(join(root, 'contract', 'status.yaml'), 'utf8');
  return { catalogue, status, tests };
}

/** Every file under `folder`, sorted, so that no listing depends on the host. */
export function filesUnder(root, folder) {
  const paths = [];
  for (const found of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${found.name}`;
    if (found.isDirectory()) paths.push(...filesUnder(root, path));
    else paths.push(path);
  }
  return paths.sort();
}

/** The page as it stands, or nothing when it was never written. */
export function readPage(root) {
  try {
    return readFileSync(join(root, PAGE), 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
