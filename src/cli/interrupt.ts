/**
 * Ctrl-C, while a machine runs and while none does. A machine is synchronous, so Node would not see
 * a signal before the machine returns, and a driver that spins never does. Work is therefore run as
 * a script of `node:vm` with `breakOnSigint`, which stops JavaScript wherever it is; what it was
 * doing is left half done, so nothing but the output files is touched afterwards.
 */
import { createContext, Script } from 'node:vm';
import { Interrupted } from './outcome.ts';

/** Watches that are open: a Ctrl-C is theirs, since they know what has to be completed. */
let openWatches = 0;

const OPTIONS = { breakOnSigint: true, displayErrors: false } as const;
/** The script was stopped, or before that could happen a system call that it waited in. */
const CODES_OF_AN_INTERRUPT = ['ERR_SCRIPT_EXECUTION_INTERRUPTED', 'EINTR'];

export class InterruptWatch {
  readonly #slot: { work: () => void } = { work: () => undefined };
  readonly #context = createContext(this.#slot);
  readonly #script = new Script('work()');
  #isPressed = false;
  readonly #pressed = (): void => {
    this.#isPressed = true;
  };

  constructor() {
    // Without a listener, Ctrl-C between two pieces of work would end the process at once.
    process.on('SIGINT', this.#pressed);
    openWatches++;
  }

  /** Runs `work` to its end. @throws Interrupted on Ctrl-C; what `work` throws */
  run<T>(work: () => T): T {
    let result: { value: T } | null = null;
    this.#slot.work = () => {
      result = { value: work() };
    };
    try {
      this.#script.runInContext(this.#context, OPTIONS);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
      throw CODES_OF_AN_INTERRUPT.includes(code) ? new Interrupted() : error;
    }
    if (result === null) throw new Interrupted();
    return (result as { value: T }).value;
  }

  /** Lets a Ctrl-C that came between two pieces of work arrive. @throws Interrupted */
  async look(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#isPressed) throw new Interrupted();
  }

  close(): void {
    process.off('SIGINT', this.#pressed);
    openWatches--;
  }
}

/**
 * Waits for `work`, and no longer than until a Ctrl-C that comes while no watch is open: then
 * something is still read or loaded, such as the driver's module, and nothing is written yet.
 * @throws Interrupted; what `work` throws
 */
export async function untilInterrupted<T>(work: () => Promise<T>): Promise<T> {
  const { promise, reject } = withReject();
  const pressed = (): void => {
    if (openWatches === 0) reject(new Interrupted());
  };
  process.on('SIGINT', pressed);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    process.off('SIGINT', pressed);
  }
}

interface Rejectable {
  readonly promise: Promise<never>;
  readonly reject: (error: Error) => void;
}

function withReject(): Rejectable {
  let reject: Rejectable['reject'] = () => undefined;
  const promise = new Promise<never>((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}
