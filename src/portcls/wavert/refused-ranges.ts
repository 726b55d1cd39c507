/**
 * Pairs of data ranges that a miniport with processing modes would not intersect. It has to report
 * an intersection when any of its modes takes a format, because the question names no mode; a
 * stream that it opens in one mode, of a format that it refused before, shows that it did not.
 * Source: IMiniport::DataRangeIntersection.
 */
import type { Guid } from '../../base/guid.ts';
import { formatInRange } from '../../ks/data-range.ts';
import type { DataRange } from '../../standards/ks/descriptors.ts';
import type { Findings } from '../findings.ts';

interface RefusedPair {
  readonly pinId: number;
  readonly client: DataRange;
  readonly own: DataRange;
}

/** A client that asks for ever does not fill memory: the oldest answers are forgotten. */
const MOST_PAIRS = 64;

export class RefusedRanges {
  readonly #findings: Findings;
  readonly #pairs: RefusedPair[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(pinId: number, client: DataRange, own: DataRange): void {
    if (this.#pairs.length === MOST_PAIRS) this.#pairs.shift();
    this.#pairs.push({ pinId, client, own });
  }

  /** The miniport took the format in `mode`; `ranges` are those of the pin. */
  checkOpened(
    pinId: number,
    mode: Guid,
    view: DataView,
    formatAt: number,
    ranges: readonly DataRange[],
  ): void {
    const fitting = ranges.filter((range) => formatInRange(view, formatAt, range));
    const isRefused = (own: DataRange): boolean =>
      this.#pairs.some(
        (pair) =>
          pair.pinId === pinId && pair.own === own && formatInRange(view, formatAt, pair.client),
      );
    if (fitting.length === 0 || !fitting.every(isRefused)) return;
    this.#findings.report(
      `NewStream took in mode ${mode.name} of pin ${pinId} a format that DataRangeIntersection ` +
        'refused',
    );
  }
}
