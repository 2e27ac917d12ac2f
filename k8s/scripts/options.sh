# shellcheck shell=sh
# Options that run.sh and delete.sh share, and how both read theirs. Sourced after cluster.sh. Sets $context,
# $namespace and $timeout.

context=${DDNN_K8S_CONTEXT:-}
namespace=${DDNN_K8S_NAMESPACE:-}
timeout=${DDNN_K8S_TIMEOUT:-600}

common_usage() {
  cat <<'END'
  --context NAME     cluster, as kubectl knows it                             DDNN_K8S_CONTEXT, the current one
  --namespace NAME   namespace                                                DDNN_K8S_NAMESPACE, ddnn
  --timeout SECONDS  how long all may take                                    DDNN_K8S_TIMEOUT, 600
  --help             this text

KUBECONFIG is kubectl's own; KUBECTL names what stands in for kubectl ("k3s kubectl").
END
}

# common_option OPTION COUNT VALUE: takes the value of an option of both.
common_option() {
  value_of "$1" "$2"
  case $1 in
    --context) context=$3 ;;
    --namespace) namespace=$3 ;;
    --timeout) timeout=$3 ;;
  esac
}

# one_overlay NAME: the first word that is no option; a second one is refused.
one_overlay() {
  [ -z "${overlay_given:-}" ] || misuse "Expected one overlay, got '$overlay_given' and '$1'"
  overlay_given=$1
  overlay=$1
}
