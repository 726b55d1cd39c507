/** The sessions that play files, as the stream table watches them. */
import { defined } from '../base/assert.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { friendlyNameOf } from './endpoint-name.ts';
import type { PlaySession } from './play-session.ts';
import type { SharedPlay } from './shared-play.ts';
import { type PinStreamKind, streamKindOf } from './stream-kind.ts';
import type { SessionRow, WatchedStream } from './stream-table.ts';

/** One application that has the endpoint for itself; nothing is mixed. */
export function watchExclusive(session: PlaySession, drive: PinStreamKind): WatchedStream {
  return {
    mode: 'exclusive',
    endpoint: friendlyNameOf(session.endpoint, session.machine),
    format: session.format,
    drive,
    periodFrames: session.periodFrames,
    get writtenFrames() {
      return session.writtenFrames;
    },
    get heardGlitches() {
      return session.glitchCount;
    },
    lateGlitches: null,
    sessions: [],
  };
}

/** The audio engine's stream, with a session for each of the files. */
export function watchShared(play: SharedPlay, files: readonly WavFile[]): WatchedStream {
  const { engine } = play;
  return {
    mode: 'shared',
    endpoint: play.endpoint.friendlyName,
    format: play.format,
    drive: streamKindOf(engine.stream.drive),
    periodFrames: engine.periodFrames,
    get writtenFrames() {
      return engine.writtenFrames;
    },
    get heardGlitches() {
      return play.glitchCount;
    },
    get lateGlitches() {
      return engine.glitches.length;
    },
    get sessions() {
      return files.map((file, index) => sessionRow(play, file, index));
    },
  };
}

function sessionRow(play: SharedPlay, file: WavFile, index: number): SessionRow {
  const session = play.sessionOf(index);
  const player = defined(play.players[index], 'player of the file');
  return {
    state: player.isDone ? 'ended' : session === undefined ? 'waiting' : 'running',
    format: deviceFormatFor(file.format),
    paddingFrames: session?.paddingFrames ?? 0,
    bufferFrames: session?.ring.capacityFrames ?? 0,
    volume: session?.volume.volume ?? 1,
    isMuted: session?.volume.isMuted ?? false,
    starvedFrames: play.starvedFrames(index),
  };
}
