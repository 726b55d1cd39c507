/**
 * The adapter object: the controller, its interrupt, the way to the codec, and the engines that
 * streams borrow. It lives as long as somebody holds a reference (ports, miniports, streams), and
 * its destructor leaves the hardware in reset and nothing allocated.
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { CmResourceTypeMemory, MmNonCached } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IInterruptSync,
  InterruptSyncMode,
  type IResourceList,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { INTCTL, INTSTS } from '../../standards/hda/index.ts';
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
import { readCodecGraph } from './codec-graph.ts';
import { describePath, findInputPath, findOutputPath } from './codec-path.ts';
import { enterReset, resetController } from './controller-reset.ts';
import { decodeGlobalCapabilities, HdaRegisters } from './hda-registers.ts';
import { OutputPath } from './output-path.ts';
import { StreamEngine } from './stream-engine.ts';
import type { StreamCapabilities } from './stream-format.ts';

/** Who owns the driver's objects, in reports of leaks. */
export const OWNER = 'wphda';
/** Reaches of DMA: x64 has 52 bits of physical address. */
const HIGHEST_32_BIT = 0xffff_ffff;
const HIGHEST_64_BIT = 2 ** 52 - 1;
/** 3.3.9: codec addresses on the link are 0 to 14. */
const CODEC_ADDRESSES = 15;
/** What reads return when the device has left the bus. */
const DEVICE_GONE = 0xffff_ffff;

/** The playing side of the codec that was found. */
export interface Playback {
  readonly path: OutputPath;
  readonly delayFrames: number;
  readonly capabilities: StreamCapabilities;
}

interface Mapping {
  readonly base: VirtualAddress;
  readonly bytes: number;
}

export class HdaAdapter extends ComObject {
  readonly #wdk: Wdk;
  readonly #freeEngines: StreamEngine[] = [];
  #engines: readonly StreamEngine[] = [];
  #mapping: Mapping | null = null;
  #registers: HdaRegisters | null = null;
  #commands: CodecCommands | null = null;
  #interrupt: IInterruptSync | null = null;
  #playback: Playback | null = null;
  #is64Bit = false;
  /** Over how many data lines the controller can spread a stream: bits of STRIPE. */
  #stripes = 0;

  constructor(wdk: Wdk) {
    super(wdk, OWNER, 'HD Audio adapter', []);
    this.#wdk = wdk;
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
    const { inputStreams, outputStreams, bidirectionalStreams, is64Bit } = capabilities;
    this.#is64Bit = is64Bit;
    // A controller with two lines can use one or both of them, and so on.
    this.#stripes = 2 ** (capabilities.dataLinesCode + 1) - 1;
    this.#engines = Array.from({ length: outputStreams }, (_, index) => {
      return new StreamEngine(this.#wdk, registers, inputStreams + index, index + 1);
    });
    this.#freeEngines.push(...this.#engines);
    const status = this.#connectInterrupt(resources);
    if (!ntSuccess(status)) return status;
    const commands = new CodecCommands(this.#wdk, registers, (routine) => {
      this.#interrupt?.callSynchronizedRoutine(runRoutine, routine);
    });
    this.#commands = commands;
    const streamBits = 2 ** (inputStreams + outputStreams + bidirectionalStreams) - 1;
    registers.write('INTCTL', (INTCTL.GIE | INTCTL.CIE | streamBits) >>> 0);
    commands.start(this.highAddress);
    return this.#findCodec(registers, commands) ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
  }

  /** The controller's registers; null before `start`. */
  get registers(): HdaRegisters | null {
    return this.#registers;
  }

  /** What plays; null until `start` succeeded. */
  get playback(): Playback | null {
    return this.#playback;
  }

  /** GCAP.64OK: whether the controller reaches memory above 4 GiB. */
  get is64Bit(): boolean {
    return this.#is64Bit;
  }

  /** The highest address that the controller reaches. */
  get highAddress(): PhysicalAddress {
    return physical(this.#is64Bit ? HIGHEST_64_BIT : HIGHEST_32_BIT);
  }

  /** Lends an output engine; null when all are in use. PASSIVE_LEVEL. */
  acquireEngine(): StreamEngine | null {
    return this.#freeEngines.shift() ?? null;
  }

  /** Takes an engine back, which is in STOP. PASSIVE_LEVEL. */
  releaseEngine(engine: StreamEngine): void {
    this.#freeEngines.unshift(engine);
    const { tag, fifoErrors, descriptorErrors } = engine;
    if (fifoErrors + descriptorErrors === 0) return;
    this.#wdk.DbgPrint(
      `wphda: stream ${tag}: FIFO errors ${fifoErrors}, descriptor errors ${descriptorErrors}`,
    );
  }

  #connectInterrupt(resources: IResourceList): NtStatus {
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
    const status = this.#registers?.read('INTSTS') ?? 0;
    if (status === DEVICE_GONE || (status & INTSTS.GIS) === 0) return STATUS_UNSUCCESSFUL;
    for (const engine of this.#engines) {
      if ((status & engine.interruptBit) !== 0) engine.serviceInterrupt();
    }
    if ((status & INTSTS.CIS) !== 0) this.#commands?.serviceInterrupt();
    return STATUS_SUCCESS;
  }

  /** Takes the first codec that somebody can hear. */
  #findCodec(registers: HdaRegisters, commands: CodecCommands): boolean {
    const present = registers.read('STATESTS');
    for (let address = 0; address < CODEC_ADDRESSES; address++) {
      if (((present >>> address) & 1) === 0) continue;
      const send = commands.to(address);
      const graph = readCodecGraph(address, send);
      const output = graph === null ? null : findOutputPath(graph);
      if (graph === null || output === null) continue;
      const input = findInputPath(graph);
      this.#wdk.DbgPrint(`wphda: codec ${address} plays ${describePath(output)}`);
      if (input !== null) this.#wdk.DbgPrint(`wphda: and could record ${describePath(input)}`);
      const { pcmSupport, streamFormats, channels, stripes } = output.converter;
      this.#playback = {
        path: new OutputPath(this.#wdk, send, graph.groupNode, output),
        delayFrames: output.delayFrames,
        capabilities: {
          pcmSupport,
          streamFormats,
          channels,
          streamWords: registers.read('OUTSTRMPAY'),
          lineWords: registers.read('OUTPAY'),
          stripes: stripes & this.#stripes,
        },
      };
      return true;
    }
    return false;
  }

  /** The service routine must be gone before what it uses, and DMA before its memory. */
  protected override destroy(): void {
    const registers = this.#registers;
    registers?.write('INTCTL', 0);
    this.#interrupt?.disconnect();
    this.#interrupt?.release();
    this.#commands?.stop();
    if (registers !== null) enterReset(this.#wdk, registers);
    const mapping = this.#mapping;
    if (mapping !== null) this.#wdk.MmUnmapIoSpace(mapping.base, mapping.bytes);
    this.#registers = null;
    this.#mapping = null;
    this.#interrupt = null;
  }
}

/** The routine to run is the context, so one function serves all callers. */
function runRoutine(_interruptSync: unknown, context: unknown): NtStatus {
  (context as () => void)();
  return STATUS_SUCCESS;
}
