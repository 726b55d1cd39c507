/**
 * What `play` and `record` print with --json: the report as it is, but for the driver's calls, which are nested by
 * interface, and with the verdict in words. A run that did not come to its end says why in
 * `error`, beside what is known of it.
 */
import type { Fault } from './fault.ts';
import { type StreamReport, verdictOf } from './verdict.ts';

type CallsByInterface = Record<string, Record<string, number>>;

export function jsonReport(report: StreamReport): object {
  const { callsWhileRunning, ...rest } = report;
  return { verdict: verdictOf(report), ...rest, callsWhileRunning: nestCalls(callsWhileRunning) };
}

/** A fault, with what is known of the run until then; null when it never began. */
export function jsonFault(fault: Fault, report: StreamReport | null): object {
  const { bugCheck, message } = fault;
  return {
    error: message,
    ...(bugCheck === null
      ? {}
      : {
          bugCheck: {
            code: bugCheck.code,
            name: bugCheck.codeName,
            parameters: bugCheck.parameters,
            detail: bugCheck.detail,
            irql: bugCheck.irql,
            timeNs: bugCheck.timeNs,
            traceTail: bugCheck.traceTail,
          },
        }),
    ...(report === null ? {} : { ...jsonReport(report), verdict: message }),
  };
}

/** `Interface.Method` into `{ Interface: { Method } }`. */
export function nestCalls(calls: Readonly<Record<string, number>>): CallsByInterface {
  const nested: CallsByInterface = {};
  for (const [name, count] of Object.entries(calls)) {
    const dot = name.lastIndexOf('.');
    const interfaceName = name.slice(0, dot);
    nested[interfaceName] = { ...nested[interfaceName], [name.slice(dot + 1)]: count };
  }
  return nested;
}
