#!/bin/sh
# Brings ddnn up in a Kubernetes cluster, waits until it is ready, and changes nothing where it already is.
#   sh run.sh            one cluster that holds everything; sh run.sh --help names the options
# Order: checks, namespace, Secrets, settings, Kafka, topics and users, tiers, autoscaler, leftovers.
set -eu

script=run.sh
home=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=k8s/scripts/cluster.sh
. "$home/k8s/scripts/cluster.sh"
# shellcheck source=k8s/scripts/options.sh
. "$home/k8s/scripts/options.sh"
# shellcheck source=k8s/scripts/overlays.sh
. "$home/k8s/scripts/overlays.sh"
# shellcheck source=k8s/scripts/render.sh
. "$home/k8s/scripts/render.sh"
# shellcheck source=k8s/scripts/objects.sh
. "$home/k8s/scripts/objects.sh"
# shellcheck source=k8s/scripts/secrets.sh
. "$home/k8s/scripts/secrets.sh"
# shellcheck source=k8s/scripts/certificates.sh
. "$home/k8s/scripts/certificates.sh"
# shellcheck source=k8s/scripts/apply.sh
. "$home/k8s/scripts/apply.sh"
# shellcheck source=k8s/scripts/dry-run.sh
. "$home/k8s/scripts/dry-run.sh"
# shellcheck source=k8s/scripts/wait.sh
. "$home/k8s/scripts/wait.sh"

overlay=${DDNN_K8S_OVERLAY:-single}
autoscaler=${DDNN_K8S_AUTOSCALER:-none}
monitoring=${DDNN_K8S_MONITORING:-no}
ephemeral=${DDNN_K8S_EPHEMERAL:-no}
cloud_context=${DDNN_K8S_CLOUD_CONTEXT:-}
registry=${DDNN_K8S_REGISTRY:-}
tag=${DDNN_K8S_TAG:-}
mode=apply

usage() {
  cat <<'END'
Usage: sh run.sh [OVERLAY] [OPTION...]

Brings ddnn up in a Kubernetes cluster and waits until it is ready. A second run changes nothing.

OVERLAY is what this cluster holds (DDNN_K8S_OVERLAY; default single):
  single             Kafka, edge, cloud and solo-cloud
  edge               the edge cluster: its Kafka and edge, with the cloud in another cluster
  cloud              the cloud cluster: its Kafka, cloud and solo-cloud
  a name under k8s/overlays, or the path of a folder of your own with a kustomization.yaml

Options, each also by environment:
  --autoscaler KIND  none, hpa (by processor use) or keda (by consumer lag)   DDNN_K8S_AUTOSCALER, none
  --monitoring       monitors for the Prometheus operator                     DDNN_K8S_MONITORING=yes
  --ephemeral        Kafka's data in its Pods, gone with them: to try it      DDNN_K8S_EPHEMERAL=yes
                     in a cluster without storage
  --registry PLACE   take the images edge, cloud and only-cloud from there    DDNN_K8S_REGISTRY
  --tag TAG          their tag                                                DDNN_K8S_TAG, test
  --cloud-context NAME  overlay edge: copy the access to the cloud from this  DDNN_K8S_CLOUD_CONTEXT
                     cluster, once (its namespace has the same name)
  --dry-run          check and say what would change; change nothing
  --render           print the YAML and end; needs no cluster
END
  common_usage
  say 'Exit code: 0 all is ready, 1 something is missing or not ready in time, 2 wrong options.'
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --*=*)
        option=$1
        shift
        set -- "${option%%=*}" "${option#*=}" "$@"
        continue
        ;;
      --autoscaler) value_of "$1" $# && autoscaler=$2 && shift ;;
      --registry) value_of "$1" $# && registry=$2 && shift ;;
      --tag) value_of "$1" $# && tag=$2 && shift ;;
      --context | --namespace | --timeout) common_option "$1" $# "${2-}" && shift ;;
      --cloud-context) value_of "$1" $# && cloud_context=$2 && shift ;;
      --monitoring) monitoring=yes ;;
      --ephemeral) ephemeral=yes ;;
      --dry-run) mode=dry-run ;;
      --render) mode=render ;;
      -h | --help) usage && exit 0 ;;
      -*) misuse "Expected an option of run.sh, got '$1'" ;;
      *) one_overlay "$1" ;;
    esac
    shift
  done
  case $autoscaler in none | hpa | keda) ;; *) misuse "Expected --autoscaler none, hpa or keda, got '$autoscaler'" ;; esac
  case $monitoring in yes | no) ;; *) misuse "Expected DDNN_K8S_MONITORING to be yes or no, got '$monitoring'" ;; esac
  case $ephemeral in yes | no) ;; *) misuse "Expected DDNN_K8S_EPHEMERAL to be yes or no, got '$ephemeral'" ;; esac
  check_timeout
}

check() {
  find_overlay
  require_kubectl
  require_kustomize
  render
  [ "$mode" != render ] || return 0
  require_tool openssl 'it makes certificates and passwords'
  require_cluster
  require_cluster_version
  check_custom_kinds
  check_storage
  check_addresses
  check_secrets
}

# Kinds that the API server must know, or it would refuse a part when the rest is there already.
check_custom_kinds() {
  if renders ScaledObject; then
    has_crd scaledobjects.keda.sh || fail \
      'Expected KEDA in the cluster (--autoscaler keda), got no scaledobjects.keda.sh' \
      'Install it: https://keda.sh/docs/latest/deploy/' 'or run without it: --autoscaler none or hpa'
  fi
  if renders HorizontalPodAutoscaler; then
    kube get apiservice v1beta1.metrics.k8s.io --output=name >/dev/null 2>&1 ||
      warn 'no metrics-server in the cluster: the autoscaler cannot measure, and changes no number of Pods within its bounds. Install it: https://github.com/kubernetes-sigs/metrics-server'
  fi
  if renders ServiceMonitor || renders PodMonitor; then
    has_crd servicemonitors.monitoring.coreos.com || fail \
      'Expected the Prometheus operator in the cluster (--monitoring), got no servicemonitors.monitoring.coreos.com' \
      'Install it: https://prometheus-operator.dev/docs/getting-started/installation/' 'or run without --monitoring'
  fi
}

# Kafka's volumes come from the default class; without one they wait for volumes made by hand.
check_storage() {
  renders StatefulSet && [ "$ephemeral" = no ] || return 0
  kube get storageclass --no-headers --output=custom-columns='D:.metadata.annotations.storageclass\.kubernetes\.io/is-default-class' 2>/dev/null |
    grep -qx true || warn "no default StorageClass in the cluster: Kafka's Pods wait until there are volumes for their claims. To try it without: sh delete.sh --data, then sh run.sh --ephemeral"
}

# Names that stand in the overlays for those that only a user knows.
check_addresses() {
  ! grep -q '\.ddnn\.example' "$work/all.yaml" || warn \
    "overlay '$overlay' holds addresses under ddnn.example, which stand for yours: give them in an overlay of your own (docs/kubernetes.md)"
}

bring_up() {
  say "Bringing overlay '$overlay'$([ "$autoscaler" = none ] || say " with autoscaler $autoscaler") to namespace '$namespace' of $(cluster_name)"
  apply_stage 1-namespace
  require_accepted
  make_missing_secrets
  apply_stage 2-settings
  apply_stage 3-kafka
  wait_stage 3-kafka Kafka
  apply_setup
  wait_stage 4-setup 'topics and users'
  # Two autoscalers of one Deployment would fight: the old one goes first.
  # shellcheck disable=SC2086 # a list of words
  prune $autoscalers
  hand_over_replicas
  apply_stage 5-tiers
  apply_stage 6-autoscaler
  wait_stage 5-tiers tiers
  # shellcheck disable=SC2086
  prune $prunable $monitors
}

summary() {
  if [ -s "$work/changes" ]; then
    say "All is ready after $(($(now) - started)) s, $(wc -l <"$work/changes" | tr -d ' ') objects changed."
  else
    say 'All is ready. Nothing changed.'
  fi
}

parse "$@"
started=$(now)
started_utc=$(date -u +%Y-%m-%dT%H:%M:%SZ)
make_work_folder
: >"$work/changes"
check
case $mode in
  render) cat "$work/all.yaml" ;;
  dry-run) dry_run ;;
  apply)
    bring_up
    summary
    tell_access
    ;;
esac
