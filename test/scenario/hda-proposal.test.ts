/** What the HD Audio driver says of a proposed format is what happens when a pin is opened with it. */
import { expect } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { ntSuccess } from '../../src/standards/nt/ntstatus.ts';
import { formatOf } from '../../src/testing/index.ts';
import { backendScenario } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { STREAM_PIN } from '../support/hda-machine.ts';

const CAPTURE_PIN = 2;
/** The line in takes two channels at most. */
const CAPTURE_CHANNELS = 2;

backendScenario(
  'a proposed format is taken if and only if a pin opens with it [PCL-DI-019]',
  'hda',
  (lab, backend) => {
    const machine = backend.boot(lab);
    const { interfaces } = machine.machine.kernel;
    const [link = ''] = interfaces.enumerate(KSCATEGORY_REALTIME);
    const filter = KsFilter.open(machine.client, link);
    const { channels: channelCounts, ratesHz, samples } = hdaFacts(backend);
    const sizes = samples.map((sample) => formatOf(sample)).filter(({ float }) => !float);
    const isKnown = (validBits: number, containerBits: number): boolean =>
      sizes.some((size) => size.validBits === validBits && size.containerBits === containerBits);
    let taken = 0;
    for (const pinId of [STREAM_PIN, CAPTURE_PIN]) {
      for (const containerBits of [8, 16, 24, 32]) {
        for (const validBits of [8, 16, 18, 20, 24, 32].filter((bits) => bits <= containerBits)) {
          for (const [rateHz, channels] of [
            [48_000, 2],
            [44_100, 8],
            [37_800, 1],
          ] as const) {
            const format = { ...formatOf({}), rateHz, channels, validBits, containerBits };
            const proposed = ntSuccess(filter.proposeFormat(pinId, format));
            const { pin, status } = filter.tryOpenPin(pinId, format);
            pin?.close();
            const isPlayable =
              isKnown(validBits, containerBits) &&
              ratesHz.includes(rateHz) &&
              channelCounts.includes(channels) &&
              (pinId === STREAM_PIN || channels <= CAPTURE_CHANNELS);
            expect({ format, proposed, opened: ntSuccess(status) }).toEqual({
              format,
              proposed: isPlayable,
              opened: isPlayable,
            });
            if (proposed) taken++;
          }
        }
      }
    }
    filter.close();
    // On either pin at 48 kHz, and where there are eight channels to the ear at 44.1 kHz.
    expect(taken).toBe(sizes.length * (channelCounts.includes(8) ? 3 : 2));
  },
);
