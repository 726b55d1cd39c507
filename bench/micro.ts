/**
 * Single steps of the stack, in nanoseconds: what a period is made of. Each is a loop over one
 * operation on a machine that stays up between the rounds.
 */
import { defined } from '../src/base/assert.ts';
import { ms, type VirtualAddress, virtual } from '../src/base/brand.ts';
import { guid } from '../src/base/guid.ts';
import { MmNonCached } from '../src/kernel/memory/caching.ts';
import { NonPagedPoolNx } from '../src/kernel/memory/pool.ts';
import { CmResourceTypeMemory } from '../src/kernel/pnp/resources.ts';
import { Machine } from '../src/machine/machine.ts';
import { HDA_CONTROLLER_REGISTERS } from '../src/standards/hda/controller-registers.ts';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
} from '../src/standards/hda/stream-registers.ts';
import { ntSuccess, STATUS_PROPSET_NOT_FOUND } from '../src/standards/nt/ntstatus.ts';
import { BareStream, HDA } from './bare-stream.ts';
import { PERIOD_FRAMES } from './recording.ts';
import type { Effort, GroupResult } from './results.ts';
import { Rounds, timeOf } from './rounds.ts';

interface Step {
  readonly key: string;
  readonly label: string;
  /** Operations of one round. */
  readonly count: number;
  readonly operate: (count: number) => void;
}

const PERIOD_NS = ms(10);
/** The first output stream, after four for input; the driver takes it. */
const OUTPUT_STREAM = 4;
const POOL_TAG = 'Bnch';
const nobodysSet = guid('{6F6E8E5A-2D0C-4C4E-9C53-0B3D2C1A7E90}', 'a property set of nobody');

export async function measureMicro({ isQuick }: Effort): Promise<GroupResult> {
  const rounds = isQuick ? 5 : 15;
  const stream = new BareStream();
  stream.runAlone();
  const registers = mapRegisters(stream);
  const idle = Machine.boot({ device: HDA.create, driver: HDA.driver });
  const steps = [
    ...streamSteps(stream),
    ...registerSteps(stream, registers.base),
    ...requestSteps(stream),
    ...kernelSteps(idle),
    bootStep(),
  ];
  const subjects = steps.map(({ key, count, operate }) => {
    return { key, run: () => timeOf(() => operate(count)) };
  });
  const measured = await Rounds.measure(subjects, rounds, 3);
  stream.machine.kernel.ioSpace.MmUnmapIoSpace(registers.base, registers.bytes);
  stream.finish();
  idle.shutDown();
  return {
    group: 'micro',
    title: `Single steps, ${rounds} interleaved rounds`,
    columns: [
      { key: 'ns', heading: 'ns', decimals: 0 },
      { key: 'cpuNs', heading: 'ns by CPU time', decimals: 0 },
    ],
    rows: steps.map(({ key, label, count }) => ({
      key,
      label,
      cells: {
        ns: measured.figure(key, ({ wallSeconds }) => (1e9 * wallSeconds) / count),
        cpuNs: measured.figure(key, ({ cpuSeconds }) => (1e9 * cpuSeconds) / count),
      },
    })),
    notes: [],
  };
}

function streamSteps(stream: BareStream): Step[] {
  return [
    {
      key: 'dma',
      label: `DMA step: settle of ${PERIOD_FRAMES} frames, memory to ear`,
      count: 10_000,
      operate: (count) => {
        const { speaker } = stream.machine.device;
        const before = speaker.heardFrames;
        for (let step = 0; step < count; step++) stream.settleAfter(PERIOD_NS);
        // The first call fills the pipeline up.
        const heard = speaker.heardFrames - before;
        if (heard < (count - 1) * PERIOD_FRAMES) throw new Error(`only ${heard} frames were heard`);
      },
    },
    {
      key: 'settled',
      label: 'settle when nothing is due',
      count: 100_000,
      operate: (count) => {
        for (let step = 0; step < count; step++) stream.machine.device.settle();
      },
    },
  ];
}

/** A second mapping of the device's registers, beside the driver's own. */
function mapRegisters({ machine }: BareStream): { base: VirtualAddress; bytes: number } {
  const { raw } = machine.node.description;
  const bar = raw.find((resource) => resource.type === CmResourceTypeMemory);
  const { start, length } = defined(bar, 'register BAR');
  const base = machine.kernel.ioSpace.MmMapIoSpace(start, length, MmNonCached);
  return { base: defined(base, 'register mapping'), bytes: length };
}

function registerSteps(stream: BareStream, base: VirtualAddress): Step[] {
  const { ioSpace } = stream.machine.kernel;
  const plain = virtual(base + HDA_CONTROLLER_REGISTERS.RINTCNT.offset);
  const linkPosition = virtual(
    base + HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE + HDA_STREAM_REGISTERS.LPIB.offset,
  );
  const readMany = (address: VirtualAddress, width: 2 | 4, count: number): void => {
    for (let step = 0; step < count; step++) ioSpace.readRegister(address, width);
  };
  return [
    {
      key: 'read',
      label: 'register read, RINTCNT',
      count: 200_000,
      operate: (count) => readMany(plain, 2, count),
    },
    {
      key: 'readLpib',
      label: 'register read, SDnLPIB of a running stream',
      count: 200_000,
      operate: (count) => readMany(linkPosition, 4, count),
    },
    {
      key: 'write',
      label: 'register write, RINTCNT',
      count: 200_000,
      operate: (count) => {
        const value = ioSpace.readRegister(plain, 2);
        for (let step = 0; step < count; step++) ioSpace.writeRegister(plain, 2, value);
      },
    },
  ];
}

function requestSteps({ stream: { pin } }: BareStream): Step[] {
  return [
    {
      key: 'position',
      label: 'KSPROPERTY_AUDIO_POSITION, client to driver and back',
      count: 20_000,
      operate: (count) => {
        for (let step = 0; step < count; step++) {
          if (!ntSuccess(pin.readPosition())) throw new Error('the position was refused');
        }
      },
    },
    {
      key: 'refused',
      label: 'property request refused: unknown set',
      count: 20_000,
      operate: (count) => {
        for (let step = 0; step < count; step++) {
          const status = pin.get(nobodysSet, 1, 4);
          if (status !== STATUS_PROPSET_NOT_FOUND) throw new Error('the request was not refused');
        }
      },
    },
  ];
}

function kernelSteps({ kernel }: Machine): Step[] {
  let wakes = 0;
  kernel.dispatcher.createThread('sleeper', 24, function* () {
    for (;;) {
      yield kernel.delay(PERIOD_NS / 100);
      wakes++;
    }
  });
  return [
    {
      key: 'wake',
      label: 'timer wake of a client thread',
      count: 50_000,
      operate: (count) => {
        const before = wakes;
        kernel.run(kernel.clock.now + count * PERIOD_NS);
        if (wakes - before < count) throw new Error(`${wakes - before} wakes instead of ${count}`);
      },
    },
    poolStep(kernel, 'pool', 256),
    poolStep(kernel, 'poolPages', 8192),
  ];
}

function poolStep({ pool }: Machine['kernel'], key: string, bytes: number): Step {
  return {
    key,
    label: `pool: allocate and free ${bytes} bytes`,
    count: 20_000,
    operate: (count) => {
      for (let step = 0; step < count; step++) {
        const address = pool.ExAllocatePoolWithTag(NonPagedPoolNx, bytes, POOL_TAG);
        if (address === null) throw new Error('the pool is exhausted');
        pool.ExFreePoolWithTag(address, POOL_TAG);
      }
    },
  };
}

function bootStep(): Step {
  return {
    key: 'boot',
    label: 'boot a machine and shut it down',
    count: 3,
    operate: (count) => {
      for (let step = 0; step < count; step++) {
        const leaks = Machine.boot({ device: HDA.create, driver: HDA.driver }).shutDown();
        if (leaks.length > 0) throw new Error(`left over: ${leaks.join(', ')}`);
      }
    },
  };
}
