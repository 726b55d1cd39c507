/**
 * One stereo stream of 48 kHz and 16 bits at 10 ms periods through the whole stack, in virtual
 * time: client thread, KS requests as bytes, port, driver, registers, DMA, codec, ear. Beside it,
 * in the same rounds, other programs move the same recording.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { frameBytes } from '../src/standards/pcm/format.ts';
import { EarProcess } from './ear.ts';
import type { EarKey } from './ear-process.ts';
import { type Peer, type PeerFiles, peers, runPeer, whatIsMissing } from './peers.ts';
import {
  PERIODS_PER_SECOND,
  RATE_HZ,
  STEREO_16,
  withScratchFolder,
  writeRecording,
} from './recording.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds, type Subject } from './rounds.ts';

/** The peer that is nearest to us: a stack, a cyclic buffer of the same periods, a file. */
const NEAREST = 'aplay';
/** A peer that does the same on every host: how fast the host is just now. */
const YARDSTICK = 'sox';
const WARM_UPS = 3;

const ears: readonly { readonly key: EarKey; readonly label: string }[] = [
  { key: 'compare', label: 'waveport, every frame compared' },
  { key: 'property', label: 'waveport, compared, a request for each position' },
  { key: 'mixed16one', label: 'waveport, 16 such streams mixed, compared' },
  { key: 'mixed16float', label: 'waveport, 16 float streams mixed, compared' },
  // Last, so that the peers that they are held against are their neighbours in time.
  { key: 'comparedFile', label: 'waveport, from a file, compared and written to a file' },
  { key: 'file', label: 'waveport, from a file to a file' },
];

export async function measureOneStream({ isQuick }: Effort): Promise<GroupResult> {
  const seconds = isQuick ? 60 : 3600;
  const periods = seconds * PERIODS_PER_SECOND;
  const rounds = isQuick ? 3 : 7;
  return withScratchFolder(async (folder) => {
    const files: PeerFiles = {
      folder,
      wavPath: join(folder, 'recording.wav'),
      rawPath: join(folder, 'recording.raw'),
      soundBytes: seconds * RATE_HZ * frameBytes(STEREO_16),
    };
    writeRecording(files.wavPath, files.rawPath, seconds);
    const remarks = new Map(peers.map((peer) => [peer.key, whyNot(peer, files)]));
    const present = peers.filter(({ key }) => remarks.get(key) === null);
    const processes = ears.map(({ key }) => ({
      key,
      process: new EarProcess(key, files.wavPath, files.folder),
    }));
    const programs: readonly Subject[] = [
      ...processes.map(({ key, process }) => ({ key, run: () => process.play() })),
      ...present.map((peer) => ({ key: peer.key, run: () => runPeer(peer, files) })),
    ];
    const subjects = programs.map(({ key, run }) => ({
      key,
      run: () => {
        fetchMemory(files);
        return run();
      },
    }));
    const measured = await Rounds.measure(subjects, rounds, WARM_UPS);
    for (const { process } of processes) process.end();
    const isPresent = (key: string): boolean => present.some((peer) => peer.key === key);
    const cellsOf = (key: string): Row['cells'] => ({
      speed: measured.figure(key, ({ wallSeconds }) => seconds / wallSeconds),
      period: measured.figure(key, ({ wallSeconds }) => (1e6 * wallSeconds) / periods),
      ...(isPresent(NEAREST) ? { nearest: measured.ratio(key, NEAREST, 'wallSeconds') } : {}),
      ...(isPresent(YARDSTICK) ? { yardstick: measured.ratio(key, YARDSTICK, 'wallSeconds') } : {}),
      cpuSpeed: measured.figure(key, ({ cpuSeconds }) => seconds / cpuSeconds),
    });
    return {
      group: 'stream',
      title: `One stream, ${seconds} s of sound, ${rounds} interleaved rounds`,
      columns: [
        { key: 'speed', heading: 'x real time', decimals: 0 },
        { key: 'period', heading: 'us per period', decimals: 2 },
        { key: 'nearest', heading: 'this : aplay', decimals: 2 },
        { key: 'yardstick', heading: 'this : sox', decimals: 2 },
        { key: 'cpuSpeed', heading: 'x by CPU time', decimals: 0 },
      ],
      rows: [
        ...ears.map(({ key, label }) => ({ key, label, cells: cellsOf(key) })),
        ...peers.map(({ key, label }) => {
          const remark = remarks.get(key) ?? null;
          return remark === null
            ? { key, label, cells: cellsOf(key) }
            : missing(key, label, remark);
        }),
      ],
      notes: [
        '"this : aplay" is how many times as fast as aplay the row is, run beside run.',
        '"this : sox" is the same of sox, which tells a slow host from us.',
        'From a file to a file is what the peers do; what was written is compared after the run.',
        'The rows of Waveport that write no file take their sound from memory.',
        'A run counts from boot to shutdown; other programs count from the start of their process.',
        `Before it is measured, each program has done the same ${WARM_UPS} times.`,
        'All files lie in memory where the host has /dev/shm.',
      ],
    };
  });
}

function missing(key: string, label: string, remark: string): Row {
  return { key, label, cells: {}, remark };
}

/** Null when the peer did its work once, which warms it up as well. */
function whyNot(peer: Peer, files: PeerFiles): string | null {
  const missingPackage = whatIsMissing(peer);
  if (missingPackage !== null) return missingPackage;
  try {
    runPeer(peer, files);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Writes as much as a run does, and drops it: memory that nobody used for seconds is slow on a
 * virtual machine, as its host takes it back, and whoever writes first would pay for it.
 */
function fetchMemory({ folder, rawPath }: PeerFiles): void {
  const copy = join(folder, 'copy.raw');
  copyFileSync(rawPath, copy);
  rmSync(copy);
}
