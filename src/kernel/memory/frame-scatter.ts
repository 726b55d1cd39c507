/**
 * The seeded policy that picks frames for a scattered allocation. A driver that programs only the
 * first page and a length must be found out, so no two pages of one allocation follow each other
 * while memory allows it, in address or in order, and the gaps are left free, where a device that
 * runs on is caught. The picks lie in neighbourhoods, one in each quarter of the memory that is
 * allowed: pages above 4 GiB come along with pages below, yet a day of such allocations still
 * leaves long runs for those who ask for contiguous memory.
 */
import type { Random } from '../../sim/random.ts';
import { PAGE_SIZE } from './page.ts';

export interface FrameCandidates {
  /** Free frames that the caller may get; reordered by the draw. */
  readonly frames: Int32Array;
  /** Physical address of every frame of the machine. */
  readonly addresses: Float64Array;
  /** Nonzero for every frame of the machine that is in use. */
  readonly uses: Uint8Array;
}

/** How much room a pick needs: frames free on both sides, none of ours beside it, or nothing. */
type Room = 'alone' | 'apart' | 'any';

const NEIGHBOURHOODS = 4;
/** Frames beyond the least that a neighbourhood is drawn from, so that small ones vary too. */
const SLACK_FRAMES = 8;

/** `count` of the candidates, in an order that is part of the draw. Needs count <= candidates. */
export function scatterFrames(
  candidates: FrameCandidates,
  count: number,
  random: Random,
): Int32Array {
  const draw = new Draw(candidates, count, random);
  const all = candidates.frames.length;
  const width = Math.min(all, 4 * Math.ceil(count / NEIGHBOURHOODS) + SLACK_FRAMES);
  const turn = random.below(NEIGHBOURHOODS);
  for (let place = 0; place < NEIGHBOURHOODS; place++) {
    const part = all / NEIGHBOURHOODS;
    const begin = Math.floor(((place + turn) % NEIGHBOURHOODS) * part);
    const first = Math.min(begin + random.below(Math.max(1, part - width)), all - width);
    draw.pick(first, first + width, Math.ceil((count * (place + 1)) / NEIGHBOURHOODS), 'alone');
  }
  draw.pick(0, all, count, 'alone');
  draw.pick(0, all, count, 'apart');
  draw.pick(0, all, count, 'any');
  return inScatteredOrder(draw.picked, candidates.addresses, random);
}

class Draw {
  readonly picked: Int32Array;
  readonly #candidates: FrameCandidates;
  readonly #random: Random;
  readonly #isPicked: Uint8Array;
  #count = 0;

  constructor(candidates: FrameCandidates, count: number, random: Random) {
    this.picked = new Int32Array(count);
    this.#candidates = candidates;
    this.#random = random;
    this.#isPicked = new Uint8Array(candidates.uses.length);
  }

  /** Draws from candidates[first..end) until `target` frames are picked or none is left. */
  pick(first: number, end: number, target: number, room: Room): void {
    const frames = this.#candidates.frames;
    for (let index = first; index < end && this.#count < target; index++) {
      swap(frames, index, index + this.#random.below(end - index));
      const frame = frames[index] as number;
      if (this.#isPicked[frame] === 1 || !this.#hasRoom(frame, room)) continue;
      this.#isPicked[frame] = 1;
      this.picked[this.#count++] = frame;
    }
  }

  #hasRoom(frame: number, room: Room): boolean {
    if (room === 'any') return true;
    return this.#isClear(frame, frame - 1, room) && this.#isClear(frame, frame + 1, room);
  }

  #isClear(frame: number, neighbour: number, room: Room): boolean {
    const { addresses, uses } = this.#candidates;
    if (!isAdjacent(addresses[frame], addresses[neighbour])) return true;
    return this.#isPicked[neighbour] === 0 && (room === 'apart' || uses[neighbour] === 0);
  }
}

/** Shuffles, then repairs places where one page follows or precedes its neighbour in memory. */
function inScatteredOrder(frames: Int32Array, addresses: Float64Array, random: Random): Int32Array {
  for (let index = frames.length - 1; index > 0; index--) {
    swap(frames, index, random.below(index + 1));
  }
  for (let index = 0; index + 1 < frames.length; index++) {
    if (!clashes(frames, addresses, index)) continue;
    if (repair(frames, addresses, index + 1) || repair(frames, addresses, index)) continue;
    return oddsThenEvens(frames.sort());
  }
  return frames;
}

/** Swaps the frame at `index` with one that makes both places good. */
function repair(frames: Int32Array, addresses: Float64Array, index: number): boolean {
  for (let other = 0; other < frames.length; other++) {
    swap(frames, index, other);
    if (
      !clashes(frames, addresses, index - 1) &&
      !clashes(frames, addresses, index) &&
      !clashes(frames, addresses, other - 1) &&
      !clashes(frames, addresses, other)
    ) {
      return true;
    }
    swap(frames, index, other);
  }
  return false;
}

/** Second, fourth, ... then first, third, ...: no page is followed by the next one in memory. */
function oddsThenEvens(sorted: Int32Array): Int32Array {
  const odds = sorted.filter((_, index) => index % 2 === 1);
  const evens = sorted.filter((_, index) => index % 2 === 0);
  sorted.set(odds);
  sorted.set(evens, odds.length);
  return sorted;
}

function clashes(frames: Int32Array, addresses: Float64Array, index: number): boolean {
  return isAdjacent(addresses[frames[index] ?? -1], addresses[frames[index + 1] ?? -1]);
}

function isAdjacent(left: number | undefined, right: number | undefined): boolean {
  return left !== undefined && right !== undefined && Math.abs(left - right) === PAGE_SIZE;
}

function swap(values: Int32Array, left: number, right: number): void {
  const kept = values[left] as number;
  values[left] = values[right] as number;
  values[right] = kept;
}
