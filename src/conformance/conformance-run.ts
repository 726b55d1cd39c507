/**
 * The suite: every case on every subject, each on a bench of its own, one at a time, so that a
 * caller can show progress or stop. A refusal that a case did not expect, and a bug check, are
 * failures of that case; the next one starts on a fresh machine.
 */
import { KsError } from '../client/ks-object.ts';
import { BugCheck } from '../kernel/bug-check.ts';
import { Bench, type TestedMachine } from './bench.ts';
import type { ConformanceCase, Direction } from './conformance-case.ts';
import { findSubjects, type Subject, subjectName } from './subject.ts';
import { fail, notApplicable, type Outcome } from './verdict.ts';

export interface CaseResult extends Outcome {
  readonly id: string;
  readonly title: string;
  readonly checks: string;
  readonly limit: string;
  readonly source: string;
  /** What it ran on: `render Speakers, timer`. */
  readonly subject: string;
}

interface Plan {
  readonly conformanceCase: ConformanceCase;
  readonly subject: Subject;
  /** Why the case is not run; null when it is. */
  readonly unavailable: string | null;
}

const WAVERT_ONLY = 'it is about a cyclic buffer of WaveRT, and the pin takes stream packets';

/** What an exception that is none of the stack's means, in words; null when nobody knows it. */
export type ErrorReader = (error: unknown) => string | null;

export interface RunChoice {
  /** What an exception means; nobody knows if absent. */
  readonly readError?: ErrorReader;
  /** Both directions if absent. */
  readonly direction?: Direction;
}

export class ConformanceRun {
  readonly results: CaseResult[] = [];
  readonly #tested: TestedMachine;
  readonly #readError: ErrorReader;
  readonly #plans: readonly Plan[];

  /** Looks at the device and plans; nothing is tested yet. @throws StartError, KsError, BugCheck */
  constructor(
    tested: TestedMachine,
    cases: readonly ConformanceCase[],
    { direction, readError = () => null }: RunChoice = {},
  ) {
    this.#tested = tested;
    this.#readError = readError;
    const bench = new Bench(tested, null);
    const found = findSubjects(bench.home, bench.machine.kernel.interfaces);
    bench.close();
    const subjects = found.filter(({ endpoint }) => {
      return direction === undefined || endpoint.direction === direction;
    });
    this.#plans = subjects.flatMap((subject) => plansFor(cases, subject));
  }

  get total(): number {
    return this.#plans.length;
  }

  /** The case that `step` does next; null at the end. */
  get next(): string | null {
    const plan = this.#plans[this.results.length];
    return plan === undefined ? null : `${plan.conformanceCase.id} ${subjectName(plan.subject)}`;
  }

  /** Does one case. True when it was the last. */
  step(): boolean {
    const plan = this.#plans[this.results.length];
    if (plan === undefined) return true;
    const { id, title, checks, limit, source } = plan.conformanceCase;
    const subject = subjectName(plan.subject);
    this.results.push({ id, title, checks, limit, source, subject, ...this.#outcome(plan) });
    return this.results.length === this.#plans.length;
  }

  #outcome({ conformanceCase, subject, unavailable }: Plan): Outcome {
    if (unavailable !== null) return notApplicable(unavailable);
    const bench = new Bench(this.#tested, subject);
    try {
      const outcome = conformanceCase.run(bench);
      bench.close();
      return outcome;
    } catch (error) {
      if (error instanceof BugCheck) return fail('', `bug check ${error.message}`);
      if (error instanceof KsError) {
        bench.close();
        return fail('', error.message);
      }
      const words = this.#readError(error);
      if (words === null) throw error;
      return fail('', words);
    }
  }
}

/** The cases that a subject is for; on stream packets the others are named too, once each. */
function plansFor(cases: readonly ConformanceCase[], subject: Subject): Plan[] {
  const { endpoint, streamClass, unavailable } = subject;
  const isMeant = ({ on }: ConformanceCase): boolean => on.includes(streamClass);
  const planned = new Set(cases.filter(isMeant).map(({ id }) => id));
  const plans: Plan[] = [];
  for (const conformanceCase of cases) {
    const { direction, id } = conformanceCase;
    if (direction !== undefined && direction !== endpoint.direction) continue;
    if (isMeant(conformanceCase)) plans.push({ conformanceCase, subject, unavailable });
    else if (streamClass === 'stream packets' && !planned.has(id)) {
      plans.push({ conformanceCase, subject, unavailable: WAVERT_ONLY });
      planned.add(id);
    }
  }
  return plans;
}
