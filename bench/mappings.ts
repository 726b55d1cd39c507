/**
 * The port's side of a WavePci stream, as a miniport calls it: ReleaseMapping of the oldest mapping
 * and GetMapping of another, while so many are outstanding. One looped packet gives as many as are
 * wanted. The cost of a mapping must not grow with the number that the miniport holds.
 */
import { physical, virtual } from '../src/base/brand.ts';
import { Out } from '../src/base/out.ts';
import type { DeviceObject } from '../src/kernel/io/device.ts';
import { IRP_MJ_DEVICE_CONTROL } from '../src/kernel/io/io-codes.ts';
import { Kernel } from '../src/kernel/kernel.ts';
import { PortClass } from '../src/portcls/port-class.ts';
import { MappingQueue } from '../src/portcls/wavepci/mapping-queue.ts';
import { PortWavePciStream } from '../src/portcls/wavepci/port-wavepci-stream.ts';
import { Clock } from '../src/sim/clock.ts';
import { Random } from '../src/sim/random.ts';
import { Trace } from '../src/sim/trace.ts';
import { IOCTL_KS_WRITE_STREAM } from '../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER } from '../src/standards/ks/stream-packets.ts';
import { STATUS_SUCCESS } from '../src/standards/nt/ntstatus.ts';
import type { Effort, GroupResult, Row } from './results.ts';
import { Rounds, type Subject, timeOf } from './rounds.ts';

const OUTSTANDING = [1, 32, 1000, 10_000];
const PACKET_BYTES = 64 * 1024;
const MOST_PAGES = 16;
const POOL_TAG = 'Bnch';
const NONPAGED_POOL = 512;
const SEED = 1;

export async function measureMappings({ isQuick }: Effort): Promise<GroupResult> {
  const count = isQuick ? 100_000 : 1_000_000;
  const rounds = isQuick ? 5 : 15;
  const keyOf = (outstanding: number): string => `held${outstanding}`;
  const subjects = OUTSTANDING.map((outstanding): Subject => {
    const bench = new StreamOnABench(outstanding);
    return { key: keyOf(outstanding), run: () => timeOf(() => bench.turn(count)) };
  });
  const measured = await Rounds.measure(subjects, rounds, 3);
  const rowOf = (outstanding: number): Row => ({
    key: keyOf(outstanding),
    label: `${outstanding} outstanding`,
    cells: {
      ns: measured.figure(keyOf(outstanding), ({ wallSeconds }) => (1e9 * wallSeconds) / count),
      perSecond: measured.figure(
        keyOf(outstanding),
        ({ wallSeconds }) => count / wallSeconds / 1e6,
      ),
      ratio: measured.ratio(keyOf(1), keyOf(outstanding), 'cpuSeconds'),
    },
  });
  return {
    group: 'mappings',
    title: `Mappings handed out and released, ${rounds} interleaved rounds of ${count}`,
    columns: [
      { key: 'ns', heading: 'ns', decimals: 0 },
      { key: 'perSecond', heading: 'million per second', decimals: 2 },
      { key: 'ratio', heading: 'this : with 1, by CPU', decimals: 2 },
    ],
    rows: OUTSTANDING.map(rowOf),
    notes: ['ReleaseMapping and GetMapping together, without the check of a call across the DDI.'],
  };
}

class StreamOnABench {
  readonly #stream: PortWavePciStream;
  readonly #physical = new Out(physical(0));
  readonly #virtual = new Out(virtual(0));
  readonly #bytes = new Out(0);
  readonly #flags = new Out(0);
  /** Tags are objects, as a driver's are; each is used again when it came back. */
  readonly #tags: readonly object[];
  #oldest = 0;

  constructor(outstanding: number) {
    const clock = new Clock();
    const trace = new Trace(clock, { rows: 64 });
    const kernel = new Kernel({ clock, trace, random: new Random(SEED), ramBytes: 1 << 21 });
    const queue = new MappingQueue({
      kernel,
      isRender: true,
      isLooped: true,
      mostPages: MOST_PAGES,
      report: (text) => {
        throw new Error(text);
      },
      admit: () => STATUS_SUCCESS,
      changeFormat: () => STATUS_SUCCESS,
      endOfStream: () => undefined,
    });
    queue.connect(
      {
        getPosition: () => STATUS_SUCCESS,
        mappingAvailable: () => undefined,
        normalizePhysicalPosition: () => STATUS_SUCCESS,
        revokeMappings: () => STATUS_SUCCESS,
      },
      0,
    );
    submitLoop(kernel, queue);
    this.#stream = new PortWavePciStream(new PortClass(kernel), queue, true);
    this.#tags = Array.from({ length: outstanding }, () => ({}));
    for (const tag of this.#tags) this.#get(tag);
  }

  /** Takes so many mappings back and hands out as many. */
  turn(count: number): void {
    const stream = this.#stream;
    const tags = this.#tags;
    for (let turn = 0; turn < count; turn++) {
      const tag = tags[this.#oldest];
      if (stream.releaseMapping(tag) !== STATUS_SUCCESS) {
        throw new Error('a mapping was not taken back');
      }
      this.#get(tag);
      this.#oldest = (this.#oldest + 1) % tags.length;
    }
  }

  #get(tag: unknown): void {
    const status = this.#stream.getMapping(
      tag,
      this.#physical,
      this.#virtual,
      this.#bytes,
      this.#flags,
    );
    if (status !== STATUS_SUCCESS) throw new Error('no mapping was handed out');
  }
}

/** One packet of scattered pages, sent by hand. */
function submitLoop(kernel: Kernel, queue: MappingQueue): void {
  const { io, memory, ram } = kernel;
  const device = new Out<DeviceObject | null>(null);
  const driver = kernel.devices.createDriver('bench', '');
  kernel.devices.IoCreateDevice(driver, '\\Device\\bench', 0, 0, device);
  driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = (_device, irp) => queue.submit(irp);
  const at = memory.pool.ExAllocatePoolWithTag(NONPAGED_POOL, PACKET_BYTES, POOL_TAG);
  const { size } = KSSTREAM_HEADER;
  const headerAt = memory.pool.ExAllocatePoolWithTag(NONPAGED_POOL, size, POOL_TAG);
  if (at === null || headerAt === null || device.value === null) throw new Error('out of memory');
  KSSTREAM_HEADER.write(ram.view, headerAt, {
    Size: size,
    FrameExtent: PACKET_BYTES,
    DataUsed: PACKET_BYTES,
    Data: at,
    OptionsFlags: 0,
  });
  const irp = io.IoAllocateIrp(device.value.stackSize);
  irp.next.majorFunction = IRP_MJ_DEVICE_CONTROL;
  irp.next.ioControlCode = IOCTL_KS_WRITE_STREAM;
  irp.next.outputBufferLength = size;
  irp.userBuffer = virtual(headerAt);
  irp.completed = () => undefined;
  io.send(device.value, irp);
}
