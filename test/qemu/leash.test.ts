/** QEMU on its leash: it ends when we end, however that is, and leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
} from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { DeviceBench } from '../../src/crosscheck/device-bench.ts';
import { HdaHost } from '../../src/crosscheck/hda-host.ts';
import { findQemu, QEMU_PACKAGE, QEMU_VARIABLE } from '../../src/qemu/qemu-binary.ts';
import type { QemuDevice } from '../../src/qemu/qemu-device.ts';
import { QemuError } from '../../src/qemu/qemu-error.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { encodeWavHeader } from '../../src/wav/wav-header.ts';
import { binary, Workshop, waveport } from '../cli/command-line.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';
import { stereo } from './stream-bench.ts';

const PATIENCE_MS = 20_000;
const LOOK_MS = 20;
const HOUR_FRAMES = 3600 * 48_000;
const workshop = new Workshop();

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause();
  }
}

/** Whether a process is there, and is no corpse that nobody has looked after yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** The QEMU that a process has started; null while it has none. */
function qemuOf(pid: number): number | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    const isQemu = (child: string): boolean =>
      readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('accel=qtest') &&
      readlinkSync(`/proc/${child}/exe`).includes('qemu');
    const found = children.filter((child) => child !== '').find(isQemu);
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}

let environment = process.env[QEMU_VARIABLE];
afterEach(() => {
  if (environment === undefined) delete process.env[QEMU_VARIABLE];
  else process.env[QEMU_VARIABLE] = environment;
  environment = process.env[QEMU_VARIABLE];
});

/** An hour of silence, of which the disk holds only the header. */
function longFile(): string {
  const dataBytes = HOUR_FRAMES * frameBytes(stereo(48_000));
  const header = encodeWavHeader(stereo(48_000), dataBytes);
  const path = workshop.put('hour.wav', header);
  truncateSync(path, header.length + dataBytes);
  return path;
}

/** The built command, in the midst of playing. */
async function startPlaying(): Promise<{ child: ChildProcess; qemu: number }> {
  const file = longFile();
  const child = spawn(process.execPath, [binary, 'play', file, '--device', 'qemu:hda'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = child.pid ?? 0;
  await until(() => qemuOf(pid) !== null, 'QEMU runs');
  return { child, qemu: qemuOf(pid) ?? 0 };
}

describeQemu('QEMU on its leash', () => {
  it('is there only from the first register access to the power-off', () => {
    const bench = new DeviceBench(qemuKind('qemu:hda'));
    const device = bench.device as QemuDevice;
    expect(device.pid).toBeUndefined();
    new HdaHost(bench, { converter: 2, pin: 3 }).reset();
    const pid = device.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    bench.end();
    expect(device.pid).toBeUndefined();
    expect(isAlive(pid)).toBe(false);
  });

  it('shares only files that have no name any more', () => {
    const bench = new DeviceBench(qemuKind('qemu:hda'));
    new HdaHost(bench, { converter: 2, pin: 3 }).reset();
    const pid = (bench.device as QemuDevice).pid ?? 0;
    const files = readdirSync(`/proc/${pid}/fd`).map((name) => {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    });
    const shared = files.filter((path) => path.includes('waveport-qemu-'));
    expect(shared.length).toBeGreaterThanOrEqual(5);
    for (const path of shared) {
      expect(path).toMatch(/ \(deleted\)$/);
      expect(existsSync(path.replace(/\/[^/]+ \(deleted\)$/, ''))).toBe(false);
    }
    bench.end();
  });

  it('has its death told at the next access, and is not started again', () => {
    const bench = new DeviceBench(qemuKind('qemu:hda'));
    const host = new HdaHost(bench, { converter: 2, pin: 3 });
    host.reset();
    process.kill((bench.device as QemuDevice).pid ?? 0, 'SIGKILL');
    // What QEMU says at each start is not why.
    expect(() => host.read('GCTL')).toThrow(/^QEMU has died: it was killed by SIGKILL$/);
    expect(() => host.read('GCTL')).toThrow(QemuError);
    expect((bench.device as QemuDevice).pid).toBeUndefined();
    bench.end();
  });

  it('is gone when the command is killed', async () => {
    const { child, qemu } = await startPlaying();
    child.kill('SIGKILL');
    await until(() => !isAlive(qemu), 'QEMU is gone');
  });

  it('is told of by the command that it dies under, with the signal', async () => {
    const { child, qemu } = await startPlaying();
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    process.kill(qemu, 'SIGKILL');
    expect(await ended).toBe(2);
    expect(stderr).toContain('QEMU has died: it was killed by SIGKILL');
    expect(stderr).not.toContain('voice');
  });

  it('is gone when the command is stopped by Ctrl-C, which ends it as it should', async () => {
    const { child, qemu } = await startPlaying();
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.kill('SIGINT');
    expect([await ended, stderr]).toEqual([130, expect.stringContaining('stopped by Ctrl-C')]);
    await until(() => !isAlive(qemu), 'QEMU is gone');
  });
});

describeQemu('a QEMU that cannot be used', () => {
  it('is told with the package that has one', () => {
    delete process.env[QEMU_VARIABLE];
    expect(() => findQemu('/nowhere/qemu')).toThrow(QEMU_PACKAGE);
    expect(() => findQemu('/nowhere/qemu')).toThrow(QemuError);
  });

  it('ends the command with what to do, by exit code 2', async () => {
    process.env[QEMU_VARIABLE] = workshop.path('no-such-qemu');
    const file = workshop.noise('short.wav', 480);
    const { exitCode, stderr } = await waveport('play', file, '--device', 'qemu:hda');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no-such-qemu')]);
  });

  const resetWith = (program: string): void => {
    process.env[QEMU_VARIABLE] = program;
    new HdaHost(new DeviceBench(qemuKind('qemu:hda')), { converter: 2, pin: 3 }).reset();
  };

  it('is told with its exit status when it says nothing', () => {
    expect(() => resetWith('/bin/false')).toThrow(/^QEMU has died: it ended with exit status 1$/);
  });

  it('is told in its own words, but for those that mean nothing', () => {
    const lines = ["audio: Failed to create voice `adc'", 'there is no such machine'];
    const says = lines.map((line) => `echo "${line.replace('`', '\\`')}" >&2`).join('\n');
    const program = workshop.put('sulky-qemu', `#!/bin/sh\n${says}\nexit 3\n`);
    chmodSync(program, 0o755);
    expect(() => resetWith(program)).toThrow(
      /^QEMU has died: it ended with exit status 3: there is no such machine$/,
    );
  });
});
