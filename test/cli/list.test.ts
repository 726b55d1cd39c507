/** What `waveport list` tells of endpoints and filters: for a person, and for a program. */
import { describe, expect, it } from 'vitest';
import { endpointJson, endpointLines } from '../../src/cli/list-endpoint.ts';
import { listText } from '../../src/cli/list-report.ts';
import { enumerateFilters } from '../../src/client/endpoints.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { startAudioEngine } from '../../src/machine/audio-engine.ts';
import { readMute, readVolume } from '../../src/machine/endpoint-controls.ts';
import { describeEndpoints, type EndpointDetails } from '../../src/machine/endpoint-details.ts';
import { nodesOfEndpoint } from '../../src/machine/endpoint-path.ts';
import { KSCATEGORY_TOPOLOGY, KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../../src/standards/ks/requests.ts';
import { KSPROPERTY_AUDIO_MUTE, LEVELS_PER_DB } from '../../src/standards/ks/topology-controls.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import type { LabMachine } from '../../src/testing/index.ts';
import { scenario } from '../../src/testing/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { bootHda, MS } from '../support/hda-machine.ts';
import { send } from '../support/ks-requests.ts';
import { driverFile, waveport } from './command-line.ts';

const RATES_HZ = [
  8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];

function endpointsOf(machine: LabMachine<HdaController>): EndpointDetails[] {
  const engine = startAudioEngine(machine.machine);
  const details = describeEndpoints(engine, machine.newClient('list'));
  engine.shutDown();
  return details;
}

/** The lines of the first endpoint, by label. */
function linesOf(details: readonly EndpointDetails[]): Map<string, string> {
  const [first] = details;
  if (first === undefined) throw new Error('there is no endpoint');
  const [head = '', ...rows] = endpointLines(first);
  const entries = rows.map((row): [string, string] => [row.slice(2, 13).trim(), row.slice(13)]);
  return new Map([['head', head], ...entries]);
}

describe('waveport list', () => {
  it('prints endpoints as the engine builds them, then filters with their pins', async () => {
    const { exitCode, stderr, stdout } = await waveport('list');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^High Definition Audio Controller, driver \w+\nendpoint Speaker \(High Definition Audio Controller\): render, active\n {2}jack /,
    );
    expect(stdout).toMatch(
      /\nendpoint Line Connector \(High Definition Audio Controller\): capture, active\n/,
    );
    expect(stdout).toMatch(/^ {2}jack {7}plugged in, 3\.5 mm jack, rear of primary box, #008000$/m);
    expect(stdout).toMatch(/^ {2}volume {5}0 dB \(-74 to 0 dB in steps of 1 dB\)$/m);
    expect(stdout).toMatch(/^ {2}mute {7}off$/m);
    expect(stdout).toMatch(
      /^ {2}period {5}480 frames \(10 ms\); from 128 frames \(2\.667 ms\) to 480 frames \(10 ms\) in steps of 32$/m,
    );
    expect(stdout).toMatch(/^ {2}streams {4}timer, event, packet; the engine: packet$/m);
    expect(stdout).toMatch(/^ {2}exclusive {2}period at least 2\.667 ms; least buffer 128 frames/m);
    expect(stdout).toMatch(/^ {15}1 to 8 channels, 8, 11\.025, .*, 192 kHz$/m);
    expect(stdout).toMatch(/\nfilter Wave: WaveRT port, AUDIO RENDER CAPTURE REALTIME\n/);
    expect(stdout).toMatch(/^ {4}pcm 16 bits, up to 8 channels: 48, 192, 176\.4, .*, 8 kHz$/m);
    expect(stdout).toMatch(/^ {4}ieee float 32 bits, up to 8 channels: 48, /m);
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(110);
  });

  it('--json prints one object that says the same', async () => {
    const { exitCode, stdout } = await waveport('list', '--json');
    const found = JSON.parse(stdout);
    expect(found.filters.map(({ name }: { name: string }) => name)).toEqual(['Wave', 'Topology']);
    const [speaker, lineIn] = found.endpoints;
    expect(speaker).toMatchObject({
      name: 'Speaker (High Definition Audio Controller)',
      direction: 'render',
      state: 'active',
      formFactor: 'Speakers',
      host: { filter: 'Wave', pin: 0 },
      bridge: { filter: 'Topology', pin: 1 },
      jacks: [{ isConnected: true, canDetect: true, color: '#008000', location: 'rear' }],
      volume: { levelsDb: [0, 0], range: { minimumDb: -74, maximumDb: 0, stepDb: 1 } },
      mute: [false, false],
    });
    expect(speaker.stream.periods).toEqual({
      default: { frames: 480, ms: 10 },
      fundamental: { frames: 32, ms: 32 / 48 },
      minimum: { frames: 128, ms: 128 / 48 },
      maximum: { frames: 480, ms: 10 },
    });
    expect(speaker.stream.mixFormat).toMatchObject({ float: true, rateHz: 48_000, channels: 2 });
    expect(speaker.stream.classes).toEqual({
      offered: ['timer', 'event', 'packet'],
      refused: {},
      engineDrive: 'packet',
    });
    expect(speaker.stream.exclusive).toMatchObject({
      minimumPeriod100ns: 26_667,
      bufferFrames: 128,
      refusal: null,
    });
    expect(lineIn).toMatchObject({ direction: 'capture', host: { filter: 'Wave', pin: 2 } });
    expect(lineIn.stream.classes.engineDrive).toBe('event');
    expect(found.filters[0].pins[0].dataRanges[0]).toEqual({
      type: 'PCM',
      maxChannels: 8,
      bits: [16, 16],
      rateHz: [48_000, 48_000],
    });
    expect([exitCode, found.leaks]).toEqual([0, []]);
  });

  it('tells of a driver without jacks, volume and notification that it has none', async () => {
    const { stdout } = await waveport('list', '--device', 'simple');
    expect(stdout).toMatch(/^ {2}jack {7}none that the driver describes$/m);
    expect(stdout).toMatch(/^ {2}volume {5}none$/m);
    expect(stdout).toMatch(/^ {2}streams {4}timer; the engine: timer$/m);
    expect(stdout).toMatch(/^ {13}no event: QUERY_NOTIFICATION_SUPPORT answers FALSE$/m);
  });

  it('tells that a driver with too small buffers offers no stream by timer', async () => {
    const driver = driverFile('returns-small-buffer.ts');
    const { exitCode, stdout } = await waveport('list', '--driver', driver);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}streams {4}event, packet; the engine: packet$/m);
    expect(stdout).toMatch(/^ {13}no timer: RTAUDIO_BUFFER gives \d+ bytes for 3840$/m);
  });

  it('--help has examples', async () => {
    expect((await waveport('list', '--help')).stdout).toMatch(/Examples:\n {2}waveport list\n/);
  });
});

describe('an endpoint', () => {
  scenario('whose jack is empty shows as unplugged, and is not opened exclusively', (lab) => {
    const machine = bootHda(lab);
    machine.device.speaker.jackPresent = false;
    machine.runFor(MS);
    const details = endpointsOf(machine);
    expect(details.map(({ state }) => state)).toEqual(['unplugged', 'active']);
    expect(details[0]?.jacks).toMatchObject([{ isConnected: false, canDetect: true }]);
    expect(details[0]?.stream?.exclusive).toBeNull();
    const lines = linesOf(details);
    expect(lines.get('head')).toBe(
      'endpoint Speaker (High Definition Audio Controller): render, unplugged',
    );
    expect(lines.get('jack')).toBe('unplugged, 3.5 mm jack, rear of primary box, #008000');
    expect(lines.get('exclusive')).toBe('not while the endpoint is not active');
    // What a stream could have is known all the same.
    expect(lines.get('streams')).toBe('timer, event, packet; the engine: packet');
  });

  scenario('tells the volume and the mute of each channel as they are set', (lab) => {
    const machine = bootHda(lab);
    const filter = machine.openFilter(KSCATEGORY_TOPOLOGY);
    const set = (id: number, node: number, channel: number, value: number): void => {
      const flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
      filter.view.setInt32(filter.valueAt, value, true);
      const request = { set: KSPROPSETID_Audio, id, flags, words: [node, 0, channel, 0] };
      expect(send(filter, { ...request, valueBytes: 4 })).toBe(STATUS_SUCCESS);
    };
    set(KSPROPERTY_AUDIO.VOLUMELEVEL, 0, 0, -6 * LEVELS_PER_DB);
    set(KSPROPERTY_AUDIO.VOLUMELEVEL, 0, 1, -12 * LEVELS_PER_DB);
    set(KSPROPERTY_AUDIO_MUTE, 1, 1, 1);
    set(KSPROPERTY_AUDIO_MUTE, 3, 0, 1);
    set(KSPROPERTY_AUDIO_MUTE, 3, 1, 1);
    const [speaker, lineIn] = endpointsOf(machine);
    expect(speaker).toMatchObject({ volume: { levelsDb: [-6, -12] }, mute: [false, true] });
    expect(lineIn).toMatchObject({ volume: { levelsDb: [0, 0] }, mute: [true, true] });
    const lines = linesOf([speaker as EndpointDetails]);
    expect(lines.get('volume')).toBe('-6 dB, -12 dB (-74 to 0 dB in steps of 1 dB)');
    expect(lines.get('mute')).toBe('off, on');
    expect(linesOf([lineIn as EndpointDetails]).get('mute')).toBe('on');
    filter.close();
  });

  scenario('takes the formats with which its pin opens, and no others', (lab) => {
    const machine = bootHda(lab);
    const [speaker, lineIn] = endpointsOf(machine);
    const samples = speaker?.stream?.formats.map(({ containerBits, float, validBits }) => {
      return `${validBits} in ${containerBits}${float ? ' float' : ''}`;
    });
    // HD Audio carries 20 and 24 bits in 32, whatever a proposal is answered.
    expect(samples).toEqual(['16 in 16', '20 in 32', '24 in 32', '32 in 32', '32 in 32 float']);
    for (const { channels, ratesHz } of speaker?.stream?.formats ?? []) {
      expect(channels).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(ratesHz).toEqual(RATES_HZ);
    }
    expect(lineIn?.stream?.formats.map(({ channels }) => channels)).toEqual(
      Array.from({ length: 5 }, () => [1, 2]),
    );
  });

  scenario('of a driver that refuses a claimed format does not take it', (lab) => {
    const driver = bentHdaDriver({
      refuses: ({ channels, rateHz }) => channels === 3 && rateHz === 96_000,
    });
    const [speaker] = endpointsOf(bootHda(lab, { driver }));
    const plain = speaker?.stream?.formats.filter(({ validBits }) => validBits === 16);
    expect(plain).toHaveLength(2);
    expect(plain?.[1]?.channels).toEqual([3]);
    expect(plain?.[1]?.ratesHz).not.toContain(96_000);
    expect(linesOf([speaker as EndpointDetails]).get('')).toContain('3 channels, ');
  });

  scenario('of a driver without packets offers events, which the engine then uses', (lab) => {
    const driver = bentHdaDriver({
      stream: () => ({
        getPacketCount: () => STATUS_NOT_SUPPORTED,
        getReadPacket: () => STATUS_NOT_SUPPORTED,
      }),
    });
    for (const { stream } of endpointsOf(bootHda(lab, { driver }))) {
      expect(stream?.classes.offered).toEqual(['timer', 'event']);
      expect(stream?.classes.engineDrive).toBe('event');
      expect(stream?.classes.refused.packet).toMatch(/answers STATUS_NOT_SUPPORTED/);
    }
  });

  scenario('that allocates no buffer offers nothing, and says why', (lab) => {
    const driver = bentHdaDriver({
      stream: () => ({
        allocateAudioBuffer: () => STATUS_INSUFFICIENT_RESOURCES,
        allocateBufferWithNotification: () => STATUS_INSUFFICIENT_RESOURCES,
      }),
    });
    const details = endpointsOf(bootHda(lab, { driver }));
    const [speaker] = details;
    expect(speaker?.stream?.classes).toMatchObject({ offered: [], engineDrive: null });
    expect(speaker?.stream?.exclusive?.bufferFrames).toBeNull();
    const lines = linesOf(details);
    expect(lines.get('streams')).toBe('none; the engine cannot open one');
    expect(lines.get('exclusive')).toMatch(/; IAudioClient::Initialize failed: AUDCLNT_E_/);
  });

  scenario('leaves no pin open, no finding and no change of the device behind', (lab) => {
    const machine = bootHda(lab);
    const before = machine.device.speaker.format;
    endpointsOf(machine);
    expect(machine.machine.portClass.openPins.size).toBe(0);
    expect(machine.findings).toEqual([]);
    expect(machine.device.speaker.format).toBe(before);
    expect(machine.device.speaker.heardFrames).toBe(0);
  });

  scenario('without a host pin tells what its own filter has, and of no stream', (lab) => {
    const driver = bentHdaDriver({
      miniport: (real) => ({
        getDescription: (description) => {
          const status = real.getDescription(description);
          if (description.value !== null) {
            description.value = { ...description.value, connections: [] };
          }
          return status;
        },
      }),
    });
    const details = endpointsOf(bootHda(lab, { driver }));
    const speaker = details.find(({ direction, bridge }) => {
      return direction === 'render' && bridge.filter === 'Topology';
    });
    expect(speaker).toMatchObject({ state: 'unplugged', host: null, stream: null });
    const lines = endpointLines(speaker as EndpointDetails);
    expect(lines.at(-1)).toBe('  pins       no host pin; bridge pin 1 of filter Topology');
    expect(endpointJson(speaker as EndpointDetails)).toMatchObject({ stream: null });
  });
});

describe('the path of an endpoint', () => {
  scenario('passes volume and mute between bridge pin and host pin, from the bridge on', (lab) => {
    const machine = bootHda(lab);
    const engine = startAudioEngine(machine.machine);
    const [speaker, lineIn] = engine.endpoints;
    if (speaker === undefined || lineIn === undefined) throw new Error('an endpoint is missing');
    const filters = enumerateFilters(machine.client, machine.machine.kernel.interfaces);
    const topology = (endpoint: typeof speaker): number[] =>
      nodesOfEndpoint(filters, endpoint)
        .filter(({ filter }) => filter.name === 'Topology')
        .map(({ node }) => node);
    expect(topology(speaker)).toEqual([1, 0]);
    expect(topology(lineIn)).toEqual([2, 3]);
    expect(nodesOfEndpoint([], speaker)).toEqual([]);
    expect(readVolume(machine.client, [])).toBeNull();
    expect(readMute(machine.client, [])).toBeNull();
    engine.shutDown();
  });
});

describe('the text of a device', () => {
  it('says so when there is no endpoint, and what was left behind', () => {
    const found = { device: 'D', driver: 'd', filters: [], endpoints: [], leaks: ['one page'] };
    expect(listText(found)).toBe('D, driver d\nno endpoints\nleft behind: one page');
  });
});
