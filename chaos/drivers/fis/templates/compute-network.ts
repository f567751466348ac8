/** Network faults that are felt where callers run: on EC2 by SSM documents, on ECS and EKS by actions of their own. */
import { selected, selectedPods, selectedTasks, type Step, step } from './step.ts';
import type { Compute } from '../../../../src/config/fis-target.ts';

/** What callers are made to feel, on what leaves them unless it says otherwise. */
export type CallerFault =
  | { what: 'blackhole'; port: number }
  /**
   * `flowsPercent`: of the connections; the others are left alone. `ingress`, what reaches them, on instances alone.
   */
  | { what: 'latency'; delayMs: number; flowsPercent: number; sources: string[]; trafficType?: 'ingress' }
  | { what: 'loss'; lossPercent: number; sources: string[] };

/** Where and how long. `partition` is that of the account: aws, aws-us-gov or aws-cn. */
export interface CallerPlace {
  compute: Compute;
  awsRegion: string;
  partition: string;
  minutes: number;
}

/** The step that does it. Names of sources are resolved once, at its start, and at most ten addresses of each. */
export function callerStep(name: string, fault: CallerFault, place: CallerPlace): Step {
  const { instances, tasks, pods } = place.compute;
  if (tasks) {
    const on = selectedTasks(`${name}-tasks`, tasks);
    const own = { useEcsFaultInjectionEndpoints: tasks.faultInjectionEndpoints };
    if (fault.what === 'blackhole')
      return step(name, 'aws:ecs:task-network-blackhole-port', { ...portOf(fault.port), ...own }, on);
    if (fault.what === 'latency')
      return step(name, 'aws:ecs:task-network-latency', { ...latencyOf(fault), ...own }, on);
    return step(name, 'aws:ecs:task-network-packet-loss', { ...lossOf(fault), ...own }, on);
  }
  if (pods) {
    const on = selectedPods(`${name}-pods`, pods);
    const own = { kubernetesServiceAccount: pods.serviceAccount };
    if (fault.what === 'blackhole')
      return step(name, 'aws:eks:pod-network-blackhole-port', { ...portOf(fault.port), ...own }, on);
    if (fault.what === 'latency') return step(name, 'aws:eks:pod-network-latency', { ...latencyOf(fault), ...own }, on);
    return step(name, 'aws:eks:pod-network-packet-loss', { ...lossOf(fault), ...own }, on);
  }
  if (!instances) throw new Error('the schema of a target lets no compute pass that is empty');
  const { document, parameters } = documentFor(fault);
  return step(
    name,
    'aws:ssm:send-command',
    {
      documentArn: `arn:${place.partition}:ssm:${place.awsRegion}::document/${document}`,
      // A document counts by itself: one that lasts longer than the action goes on after FIS has said `completed`.
      documentParameters: JSON.stringify({ ...parameters, DurationSeconds: String(place.minutes * 60) }),
    },
    selected(`${name}-instances`, 'aws:ec2:instance', instances),
  );
}

const portOf = (port: number) => ({ protocol: 'tcp', trafficType: 'egress', port }) as const;

const latencyOf = ({ delayMs, flowsPercent, sources }: Extract<CallerFault, { what: 'latency' }>) => ({
  delayMilliseconds: delayMs,
  flowsPercent,
  sources: sources.join(','),
});

const lossOf = ({ lossPercent, sources }: Extract<CallerFault, { what: 'loss' }>) => ({
  lossPercent,
  sources: sources.join(','),
});

/**
 * AWS's own documents (user guide, "Use Systems Manager SSM documents"); the default direction of two of them is
 * ingress.
 */
function documentFor(fault: CallerFault): { document: string; parameters: Record<string, string> } {
  const common = { TrafficType: 'egress', InstallDependencies: 'True' };
  if (fault.what === 'blackhole') {
    return {
      document: 'AWSFIS-Run-Network-Blackhole-Port',
      parameters: { Protocol: 'tcp', Port: String(fault.port), ...common },
    };
  }
  const Sources = fault.sources.join(',');
  if (fault.what === 'latency') {
    return {
      document: 'AWSFIS-Run-Network-Latency-Sources',
      parameters: {
        DelayMilliseconds: String(fault.delayMs),
        FlowsPercent: String(fault.flowsPercent),
        Sources,
        ...common,
        TrafficType: fault.trafficType ?? 'egress',
      },
    };
  }
  return {
    document: 'AWSFIS-Run-Network-Packet-Loss-Sources',
    parameters: { LossPercent: String(fault.lossPercent), Sources, ...common },
  };
}
