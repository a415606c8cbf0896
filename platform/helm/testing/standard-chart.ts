/** A chart of the kind that `helm create` begins with, in our own words: what most charts in the world look like. */
import { chartOf } from '../chart/chart.ts';
import type { Chart } from '../types.ts';
import { folder } from './text.ts';

const helpers = `{{/* The name of the chart, cut to what a label may hold. */}}
{{- define "web.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "web.selectorLabels" -}}
app.kubernetes.io/name: {{ include "web.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "web.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "web.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "web.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "web.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}
`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "web.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "web.serviceAccountName" . }}
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          {{- with .Values.env }}
          env:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
              protocol: TCP
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
`;

const service = `apiVersion: v1
kind: Service
metadata:
  name: {{ include "web.fullname" . }}
  labels: {{- include "web.labels" . | nindent 4 }}
spec:
  type: {{ .Values.service.type }}
  ports:
    - port: {{ .Values.service.port }}
      targetPort: http
      protocol: TCP
      name: http
  selector: {{- include "web.selectorLabels" . | nindent 4 }}
`;

const ingress = `{{- if .Values.ingress.enabled -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "web.fullname" . }}
spec:
  rules:
    {{- range .Values.ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths }}
          - path: {{ .path }}
            pathType: {{ .pathType }}
            backend:
              service:
                name: {{ include "web.fullname" $ }}
                port:
                  number: {{ $.Values.service.port }}
          {{- end }}
    {{- end }}
{{- end }}
`;

const autoscaler = `{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "web.fullname" . }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "web.fullname" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
{{- end }}
`;

const account = `{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "web.serviceAccountName" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
{{- end }}
`;

const settings = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "web.fullname" . }}-settings
data:
  {{- range $key, $value := .Values.settings }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
  {{- (.Files.Glob "files/*").AsConfig | nindent 2 }}
---
{{- if .Values.keepsData }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "web.fullname" . }}-data
  annotations:
    helm.sh/resource-policy: keep
{{- end }}
`;

const check = `apiVersion: v1
kind: Pod
metadata:
  name: {{ include "web.fullname" . }}-check
  annotations:
    helm.sh/hook: test
spec:
  containers:
    - name: check
      image: busybox
      args: ['{{ include "web.fullname" . }}:{{ .Values.service.port }}']
  restartPolicy: Never
`;

const notes = `{{- if .Values.ingress.enabled }}
{{- range $host := .Values.ingress.hosts }}
Open http{{ if $.Values.ingress.tls }}s{{ end }}://{{ $host.host }}/
{{- end }}
{{- else }}
Reach it inside the cluster at {{ include "web.fullname" . }}.{{ .Release.Namespace }}:{{ .Values.service.port }}
{{- end }}
`;

const values = `replicaCount: 1
image:
  repository: nginx
  pullPolicy: IfNotPresent
  tag: ""
nameOverride: ""
fullnameOverride: ""
serviceAccount:
  create: true
  name: ""
podAnnotations: {}
env: []
service:
  type: ClusterIP
  port: 80
ingress:
  enabled: false
  hosts:
    - host: web.example.com
      paths:
        - path: /
          pathType: Prefix
autoscaling:
  enabled: false
  minReplicas: 1
  maxReplicas: 4
resources: {}
settings:
  colour: blue
keepsData: false
`;

const schema = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['image'],
  properties: { replicaCount: { type: 'integer', minimum: 0 }, image: { type: 'object', required: ['repository'] } },
});

export const standardFiles = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'Chart.yaml':
    'apiVersion: v2\nname: web\ndescription: A web server\ntype: application\nversion: 0.1.0\nappVersion: "1.16.0"\n',
  'values.yaml': values,
  'values.schema.json': schema,
  '.helmignore': '# what no chart needs\n*.tmp\n.git/\n',
  'templates/_helpers.tpl': helpers,
  'templates/deployment.yaml': deployment,
  'templates/service.yaml': service,
  'templates/ingress.yaml': ingress,
  'templates/hpa.yaml': autoscaler,
  'templates/serviceaccount.yaml': account,
  'templates/settings.yaml': settings,
  'templates/tests/check.yaml': check,
  'templates/NOTES.txt': notes,
  'files/motd.txt': 'hello\n',
  'files/scratch.tmp': 'never seen',
  ...more,
});

export const standardChart = (more: Readonly<Record<string, string>> = {}): Chart =>
  chartOf(folder(standardFiles(more)));
