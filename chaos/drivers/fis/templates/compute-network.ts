/**
 * Network faults on the side of the callers: on EC2 through SSM documents, on ECS and EKS through their own actions.
 */
import { selected, selectedPods, selectedTasks, type Step, step } from './step.ts';
import type { Compute } from '../../../../src/config/fis-target.ts';

/** A fault on the callers' egress traffic, unless `trafficType` says otherwise. */
export type CallerFault =
  | { what: 'blackhole'; port: number }
  /**
   * `flowsPercent`: share of the connections that are delayed. `ingress` works on instances only.
   */
  | { what: 'latency'; delayMs: number; flowsPercent: number; sources: string[]; trafficType?: 'ingress' }
  | { what: 'loss'; lossPercent: number; sources: string[] };

/** Where and how long. `partition` of the account: aws, aws-us-gov or aws-cn. */
export interface CallerPlace {
  compute: Compute;
  awsRegion: string;
  partition: string;
  minutes: number;
}

/** The step for a fault. Source names are resolved once, when it starts, to at most ten addresses each. */
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
  if (!instances) throw new Error('the schema of a target must refuse an empty compute');
  const { document, parameters } = documentFor(fault);
  return step(
    name,
    'aws:ssm:send-command',
    {
      documentArn: `arn:${place.partition}:ssm:${place.awsRegion}::document/${document}`,
      // A document has its own duration: one longer than the action's continues after FIS reports `completed`.
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
