/**
 * Interleaved rounds. Every subject is measured once per round, so that what else the host does
 * hits all of them alike, and a ratio is taken within a round: between two runs that were
 * neighbours in time. Processor time stands beside wall time, because it stays the same when
 * somebody else keeps the host busy.
 */
import { type Spread, spreadOf } from './results.ts';

/** What one run took. */
export interface Taken {
  readonly wallSeconds: number;
  /** Of all threads of the process, user and system together. */
  readonly cpuSeconds: number;
}

/** Something to measure. */
export interface Subject {
  readonly key: string;
  /** One run, all its correctness checks included. */
  readonly run: () => Taken | Promise<Taken>;
}

export class Rounds {
  readonly #runs: ReadonlyMap<string, readonly Taken[]>;

  private constructor(runs: ReadonlyMap<string, readonly Taken[]>) {
    this.#runs = runs;
  }

  /** Runs every subject `warmUps` times uncounted, then once in each round. */
  static async measure(
    subjects: readonly Subject[],
    rounds: number,
    warmUps: number,
  ): Promise<Rounds> {
    const runs = new Map(subjects.map(({ key }) => [key, [] as Taken[]]));
    for (let round = -warmUps; round < rounds; round++) {
      for (const { key, run } of subjects) {
        const taken = await run();
        if (round >= 0) runs.get(key)?.push(taken);
      }
    }
    return new Rounds(runs);
  }

  /** The spread of a figure over the runs of a subject. */
  figure(key: string, figure: (taken: Taken) => number): Spread {
    return spreadOf(this.#of(key).map(figure));
  }

  /** How many times as fast `key` was as `other`, round by round. */
  ratio(key: string, other: string, by: keyof Taken): Spread {
    const others = this.#of(other);
    return spreadOf(this.#of(key).map((taken, round) => (others[round]?.[by] ?? 0) / taken[by]));
  }

  #of(key: string): readonly Taken[] {
    const runs = this.#runs.get(key);
    if (runs === undefined) throw new Error(`${key} was not measured`);
    return runs;
  }
}

/** What `work` takes in this process. */
export function timeOf(work: () => void): Taken {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  work();
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}
