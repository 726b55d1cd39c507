/**
 * The kernel of one machine: every part of it, introduced to each other, and the event loop that
 * drives them. It stands still between calls; time moves only inside `run`, `runUntil` and a wait
 * of synchronous code.
 */
import type { Ns } from '../base/brand.ts';
import { virtual } from '../base/brand.ts';
import type { PointerBytes } from '../base/struct.ts';
import type { Clock } from '../sim/clock.ts';
import type { Random } from '../sim/random.ts';
import { type Trace, traceKind } from '../sim/trace.ts';
import { BugCheck, type BugCheckRaiser } from './bug-check.ts';
import { ClockInterrupt } from './dispatch/clock-interrupt.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import type { DispatcherObject } from './dispatch/dispatcher-object.ts';
import { DpcQueue } from './dispatch/dpc.ts';
import { Kevent, type SignalType } from './dispatch/event.ts';
import { FastMutexes } from './dispatch/fast-mutex.ts';
import type { DispatchParts } from './dispatch/parts.ts';
import { SpinLocks } from './dispatch/spin-lock.ts';
import { SystemTime } from './dispatch/system-time.ts';
import type { WaitRequest } from './dispatch/thread.ts';
import { Ktimer } from './dispatch/timer.ts';
import { KernelTiming, type KernelTimingConfig } from './dispatch/timing.ts';
import { WorkQueues } from './dispatch/work-item.ts';
import { DmaAdapters, type DmaConfig } from './dma/dma-adapters.ts';
import { InterruptController } from './interrupts.ts';
import { DeviceStack } from './io/device-stack.ts';
import { FileTable } from './io/file-table.ts';
import { IoManager } from './io/io-manager.ts';
import { Process } from './io/process.ts';
import type { IoMemory } from './io/system-buffer.ts';
import { Irql } from './irql.ts';
import { IoSpace } from './memory/io-space.ts';
import { MemoryManager } from './memory/memory-manager.ts';
import { type PhysicalRange, ramBytesOf } from './memory/physical-ranges.ts';
import { NonPagedPoolNx, type Pool } from './memory/pool.ts';
import { Ram } from './memory/ram.ts';
import { ObjectLedger } from './objects.ts';
import { DeviceInterfaces } from './pnp/device-interfaces.ts';
import { PnpManager } from './pnp/pnp-manager.ts';
import { PowerManager } from './power/power-manager.ts';
import { Registry } from './registry.ts';

export interface KernelConfig {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly random: Random;
  /** A multiple of 64 KiB; 32 MiB if absent, or what the ranges hold where that is more. */
  readonly ramBytes?: number;
  /** Where RAM answers on the bus. */
  readonly ranges?: readonly PhysicalRange[];
  /** System time at switch-on, in 100 ns since 1601; 0 if absent. */
  readonly systemTimeStart100ns?: number;
  /** Pages that kernel mappings may cover; without limit if absent. */
  readonly mappingPages?: number;
  /** How a device is served that does not reach all memory. */
  readonly dma?: DmaConfig;
  /** How late things come; nothing does if absent. */
  readonly timing?: KernelTimingConfig;
}

const DEFAULT_RAM_BYTES = 32 * 1024 * 1024;
const TRACE_TAIL_ROWS = 32;

const bugChecked = traceKind('bug check', 'code:hex', 'p1:hex', 'p2:hex', 'p3:hex');

export class Kernel implements BugCheckRaiser {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly random: Random;
  readonly irql: Irql;
  readonly time: SystemTime;
  readonly ticks: ClockInterrupt;
  /** Null when nothing comes late and nobody may watch. */
  readonly timing: KernelTiming | null;
  readonly ram: Ram;
  readonly memory: MemoryManager;
  readonly pool: Pool;
  readonly ioSpace: IoSpace;
  readonly dma: DmaAdapters;
  readonly interrupts: InterruptController;
  readonly dpcs: DpcQueue;
  readonly dispatcher: Dispatcher;
  readonly spinLocks: SpinLocks;
  readonly fastMutexes: FastMutexes;
  readonly works: WorkQueues;
  readonly objects: ObjectLedger;
  readonly io: IoManager;
  readonly devices: DeviceStack;
  readonly files: FileTable;
  readonly pnp: PnpManager;
  readonly power: PowerManager;
  readonly interfaces: DeviceInterfaces;
  readonly registry: Registry;
  readonly processes: Process[] = [];
  readonly #parts: DispatchParts;
  #processCount = 0;

  constructor(config: KernelConfig) {
    const { clock, trace, random } = config;
    this.clock = clock;
    this.trace = trace;
    this.random = random;
    this.irql = new Irql(this);
    const { timing } = config;
    this.ticks = new ClockInterrupt(clock, timing?.timerResolution100ns ?? null);
    this.timing = timing === undefined ? null : new KernelTiming(random, timing);
    const parts = {
      clock,
      trace,
      irql: this.irql,
      raiser: this,
      ticks: this.ticks,
      timing: this.timing,
    };
    this.#parts = parts;

    const { ranges = [], ramBytes = Math.max(DEFAULT_RAM_BYTES, ramBytesOf(ranges)) } = config;
    this.ram = new Ram(ramBytes);
    this.memory = new MemoryManager(this.ram, {
      random,
      raise: this,
      ...(config.ranges === undefined ? {} : { ranges: config.ranges }),
      ...(config.mappingPages === undefined ? {} : { mappingPages: config.mappingPages }),
    });
    this.pool = this.memory.pool;
    this.ioSpace = new IoSpace(this, this.memory.frames.ranges);
    const { irql, memory } = this;
    this.dma = new DmaAdapters({ irql, memory, raiser: this, trace }, config.dma);

    this.time = new SystemTime(clock, this.ticks, config.systemTimeStart100ns ?? 0);
    this.interrupts = new InterruptController(parts);
    this.dpcs = new DpcQueue(parts);
    this.irql.attach(this.interrupts);
    this.irql.attach(this.dpcs);
    this.dispatcher = new Dispatcher(parts, this.time);
    this.spinLocks = new SpinLocks(this.irql, this);
    this.fastMutexes = new FastMutexes(this.irql, this, this.dispatcher);
    this.works = new WorkQueues(parts, this.dispatcher);

    this.objects = new ObjectLedger();
    this.registry = new Registry();
    this.io = new IoManager(parts, this.dispatcher, this.#ioMemory());
    this.devices = new DeviceStack(this.io, trace, this, this.objects);
    const shared = { io: this.io, stack: this.devices, works: this.works, objects: this.objects };
    this.files = new FileTable({
      ...shared,
      irql: this.irql,
      raiser: this,
      closed: (device) => this.pnp.fileClosed(device),
    });
    this.interfaces = new DeviceInterfaces(
      trace,
      (pdo) => this.pnp.nodeOf(pdo)?.instancePath ?? null,
    );
    this.pnp = new PnpManager({
      ...shared,
      trace,
      raiser: this,
      makeKey: (path) => this.registry.ensure(path).path,
      removed: (pdo) => this.interfaces.disableAll(pdo),
    });
    const { dispatcher, io, pnp } = this;
    this.power = new PowerManager({ clock, dispatcher, io, pnp, trace });
  }

  /** Stops the machine: throws a BugCheck with what the machine was doing. */
  bugCheck(code: number, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = ''): never {
    this.trace.write(bugChecked, code, p1, p2, p3);
    throw new BugCheck(code, [p1, p2, p3, p4], detail, {
      irql: this.irql.current,
      timeNs: this.clock.now,
      traceTail: this.trace.tail(TRACE_TAIL_ROWS),
    });
  }

  /** Runs the machine up to and including the time `untilNs`. */
  run(untilNs: number): void {
    this.dispatcher.runReady();
    while (this.clock.nextDue <= untilNs) {
      this.clock.step();
      this.dispatcher.runReady();
    }
    this.clock.advanceTo(untilNs);
  }

  /**
   * Runs until `predicate` holds, which is asked whenever all threads wait. False when the time
   * `limitNs` came first.
   */
  runUntil(predicate: () => boolean, limitNs: number): boolean {
    this.dispatcher.runReady();
    while (!predicate()) {
      if (this.clock.nextDue > limitNs) {
        this.clock.advanceTo(limitNs);
        return false;
      }
      this.clock.step();
      this.dispatcher.runReady();
    }
    return true;
  }

  /** Runs for so long from now. */
  runFor(durationNs: Ns): void {
    this.run(this.clock.now + durationNs);
  }

  /** What a thread body yields to wait for an object; see Dispatcher.waitFor. */
  waitFor(object: DispatcherObject, timeout100ns: number | null): WaitRequest {
    return this.dispatcher.waitFor(object, timeout100ns);
  }

  /** What a thread body yields to sleep; see Dispatcher.delay. */
  delay(relative100ns: number): WaitRequest {
    return this.dispatcher.delay(relative100ns);
  }

  createEvent(name: string, type: SignalType, isSet = false): Kevent {
    return new Kevent(this.trace, name, type, isSet);
  }

  createTimer(name: string, type: SignalType): Ktimer {
    return new Ktimer(this.#parts, this.time, this.dpcs, name, type);
  }

  /** A user mode process whose pointers are 8 or 4 bytes wide. */
  createProcess(name: string, pointerBytes: PointerBytes = 8): Process {
    this.#processCount++;
    const process = new Process(
      {
        io: this.io,
        files: this.files,
        trace: this.trace,
        raiser: this,
        objects: this.objects,
        resolveLink: (link) => this.interfaces.lookup(link),
        ended: (ended) => this.processes.splice(this.processes.indexOf(ended), 1),
      },
      4 * this.#processCount,
      name,
      pointerBytes,
    );
    this.processes.push(process);
    return process;
  }

  /** Everything of every part that is still there, as lines of a leak report; empty when clean. */
  outstanding(): string[] {
    return [
      ...this.processes.flatMap((process) => process.outstanding()),
      ...this.io.outstanding(),
      ...this.objects.outstanding(),
      ...this.pnp.outstanding(),
      ...this.interfaces.outstanding(),
      ...this.registry.outstanding(),
      ...this.interrupts.outstanding(),
      ...this.ticks.outstanding(),
      ...this.dpcs.outstanding(),
      ...this.works.outstanding(),
      ...this.dispatcher.outstanding(),
      ...this.clock.pending.map((alarm) => `alarm ${alarm.name}`),
      ...this.dma.outstanding(),
      ...this.ioSpace.outstanding(),
      ...this.memory.outstanding(),
    ];
  }

  #ioMemory(): IoMemory {
    const { memory, pool } = this;
    return {
      bytesAt: (address, length) => memory.bytesAt(address, length),
      isAccessible: (address, length) => memory.isAccessible(address, length),
      allocatePool: (bytes, tag) =>
        pool.ExAllocatePoolWithTag(NonPagedPoolNx, bytes, tag) ?? virtual(0),
      freePool: (address, tag) => pool.ExFreePoolWithTag(address, tag),
    };
  }
}
