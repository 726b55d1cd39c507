/**
 * The lab: where a scenario boots machines. It keeps the accounts: when a scenario ends, every
 * machine is shut down, nothing may be left of it, and every finding must be one that the
 * scenario said it expects.
 */
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { DeviceModel } from '../hardware/device.ts';
import { Machine, type MachineConfig } from '../machine/machine.ts';
import { KSCATEGORY_REALTIME } from '../standards/ks/guids.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { TestRender, type TestRenderOptions } from './test-render.ts';

interface Booted {
  readonly machine: LabMachine<DeviceModel>;
  readonly expectedFindings: RegExp[];
  readonly expectedLeft: RegExp[];
}

export class Lab {
  readonly #booted: Booted[] = [];

  /** Boots a machine with a device and its driver started. */
  boot<D extends DeviceModel>(config: MachineConfig<D>): LabMachine<D> {
    return this.#adopt(new LabMachine(Machine.boot(config)));
  }

  /** Builds a machine and stops there: no driver is loaded, no device started. */
  build<D extends DeviceModel>(config: MachineConfig<D>): LabMachine<D> {
    return this.#adopt(new LabMachine(new Machine(config)));
  }

  #adopt<D extends DeviceModel>(machine: LabMachine<D>): LabMachine<D> {
    this.#booted.push({
      machine: machine as unknown as LabMachine<DeviceModel>,
      expectedFindings: machine.expectedFindings,
      expectedLeft: machine.expectedLeft,
    });
    return machine;
  }

  /** Shuts everything down and holds the accounts against what was expected. */
  close(): void {
    const faults: string[] = [];
    for (const { machine, expectedFindings, expectedLeft } of this.#booted) {
      if (machine.isAbandoned) continue;
      const left = machine.shutDown();
      const findings = machine.findings;
      faults.push(...compare('finding', findings, expectedFindings));
      faults.push(...compare('left behind', left, expectedLeft));
    }
    if (faults.length > 0) throw new Error(faults.join('\n'));
  }
}

function compare(what: string, seen: readonly string[], expected: readonly RegExp[]): string[] {
  const faults = seen
    .filter((text) => !expected.some((pattern) => pattern.test(text)))
    .map((text) => `unexpected ${what}: ${text}`);
  for (const pattern of expected) {
    if (!seen.some((text) => pattern.test(text))) faults.push(`no ${what} matches ${pattern}`);
  }
  return faults;
}

/** A machine in a lab: the machine itself, and short ways to what scenarios do with one. */
export class LabMachine<D extends DeviceModel> {
  readonly machine: Machine<D>;
  readonly expectedFindings: RegExp[] = [];
  readonly expectedLeft: RegExp[] = [];
  /** Set when a bug check stopped the machine: there is nothing to shut down in order. */
  isAbandoned = false;
  #client: ClientHome | null = null;

  constructor(machine: Machine<D>) {
    this.machine = machine;
  }

  get device(): D {
    return this.machine.device;
  }

  get findings(): string[] {
    return this.machine.portClass.findings.list.map((finding) => finding.text);
  }

  /** Calls across the DDI so far, by `Interface.Method`. */
  get calls(): Map<string, number> {
    return this.machine.portClass.guard.counts();
  }

  /** The scenario breaks a rule on purpose, and this is how it is noticed. */
  expectFinding(pattern: RegExp): void {
    this.expectedFindings.push(pattern);
  }

  /** The scenario leaves something behind on purpose. */
  expectLeft(pattern: RegExp): void {
    this.expectedLeft.push(pattern);
  }

  /** The process that scenarios act for when they name none. */
  get client(): ClientHome {
    this.#client ??= this.newClient('client');
    return this.#client;
  }

  newClient(name: string): ClientHome {
    return { process: this.machine.openProcess(name), ram: this.machine.kernel.ram };
  }

  /** Opens the first filter of a category, as a client finds it. */
  openFilter(category = KSCATEGORY_REALTIME, client = this.client): KsFilter {
    const [link] = this.machine.kernel.interfaces.enumerate(category);
    if (link === undefined) throw new Error(`no interface under ${category.name}`);
    return KsFilter.open(client, link);
  }

  /** Opens a render stream: pin, buffer, latency, and a cursor to write at. */
  openRender(options: TestRenderOptions): TestRender {
    return TestRender.open(this, options);
  }

  runFor(durationNs: number): void {
    this.machine.runFor(durationNs);
  }

  shutDown(): string[] {
    this.isAbandoned = true;
    return this.machine.shutDown();
  }
}

export type AnyLabMachine = LabMachine<DeviceModel>;
export type { PcmFormat };
