/**
 * A handle that another thread closes while its device is taken away or stopped: each call across
 * the DDI on the way waits once, and the close comes meanwhile. The stream's DMA ends before its
 * pages go, which go once; nothing is left, and a device that comes back plays.
 * Source: "Managing Memory Buffers and Rebalance".
 */
import { Buffer } from 'node:buffer';
import { describe, expect } from 'vitest';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { Ac97Controller, type DeviceSlot, HdaController } from '../../src/hardware/index.ts';
import { PASSIVE_LEVEL } from '../../src/kernel/ddi/index.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  type LabMachine,
  noise,
  scenario,
  type TestRender,
} from '../../src/testing/index.ts';

const MS = 1_000_000;
const STEREO = formatOf({});
const FREE = 'IPortWaveRTStream.FreePagesFromMdl';
const SOUND_FRAMES = 480;
const CLOSER_PRIORITY = 12;
const WAIT_100NS = 10_000;

type Card = HdaController | Ac97Controller;

interface Racer {
  readonly name: string;
  readonly device: (slot: DeviceSlot) => Card;
  readonly driver: DriverModule;
}

const RACERS: readonly Racer[] = [
  { name: 'HD Audio', device: (slot) => new HdaController(slot), driver: hdaDriver },
  {
    name: "AC'97",
    device: (slot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port: 'wavert' }),
  },
];

interface Race {
  readonly machine: LabMachine<Card>;
  readonly render: TestRender;
  /** Calls across the DDI since the race began, and what they freed. */
  readonly calls: string[];
  readonly freed: unknown[];
}

/** What takes the device away. */
type Path = (race: Race) => void;

const remove: Path = ({ machine: { machine } }) => {
  expect(machine.kernel.pnp.surpriseRemoval(machine.node)).toBe(STATUS_SUCCESS);
};
const stop: Path = ({ machine: { machine } }) => {
  expect(machine.kernel.pnp.stop(machine.node)).toBe(STATUS_SUCCESS);
};

/**
 * Runs `path`, whose call number `at` waits a while, in which another thread closes the handle;
 * false when there are not so many calls.
 */
function interleave(race: Race, path: Path, at: number): boolean {
  const { kernel, portClass } = race.machine.machine;
  const { dispatcher, irql } = kernel;
  let isCalled = false;
  const closeElsewhere = (): void => {
    isCalled = true;
    const isSystem = true;
    const body = function* closer() {
      race.render.close();
      yield dispatcher.delay(0);
    };
    dispatcher.createThread('closer', CLOSER_PRIORITY, body, isSystem);
  };
  portClass.guard.attach({
    entered: ({ interfaceName, windowsName }, _target, args) => {
      const name = `${interfaceName}.${windowsName}`;
      race.calls.push(name);
      if (name === FREE) race.freed.push(args[0]);
      if (isCalled || race.calls.length <= at || irql.current !== PASSIVE_LEVEL) return;
      closeElsewhere();
      dispatcher.delaySynchronously(-WAIT_100NS);
    },
    left: () => undefined,
  });
  path(race);
  const isInside = isCalled;
  if (!isCalled) closeElsewhere();
  return isInside;
}

function begin(lab: Lab, { device, driver }: Racer): Race {
  const machine = lab.boot<Card>({ device, driver, ramBytes: 8 << 20 });
  const render = machine.openRender({ bufferMs: 20 });
  render.write(noise(STEREO, SOUND_FRAMES));
  render.setState(KSSTATE.RUN);
  machine.runFor(5 * MS);
  return { machine, render, calls: [], freed: [] };
}

/** The stream ended as a stream ends, and only once. */
function expectEnded({ calls, freed, machine }: Race): void {
  // DMA that went on would meet pages that are nobody's, which stops the machine.
  machine.runFor(25 * MS);
  expect(freed.length).toBeGreaterThan(0);
  expect(new Set(freed).size).toBe(freed.length);
  const stopped = calls.indexOf('IMiniportWaveRTStream.SetState');
  expect(stopped).toBeGreaterThanOrEqual(0);
  expect(calls.indexOf(FREE)).toBeGreaterThan(stopped);
  expect(machine.findings).toEqual([]);
}

/** A close at every call of the path, each on a machine of its own; how many there were. */
function raceAll(lab: Lab, racer: Racer, path: Path, end: Path): number {
  for (let at = 0; ; at++) {
    const race = begin(lab, racer);
    if (path === stop) race.machine.machine.kernel.pnp.queryStop(race.machine.machine.node);
    const isInside = interleave(race, path, at);
    expectEnded(race);
    end(race);
    if (!isInside) return at;
  }
}

function expectGone({ machine: { machine } }: Race): void {
  machine.kernel.pnp.remove(machine.node);
  expect(machine.node.state).toBe('removed');
}

/** All engines are there again, and what one plays is heard. */
function expectBack({ machine }: Race): void {
  const { kernel, node } = machine.machine;
  expect(kernel.pnp.startDevice(node)).toBe(STATUS_SUCCESS);
  const ear = new EarRecorder();
  const render = machine.openRender({ bufferMs: 20 });
  const sound = noise(STEREO, SOUND_FRAMES);
  render.write(sound);
  machine.device.speaker.sink = ear;
  render.setState(KSSTATE.RUN);
  machine.runFor(15 * MS);
  const heard = ear.heard().bytes;
  expect(Buffer.from(heard).indexOf(sound)).toBeGreaterThanOrEqual(0);
  render.close();
}

for (const racer of RACERS) {
  describe(racer.name, () => {
    scenario('a close at each call of a removal [WRT-PNP-002]', (lab) => {
      expect(raceAll(lab, racer, remove, expectGone)).toBeGreaterThan(3);
    });

    scenario('a close at each call of a stop [WRT-PNP-002]', (lab) => {
      expect(raceAll(lab, racer, stop, expectBack)).toBeGreaterThan(3);
    });
  });
}
