/**
 * Findings: broken rules that Windows itself would let pass, such as pages that a driver never
 * frees or an index past the end. The port answers as documented and notes the fact here; a run
 * with findings is not a clean run.
 */
import { type Trace, traceKind } from '../sim/trace.ts';

const FINDING = traceKind('finding', 'text:text');

export interface Finding {
  readonly timeNs: number;
  readonly text: string;
}

export class Findings {
  readonly #trace: Trace;
  readonly #now: () => number;
  readonly #list: Finding[] = [];

  constructor(trace: Trace, now: () => number) {
    this.#trace = trace;
    this.#now = now;
  }

  get list(): readonly Finding[] {
    return this.#list;
  }

  report(text: string): void {
    this.#list.push({ timeNs: this.#now(), text });
    this.#trace.write(FINDING, this.#trace.text(text));
  }
}
