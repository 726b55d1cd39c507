/**
 * How many pins of each factory are open over all filters of a port, and how many may be: the
 * descriptor's counts, which a miniport with IPinCount may change. Source: IPinCount::PinCount,
 * PCPIN_DESCRIPTOR.
 */
import { defined } from '../base/assert.ts';
import { Out } from '../base/out.ts';
import type { PinInstances } from '../ks/pin-properties.ts';
import { IID_IPinCount } from './ddi/miniport.ts';
import type { PortObject } from './port-object.ts';

export class PinCounts {
  readonly #port: PortObject;
  readonly #open: number[] = [];
  #isAsking = false;

  constructor(port: PortObject) {
    this.#port = port;
  }

  /** A pin is about to open: PinCount must not be the one who asked. */
  checkReentrance(): void {
    if (!this.#isAsking) return;
    this.#port.portClass.findings.report('a pin is opened from inside IPinCount::PinCount');
  }

  opened(pinId: number): void {
    this.#open[pinId] = (this.#open[pinId] ?? 0) + 1;
  }

  closed(pinId: number): void {
    this.#open[pinId] = (this.#open[pinId] ?? 0) - 1;
  }

  /** Counts of a factory, as the descriptor states them and the miniport's IPinCount changes them. */
  instances(pinId: number, openOnFilter: number): PinInstances {
    const { description, miniportUnknown, portClass } = this.#port;
    const pin = defined(description.pins[pinId], 'pin');
    const counts = {
      filterNecessary: pin.minFilterInstanceCount,
      filterCurrent: openOnFilter,
      filterPossible: pin.maxFilterInstanceCount,
      globalCurrent: this.#open[pinId] ?? 0,
      globalPossible: pin.maxGlobalInstanceCount,
    };
    const pinCount = portClass.guard.query(IID_IPinCount, miniportUnknown);
    if (pinCount === null) return counts;
    const necessary = new Out(counts.filterNecessary);
    const current = new Out(counts.filterCurrent);
    const possible = new Out(counts.filterPossible);
    const globalCurrent = new Out(counts.globalCurrent);
    const globalPossible = new Out(counts.globalPossible);
    this.#isAsking = true;
    pinCount.pinCount(pinId, necessary, current, possible, globalCurrent, globalPossible);
    this.#isAsking = false;
    pinCount.release();
    return {
      filterNecessary: necessary.value,
      filterCurrent: current.value,
      filterPossible: possible.value,
      globalCurrent: globalCurrent.value,
      globalPossible: globalPossible.value,
    };
  }
}
