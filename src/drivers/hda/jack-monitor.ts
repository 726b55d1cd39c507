/**
 * Changes of the jacks, on their way from the interrupt to the clients: the service routine notes
 * which pin spoke up, the service group's DPC queues a work item, and at PASSIVE_LEVEL whoever
 * listens is told. While a work item is queued it keeps the monitor and the adapter alive.
 * Source: "Service Sink and Service Group Objects", IoQueueWorkItem.
 */
import {
  ComObject,
  DelayedWorkQueue,
  type DeviceObject,
  IID_IServiceSink,
  type IServiceSink,
  type IUnknown,
  type Wdk,
  type WorkItem,
} from '../../portcls/ddi/index.ts';
import { UNSOLICITED } from '../../standards/hda/index.ts';
import { OWNER } from './owner.ts';

const TAGS = UNSOLICITED.TAG_MASK + 1;

export class JackMonitor extends ComObject implements IServiceSink {
  /** Who is told the tag of each pin that spoke up, at PASSIVE_LEVEL. */
  listener: ((tag: number) => void) | null = null;
  readonly #wdk: Wdk;
  readonly #adapter: IUnknown;
  readonly #item: WorkItem;
  readonly #reported = new Uint8Array(TAGS);
  readonly #routine = (): void => this.#tell();
  #isPending = false;
  #isQueued = false;

  /** @param adapter lives longer than this, and for as long as work is queued */
  constructor(wdk: Wdk, adapter: IUnknown, deviceObject: DeviceObject) {
    super(wdk, OWNER, 'HD Audio jack monitor', [IID_IServiceSink]);
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#item = wdk.IoAllocateWorkItem(deviceObject);
  }

  /** An unsolicited response, 7.3.3.14. At the interrupt's level; allocates nothing. */
  unsolicited(response: number): void {
    this.#reported[(response >>> UNSOLICITED.TAG_SHIFT) & UNSOLICITED.TAG_MASK] = 1;
    this.#isPending = true;
  }

  /** Whether there is something to serve. Any IRQL. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** DISPATCH_LEVEL. */
  requestService(): void {
    if (!this.#isPending || this.#isQueued) return;
    this.#isQueued = true;
    this.addRef();
    this.#adapter.addRef();
    this.#wdk.IoQueueWorkItem(this.#item, this.#routine, DelayedWorkQueue, null);
  }

  protected override destroy(): void {
    this.#wdk.IoFreeWorkItem(this.#item);
  }

  /** The work item. What is reported from here on queues it again. */
  #tell(): void {
    this.#isQueued = false;
    this.#isPending = false;
    for (let tag = 0; tag < TAGS; tag++) {
      if (this.#reported[tag] === 0) continue;
      this.#reported[tag] = 0;
      this.listener?.(tag);
    }
    this.#adapter.release();
    this.release();
  }
}
