/**
 * A crosscheck, step by step, so that a caller can show progress or stop: the same questions and
 * the same streams on our model of a device and on somebody else's.
 */
import type { Profile } from './deviation.ts';
import type { CrosscheckRow } from './finding.ts';

export interface CrosscheckStep {
  readonly name: string;
  readonly run: () => readonly CrosscheckRow[];
}

export interface CrosscheckPlan {
  readonly ours: string;
  readonly theirs: string;
  readonly driver: string;
  readonly profile: Profile;
  readonly steps: readonly CrosscheckStep[];
}

export interface CrosscheckReport {
  readonly ours: string;
  readonly theirs: string;
  readonly driver: string;
  readonly profile: string;
  readonly rows: readonly CrosscheckRow[];
  /** Deviations of the profile that did not show: the other side does better than is known. */
  readonly notSeen: readonly string[];
}

export class Crosscheck {
  readonly #plan: CrosscheckPlan;
  readonly #rows: CrosscheckRow[] = [];
  #done = 0;

  constructor(plan: CrosscheckPlan) {
    this.#plan = plan;
  }

  get total(): number {
    return this.#plan.steps.length;
  }

  get done(): number {
    return this.#done;
  }

  /** The step that comes next; null at the end. */
  get next(): string | null {
    return this.#plan.steps[this.#done]?.name ?? null;
  }

  /** Does the next step. True when there is none left. @throws what stops a machine or a backend */
  step(): boolean {
    const step = this.#plan.steps[this.#done];
    if (step !== undefined) this.#rows.push(...step.run());
    this.#done++;
    return this.#done >= this.total;
  }

  report(): CrosscheckReport {
    const { driver, ours, profile, theirs } = this.#plan;
    const rows = this.#rows;
    const notSeen = profile.deviations
      .filter(({ id }) => rows.some((row) => row.id === id))
      .filter(({ id }) => !rows.some((row) => row.id === id && row.verdict === 'known deviation'))
      .map(({ id }) => id);
    return { ours, theirs, driver, profile: profile.name, rows: [...rows], notSeen };
  }
}
