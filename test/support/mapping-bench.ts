/**
 * A mapping queue on a bench: a kernel, stream requests made by hand, and a device that moves bytes
 * through physical addresses, beside a model that says what has to come of every step. The model
 * cuts mappings by itself, page by page, and knows of every tag where it is.
 */
import { expect } from 'vitest';
import { type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { DeviceObject } from '../../src/kernel/io/device.ts';
import { IRP_MJ_DEVICE_CONTROL } from '../../src/kernel/io/io-codes.ts';
import type { Irp } from '../../src/kernel/io/irp.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import { MmCached } from '../../src/kernel/memory/caching.ts';
import type { DeviceMemory } from '../../src/kernel/memory/device-memory.ts';
import { MappingQueue } from '../../src/portcls/wavepci/mapping-queue.ts';
import { Clock } from '../../src/sim/clock.ts';
import { Random } from '../../src/sim/random.ts';
import { Trace } from '../../src/sim/trace.ts';
import { IOCTL_KS_READ_STREAM, IOCTL_KS_WRITE_STREAM } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER } from '../../src/standards/ks/stream-packets.ts';
import { type NtStatus, ntSuccess, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import type { ModelMapping, ModelPacket, Piece } from './mapping-model.ts';

const PAGE = 4096;
const HIGHEST = 2 ** 52 - 1;

export interface BenchConfig {
  readonly seed: number;
  readonly isRender: boolean;
  readonly mostPages: number;
  /** MappingAvailable takes a mapping at once. */
  readonly isEager: boolean;
}

export class MappingBench {
  readonly kernel: Kernel;
  readonly queue: MappingQueue;
  readonly config: BenchConfig;
  readonly packets: ModelPacket[] = [];
  /** Mappings that the device has, oldest first. */
  readonly open: ModelMapping[] = [];
  readonly findings: string[] = [];
  /** Bytes that the device has moved since the last stop. */
  position = 0;
  isRefused = false;
  availableCalls = 0;
  expectedAvailable = 0;
  revokeCalls: string[] = [];
  /** Mappings that the next revocation finds on their way to be released. */
  lateReleases = 0;
  readonly released: number[] = [];
  readonly revoked: number[] = [];
  nextTag = 0;
  readonly #random: Random;
  readonly #device: DeviceObject;
  readonly #dma: DeviceMemory;
  readonly #blocks: (() => void)[] = [];
  readonly #finished: Irp[] = [];

  constructor(config: BenchConfig) {
    const clock = new Clock();
    const trace = new Trace(clock, { rows: 64 });
    this.config = config;
    this.#random = new Random(config.seed);
    this.kernel = new Kernel({ clock, trace, random: this.#random, ramBytes: 1 << 21 });
    this.#dma = this.kernel.memory.dmaMemory('bench device');
    this.queue = new MappingQueue({
      kernel: this.kernel,
      isRender: config.isRender,
      isLooped: false,
      mostPages: config.mostPages,
      report: (text) => this.findings.push(text),
      admit: () => STATUS_SUCCESS,
      changeFormat: () => STATUS_SUCCESS,
      endOfStream: () => undefined,
    });
    this.queue.connect(
      {
        getPosition: (position) => {
          position.value = this.position;
          return STATUS_SUCCESS;
        },
        mappingAvailable: () => {
          this.availableCalls++;
          if (config.isEager) this.acquire();
        },
        normalizePhysicalPosition: () => STATUS_SUCCESS,
        revokeMappings: (first, last, revoked) => this.#revoke(first, last, revoked),
      },
      0,
    );
    this.#device = this.#makeDevice();
  }

  #makeDevice(): DeviceObject {
    const out = new Out<DeviceObject | null>(null);
    const driver = this.kernel.devices.createDriver('bench', '');
    this.kernel.devices.IoCreateDevice(driver, '\\Device\\bench', 0, 0, out);
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = (_device, irp) => this.queue.submit(irp);
    if (out.value === null) throw new Error('no device');
    return out.value;
  }

  /** Packets that have not come back, oldest first. */
  get live(): ModelPacket[] {
    return this.packets.filter(({ expected }) => expected === 'pending');
  }

  /** Memory anywhere, or with pages that follow each other. */
  #allocate(bytes: number, offset: number, isAdjacent: boolean): number {
    const { memory } = this.kernel;
    const room = Math.max(1, bytes + offset);
    if (isAdjacent) {
      const at = memory.MmAllocateContiguousMemorySpecifyCache(room, 0, HIGHEST, 0, MmCached);
      if (at === null) throw new Error('no contiguous memory');
      this.#blocks.push(() => memory.MmFreeContiguousMemorySpecifyCache(at, room, MmCached));
      return at + offset;
    }
    const at = memory.pool.ExAllocatePoolWithTag(512, room, 'Bnch');
    if (at === null) throw new Error('no pool');
    this.#blocks.push(() => memory.pool.ExFreePoolWithTag(at, 'Bnch'));
    return at + offset;
  }

  submit(sizes: readonly number[], offset: number, isAdjacent: boolean): void {
    const { ram } = this.kernel;
    const { isRender } = this.config;
    const { size } = KSSTREAM_HEADER;
    const headersAt = this.#allocate(sizes.length * size, 0, false);
    const pieces = sizes.map((bytes) => ({ at: this.#allocate(bytes, offset, isAdjacent), bytes }));
    const content: number[] = [];
    pieces.forEach(({ at, bytes }, index) => {
      KSSTREAM_HEADER.write(ram.view, headersAt + index * size, {
        Size: size,
        FrameExtent: bytes,
        DataUsed: isRender ? bytes : 0,
        Data: at,
        OptionsFlags: 0,
      });
      for (let byte = 0; isRender && byte < bytes; byte++) {
        content.push(this.#random.below(256));
        ram.bytes[at + byte] = content.at(-1) ?? 0;
      }
    });
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const packet: ModelPacket = {
      pieces,
      total,
      content,
      headersAt,
      headerCount: sizes.length,
      irp: null,
      cut: 0,
      moved: 0,
      openCount: 0,
      closed: null,
      expected: 'pending',
      completions: 0,
      status: STATUS_SUCCESS,
      information: 0,
    };
    this.packets.push(packet);
    if (this.isRefused && total > 0) {
      this.isRefused = false;
      this.expectedAvailable++;
    }
    this.#send(packet, virtual(headersAt), sizes.length * size);
  }

  #send(packet: ModelPacket, headersAt: VirtualAddress, bytes: number): void {
    const { io } = this.kernel;
    const irp = io.IoAllocateIrp(this.#device.stackSize);
    const { next } = irp;
    next.majorFunction = IRP_MJ_DEVICE_CONTROL;
    next.ioControlCode = this.config.isRender ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM;
    next.outputBufferLength = bytes;
    irp.userBuffer = headersAt;
    packet.irp = irp;
    irp.completed = () => {
      packet.completions++;
      packet.irp = null;
      packet.status = irp.ioStatus.status;
      packet.information = irp.ioStatus.information;
      this.#finished.push(irp);
    };
    io.send(this.#device, irp);
  }

  /** GetMapping once, held against the model's own cut; false when it was refused. */
  acquire(): boolean {
    const source = this.live.find(({ closed, cut, total }) => closed === null && cut < total);
    const tag = this.nextTag++;
    const packet = this.queue.get(tag);
    expect(packet === null).toBe(source === undefined);
    if (packet === null || source === undefined) {
      this.isRefused = true;
      return false;
    }
    const wanted = this.#cut(source);
    expect(packet.cutVirtual).toBe(wanted.at);
    expect(packet.cutPhysical).toBe(wanted.physical);
    expect(this.queue.newestBytes).toBe(wanted.bytes);
    this.isRefused = false;
    source.cut += wanted.bytes;
    source.openCount++;
    expect(packet.isCutLast).toBe(source.cut === source.total);
    this.open.push({
      tag,
      packet: source,
      physical: wanted.physical,
      bytes: wanted.bytes,
      done: 0,
    });
    return true;
  }

  /** The mapping that has to come next: byte by byte, until a page or a piece says stop. */
  #cut({ cut, pieces }: ModelPacket): Piece & { physical: number } {
    let into = cut;
    let index = 0;
    while (into >= (pieces[index]?.bytes ?? 0)) into -= pieces[index++]?.bytes ?? 0;
    const piece = pieces[index];
    if (piece === undefined) throw new Error('nothing is left of the packet');
    const { frames } = this.kernel.memory;
    const at = piece.at + into;
    const physical = frames.physicalAddressOf(at);
    let bytes = 1;
    let pages = 1;
    for (; into + bytes < piece.bytes; bytes++) {
      if ((at + bytes) % PAGE !== 0) continue;
      const isNext = frames.physicalAddressOf(at + bytes) === physical + bytes;
      if (!isNext || pages === this.config.mostPages) break;
      pages++;
    }
    return { at, bytes, physical };
  }

  /** The device moves up to so many bytes through what it has. */
  progress(most: number): void {
    let left = most;
    for (const mapping of this.open) {
      while (left > 0 && mapping.done < mapping.bytes) {
        const address = mapping.physical + mapping.done;
        const bytes = Math.min(left, mapping.bytes - mapping.done, PAGE - (address % PAGE));
        this.#move(mapping.packet, address, bytes);
        mapping.done += bytes;
        this.position += bytes;
        left -= bytes;
      }
    }
  }

  #move(packet: ModelPacket, address: number, bytes: number): void {
    const { isRender } = this.config;
    const at = this.#dma.resolve(address, isRender ? 'read' : 'write');
    for (let byte = 0; byte < bytes; byte++) {
      if (isRender) {
        // Heard is what was sent, in its order.
        expect(this.#dma.bytes[at + byte]).toBe(packet.content[packet.moved]);
      } else {
        const spoken = this.#random.below(256);
        this.#dma.bytes[at + byte] = spoken;
        packet.content.push(spoken);
      }
      packet.moved++;
    }
  }

  /** Gives the oldest mapping back, if the device is done with it. */
  release(): boolean {
    const oldest = this.open[0];
    if (oldest === undefined || oldest.done < oldest.bytes) return false;
    this.open.shift();
    this.#forget(oldest);
    expect(this.queue.release(oldest.tag)).toBe(STATUS_SUCCESS);
    return true;
  }

  #forget(mapping: ModelMapping): void {
    mapping.packet.openCount--;
    this.released.push(mapping.tag);
    this.#settle();
  }

  /** Model: packets come back in their order, each when nothing of it is out. */
  #settle(): void {
    for (const packet of this.live) {
      const isCut = packet.closed !== null || packet.cut === packet.total;
      if (!isCut || packet.openCount > 0) return;
      packet.expected = 'SUCCESS';
    }
  }

  /** A tag that is not the oldest one open changes nothing. */
  releaseWrongly(tag: number): void {
    if (this.open[0]?.tag === tag) return;
    expect(ntSuccess(this.queue.release(tag))).toBe(false);
  }

  terminate(): void {
    const packet = this.live.find(
      ({ closed, cut, moved, total }) => closed === null && cut > 0 && moved < total,
    );
    const front = this.live.find(({ closed, moved, total }) => closed === null && moved < total);
    const isThere = !this.config.isRender && packet !== undefined && packet === front;
    if (isThere && packet !== undefined) {
      packet.closed = packet.moved;
      // The device is led past what it has not filled.
      for (const mapping of this.open) if (mapping.packet === packet) mapping.done = mapping.bytes;
    }
    this.#settle();
    expect(ntSuccess(this.queue.terminate())).toBe(isThere);
  }

  cancel(packet: ModelPacket, lateReleases: number): void {
    packet.expected = 'CANCELLED';
    this.lateReleases = lateReleases;
    this.#settle();
    const late = this.open.filter((mapping) => mapping.packet === packet).slice(0, lateReleases);
    if (packet.irp !== null) this.kernel.io.IoCancelIrp(packet.irp);
    for (const { done, bytes, tag } of late) {
      if (done === bytes) expect(this.queue.release(tag)).toBe(STATUS_SUCCESS);
    }
  }

  #revoke(first: unknown, last: unknown, revoked: Out<number>): NtStatus {
    const from = this.open.findIndex(({ tag }) => tag === first);
    const to = this.open.findIndex(({ tag }) => tag === last);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(to).toBeGreaterThanOrEqual(from);
    expect(this.kernel.irql.current).toBe(2);
    const range = this.open.splice(from, to - from + 1);
    range.forEach((mapping, index) => {
      mapping.packet.openCount--;
      const isLate = index < this.lateReleases && mapping.done === mapping.bytes;
      (isLate ? this.released : this.revoked).push(mapping.tag);
      if (!isLate) revoked.value++;
    });
    this.lateReleases = 0;
    this.revokeCalls.push(`${String(first)}..${String(last)}`);
    return STATUS_SUCCESS;
  }

  stop(): void {
    for (const packet of this.live) {
      const bytes = packet.closed ?? packet.moved;
      const hasSome = !this.config.isRender && bytes > 0;
      packet.expected = hasSome ? 'SUCCESS' : 'CANCELLED';
      packet.closed = hasSome ? bytes : packet.closed;
    }
    this.queue.closeCaptured();
    this.queue.stop();
    this.position = 0;
  }

  /** Packets that are over give their requests back. */
  freeRequests(): void {
    for (const irp of this.#finished.splice(0)) this.kernel.io.IoFreeIrp(irp);
  }

  /** What nobody gave back when all is over. */
  close(): string[] {
    this.queue.close();
    this.freeRequests();
    for (const free of this.#blocks) free();
    this.kernel.devices.IoDeleteDevice(this.#device);
    return this.kernel.outstanding();
  }
}
