import { describe, expect } from 'vitest';
import { type DeviceSlot, HdaController } from '../../hardware/index.ts';
import type { Machine } from '../../machine/machine.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../standards/ks/guids.ts';
import {
  KSFILTER_NODE,
  KSPIN_COMMUNICATION,
  KSPIN_DATAFLOW,
  KSSTATE,
} from '../../standards/ks/requests.ts';
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { EarRecorder, noise, scenario } from '../../testing/index.ts';
import { firstMismatch } from '../../testing/matchers.ts';
import { intelHda, tampered } from './hda-lab.test-support.ts';
import { hdaDriver } from './index.ts';
import type { Tampering } from './tampered-device.test-support.ts';

/** Where the machine puts the device's interrupt. */
const VECTOR = 0x51;
/** What a driver keeps while its device is stopped. */
const ONLY_THE_FDO = [expect.stringMatching(/^object device/)];
const printed = (machine: Machine): string[] =>
  machine.trace.tail().flatMap((row) => /print text=(.*)/.exec(row)?.[1] ?? []);

describe('starting the driver', () => {
  scenario('finds the codec and prints the ways through it', (lab) => {
    const { machine } = lab.boot({ ...intelHda, trace: { rows: 4096 } });
    expect(printed(machine)).toEqual([
      'wphda: codec 0 plays DAC 2 -> pin 4 (line out)',
      'wphda: codec 0 records pin 5 (line in) -> ADC 3',
    ]);
  });

  scenario('finds a codec at any address of the link', (lab) => {
    const device = (slot: DeviceSlot): HdaController =>
      new HdaController(slot, { codecAddress: 14 });
    const { machine } = lab.boot({ device, driver: hdaDriver, trace: { rows: 4096 } });
    expect(printed(machine)[0]).toBe('wphda: codec 14 plays DAC 2 -> pin 4 (line out)');
  });

  scenario(
    'registers a wave filter of a streaming pin, a converter and a bridge each way',
    (lab) => {
      const filter = lab.boot(intelHda).openFilter();
      expect(filter.pinCount).toBe(4);
      expect(filter.nodes).toEqual([KSNODETYPE_DAC, KSNODETYPE_ADC]);
      expect(filter.connections).toEqual([
        { fromNode: KSFILTER_NODE, fromNodePin: 0, toNode: 0, toNodePin: 1 },
        { fromNode: 0, fromNodePin: 0, toNode: KSFILTER_NODE, toNodePin: 1 },
        { fromNode: KSFILTER_NODE, fromNodePin: 3, toNode: 1, toNodePin: 1 },
        { fromNode: 1, fromNodePin: 0, toNode: KSFILTER_NODE, toNodePin: 2 },
      ]);
      expect(filter.categories).toContain(KSCATEGORY_AUDIO);
      const bridge = {
        communication: KSPIN_COMMUNICATION.NONE,
        category: KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
        possibleInstances: 0,
      };
      expect(filter.pin(1)).toMatchObject({ ...bridge, dataFlow: KSPIN_DATAFLOW.OUT });
      expect(filter.pin(3)).toMatchObject({ ...bridge, dataFlow: KSPIN_DATAFLOW.IN });
      filter.close();
    },
  );

  scenario('joins wave and topology filter into a way to a speaker [PCL-PHY-004]', (lab) => {
    const machine = lab.boot(intelHda);
    const wave = machine.openFilter();
    const topology = machine.openFilter(KSCATEGORY_TOPOLOGY);
    expect(topology.pin(1)).toMatchObject({
      dataFlow: KSPIN_DATAFLOW.OUT,
      category: KSNODETYPE_SPEAKER,
      connection: null,
    });
    expect(wave.pin(1).connection).toMatchObject({ pin: 0 });
    expect(wave.pin(1).connection?.symbolicLink).toMatch(/\\Topology/);
    expect(topology.pin(0).connection?.symbolicLink).toMatch(/\\Wave/);
    wave.close();
    topology.close();
  });
});

describe('a device that is out of order', () => {
  const faults = [
    ['does not enter reset', { reads: { GCTL: () => 1 } }, STATUS_DEVICE_NOT_READY],
    ['does not leave reset', { deaf: ['GCTL'] }, STATUS_DEVICE_NOT_READY],
    ['reports no codec', { reads: { STATESTS: () => 0 } }, STATUS_NO_SUCH_DEVICE],
    ['reports codecs that are mute', { reads: { STATESTS: () => 0x7ffe } }, STATUS_NO_SUCH_DEVICE],
  ] as const;
  for (const [what, tampering, status] of faults) {
    scenario(`fails the start cleanly when it ${what} [PCL-DRV-020]`, (lab) => {
      const { machine } = lab.build(tampered(tampering));
      machine.loadDriver();
      expect(() => machine.startDevice()).toThrow(expect.objectContaining({ status }));
      expect(machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toEqual([]);
    });
  }

  for (const [why, tampering] of Object.entries<Tampering>({
    'no ring of 256 entries': { reads: { CORBSIZE: () => 0x10 } },
    'a CORB that does not run': { reads: { CORBCTL: (value) => value & ~0x2 } },
    'a CORB pointer that does not reset': { reads: { CORBRP: (value) => value & 0xff } },
    'a RIRB that does not run': { reads: { RIRBCTL: (value) => value & ~0x2 } },
  })) {
    scenario(`is commanded through the immediate registers with ${why}`, (lab) => {
      const { machine } = lab.boot(tampered(tampering));
      expect(printed(machine)).toEqual([
        'wphda: no rings, immediate commands',
        'wphda: codec 0 plays DAC 2 -> pin 4 (line out)',
        'wphda: codec 0 records pin 5 (line in) -> ADC 3',
      ]);
    });
  }

  scenario('is commanded so without memory for the rings too', (lab) => {
    const { machine } = lab.boot({ ...tampered({}), mappingPages: 0 });
    expect(printed(machine)[0]).toBe('wphda: no rings, immediate commands');
  });

  scenario('answers though the response interrupt never comes', (lab) => {
    const { machine } = lab.boot(tampered({ deaf: ['INTCTL'] }));
    expect(printed(machine)[0]).toBe('wphda: codec 0 plays DAC 2 -> pin 4 (line out)');
  });

  scenario('plays on after a command could not be fetched', (lab) => {
    const machine = lab.boot({ ...intelHda, trace: { rows: 4096 } });
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    machine.device.injectCommandMemoryError();
    const render = machine.openRender({ bufferMs: 20 });
    render.write(noise(render.format, 960));
    expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
    machine.runFor(20_000_000);
    expect(printed(machine.machine)).toContain(
      'wphda: the command ring failed, immediate commands',
    );
    expect(firstMismatch(ear.heard(), render.submitted.subarray(0, 900 * 4), 30)).toBeNull();
    render.close();
  });
});

describe('the service routine', () => {
  scenario('claims nothing that another device on the line raised [PCL-IS-006]', (lab) => {
    const { kernel } = lab.boot(intelHda).machine;
    const other = kernel.interrupts.line(VECTOR, 5, 'other device');
    let served = 0;
    const interrupt = kernel.interrupts.connect({
      vector: VECTOR,
      irql: 5,
      shareVector: true,
      levelSensitive: true,
      context: null,
      serviceRoutine: () => {
        served++;
        other.deassert();
        return true;
      },
    });
    other.assert();
    expect(served).toBe(1);
    if (interrupt !== null) kernel.interrupts.disconnect(interrupt);
  });

  scenario('claims nothing once the device has left the bus', (lab) => {
    let isGone = false;
    const gone = (value: number): number => (isGone ? 0xffff_ffff : value);
    const machine = lab.boot(tampered({ reads: { INTSTS: gone } }));
    const { kernel } = machine.machine;
    isGone = true;
    const other = kernel.interrupts.line(VECTOR, 5, 'other device');
    expect(() => other.assert()).toThrow(/nobody claims/);
    machine.isAbandoned = true;
  });

  scenario('counts FIFO errors, and the stream that had them says so [WRT-LAT-012]', (lab) => {
    const machine = lab.boot({ ...intelHda, trace: { rows: 4096 } });
    const render = machine.openRender({ bufferMs: 20 });
    render.setState(KSSTATE.RUN);
    for (let error = 0; error < 2; error++) {
      machine.runFor(5_000_000);
      machine.device.injectFifoError(4);
    }
    machine.runFor(5_000_000);
    expect(machine.machine.kernel.interrupts.counters(VECTOR)?.spurious).toBe(0);
    render.close();
    expect(printed(machine.machine)).toContain(
      'wphda: stream 1: FIFO errors 2, descriptor errors 0',
    );
  });
});

describe('stopping the driver', () => {
  scenario('lets the device be started again', (lab) => {
    const machine = lab.boot(intelHda);
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
    expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
    expect(kernel.objects.outstanding()).toEqual(ONLY_THE_FDO);
    expect(kernel.interrupts.outstanding()).toEqual([]);
    expect(machine.device.registers.read(0x08, 4)).toBe(0);
    machine.machine.startDevice();
    const render = machine.openRender({});
    expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
    render.close();
  });

  scenario('waits for the last open pin when the device is pulled out [WRT-STA-015]', (lab) => {
    const machine = lab.boot(intelHda);
    const { kernel, node } = machine.machine;
    const render = machine.openRender({});
    render.setState(KSSTATE.RUN);
    machine.runFor(5_000_000);
    kernel.pnp.surpriseRemoval(node);
    for (const state of [KSSTATE.PAUSE, KSSTATE.ACQUIRE, KSSTATE.STOP]) {
      expect(render.setState(state)).toBe(STATUS_SUCCESS);
    }
    render.close();
    expect(kernel.objects.outstanding()).toEqual(ONLY_THE_FDO);
    kernel.pnp.remove(node);
  });
});
