/** Thresholds: from single outcomes to verdicts (upstream `pkg/kubelet/prober/worker.go`). Pure. */
import type { Probe } from '@orrery/kinds/types';
import type { ProbeVerdict } from '../pods/plan-steps.ts';

export type ProbeKind = 'liveness' | 'readiness' | 'startup';

export interface ProbeState {
  verdict: ProbeVerdict;
  last?: ProbeVerdict;
  /** How often `last` came in a row. */
  run: number;
  /** The container is to be restarted: no more probes of it. */
  onHold: boolean;
}

const initialVerdicts: Record<ProbeKind, ProbeVerdict> = {
  liveness: 'success',
  readiness: 'failure',
  startup: 'unknown',
};

export const initialState = (kind: ProbeKind, verdict = initialVerdicts[kind]): ProbeState => ({
  verdict,
  run: 0,
  onHold: false,
});

/** The state after one more outcome. */
export function afterProbe(kind: ProbeKind, probe: Probe, state: ProbeState, outcome: ProbeVerdict): ProbeState {
  const run = state.last === outcome ? state.run + 1 : 1;
  const counted: ProbeState = { ...state, last: outcome, run };
  const threshold =
    outcome === 'failure' ? (probe.failureThreshold ?? 3) : outcome === 'success' ? (probe.successThreshold ?? 1) : 1;
  if (run < threshold) return counted;
  const fatal = outcome === 'failure' && kind !== 'readiness';
  return { ...counted, verdict: outcome, onHold: fatal, run: fatal ? 0 : run };
}

export const periodMs = (probe: Probe): number => Math.max(1, probe.periodSeconds ?? 10) * 1000;
export const timeoutMs = (probe: Probe): number => Math.max(1, probe.timeoutSeconds ?? 1) * 1000;
