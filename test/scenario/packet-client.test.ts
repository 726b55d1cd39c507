/** The client of a packet stream that lost its place: it asks how many packets went, and goes on. */
import { expect, it } from 'vitest';
import { deviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { STATUS_DATA_LATE_ERROR } from '../../src/standards/nt/ntstatus.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { recordingOf } from '../support/recording.ts';

const hda = deviceKind('hda');

/** Plays with a driver whose requests for packets are written down, and bent if `late` says so. */
function playWatched(
  wakeDelayNs: (wake: number) => number,
  isCalledLate: (call: number) => boolean,
) {
  if (hda === null) throw new Error('there is no device');
  const requests: string[] = [];
  let calls = 0;
  const driver = bentHdaDriver({
    stream: (real) => ({
      setWritePacket: (packet, flags, endBytes) => {
        requests.push(`write ${packet}`);
        if (isCalledLate(++calls)) return STATUS_DATA_LATE_ERROR;
        return real.setWritePacket(packet, flags, endBytes);
      },
      getPacketCount: (count) => {
        const status = real.getPacketCount(count);
        requests.push(`count ${count.value}`);
        return status;
      },
    }),
  });
  const file = recordingOf({}, 24_000);
  const session = new PlaySession({ file, device: hda, driver, stream: 'packet', wakeDelayNs });
  while (!session.step());
  return { report: session.finish(1), requests };
}

it('a client that is called in time counts events, and never asks', () => {
  const { report, requests } = playWatched(
    () => 0,
    () => false,
  );
  expect(report.bitExact).toBe(true);
  expect(requests.filter((request) => request.startsWith('count'))).toEqual([]);
});

it('a client that missed events asks for its place, for an event carries none [WRT-NTF-023]', () => {
  const { report, requests } = playWatched(
    (wake) => (wake === 10 ? 25_000_000 : 0),
    () => false,
  );
  const asked = requests.findIndex((request) => request.startsWith('count'));
  const count = Number(requests[asked]?.slice('count '.length));
  const written = Number(requests[asked - 1]?.slice('write '.length));
  // One packet went that nobody had written; `count` is being fetched, and the next one is written.
  expect(count).toBe(written + 2);
  expect(requests[asked + 1]).toBe(`write ${count + 1}`);
  expect(report.glitches).toBe(1);
  expect(report.heardFrames - report.frames).toBe(
    report.glitchList.reduce((sum, { frames }) => sum + frames, 0),
  );
  expect(report.leaks).toEqual([]);
});

it('a client that was told it is late asks before it writes again [WRT-PKT-023]', () => {
  const { report, requests } = playWatched(
    () => 0,
    (call) => call === 12,
  );
  const late = requests.indexOf('write 11');
  expect(requests[late + 1]).toMatch(/^count/);
  const count = Number(requests[late + 1]?.slice('count '.length));
  expect(requests[late + 2]).toBe(`write ${count + 1}`);
  expect(requests.filter((request) => request.startsWith('count'))).toHaveLength(1);
  // What it wrote was in time all the same, and is heard.
  expect(report.bitExact).toBe(true);
});
