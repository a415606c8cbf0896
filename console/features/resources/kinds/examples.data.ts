/** What one starts from when making an object: small, and right as it stands. */

const image = 'nginx:1.27';

const container = (indent: string, command = false) =>
  [
    `- name: app`,
    `  image: ${command ? 'busybox:1.36' : image}`,
    ...(command ? [`  command: [sh, -c, "date; echo hello"]`] : [`  ports:`, `    - containerPort: 80`]),
    `  resources:`,
    `    requests: { cpu: 50m, memory: 64Mi }`,
    `    limits: { memory: 128Mi }`,
  ]
    .map(line => `${indent}${line}`)
    .join('\n');

const template = (indent: string) =>
  [`metadata:`, `  labels: { app: my-app }`, `spec:`, `  containers:`].map(line => `${indent}${line}`).join('\n') +
  `\n${container(`${indent}    `)}`;

const examples: Readonly<Record<string, string>> = {
  deployments: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: my-app
spec:
  replicas: 2
  selector:
    matchLabels: { app: my-app }
  template:
${template('    ')}
`,
  statefulsets: `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: my-app
spec:
  replicas: 2
  serviceName: my-app
  selector:
    matchLabels: { app: my-app }
  template:
${template('    ')}
---
apiVersion: v1
kind: Service
metadata:
  name: my-app
spec:
  clusterIP: None
  selector: { app: my-app }
  ports:
    - port: 80
`,
  daemonsets: `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: my-agent
spec:
  selector:
    matchLabels: { app: my-app }
  template:
${template('    ')}
`,
  jobs: `apiVersion: batch/v1
kind: Job
metadata:
  name: my-job
spec:
  backoffLimit: 3
  template:
    spec:
      restartPolicy: Never
      containers:
${container('        ', true)}
`,
  cronjobs: `apiVersion: batch/v1
kind: CronJob
metadata:
  name: my-cronjob
spec:
  schedule: "*/10 * * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
${container('            ', true)}
`,
  pods: `apiVersion: v1
kind: Pod
metadata:
  name: my-pod
  labels: { app: my-app }
spec:
  containers:
${container('    ')}
`,
  horizontalpodautoscalers: `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: my-app
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: my-app
  minReplicas: 1
  maxReplicas: 5
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: 70 }
`,
  services: `apiVersion: v1
kind: Service
metadata:
  name: my-app
spec:
  type: ClusterIP
  selector: { app: my-app }
  ports:
    - name: http
      port: 80
      targetPort: 80
`,
  ingresses: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: my-app
spec:
  rules:
    - host: my-app.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: my-app
                port: { number: 80 }
`,
  networkpolicies: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: same-project-only
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: {}
`,
  configmaps: `apiVersion: v1
kind: ConfigMap
metadata:
  name: my-settings
data:
  LOG_LEVEL: info
  settings.yaml: |
    greeting: hello
`,
  secrets: `apiVersion: v1
kind: Secret
metadata:
  name: my-secret
type: Opaque
# Plain text here; the cluster keeps it encoded.
stringData:
  username: app
  password: change-me
`,
  serviceaccounts: `apiVersion: v1
kind: ServiceAccount
metadata:
  name: my-app
`,
  persistentvolumeclaims: `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: my-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests: { storage: 1Gi }
`,
  persistentvolumes: `apiVersion: v1
kind: PersistentVolume
metadata:
  name: my-volume
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  hostPath:
    path: /srv/my-volume
`,
  storageclasses: `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: my-class
provisioner: example.com/storage
reclaimPolicy: Delete
allowVolumeExpansion: true
volumeBindingMode: WaitForFirstConsumer
`,
  customresourcedefinitions: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: { type: integer, minimum: 1 }
`,
};

const clusterWide: ReadonlySet<string> = new Set(['persistentvolumes', 'storageclasses', 'customresourcedefinitions']);

/** With the project in it, so that one sees where it goes. */
export function exampleOf(resource: string, namespace: string): string {
  const text = examples[resource] ?? examples['configmaps']!;
  return clusterWide.has(resource)
    ? text
    : text.replaceAll(/^(metadata:\n {2}name: .*)$/gm, `$1\n  namespace: ${namespace}`);
}
