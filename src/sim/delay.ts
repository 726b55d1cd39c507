/**
 * Delays that are left to chance, within a shape that a configuration gives: always the same,
 * evenly spread, or small with rare long ones, which is what processors show under load. Each
 * source draws from a stream of its own, so that one source drawing more changes no other.
 */
import type { Random } from './random.ts';

/** All times are whole nanoseconds, below 2^32; limits belong to the range. */
export type DelayShape =
  | { readonly kind: 'fixed'; readonly ns: number }
  | { readonly kind: 'uniform'; readonly leastNs: number; readonly mostNs: number }
  | {
      readonly kind: 'spikes';
      /** What most delays are. */
      readonly leastNs: number;
      readonly mostNs: number;
      /** What one delay in so many is instead. */
      readonly oneIn: number;
      readonly spikeLeastNs: number;
      readonly spikeMostNs: number;
    };

const NO_DELAY: DelayShape = { kind: 'fixed', ns: 0 };
const LIMIT_NS = 2 ** 32;

export class DelaySource {
  readonly #shape: DelayShape;
  readonly #random: Random;
  /** What the next delay is instead; -1 when it is as drawn. */
  #nextNs = -1;
  #isOff = false;

  /** Without a shape there is no delay, and nothing is drawn. @throws Error on an odd shape */
  constructor(name: string, random: Random, shape: DelayShape = NO_DELAY) {
    checkShape(name, shape);
    this.#shape = shape;
    this.#random = random.fork(name);
  }

  /** The next delay, in nanoseconds. */
  next(): number {
    if (this.#isOff) return 0;
    const drawn = this.#draw();
    const forced = this.#nextNs;
    this.#nextNs = -1;
    return forced < 0 ? drawn : forced;
  }

  /** The next delay is `ns`; what is drawn after that is what it would have been. */
  delayNext(ns: number): void {
    checkTime('delayNext', 'ns', ns);
    this.#nextNs = ns;
  }

  /** There are no more delays. */
  turnOff(): void {
    this.#isOff = true;
  }

  #draw(): number {
    const shape = this.#shape;
    switch (shape.kind) {
      case 'fixed':
        return shape.ns;
      case 'uniform':
        return this.#between(shape.leastNs, shape.mostNs);
      case 'spikes':
        return this.#random.below(shape.oneIn) === 0
          ? this.#between(shape.spikeLeastNs, shape.spikeMostNs)
          : this.#between(shape.leastNs, shape.mostNs);
    }
  }

  #between(leastNs: number, mostNs: number): number {
    return leastNs + this.#random.below(mostNs - leastNs + 1);
  }
}

function checkShape(name: string, shape: DelayShape): void {
  if (shape.kind === 'fixed') {
    checkTime(name, 'ns', shape.ns);
    return;
  }
  checkRange(name, 'leastNs', shape.leastNs, 'mostNs', shape.mostNs);
  if (shape.kind === 'uniform') return;
  checkRange(name, 'spikeLeastNs', shape.spikeLeastNs, 'spikeMostNs', shape.spikeMostNs);
  if (!Number.isInteger(shape.oneIn) || shape.oneIn < 1 || shape.oneIn > LIMIT_NS) {
    throw new Error(`${name}: oneIn is a whole number from 1 on, not ${shape.oneIn}`);
  }
}

function checkRange(
  name: string,
  leastName: string,
  least: number,
  mostName: string,
  most: number,
): void {
  checkTime(name, leastName, least);
  checkTime(name, mostName, most);
  if (least > most) throw new Error(`${name}: ${leastName} ${least} is above ${mostName} ${most}`);
}

function checkTime(name: string, field: string, ns: number): void {
  if (Number.isInteger(ns) && ns >= 0 && ns < LIMIT_NS) return;
  throw new Error(`${name}: ${field} is a whole number of nanoseconds below 2^32, not ${ns}`);
}
