/**
 * What a QEMU was told and given since its power-on, so that another one can be led to the same
 * state: everything that goes in is in here, and QEMU moves by nothing else. It is kept until the
 * first stream runs, because only then it is known how fast the sound card has to be.
 */
import type { QemuProcess } from './qemu-process.ts';
import type { QtestLink } from './qtest-link.ts';

interface RamWrite {
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

/** Commands that are handed over at once; their answers have to find room on the way back. */
const BATCH_BYTES = 8192;

export class QemuJournal {
  readonly #entries: (string | RamWrite)[] = [];
  #isOpen = true;

  /** Whether everything since power-on is in it. */
  get isComplete(): boolean {
    return this.#isOpen;
  }

  noteCommands(commands: string): void {
    if (this.#isOpen) this.#entries.push(commands);
  }

  noteRam(bytes: Uint8Array, fileOffset: number): void {
    if (this.#isOpen) this.#entries.push({ bytes: Uint8Array.from(bytes), fileOffset });
  }

  /** From now on nothing is noted, and what was is forgotten. */
  close(): void {
    this.#isOpen = false;
    this.#entries.length = 0;
  }

  /** Tells and gives everything to a QEMU that was just switched on. */
  replay(process: QemuProcess, link: QtestLink): void {
    let batch = '';
    const send = (): void => {
      if (batch !== '') link.run(batch);
      batch = '';
    };
    for (const entry of this.#entries) {
      if (typeof entry === 'string') {
        batch += batch === '' ? entry : `\n${entry}`;
        if (batch.length > BATCH_BYTES) send();
        continue;
      }
      send();
      process.writeRam(entry.bytes, entry.fileOffset);
    }
    send();
  }
}
