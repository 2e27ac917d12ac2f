# shellcheck shell=sh
# What run.sh and delete.sh say, and how they reach the cluster: kubectl, its version, the API server.
# Sourced by both. Reads $context and $namespace; $script names the script in messages.

# kubectl itself, or what stands in for it: KUBECTL="k3s kubectl", "microk8s kubectl", "minikube kubectl --".
KUBECTL=${KUBECTL:-kubectl}

# Components, server-side apply and strict validation, all without a feature gate.
least_kubectl_minor=27
# Labels of a StatefulSet's Pods that tell their number.
least_cluster_minor=28

say() { printf '%s\n' "$*"; }
warn() { printf '%s: warning: %s\n' "$script" "$*" >&2; }

# fail SENTENCE [HINT...]: what is wrong, then what to do about it, and exit 1.
fail() {
  printf '%s: %s\n' "$script" "$1" >&2
  shift
  for hint; do printf '  %s\n' "$hint" >&2; done
  exit 1
}

# misuse SENTENCE: wrong options, exit 2.
misuse() {
  printf '%s: %s\n  sh %s --help names every option\n' "$script" "$1" "$script" >&2
  exit 2
}

# kubectl against the cluster that was chosen.
kube() {
  # shellcheck disable=SC2086 # KUBECTL may be two words
  $KUBECTL ${context:+--context "$context"} "$@"
}

# kubectl in the namespace that was chosen.
kube_in() { kube --namespace "$namespace" "$@"; }

# kubectl as a reader would type it here.
shown_kubectl() { say "$KUBECTL${context:+ --context $context} --namespace $namespace"; }

# The cluster, in words.
cluster_name() {
  # shellcheck disable=SC2086
  say "cluster '${context:-$($KUBECTL config current-context 2>/dev/null || say here)}'"
}

# value_of OPTION COUNT: refuses an option that ends the line.
value_of() { [ "$2" -gt 1 ] || misuse "Expected a value after $1, got none"; }

check_timeout() {
  case $timeout in '' | *[!0-9]* | 0*) misuse "Expected --timeout in whole seconds from 1, got '$timeout'" ;; esac
}

# without FILE: of the lines on standard input those that are not in FILE. (grep -f is of two minds about an
# empty file.)
without() { awk 'FILENAME == ARGV[1] { known[$0]; next } !($0 in known)' "$1" -; }

# require_tool NAME WHAT_FOR
require_tool() {
  command -v "$1" >/dev/null 2>&1 || fail "Expected $1 in PATH ($2), got none" "Install $1"
}

require_kubectl() {
  command -v "${KUBECTL%% *}" >/dev/null 2>&1 || fail \
    "Expected ${KUBECTL%% *} in PATH, got none" \
    'Install kubectl: https://kubernetes.io/docs/tasks/tools/' \
    'or say what stands in for it, as KUBECTL="k3s kubectl"'
  # shellcheck disable=SC2086
  kubectl_version=$($KUBECTL version --client --output=json 2>/dev/null | tr -d ' "' |
    sed -n 's/^gitVersion:v\([0-9][^,]*\),*$/\1/p' | head -n 1)
  is_recent "$kubectl_version" "$least_kubectl_minor" || fail \
    "Expected kubectl 1.$least_kubectl_minor or newer, got ${kubectl_version:-none that tells its version}" \
    'Install a newer one: https://kubernetes.io/docs/tasks/tools/'
}

# is_recent 1.31.4 28: true from 1.28 on, and for 0.0.0, which one built from source calls itself.
is_recent() {
  case $1 in
    0.0.0*) true ;;
    1.*) minor=${1#1.} minor=${minor%%[!0-9]*} && [ "${minor:-0}" -ge "$2" ] ;;
    [2-9].* | [1-9][0-9]*.*) true ;;
    *) false ;;
  esac
}

require_kustomize() {
  # shellcheck disable=SC2086
  $KUBECTL kustomize --help >/dev/null 2>&1 || fail \
    "Expected '$KUBECTL kustomize' to work, got an error" \
    'This kubectl was built without kustomize: install the one of https://kubernetes.io/docs/tasks/tools/'
}

require_cluster() {
  if ! kube get --raw=/readyz --request-timeout=10s >/dev/null 2>"$work/error"; then
    # shellcheck disable=SC2086
    contexts=$($KUBECTL config get-contexts --output=name 2>/dev/null | paste -s -d " " -)
    server=$(kube config view --minify --output=jsonpath='{.clusters[0].cluster.server}' 2>/dev/null || :)
    fail "Expected a cluster that answers${server:+ at $server}, got: $(tail -n 1 "$work/error")" \
      "Name one: KUBECONFIG=FILE or --context NAME (contexts here: ${contexts:-none})" \
      'No cluster yet? kind, minikube and k3s each make one on this machine'
  fi
}

require_cluster_version() {
  cluster_version=$(kube get --raw=/version | tr -d ' "' | sed -n 's/^gitVersion:v\([0-9][^,]*\),*$/\1/p')
  is_recent "$cluster_version" "$least_cluster_minor" || fail \
    "Expected a cluster of Kubernetes 1.$least_cluster_minor or newer, got $cluster_version" \
    'Upgrade it, or choose another by --context'
}

has_namespace() { kube get namespace "$namespace" --output=name >/dev/null 2>&1; }
has_crd() { kube get customresourcedefinition "$1" --output=name >/dev/null 2>&1; }

# A folder of our own, gone when the script ends however it ends. Sets $work.
make_work_folder() {
  umask 077
  work=$(mktemp -d "${TMPDIR:-/tmp}/ddnn-k8s.XXXXXX") || fail \
    "Expected to make a folder in ${TMPDIR:-/tmp}, got an error" 'Set TMPDIR to a folder that may be written'
  # The physical path: kustomize compares it with where its bases really are.
  work=$(cd "$work" && pwd -P)
  trap 'rm -rf "$work"' EXIT
  trap 'interrupted INT 130' INT
  trap 'interrupted TERM 143' TERM
}

# interrupted SIGNAL CODE
interrupted() {
  printf '\n%s: stopped by %s. What was done so far stays; run it again to go on\n' "$script" "SIG$1" >&2
  exit "$2"
}

now() { date +%s; }
