/** HRESULTs in the hands of the machine's own applications: a failure is an error with its name. */
import { defined } from '../base/assert.ts';
import { Out } from '../base/out.ts';
import * as wasapi from '../wasapi/index.ts';

/** A WASAPI call failed. */
export class WasapiError extends Error {
  readonly result: wasapi.HResult;

  constructor(call: string, result: wasapi.HResult) {
    super(`${call} failed: ${resultName(result)}`);
    this.result = result;
  }
}

/** @throws WasapiError when the call failed */
export function checkResult(call: string, result: wasapi.HResult): void {
  if (!wasapi.succeeded(result)) throw new WasapiError(call, result);
}

/** @throws WasapiError */
export function serviceOf<Name extends keyof wasapi.ClientServices>(
  client: wasapi.IAudioClient3,
  name: Name,
): wasapi.ClientServices[Name] {
  const service = new Out<wasapi.ClientServices[Name] | null>(null);
  checkResult(`IAudioClient::GetService(${name})`, client.getService(name, service));
  return defined(service.value, name);
}

/** `AUDCLNT_E_DEVICE_IN_USE (0x8889000A)` */
function resultName(result: wasapi.HResult): string {
  const hex = `0x${result.toString(16).toUpperCase().padStart(8, '0')}`;
  const found = Object.entries(wasapi).find(([name, value]) => {
    return value === result && /^(AUDCLNT_[ES]|E|S)_/.test(name);
  });
  return found === undefined ? hex : `${found[0]} (${hex})`;
}
