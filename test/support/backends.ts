/**
 * Scenarios that run on independent implementations of the same hardware: our model, and QEMU's
 * device behind qtest. A backend is asked for by name and boots machines in a lab; what the two do
 * not do alike is a fact of the backend, with its reason, so that a scenario asks for the fact and
 * never for the name. Facts of one kind of hardware alone are in hda-facts.ts and ac97-facts.ts.
 */
import { describe } from 'vitest';
import { type DeviceKind, deviceKinds } from '../../src/cli/device-kinds.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import type { MachineConfig } from '../../src/machine/machine.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import type { DriverModule } from '../../src/portcls/ddi/driver.ts';
import {
  EarRecorder,
  type HeardSound,
  type Lab,
  type LabMachine,
  scenario,
} from '../../src/testing/index.ts';
import { describeQemu } from '../qemu/qemu-tests.ts';

export type Hardware = 'hda' | 'ac97';
export type BackendName = Hardware | `qemu:${Hardware}`;
/** A machine with either device. */
export type BackendMachine = LabMachine<AudioDevice>;
export type BackendExtras = Partial<MachineConfig<AudioDevice>>;

/** What a backend does otherwise than the other one of its hardware. */
export interface BackendFacts {
  /** Rates of 16-bit stereo that the backend plays as they are. */
  readonly ratesHz: readonly number[];
  /** A buffer that is longer than what the hardware takes at once, whatever the rate. */
  readonly leastBufferFrames: number;
  /** What may drive the engine, whose lead of one period QEMU's codec runs past when it begins. */
  readonly engineKinds: readonly StreamKind[];
  /** Whether the delay at the ear is the one that the driver is told. */
  readonly tellsItsDelay: boolean;
  /** How much of a long run is worth its time: QEMU is asked what it did, a round trip each. */
  readonly patience: number;
}

export interface Backend extends BackendFacts {
  readonly name: BackendName;
  readonly hardware: Hardware;
  readonly kind: DeviceKind;
  /** Boots a machine that has the device, with its driver or the one that `extras` name. */
  boot(lab: Lab, extras?: BackendExtras): BackendMachine;
  /** The driver for the hardware that uses that port. @throws Error when there is none */
  driverOf(port: string): DriverModule;
  /** A buffer of `ms`, or as long as the hardware needs it at that rate. */
  bufferMs(ms: number, rateHz: number): number;
  /** Lets time pass until the ear has what the device had fetched when this was called. */
  hearOut(machine: BackendMachine): void;
}

/** QEMU's HD Audio codec fills 8 KiB of its own, its AC'97 takes 1024 frames at once. */
const QEMU_LEAST_BUFFER_FRAMES: Readonly<Record<Hardware, number>> = { hda: 4_800, ac97: 3_000 };

const RATES_HZ: Readonly<Record<Hardware, readonly number[]>> = {
  hda: [16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000],
  ac97: [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000],
};

function modelOf(hardware: Hardware): Backend {
  return makeBackend(hardware, hardware, {
    ratesHz: RATES_HZ[hardware],
    leastBufferFrames: 0,
    engineKinds: ['timer', 'event', 'packet'],
    tellsItsDelay: true,
    patience: 1,
  });
}

function qemuOf(hardware: Hardware): Backend {
  return makeBackend(`qemu:${hardware}`, hardware, {
    ratesHz: RATES_HZ[hardware],
    leastBufferFrames: QEMU_LEAST_BUFFER_FRAMES[hardware],
    engineKinds: ['event', 'packet'],
    tellsItsDelay: false,
    patience: 0.3,
  });
}

/** Runs the suite on our model, and on QEMU's device where its tests run. */
export function describeBackends(
  title: string,
  hardware: Hardware,
  suite: (backend: Backend) => void,
): void {
  describe(`${title} on ${hardware}`, () => suite(modelOf(hardware)));
  describeQemu(`${title} on qemu:${hardware}`, () => suite(qemuOf(hardware)));
}

/** One scenario, on our model and on QEMU's device. */
export function backendScenario(
  title: string,
  hardware: Hardware,
  body: (lab: Lab, backend: Backend) => void,
): void {
  const on = (backend: Backend): void => scenario(title, (lab) => body(lab, backend));
  describe(hardware, () => on(modelOf(hardware)));
  describeQemu(`qemu:${hardware}`, () => on(qemuOf(hardware)));
}

/** Puts a recorder to the machine's ear. */
export function earOf({ device }: BackendMachine): EarRecorder {
  const ear = new EarRecorder();
  device.speaker.sink = ear;
  return ear;
}

/** What came after the silence at the start: the frames of the stream, as they were heard. */
export function soundOf({ bytes, frameBytes, leadingSilence }: HeardSound): Uint8Array {
  return bytes.subarray(leadingSilence * frameBytes);
}

function makeBackend(name: BackendName, hardware: Hardware, facts: BackendFacts): Backend {
  const kind = deviceKinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no device ${name}`);
  const { leastBufferFrames } = facts;
  return {
    ...facts,
    name,
    hardware,
    kind,
    boot: (lab, extras = {}) =>
      lab.boot({ device: (slot) => kind.create(slot), driver: kind.driver, ...extras }),
    driverOf: (port) => {
      const driver = kind.ports?.get(port);
      if (driver === undefined) throw new Error(`no driver of ${name} for ${port}`);
      return driver;
    },
    bufferMs: (ms, rateHz) => Math.max(ms, Math.ceil((1000 * leastBufferFrames) / rateHz)),
    hearOut: ({ device, machine }) => machine.runFor(device.untoldDelayNs ?? 0),
  };
}
