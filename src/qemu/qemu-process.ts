/**
 * One QEMU as a process of our own, on a short leash. Everything it shares with us (two FIFOs, its
 * RAM, the sound it plays, its complaints) lies in a private temporary folder that is gone before
 * QEMU runs: both sides hold the files open, so nothing is left however either of them ends. The
 * kernel kills QEMU when the thread that started it dies (PR_SET_PDEATHSIG); where it cannot, a
 * hook does at our end. Reading QEMU's answers blocks: end of file means that it is dead.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnd } from './process-end.ts';
import { findProgram, findQemu } from './qemu-binary.ts';
import { QemuError } from './qemu-error.ts';

/** What the files that QEMU inherits are called in its arguments. */
export const WAV_PATH = '/proc/self/fd/3';
export const RAM_PATH = '/proc/self/fd/4';

const READ_BYTES = 0x1_0000;
const COMPLAINT_BYTES = 2000;
/** Said at each start: the backend that writes a file has no voice to record with. */
const HARMLESS = /^audio: Failed to create voice /;
/** Memory that is a file in RAM, where the host has it. */
const MEMORY_FOLDER = '/dev/shm';

const living = new Set<ChildProcess>();
let isHooked = false;

/** Kills what still runs when the process, or the worker thread, comes to its end. */
function hookExit(): void {
  if (isHooked) return;
  isHooked = true;
  process.on('exit', () => {
    for (const child of living) child.kill('SIGKILL');
  });
}

export class QemuProcess {
  readonly #child: ChildProcess;
  readonly #commands: number;
  readonly #answers: number;
  readonly #ram: number;
  readonly #wav: number;
  readonly #complaints: number;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #isOver = false;

  /**
   * Starts QEMU with qtest on its standard input and output. `ramBytes` of zeros are its RAM file.
   * @throws QemuError when there is no QEMU or the host has no FIFOs
   */
  constructor(args: readonly string[], ramBytes: number) {
    const binary = findQemu();
    const folder = mkdtempSync(join(memoryFolder(), 'waveport-qemu-'));
    try {
      const path = (name: string): string => join(folder, name);
      makeFifos(path('commands'), path('answers'));
      const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
      // A FIFO opens without waiting for the other side when it is read and non-blocking.
      const commandsOut = openSync(path('commands'), O_RDONLY | O_NONBLOCK);
      this.#commands = openSync(path('commands'), O_WRONLY);
      const probe = openSync(path('answers'), O_RDONLY | O_NONBLOCK);
      const answersIn = openSync(path('answers'), O_WRONLY);
      this.#answers = openSync(path('answers'), O_RDONLY);
      closeSync(probe);
      this.#ram = openSync(path('ram'), 'w+', 0o600);
      ftruncateSync(this.#ram, ramBytes);
      this.#wav = openSync(path('wav'), 'w+', 0o600);
      this.#complaints = openSync(path('complaints'), 'w+', 0o600);
      rmSync(folder, { recursive: true });
      const command = [...leash(), binary, ...args];
      // QEMU knows nothing of the last one, so it stays open until the process is over.
      const files = [commandsOut, answersIn, this.#complaints, this.#wav, this.#ram, answersIn];
      // In a session of its own: a Ctrl-C is for us, and we end it.
      const options = { stdio: files, detached: true };
      this.#child = spawn(command[0] as string, command.slice(1), options);
      closeSync(commandsOut);
      closeSync(answersIn);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    hookExit();
    const child = this.#child;
    living.add(child);
    // A program that cannot be started is told of late; the end of its answers is told at once.
    child.on('error', () => living.delete(child));
    child.on('exit', () => living.delete(child));
    child.unref();
  }

  /** Its process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Hands text to qtest. @throws QemuError when QEMU has died */
  write(text: string): void {
    try {
      writeSync(this.#commands, text);
    } catch (error) {
      // Nobody is left to read it.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') throw this.#died();
      throw error;
    }
  }

  /** Some more of what qtest answers, waited for. @throws QemuError when QEMU has died */
  read(): string {
    const length = readSync(this.#answers, this.#buffer);
    if (length > 0) return this.#buffer.toString('latin1', 0, length);
    throw this.#died();
  }

  readRam(into: Uint8Array, fileOffset: number): void {
    readSync(this.#ram, into, 0, into.length, fileOffset);
  }

  writeRam(from: Uint8Array, fileOffset: number): void {
    writeSync(this.#ram, from, 0, from.length, fileOffset);
  }

  /** Bytes of the WAV file so far. QEMU writes it in blocks of 4 KiB, and the rest at its end. */
  get wavBytes(): number {
    return fstatSync(this.#wav).size;
  }

  readWav(into: Uint8Array, byteLength: number, fileOffset: number): number {
    return readSync(this.#wav, into, 0, byteLength, fileOffset);
  }

  /** Asks QEMU to end, and waits until it has: what it plays is whole then. */
  end(): void {
    if (this.#isOver) return;
    this.#child.kill('SIGTERM');
    while (readSync(this.#answers, this.#buffer) > 0);
  }

  /** Whatever QEMU does, it is over; the files go. */
  kill(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#child.kill('SIGKILL');
    const files = [this.#commands, this.#answers, this.#ram, this.#wav, this.#complaints];
    for (const file of files) closeSync(file);
  }

  /** What QEMU said before it was gone; the rest of it goes too. */
  #died(): QemuError {
    const end = describeEnd(this.#child);
    const said = this.#complaint();
    this.kill();
    const reasons = [end === null ? '' : `it ${end}`, said].filter((reason) => reason !== '');
    const why = reasons.length === 0 ? ', and did not say why' : `: ${reasons.join(': ')}`;
    return new QemuError(`QEMU has died${why}`);
  }

  #complaint(): string {
    const bytes = Buffer.alloc(COMPLAINT_BYTES);
    const length = readSync(this.#complaints, bytes, 0, COMPLAINT_BYTES, 0);
    const lines = bytes.toString('utf8', 0, length).split('\n');
    return lines.filter((line) => line.trim() !== '' && !HARMLESS.test(line)).join('; ');
  }
}

/** What makes the kernel kill QEMU with us, as words before its command. */
function leash(): string[] {
  const program = findProgram('setpriv');
  return program === null ? [] : [program, '--pdeathsig', 'KILL', '--'];
}

function memoryFolder(): string {
  return existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir();
}

function makeFifos(...paths: string[]): void {
  const made = spawnSync('mkfifo', ['-m', '600', ...paths], { encoding: 'utf8' });
  if (made.status === 0) return;
  throw new QemuError(`mkfifo failed, which QEMU is talked to by: ${made.stderr ?? made.error}`);
}
