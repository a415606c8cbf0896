/** Refusals of batch. */
import type { Json, Refusal } from './refusal.ts';

const pod = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
const selector = { matchLabels: { a: 'b' } };
const job = (spec: Json, more: Json = {}): Json => ({
  spec: { manualSelector: true, selector, template: { ...pod, metadata: { labels: { a: 'b' } } }, ...spec },
  ...more,
});
const indexed = { completionMode: 'Indexed', completions: 5 };
const cron = (spec: Json): Json => ({
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template: pod } }, ...spec },
});
const successes = (...rules: Json[]): Json => job({ ...indexed, successPolicy: { rules } });
const parsing = 'error parsing succeededIndexes';
const ended = (conditions: Json[], status: Json = {}): Json => job({}, { status: { conditions, ...status } });
const holds = (type: string): Json => ({ type, status: 'True' });

export const workloadRefusals: readonly Refusal[] = [
  {
    kind: 'jobs.batch',
    why: 'a selector of its own must be there',
    object: job({ selector: undefined }),
    told: [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'more failed indexes than there are, without a limit of each',
    object: job({ ...indexed, maxFailedIndexes: 6, parallelism: 100001 }),
    told: [
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'the name of the last pod of an indexed job',
    object: { ...job(indexed), metadata: { name: 'a.b' } },
    told: ['metadata.name: Invalid value: "a.b": will not able to create pod with invalid DNS label: a.b-4'],
  },
  {
    kind: 'jobs.batch',
    why: 'exit codes stand once and in order, of a container that is there',
    object: job({
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onExitCodes: { containerName: 'd', operator: 'X', values: [3, 1, 3] } },
          { action: 'FailIndex', onPodConditions: [{ type: 'a b', status: 'X' }] },
        ],
      },
    }),
    told: [
      'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"',
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "d": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1,3]: must be ordered',
      'spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
      "spec.podFailurePolicy.rules[1].onPodConditions[0].type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.podFailurePolicy.rules[1].onPodConditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'indexes of success',
    object: successes(
      { succeededIndexes: '1-2-3' },
      { succeededIndexes: 'x' },
      { succeededIndexes: '0-5' },
      { succeededIndexes: '3,1' },
      { succeededIndexes: '0-1', succeededCount: 6 },
    ),
    told: [
      `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1-2-3": ${parsing}: the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
      `spec.successPolicy.rules[1].succeededIndexes: Invalid value: "x": ${parsing}: cannot convert string to integer for index: "x"`,
      `spec.successPolicy.rules[2].succeededIndexes: Invalid value: "0-5": ${parsing}: too large index: "5"`,
      `spec.successPolicy.rules[3].succeededIndexes: Invalid value: "3,1": ${parsing}: non-increasing order, previous: 3, current: 1`,
      'spec.successPolicy.rules[4].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)',
      'spec.successPolicy.rules[4].succeededCount: Invalid value: 6: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'success of what has no indexes',
    object: job({ successPolicy: { rules: [{ succeededCount: 1 }] } }),
    told: [
      'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'how many completions there are, without as many at once',
    object: job({ ...indexed, completions: 3, parallelism: 2 }),
    old: job(indexed),
    told: ['spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism'],
  },
  {
    kind: 'jobs.batch',
    why: 'the mode stays',
    object: job(indexed),
    old: job({ completions: 5 }),
    told: ['spec.completionMode: Invalid value: "Indexed": field is immutable'],
  },
  {
    kind: 'jobs.batch',
    why: 'an end without its reason and its times',
    object: ended([holds('Complete')], { active: 1 }),
    old: job({}),
    status: true,
    told: [
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.startTime: Required value: startTime is required for finished job',
    ],
  },
  {
    kind: 'jobs.batch',
    why: 'an end stays the end',
    object: ended([], { failed: 1 }),
    old: ended([holds('FailureTarget'), holds('Failed')], { failed: 2 }),
    status: true,
    told: [
      'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
      'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
      'status.failed: Invalid value: 1: cannot decrease the failed counter',
    ],
  },
  {
    kind: 'cronjobs.batch',
    why: 'a time zone within the schedule',
    object: cron({ schedule: 'TZ=UTC 0 * * * *' }),
    told: [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  },
  {
    kind: 'cronjobs.batch',
    why: 'a time zone that is none within the schedule',
    object: cron({ schedule: 'CRON_TZ=Mars/One 0 * * * *' }),
    told: [
      'spec.schedule: Invalid value: "CRON_TZ=Mars/One 0 * * * *": provided bad location Mars/One: unknown time zone Mars/One',
      'spec.schedule: Invalid value: "CRON_TZ=Mars/One 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  },
  ...(
    [
      ['@never', 'unrecognized descriptor: @never'],
      ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
      ['60 * * * *', 'end of range (60) above maximum (59): 60'],
      ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
      ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
      ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
      ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
      ['*/0 * * * *', 'step of range should be a positive number: */0'],
      ['* * * foo *', 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
    ] as const
  ).map(([schedule, why]) => ({
    kind: 'cronjobs.batch',
    why: `a schedule such as ${schedule}`,
    object: cron({ schedule }),
    told: [`spec.schedule: Invalid value: "${schedule}": ${why}`],
  })),
  {
    kind: 'cronjobs.batch',
    why: 'a selector is made later',
    object: cron({ jobTemplate: { spec: { template: pod, manualSelector: true, selector } } }),
    told: [
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  },
  {
    kind: 'cronjobs.batch',
    why: 'zones are told with what they should be',
    object: cron({ timeZone: 'local' }),
    told: [
      'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      'spec.timeZone: Invalid value: "local": unknown time zone local',
    ],
  },
];
