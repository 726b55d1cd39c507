/**
 * Where a fact of a backend is a deviation from the standard, its comment names the deviation; the
 * crosscheck knows each of them, and would say so if it no longer showed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { qemuAc97Profile } from '../../src/crosscheck/qemu-ac97-profile.ts';
import { qemuHdaProfile } from '../../src/crosscheck/qemu-hda-profile.ts';

const NAMES = /[`']([a-z0-9]+(?:-[a-z0-9]+)+)[`']/g;

it.each([
  ['hda-facts.ts', qemuHdaProfile],
  ['ac97-facts.ts', qemuAc97Profile],
] as const)('%s names deviations that the crosscheck sees', (file, { deviations }) => {
  const text = readFileSync(join(import.meta.dirname, '..', 'support', file), 'utf8');
  const named = [...text.matchAll(NAMES)].map(([, id = '']) => id);
  expect(named.length).toBeGreaterThan(3);
  const known = deviations.map(({ id }) => id);
  expect(named.filter((id) => !known.includes(id))).toEqual([]);
});
