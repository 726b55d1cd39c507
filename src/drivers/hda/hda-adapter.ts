/**
 * The adapter object: the controller, its interrupt and who is served by it, the way to the codec,
 * and the engines that streams borrow. It lives as long as somebody holds a reference (ports,
 * miniports, streams), and its destructor leaves the hardware in reset and nothing allocated.
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { CmResourceTypeMemory, type DeviceObject, MmNonCached } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IInterruptSync,
  InterruptSyncMode,
  type IResourceList,
  type IServiceGroup,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { GCTL, INTCTL, INTSTS, UNSOLICITED } from '../../standards/hda/index.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { CodecCommands } from './codec-commands.ts';
import { type CodecSide, findCodecSides } from './codec-sides.ts';
import { enterReset, resetController } from './controller-reset.ts';
import { EnginePool } from './engine-pool.ts';
import { decodeGlobalCapabilities, HdaRegisters } from './hda-registers.ts';
import type { Jack } from './jack.ts';
import { JackMonitor } from './jack-monitor.ts';
import { OWNER } from './owner.ts';
import type { StreamEngine } from './stream-engine.ts';

/** Reaches of DMA: x64 has 52 bits of physical address. */
const HIGHEST_32_BIT = 0xffff_ffff;
const HIGHEST_64_BIT = 2 ** 52 - 1;
/** What reads return when the device has left the bus. */
const DEVICE_GONE = 0xffff_ffff;

interface Mapping {
  readonly base: VirtualAddress;
  readonly bytes: number;
}

export class HdaAdapter extends ComObject {
  readonly #wdk: Wdk;
  readonly #deviceObject: DeviceObject;
  #engines: EnginePool | null = null;
  #mapping: Mapping | null = null;
  #registers: HdaRegisters | null = null;
  #commands: CodecCommands | null = null;
  #interrupt: IInterruptSync | null = null;
  #serviceGroup: IServiceGroup | null = null;
  #jackMonitor: JackMonitor | null = null;
  #playback: CodecSide | null = null;
  #recording: CodecSide | null = null;
  #is64Bit = false;
  /** The device has no power: its registers are not touched. */
  #isAsleep = false;
  /** What was plugged in when the device lost its power, in the order of #jacks. */
  #slept: readonly boolean[] = [];
  /** What INTCTL lets through. */
  #interruptBits = 0;

  constructor(wdk: Wdk, deviceObject: DeviceObject) {
    super(wdk, OWNER, 'HD Audio adapter', []);
    this.#wdk = wdk;
    this.#deviceObject = deviceObject;
  }

  /**
   * Brings the device up. STATUS_DEVICE_CONFIGURATION_ERROR without registers in the resources,
   * STATUS_DEVICE_NOT_READY when the controller does not leave reset, STATUS_NO_SUCH_DEVICE when
   * no codec has a path from a converter to an output pin. What came up is taken down by the last
   * release. PASSIVE_LEVEL.
   */
  start(resources: IResourceList): NtStatus {
    const memory = resources.findTranslatedEntry(CmResourceTypeMemory, 0);
    if (memory?.type !== CmResourceTypeMemory) return STATUS_DEVICE_CONFIGURATION_ERROR;
    const base = this.#wdk.MmMapIoSpace(memory.start, memory.length, MmNonCached);
    if (base === null) return STATUS_INSUFFICIENT_RESOURCES;
    this.#mapping = { base, bytes: memory.length };
    const registers = new HdaRegisters(this.#wdk, base, memory.length);
    this.#registers = registers;
    if (!resetController(this.#wdk, registers)) return STATUS_DEVICE_NOT_READY;
    const capabilities = decodeGlobalCapabilities(registers.read('GCAP'));
    const { inputStreams, outputStreams, bidirectionalStreams, dataLinesCode } = capabilities;
    this.#is64Bit = capabilities.is64Bit;
    this.#engines = new EnginePool(this.#wdk, registers, capabilities);
    const status = this.#connectInterrupt(resources);
    if (!ntSuccess(status)) return status;
    const synchronize = (routine: () => void): void => {
      this.#interrupt?.callSynchronizedRoutine(runRoutine, routine);
    };
    const commands = new CodecCommands(this.#wdk, registers, synchronize, (response) =>
      this.#jackMonitor?.unsolicited(response),
    );
    this.#commands = commands;
    const streamBits = 2 ** (inputStreams + outputStreams + bidirectionalStreams) - 1;
    this.#interruptBits = (INTCTL.GIE | INTCTL.CIE | streamBits) >>> 0;
    registers.write('INTCTL', this.#interruptBits);
    commands.start(this.highAddress);
    // A controller with two lines can use one or both of them, and so on.
    const stripes = 2 ** (dataLinesCode + 1) - 1;
    const sides = findCodecSides(this.#wdk, registers, commands, stripes);
    if (sides === null) return STATUS_NO_SUCH_DEVICE;
    this.#playback = sides.playback;
    this.#recording = sides.recording;
    this.#watchJacks(registers);
    return STATUS_SUCCESS;
  }

  /** The controller's registers; null before `start`. */
  get registers(): HdaRegisters | null {
    return this.#registers;
  }

  /** What plays; null until `start` succeeded. */
  get playback(): CodecSide | null {
    return this.#playback;
  }

  /** What records; null where nothing does. */
  get recording(): CodecSide | null {
    return this.#recording;
  }

  /** Lends an engine of a direction; null when all are in use. PASSIVE_LEVEL. */
  acquireEngine(isCapture: boolean): StreamEngine | null {
    return this.#engines?.acquire(isCapture) ?? null;
  }

  /** Takes an engine back, which is in STOP. PASSIVE_LEVEL. */
  releaseEngine(engine: StreamEngine): void {
    this.#engines?.release(engine);
  }

  /** Its members are served, at DISPATCH_LEVEL, after an interrupt that concerns one of them. */
  get serviceGroup(): IServiceGroup | null {
    return this.#serviceGroup;
  }

  /** Tells of changes at the jacks; null before `start`. */
  get jackMonitor(): JackMonitor | null {
    return this.#jackMonitor;
  }

  /** GCAP.64OK: whether the controller reaches memory above 4 GiB. */
  get is64Bit(): boolean {
    return this.#is64Bit;
  }

  /** The highest address that the controller reaches. */
  get highAddress(): PhysicalAddress {
    return physical(this.#is64Bit ? HIGHEST_64_BIT : HIGHEST_32_BIT);
  }

  #connectInterrupt(resources: IResourceList): NtStatus {
    const group = new Out<IServiceGroup | null>(null);
    const grouped = this.#wdk.PcNewServiceGroup(group, null);
    this.#serviceGroup = group.value;
    if (!ntSuccess(grouped)) return grouped;
    this.#jackMonitor = new JackMonitor(this.#wdk, this, this.#deviceObject);
    this.#serviceGroup?.addMember(this.#jackMonitor);
    const out = new Out<IInterruptSync | null>(null);
    const mode = InterruptSyncMode.Normal;
    const status = this.#wdk.PcNewInterruptSync(out, null, resources, 0, mode);
    const interrupt = out.value;
    if (!ntSuccess(status) || interrupt === null) return status;
    this.#interrupt = interrupt;
    interrupt.registerServiceRoutine(() => this.#serviceInterrupt(), null, false);
    return interrupt.connect();
  }

  /** Claims what this controller raised, and nothing when its line is shared. At device level. */
  #serviceInterrupt(): NtStatus {
    const status = this.#isAsleep ? 0 : (this.#registers?.read('INTSTS') ?? 0);
    if (status === DEVICE_GONE || (status & INTSTS.GIS) === 0) return STATUS_UNSUCCESSFUL;
    let hasCompleted = false;
    for (const engine of this.#engines?.all ?? []) {
      if ((status & engine.interruptBit) === 0) continue;
      hasCompleted = engine.serviceInterrupt() || hasCompleted;
    }
    if ((status & INTSTS.CIS) !== 0) this.#commands?.serviceInterrupt();
    if (hasCompleted || this.#jackMonitor?.isPending === true) this.#serviceGroup?.requestService();
    return STATUS_SUCCESS;
  }

  /** GCTL.UNSOL lets through what codecs say unasked, 3.3.7. */
  #watchJacks(registers: HdaRegisters): void {
    registers.write('GCTL', registers.read('GCTL') | GCTL.UNSOL);
    for (const jack of this.#jacks) jack.watch();
  }

  get #jacks(): Jack[] {
    return [this.#playback, this.#recording].flatMap((side) => side?.jack ?? []);
  }

  /** A codec without power tells nothing, so what changed meanwhile is found and told now. */
  #compareJacks(): void {
    for (const [index, jack] of this.#jacks.entries()) {
      if (jack.isConnected === this.#slept[index]) continue;
      this.#jackMonitor?.unsolicited(jack.tag << UNSOLICITED.TAG_SHIFT);
    }
    this.#serviceGroup?.requestService();
  }

  /** The device is about to lose its power: nothing of it runs or holds memory. PASSIVE_LEVEL. */
  sleep(): void {
    const registers = this.#registers;
    if (registers === null) return;
    this.#slept = this.#jacks.map((jack) => jack.isConnected);
    registers.write('INTCTL', 0);
    this.#commands?.stop();
    enterReset(this.#wdk, registers);
    this.#isAsleep = true;
  }

  /** The device has power again: controller and link as `start` left them. PASSIVE_LEVEL. */
  wake(): void {
    const registers = this.#registers;
    this.#isAsleep = false;
    if (registers === null || !resetController(this.#wdk, registers)) return;
    registers.write('INTCTL', this.#interruptBits);
    this.#commands?.start(this.highAddress);
    this.#watchJacks(registers);
    this.#compareJacks();
  }

  protected override destroy(): void {
    this.stop();
  }

  /**
   * Gives everything up, once: at the last release, or before it when the device is stopped. The
   * service routine must be gone before what it uses, and DMA before its memory. PASSIVE_LEVEL.
   */
  stop(): void {
    const registers = this.#registers;
    // A device without power does and holds nothing since `sleep`.
    const awake = this.#isAsleep ? null : registers;
    awake?.write('INTCTL', 0);
    this.#interrupt?.disconnect();
    this.#interrupt?.release();
    if (this.#jackMonitor !== null) {
      this.#serviceGroup?.removeMember(this.#jackMonitor);
      // Its work item may still be queued, and finds nobody to tell.
      this.#jackMonitor.listener = null;
    }
    this.#serviceGroup?.release();
    this.#jackMonitor?.release();
    if (awake !== null) {
      this.#commands?.stop();
      enterReset(this.#wdk, awake);
    }
    const mapping = this.#mapping;
    if (mapping !== null) this.#wdk.MmUnmapIoSpace(mapping.base, mapping.bytes);
    registers?.close();
    this.#registers = null;
    this.#mapping = null;
    this.#interrupt = null;
    this.#serviceGroup = null;
    this.#jackMonitor = null;
    this.#commands = null;
  }
}

/** The routine to run is the context, so one function serves all callers. */
function runRoutine(_interruptSync: unknown, context: unknown): NtStatus {
  (context as () => void)();
  return STATUS_SUCCESS;
}
