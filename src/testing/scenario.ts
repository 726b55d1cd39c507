/**
 * `scenario`: a test that reads as a sentence and runs in a lab. The verifier's accounts are on in
 * every one: findings or leftovers that a scenario does not expect fail it.
 */
import { it } from 'vitest';
import { Lab } from './lab.ts';

export function scenario(title: string, body: (lab: Lab) => void): void {
  it(title, () => {
    const lab = new Lab();
    body(lab);
    lab.close();
  });
}
