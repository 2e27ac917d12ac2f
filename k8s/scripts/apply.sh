# shellcheck shell=sh
# Brings the cluster to what was rendered, a stage at a time, and tells what that changed. Server-side
# apply: the API server keeps which fields are ours, checks them strictly, and writes nothing where
# nothing differs. Sourced by run.sh. Reads $work, $namespace; counts in $work/changes, a line a change.

field_manager=ddnn

# apply_stage STAGE: $work/STAGE.yaml, where the overlay has such a stage.
apply_stage() {
  stage_file=$work/$1.yaml
  [ -s "$stage_file" ] || return 0
  applied_times "$stage_file" >"$work/before"
  apply_file "$stage_file" || fail "Expected the API server to take $1, got:" "$(cat "$work/error")"
  applied_times "$stage_file" >"$work/after"
  tell_changes
}

apply_file() {
  kube apply --server-side --force-conflicts --field-manager="$field_manager" --validate=strict \
    --filename "$1" >/dev/null 2>"$work/error"
}

# Refuses what the API server would refuse, before anything of it is made. The Job is not asked about: where
# one stands that differs it is made anew.
require_accepted() {
  has_namespace || return 0
  set --
  for file in "$work"/[2356]-*.yaml; do set -- "$@" --filename "$file"; done
  kube apply --server-side --force-conflicts --field-manager="$field_manager" --validate=strict --dry-run=server \
    "$@" >/dev/null 2>"$work/error" || fail "Expected the API server to take overlay '$overlay', got:" "$(cat "$work/error")"
}

# apply_setup: the Job, which cannot be changed and need not run twice for the same. It bears a sum of what it
# reads; where that differs, or where it failed, it is made anew. What it does may be done again.
apply_setup() {
  stage_file=$work/4-setup.yaml
  [ -s "$stage_file" ] || return 0
  mark_setup
  case $(present_setup) in
    '' | "$setup_inputs <none>" | "$setup_inputs False") ;;
    *) kube delete --filename "$stage_file" --cascade=foreground --timeout=120s >/dev/null ;;
  esac
  apply_stage 4-setup
}

# Of the Job that is there: its sum, and whether it failed.
present_setup() {
  kube get --filename "$stage_file" --ignore-not-found --no-headers \
    --output=custom-columns='I:.metadata.annotations.ddnn/inputs,F:.status.conditions[?(@.type=="Failed")].status' |
    awk '{ print $1, $2 }'
}

# Marks the Job with the sum, and lets it stay when it is done: it is the sign that it need not run again.
mark_setup() {
  setup_inputs=$({
    cat "$stage_file"
    awk '
      function flush() { if (kind == "ConfigMap" && name ~ /^kafka-setup/) printf "%s", text; text = ""; kind = "" }
      /^---$/ { flush() }
      /^kind: / { kind = $2 }
      /^  name: / { name = $2 }
      { text = text $0 "\n" }
      END { flush() }
    ' "$work/2-settings.yaml"
    kube_in get secrets kafka-users kafka-cluster --ignore-not-found --output=go-template='{{range .items}}{{.data}}{{end}}'
  } | openssl dgst -sha256 -r | cut -c 1-32)
  kube annotate --local --filename "$stage_file" "ddnn/inputs=$setup_inputs" --output=yaml |
    sed '/^  ttlSecondsAfterFinished: /d' >"$work/setup.yaml"
  mv "$work/setup.yaml" "$stage_file"
}

# Kind, name and the time at which we last changed it, a line each object that is there.
applied_times() {
  kube get --filename "$1" --ignore-not-found --no-headers --output=custom-columns="K:.kind,N:.metadata.name,T:.metadata.managedFields[?(@.manager==\"$field_manager\")].time,U:.metadata.uid"
}

tell_changes() {
  awk '
    FILENAME == ARGV[1] { before[$1 "/" $2] = $3 " " $4; next }
    { key = $1 "/" $2 }
    !(key in before) { print "  made " key; next }
    before[key] != $3 " " $4 { print "  changed " key }
  ' "$work/before" "$work/after" | tee -a "$work/changes"
}

# Where an autoscaler is about to decide how many replicas there are, the number of now is handed to
# another owner: a field that only we set and no longer set would fall back to 1.
hand_over_replicas() {
  awk '
    function flush() { if (kind == "Deployment" && !replicas) print name; kind = ""; replicas = 0 }
    /^---$/ { flush() }
    /^kind: / { kind = $2 }
    /^  name: / { name = $2 }
    /^  replicas: / { replicas = 1 }
    END { flush() }
  ' "$work/5-tiers.yaml" | while read -r deployment; do
    # Of managedFields: whether spec.replicas is ours; its value there is always empty, so the key is asked for.
    count=$(kube_in get deployment "$deployment" --ignore-not-found --show-managed-fields \
      --output=go-template="{{\$count := .spec.replicas}}{{range .metadata.managedFields}}{{if eq .manager \"$field_manager\"}}{{range \$field, \$_ := index .fieldsV1 \"f:spec\"}}{{if eq \$field \"f:replicas\"}}{{\$count}}{{end}}{{end}}{{end}}{{end}}")
    [ -n "$count" ] || continue
    printf '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%s","namespace":"%s"},"spec":{"replicas":%s}}' \
      "$deployment" "$namespace" "$count" >"$work/replicas.json"
    kube apply --server-side --field-manager="$field_manager-replicas" --force-conflicts \
      --filename "$work/replicas.json" >/dev/null
  done
}

# What an overlay may hold, without Secrets (kept), Pods and others that have an owner.
prunable='deployments.apps statefulsets.apps jobs.batch services configmaps serviceaccounts
  roles.rbac.authorization.k8s.io rolebindings.rbac.authorization.k8s.io networkpolicies.networking.k8s.io
  poddisruptionbudgets.policy'
autoscalers='horizontalpodautoscalers.autoscaling scaledobjects.keda.sh triggerauthentications.keda.sh'
monitors='servicemonitors.monitoring.coreos.com podmonitors.monitoring.coreos.com prometheusrules.monitoring.coreos.com'

# present_kinds KIND...: those that this cluster knows, with commas.
present_kinds() {
  kinds=
  for kind; do
    case $kind in *.keda.sh | *.coreos.com) has_crd "$kind" || continue ;; esac
    kinds=$kinds${kinds:+,}$kind
  done
  say "$kinds"
}

# leftovers KIND...: what another overlay or autoscaler left behind.
leftovers() {
  kinds=$(present_kinds "$@")
  [ -n "$kinds" ] && has_namespace || return 0
  rendered_names >"$work/rendered"
  our_objects "$kinds" | without "$work/rendered"
}

# prune KIND...: removes it.
prune() {
  leftovers "$@" | while read -r object; do
    kube_in delete "$object" --wait=false >/dev/null
    say "  removed $object (not part of this overlay)" | tee -a "$work/changes"
  done
}
