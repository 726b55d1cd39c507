/**
 * Other programs that move the same recording from a file to a file, each as its manual says. A
 * program that is not there is told by the package that brings it, so that the table says what
 * was left out.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PERIOD_FRAMES, RATE_HZ } from './recording.ts';
import type { Taken } from './rounds.ts';

/** Where a program finds the recording, and where its output goes. */
export interface PeerFiles {
  readonly folder: string;
  readonly wavPath: string;
  readonly rawPath: string;
  readonly soundBytes: number;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Peer {
  readonly key: string;
  readonly label: string;
  /** What brings it, for somebody who lacks it. */
  readonly packages: string;
  /** Ends with exit code 0 where the peer is installed. */
  readonly probe: Command;
  readonly command: (files: PeerFiles, outPath: string) => Command;
}

const COMMAND_FILE = fileURLToPath(new URL('../../bin/waveport.mjs', import.meta.url));
const RAW_ARGS = ['-f', 'S16_LE', '-r', `${RATE_HZ}`, '-c', '2'];
const SOX_RAW = ['-t', 'raw', '-e', 'signed', '-b', '16', '-c', '2', '-r', `${RATE_HZ}`];
const FFMPEG_RAW = ['-f', 's16le', '-ar', `${RATE_HZ}`, '-ac', '2'];
const GST_PIPELINE =
  `rawaudioparse format=pcm pcm-format=s16le sample-rate=${RATE_HZ} num-channels=2 ! ` +
  'audioconvert ! audio/x-raw,format=F32LE ! volume volume=0.5 ! ' +
  'audioconvert ! audio/x-raw,format=S16LE';

export const peers: readonly Peer[] = [
  {
    key: 'aplay',
    label: 'aplay, ALSA file plugin over null',
    packages: 'alsa-utils',
    probe: { program: 'aplay', args: ['--version'] },
    command: ({ folder, rawPath }, outPath) => ({
      program: 'aplay',
      args: ['-q', '-D', 'wp', '-t', 'raw', ...RAW_ARGS, ...alsaPeriod(), rawPath],
      env: { ALSA_CONFIG_PATH: writeAlsaConfig(folder, outPath) },
    }),
  },
  {
    key: 'sox',
    label: 'sox, raw to raw',
    packages: 'sox',
    probe: { program: 'sox', args: ['--version'] },
    command: ({ rawPath }, outPath) => ({
      program: 'sox',
      args: [...SOX_RAW, rawPath, '-t', 'raw', outPath],
    }),
  },
  {
    key: 'ffmpeg',
    label: 'ffmpeg, raw to raw, decoded and encoded',
    packages: 'ffmpeg',
    probe: { program: 'ffmpeg', args: ['-version'] },
    command: ({ rawPath }, outPath) => ({
      program: 'ffmpeg',
      args: ['-v', 'error', '-nostdin', ...FFMPEG_RAW, '-i', rawPath, ...FFMPEG_RAW, outPath],
    }),
  },
  {
    key: 'gstreamer',
    label: 'GStreamer, float volume, raw to raw (converts too)',
    packages: 'gstreamer1.0-tools gstreamer1.0-plugins-base',
    probe: { program: 'gst-inspect-1.0', args: ['--exists', 'rawaudioparse'] },
    command: ({ rawPath }, outPath) => ({
      program: 'gst-launch-1.0',
      args: ['-q', ...gstreamerPipeline(rawPath, outPath)],
    }),
  },
  {
    key: 'cp',
    label: 'cp: the practical limit',
    packages: 'coreutils',
    probe: { program: 'cp', args: ['--version'] },
    command: ({ rawPath }, outPath) => ({ program: 'cp', args: [rawPath, outPath] }),
  },
  {
    key: 'command',
    label: 'waveport play --out, with the start of Node',
    packages: 'npm run set-up',
    probe: { program: process.execPath, args: [COMMAND_FILE, '--version'] },
    command: ({ wavPath }, outPath) => ({
      program: process.execPath,
      args: [COMMAND_FILE, 'play', wavPath, '--out', outPath, '--json'],
    }),
  },
];

/** Null when the peer can run, otherwise what to install. */
export function whatIsMissing(peer: Peer): string | null {
  if (execute({ program: 'true', args: [] }).status !== 0) return 'not run: this needs bash';
  const isInstalled = execute(peer.probe).status === 0;
  return isInstalled ? null : `not installed: ${peer.packages}`;
}

/** Runs the peer once, process start included. @throws Error when it failed */
export function runPeer(peer: Peer, files: PeerFiles): Taken {
  const outPath = join(files.folder, `${peer.key}.out`);
  rmSync(outPath, { force: true });
  const command = peer.command(files, outPath);
  const { status, errors, taken } = execute(command);
  if (status !== 0 || taken === null) throw new Error(`${command.program} failed: ${errors}`);
  const written = statSync(outPath).size;
  rmSync(outPath);
  if (written < files.soundBytes) {
    throw new Error(`${command.program} wrote ${written} of ${files.soundBytes} bytes`);
  }
  return taken;
}

interface Executed {
  readonly status: number | null;
  readonly errors: string;
  readonly taken: Taken | null;
}

/** Bash tells a command's processor time, which Node does not, and leaves itself out of it. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';

function execute({ program, args, env }: Command): Executed {
  const { status, stderr } = spawnSync('bash', ['-c', TIMED, 'bash', program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...env, LC_ALL: 'C' },
  });
  const lines = (stderr ?? '').trim().split('\n');
  const [wall, user, system] = (lines.pop() ?? '').split(' ').map(Number);
  const isTimed = wall !== undefined && user !== undefined && system !== undefined;
  return {
    status,
    errors: lines.at(-1) ?? '',
    taken: isTimed ? { wallSeconds: wall, cpuSeconds: user + system } : null,
  };
}

function alsaPeriod(): string[] {
  return [`--period-size=${PERIOD_FRAMES}`, `--buffer-size=${2 * PERIOD_FRAMES}`];
}

/** ALSA reads this instead of its own files, which may name a sound card that is not there. */
function writeAlsaConfig(folder: string, outPath: string): string {
  const path = join(folder, 'asound.conf');
  const slave = 'slave.pcm { type null }';
  writeFileSync(path, `pcm.wp { type file ${slave} file "${outPath}" format raw }\n`);
  return path;
}

function gstreamerPipeline(rawPath: string, outPath: string): string[] {
  const ends = [`filesrc location=${rawPath}`, GST_PIPELINE, `filesink location=${outPath}`];
  return ends.join(' ! ').split(' ');
}
