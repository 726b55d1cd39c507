/**
 * The endpoint builder at work: what it finds when it starts, what arrives and goes later, and
 * what state each endpoint is in.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import type { AudioEngine } from '../../src/engine/audio-engine.ts';
import { EndpointFormFactor } from '../../src/engine/form-factor.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { startAudioEngine } from '../../src/machine/audio-engine.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_E_DEVICE_INVALIDATED,
  DEVICE_STATE_ACTIVE,
  DEVICE_STATE_NOTPRESENT,
  DEVICE_STATE_UNPLUGGED,
  DEVICE_STATEMASK_ALL,
  E_NOTFOUND,
  eAll,
  eCapture,
  eConsole,
  eRender,
  type IAudioClient3,
  type IMMDevice,
} from '../../src/wasapi/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { bootHda, intelHda, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, expectOk, Player } from '../support/wasapi-client.ts';

const statesOf = (engine: AudioEngine): string[] =>
  engine.endpoints.map(({ isRender, state }) => `${isRender ? 'render' : 'capture'} ${state}`);

describe('the engine, when it starts', () => {
  scenario(
    'enumerates the filters of the device, and makes an endpoint of each unconnected bridge pin [WRT-ENU-004 WRT-ENU-008]',
    (lab) => {
      const machine = bootHda(lab);
      const engine = startAudioEngine(machine.machine);
      const links = machine.machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO);
      expect(links.length).toBe(2);
      expect(statesOf(engine)).toEqual(['render active', 'capture active']);
      expect(engine.builder.filters.map(({ symbolicLink }) => symbolicLink)).toEqual(links);
      for (const { connections, pins } of engine.builder.filters) {
        expect([pins.length, connections.length]).not.toContain(0);
      }
      const [speaker, lineIn] = engine.endpoints;
      expect(speaker?.formFactor).toBe(EndpointFormFactor.Speakers);
      expect(lineIn?.formFactor).toBe(EndpointFormFactor.LineLevel);
      expect(speaker?.friendlyName).toBe('Speaker (High Definition Audio Controller)');
      expect(speaker?.id).toMatch(/^\{0\.0\.0\.00000000\}\.\{[0-9a-f-]{36}\}$/);
      expect(lineIn?.id).toMatch(/^\{0\.0\.1\.00000000\}\.\{[0-9a-f-]{36}\}$/);
      expect(speaker?.deviceFormat).toEqual(formatOf({}));
      engine.shutDown();
    },
  );

  scenario(
    'finds nothing on a machine without a driver, and what arrives later [WRT-ENU-008]',
    (lab) => {
      const machine = lab.build({ ...intelHda });
      const engine = startAudioEngine(machine.machine);
      expect(engine.endpoints).toEqual([]);
      machine.machine.loadDriver();
      machine.machine.startDevice();
      machine.runFor(MS);
      expect(statesOf(engine)).toEqual(['render active', 'capture active']);
      engine.shutDown();
    },
  );
});

describe('the state of an endpoint', () => {
  scenario('follows the plug in its jack [WRT-ENU-009]', (lab) => {
    const machine = bootHda(lab);
    const audio = new AudioLab<HdaController>(machine);
    const device = audio.device(eRender);
    const state = (): number => asked(0, (out) => device.getState(out));
    expect(state()).toBe(DEVICE_STATE_ACTIVE);
    machine.device.speaker.jackPresent = false;
    machine.runFor(MS);
    expect(state()).toBe(DEVICE_STATE_UNPLUGGED);
    const found = new Out<IMMDevice | null>(null);
    const { enumerator } = audio;
    expect(enumerator.getDefaultAudioEndpoint(eRender, eConsole, found)).toBe(E_NOTFOUND);
    const client = new Out<IAudioClient3 | null>(null);
    expect(device.activate('IAudioClient3', client)).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
    machine.device.speaker.jackPresent = true;
    machine.runFor(MS);
    expect(state()).toBe(DEVICE_STATE_ACTIVE);
    expect(asked('', (out) => audio.device(eRender).getId(out))).toBe(
      asked('', (out) => device.getId(out)),
    );
    audio.end();
  });

  scenario(
    'is not present where no path leads to a host pin, and no jack tells [WRT-ENU-009]',
    (lab) => {
      const driver = bentHdaDriver({
        // The wave filter's pins are joined to nothing, so that its bridge pins lead nowhere.
        miniport: (real) => ({
          getDescription: (description) => {
            const status = real.getDescription(description);
            if (description.value !== null) {
              description.value = { ...description.value, connections: [] };
            }
            return status;
          },
        }),
        wdk: () => ({ PcRegisterPhysicalConnection: () => STATUS_SUCCESS }),
      });
      const machine = bootHda(lab, { driver });
      const engine = startAudioEngine(machine.machine);
      const states = engine.endpoints.map(({ bridgeLink, host, state }) => {
        const name = bridgeLink.slice(bridgeLink.lastIndexOf('\\') + 1);
        return [name, host, state];
      });
      // The topology's own jacks are seen, and lead nowhere; the wave filter's bridges have no jack.
      expect(states.filter(([name]) => name === 'Wave')).toEqual([
        ['Wave', null, 'not present'],
        ['Wave', null, 'not present'],
      ]);
      expect(states.filter(([name]) => name === 'Topology').map(([, , state]) => state)).toContain(
        'unplugged',
      );
      engine.shutDown();
    },
  );
});

describe('an endpoint that goes while it plays', () => {
  for (const [name, state, leave] of [
    [
      'because the plug is pulled',
      DEVICE_STATE_UNPLUGGED,
      (machine: ReturnType<typeof bootHda>) => {
        machine.device.speaker.jackPresent = false;
      },
    ],
    [
      'because the device is pulled out',
      DEVICE_STATE_NOTPRESENT,
      (machine: ReturnType<typeof bootHda>) => {
        const { kernel, node } = machine.machine;
        expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
      },
    ],
  ] as const) {
    for (const shareMode of [0, 1]) {
      const mode = shareMode === 0 ? 'shared' : 'exclusive';
      scenario(`${name} takes its ${mode} streams with it [WRT-ENU-008]`, (lab) => {
        const machine = bootHda(lab);
        machine.device.speaker.sink = new EarRecorder();
        const audio = new AudioLab<HdaController>(machine);
        const device = audio.device(eRender);
        const format = formatOf({});
        const sound = noise(format, 48_000);
        const times = shareMode === 0 ? {} : { bufferDuration: 100_000, periodicity: 100_000 };
        const player = new Player(audio, eRender, { format, sound, shareMode, ...times });
        expectOk('Start', player.client.start());
        machine.runFor(55 * MS);
        leave(machine);
        machine.runFor(30 * MS);
        expect(asked(0, (out) => device.getState(out))).toBe(state);
        const padding = new Out(0);
        expect(player.client.getCurrentPadding(padding)).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
        expect(player.client.stop()).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
        expect(machine.machine.portClass.openPins).toHaveLength(0);
        player.release();
        const left = new Out<readonly IMMDevice[]>([]);
        expectOk('enum', audio.enumerator.enumAudioEndpoints(eAll, DEVICE_STATEMASK_ALL, left));
        expect(left.value).toHaveLength(2);
        expectOk('enum', audio.enumerator.enumAudioEndpoints(eCapture, DEVICE_STATE_ACTIVE, left));
        expect(left.value).toHaveLength(state === DEVICE_STATE_UNPLUGGED ? 1 : 0);
        audio.end();
      });
    }
  }
});
