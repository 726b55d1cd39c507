/** The catalogue as it stands, and the page that counts it. The faults are count.test.ts's. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { countContract, PAGE, readPage, readProject, renderPage } from '../../contract/index.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const count = countContract(readProject(root));

describe('the contract catalogue', () => {
  it('has no fault, and nothing in the project contradicts it', () => {
    expect(count.problems).toEqual([]);
  });

  it('holds every entry that was ever written', () => {
    const sizes = count.files.map(({ file, entries }) => [file, entries]);
    expect(sizes).toEqual([
      ['wavert', 329],
      ['wavepci', 248],
      ['portcls-common', 356],
      ['verifier', 393],
    ]);
    expect(count.first.entries).toBe(75);
  });

  it('adds up, in every area, file and in all', () => {
    for (const { areas, ...file } of count.files) {
      for (const sum of ['entries', 'shown', 'notYet', 'notApplicable'] as const)
        expect(areas.reduce((before, area) => before + area[sum], 0)).toBe(file[sum]);
      expect(file.shown + file.notYet + file.notApplicable).toBe(file.entries);
    }
    expect(count.total.entries).toBe(1326);
  });

  it('is counted by a page that is up to date', () => {
    const isFresh = readPage(root) === renderPage(count);
    expect(isFresh, `${PAGE} is stale; run npm run contract -- --write`).toBe(true);
  });
});
