{{- define "bot.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "bot.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bot.labels" -}}
{{ include "bot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "bot.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* "yes" where Telegram is asked for updates: then there is one replica. */ -}}
{{- define "bot.polls" -}}
{{- if and (has "telegram_bot_token" .Values.secrets.keys) (not .Values.telegram.webhookUrl) }}yes{{ end }}
{{- end }}

{{- /* "yes" where something has to be learned that the image does not bring. */ -}}
{{- define "bot.learns" -}}
{{- if or .Values.knowledge.image .Values.clinics.configMap }}yes{{ end }}
{{- end }}
