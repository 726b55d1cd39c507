/**
 * A lab machine with the plain device and the plain driver, and short ways to what the tests of
 * the WaveRT port do with one: open a pin, get a buffer, be the miniport, spy on the DDI.
 */
import type { KsFilter } from '../../src/client/ks-filter.ts';
import type { ClientHome } from '../../src/client/ks-object.ts';
import type { BufferView, KsPin } from '../../src/client/ks-pin.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { MachineConfig } from '../../src/machine/machine.ts';
import type { IPortWaveRTStream } from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, type Lab, type LabMachine } from '../../src/testing/index.ts';
import { type PlainDevice, plainDevice } from './plain-device.ts';
import {
  type PlainAnswers,
  type PlainDriver,
  type PlainStream,
  plainDriver,
} from './plain-driver.ts';

export const STEREO_48: PcmFormat = formatOf({});
export const ANY_BYTES = 3840;

/** A call across the DDI, as the guard saw it. */
export interface DdiCall {
  /** `Interface.Method`. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly irql: number;
}

export class PlainMachine {
  readonly lab: LabMachine<PlainDevice>;
  readonly driver: PlainDriver;
  readonly answers: PlainAnswers;
  readonly spied: DdiCall[] = [];
  #filter: KsFilter | null = null;

  constructor(lab: LabMachine<PlainDevice>, driver: PlainDriver, answers: PlainAnswers) {
    this.lab = lab;
    this.driver = driver;
    this.answers = answers;
  }

  get kernel(): Kernel {
    return this.lab.machine.kernel;
  }

  /** Names of what the port asked of the driver so far, forgotten when read. */
  takeCalls(): string[] {
    return this.driver.calls.splice(0);
  }

  get filter(): KsFilter {
    this.#filter ??= this.lab.openFilter();
    return this.#filter;
  }

  openPin(format: PcmFormat = STEREO_48, pinId = 0): KsPin {
    return this.filter.openPin(pinId, format);
  }

  /** A pin that another client opens, on a filter of its own. */
  openPinAs(client: ClientHome, format: PcmFormat = STEREO_48): KsPin {
    return this.lab.openFilter(undefined, client).openPin(0, format);
  }

  /** A pin with its buffer. */
  openBuffer(bytes = ANY_BYTES, format: PcmFormat = STEREO_48): { pin: KsPin; buffer: BufferView } {
    const pin = this.openPin(format);
    const { status, buffer } = pin.tryAllocateBuffer(bytes);
    pin.check('BUFFER', status);
    if (buffer === null) throw new Error('no buffer');
    return { pin, buffer };
  }

  /** The driver's side of the pin that was opened last. */
  get stream(): PlainStream {
    const stream = this.driver.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was opened');
    return stream;
  }

  /** Opens a pin and gives what its miniport allocates pages with. */
  openPortStream(): IPortWaveRTStream {
    this.openPin();
    return this.stream.portStream;
  }

  /** Writes down every call across the DDI from now on. */
  spy(): DdiCall[] {
    this.lab.machine.portClass.guard.attach({
      entered: (slot, _target, args) => {
        const name = `${slot.interfaceName}.${slot.windowsName}`;
        this.spied.push({ name, args, irql: this.kernel.irql.current });
      },
      left: () => undefined,
    });
    return this.spied;
  }
}

type Extras = Omit<MachineConfig<PlainDevice>, 'device' | 'driver'>;

export function bootPlain(lab: Lab, answers: PlainAnswers = {}, extras: Extras = {}): PlainMachine {
  const { module, driver } = plainDriver(answers);
  const machine = lab.boot({ ...extras, device: plainDevice, driver: module });
  return new PlainMachine(machine, driver(), answers);
}

const BYTES_PER_MS = 192;
const NS_PER_MS = 1_000_000;

/**
 * As `bootPlain`, with a driver whose position moves with time: 192 bytes per millisecond of RUN,
 * round a buffer of ANY_BYTES, standing in PAUSE and 0 from STOP on.
 */
export function bootMoving(lab: Lab, answers: PlainAnswers = {}): PlainMachine {
  let runSinceNs: number | null = null;
  let movedNs = 0;
  const machine = bootPlain(lab, {
    setState: (state) => {
      const now = machine.kernel.clock.now;
      if (runSinceNs !== null) movedNs += now - runSinceNs;
      runSinceNs = state === KSSTATE.RUN ? now : null;
      if (state === KSSTATE.STOP) movedNs = 0;
      return STATUS_SUCCESS;
    },
    position: (position) => {
      const runningNs = runSinceNs === null ? 0 : machine.kernel.clock.now - runSinceNs;
      const bytes = Math.floor(((movedNs + runningNs) * BYTES_PER_MS) / NS_PER_MS);
      position.playOffset = bytes % ANY_BYTES;
      position.writeOffset = bytes % ANY_BYTES;
      return STATUS_SUCCESS;
    },
    ...answers,
  });
  return machine;
}
