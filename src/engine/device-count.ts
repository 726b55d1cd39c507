/**
 * How many frames the device has moved while one client's stream ran, whoever else keeps the device
 * running: what IAudioClock2::GetDevicePosition tells, in frames of the device's own rate.
 */
export class DeviceCount {
  readonly #movedFrames: () => number;
  #before = 0;
  #startedAt = 0;
  #isRunning = false;

  /** `movedFrames` counts from when the device last started; 0 while it stands. */
  constructor(movedFrames: () => number) {
    this.#movedFrames = movedFrames;
  }

  get frames(): number {
    return this.#isRunning ? this.#before + this.#movedFrames() - this.#startedAt : this.#before;
  }

  start(): void {
    this.#startedAt = this.#movedFrames();
    this.#isRunning = true;
  }

  stop(): void {
    this.#before = this.frames;
    this.#isRunning = false;
  }

  /** Of a stopped stream. */
  reset(): void {
    this.#before = 0;
  }
}
