/** What the HD Audio driver says of a proposed format is what happens when a pin is opened with it. */
import { expect } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { ntSuccess } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { bootHda, STREAM_PIN } from '../support/hda-machine.ts';

const CAPTURE_PIN = 2;

scenario('a proposed format is taken if and only if a pin opens with it [PCL-DI-019]', (lab) => {
  const machine = bootHda(lab);
  const { interfaces } = machine.machine.kernel;
  const [link = ''] = interfaces.enumerate(KSCATEGORY_REALTIME);
  const filter = KsFilter.open(machine.client, link);
  const answers = { taken: 0, refused: 0 };
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
          expect({ format, isTaken: proposed }).toEqual({ format, isTaken: ntSuccess(status) });
          answers[proposed ? 'taken' : 'refused']++;
        }
      }
    }
  }
  filter.close();
  // 16 in 16, and 20, 24 and 32 in 32, at two rates; the line in has no 8 channels.
  expect(answers).toEqual({ taken: 4 * 2 + 4 * 1, refused: 2 * 14 * 3 - 12 });
});
