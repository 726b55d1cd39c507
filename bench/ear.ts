/** A kind of ear as the measuring process sees it: it plays when told, and tells what it took. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EarKey } from './ear-process.ts';
import type { Taken } from './rounds.ts';

const EAR_PROCESS = fileURLToPath(new URL('./ear-process.js', import.meta.url));

/** Each ear in a process of its own: what one run compiles is not spoilt by another kind of run. */
export class EarProcess {
  readonly #process: ChildProcess;
  readonly #failed: Promise<never>;

  constructor(key: EarKey, wavPath: string, folder: string) {
    this.#process = fork(EAR_PROCESS, [key, wavPath, join(folder, `heard-${key}.wav`)]);
    this.#failed = once(this.#process, 'exit').then(() => {
      throw new Error(`playing for ${key} failed`);
    });
    // Ending the process is no failure.
    this.#failed.catch(() => {});
  }

  /** One whole play, from boot to shutdown. @throws Error when the process failed */
  async play(): Promise<Taken> {
    this.#process.send('play');
    const [taken] = await Promise.race([once(this.#process, 'message'), this.#failed]);
    return taken as Taken;
  }

  end(): void {
    this.#process.kill();
  }
}
