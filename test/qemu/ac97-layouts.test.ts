/**
 * Our driver on QEMU's AC'97: whatever pages, buffer sizes, periods and drives a seed gives, what is
 * heard is what was sent. QEMU takes 1024 frames at once when an engine begins, so a client has to
 * keep more than that ahead. Its volumes are linear and only full scale is exact, which by the
 * specification is +12 dB; a rate other than 48 kHz forgets them.
 */
import { expect, it } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import {
  runScenario,
  type StreamScenario,
  scenarioName,
} from '../../src/crosscheck/stream-scenario.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import type { Ac97PortName } from '../../src/drivers/ac97/port-setting.ts';
import { Random } from '../../src/sim/random.ts';
import { KSCATEGORY_TOPOLOGY, KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../../src/standards/ks/requests.ts';
import { LEVELS_PER_DB } from '../../src/standards/ks/topology-controls.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { send } from '../support/ks-requests.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';
import { playLayouts, StreamBench, type StreamLayout } from './stream-bench.ts';

const RATES_HZ = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000];
const LAYOUTS_PER_RATE = 15;
const DRIVES = ['timer', 'event'] as const;
const SOUND_MS = 60;
/** A client that looks when half is played sees 1024 frames go, and as many again. */
const LEAST_BUFFER_FRAMES = 2_200;
const MORE_BUFFER_FRAMES = 4_000;
/** Of each port but WaveRT, at each rate; every one boots a machine. */
const PORT_LAYOUTS = 10;
/** Half of it is a packet, of which three are under way: from a few to many pages. */
const LEAST_PACKET_BUFFER_FRAMES = 480;
/** A cyclic buffer of the driver's choice, of which 1024 frames have to be a small part. */
const CYCLIC_RATES_HZ = [32_000, 44_100, 48_000];
const PACKET_CASES: readonly (readonly [Ac97PortName, number])[] = [
  ...RATES_HZ.map((rateHz) => ['wavepci', rateHz] as const),
  ...CYCLIC_RATES_HZ.map((rateHz) => ['wavecyclic', rateHz] as const),
];
const PCM_VOLUME_NODE = 0;
const FULL_SCALE = 12 * LEVELS_PER_DB;

function drawLayout(random: Random, rateHz: number): StreamLayout {
  return {
    stream: DRIVES[random.below(DRIVES.length)] ?? 'timer',
    bufferFrames: LEAST_BUFFER_FRAMES + random.below(MORE_BUFFER_FRAMES),
    soundFrames: Math.round((rateHz * SOUND_MS) / 1000) + random.below(64),
    seed: random.below(1_000_000),
  };
}

/** Each with a machine, and so pages, of its own. */
function drawScenario(
  random: Random,
  port: Ac97PortName,
  rateHz: number,
  seed: number,
): StreamScenario {
  const least = port === 'wavepci' ? LEAST_PACKET_BUFFER_FRAMES : LEAST_BUFFER_FRAMES;
  const frames = least + random.below(MORE_BUFFER_FRAMES);
  const soundMs = SOUND_MS + random.below(SOUND_MS);
  return { port, rateHz, bufferMs: Math.round((1000 * frames) / rateHz), soundMs, seed };
}

function turnUp({ machine }: StreamBench): void {
  const { kernel } = machine;
  const process = machine.openProcess('mixer');
  const [link = ''] = kernel.interfaces.enumerate(KSCATEGORY_TOPOLOGY);
  const filter = KsFilter.open({ process, ram: kernel.ram }, link);
  for (const channel of [0, 1]) {
    filter.view.setInt32(filter.valueAt, FULL_SCALE, true);
    const status = send(filter, {
      set: KSPROPSETID_Audio,
      id: KSPROPERTY_AUDIO.VOLUMELEVEL,
      flags: KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY,
      words: [PCM_VOLUME_NODE, 0, channel, 0],
      valueBytes: 4,
    });
    expect(status).toBe(STATUS_SUCCESS);
  }
  filter.close();
  process.terminate();
}

describeQemu("our driver on QEMU's AC'97 controller", () => {
  it.each(RATES_HZ)(`plays ${LAYOUTS_PER_RATE} layouts bit-exact at %i Hz`, (rateHz) => {
    const random = new Random(rateHz);
    const driver = makeAc97Driver({ port: 'wavert' });
    const bench = new StreamBench(qemuKind('qemu:ac97'), rateHz, rateHz, driver);
    turnUp(bench);
    const draw = (): StreamLayout => drawLayout(random, rateHz);
    const { differentPages, wrong } = playLayouts(bench, LAYOUTS_PER_RATE, draw);
    expect(wrong).toEqual([]);
    expect(differentPages).toBe(LAYOUTS_PER_RATE);
    expect(bench.end()).toEqual([]);
  });

  it.each(PACKET_CASES)(
    `plays ${PORT_LAYOUTS} layouts bit-exact through %s at %i Hz`,
    (port, rateHz) => {
      const random = new Random(rateHz);
      const driver = makeAc97Driver({ port });
      const wrong: string[] = [];
      for (let seed = 1; seed <= PORT_LAYOUTS; seed++) {
        const scenario = drawScenario(random, port, rateHz, seed);
        const { complaints, isBitExact } = runScenario(scenario, qemuKind('qemu:ac97'), driver);
        if (isBitExact && complaints.length === 0) continue;
        wrong.push(`${scenarioName(scenario)}: ${complaints.join()}`);
      }
      expect(wrong).toEqual([]);
    },
  );
});
