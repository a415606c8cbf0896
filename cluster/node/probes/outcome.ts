import type { ProbeVerdict } from '../pods/plan-steps.ts';

/** What one probe found. */
export interface ProbeOutcome {
  verdict: ProbeVerdict;
  output: string;
  /** It passed, and yet there is something to say (a redirect to another host). */
  warning?: boolean;
}
