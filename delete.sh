#!/bin/sh
# Takes ddnn out of a Kubernetes cluster: all but the data, or with --data those too.
#   sh delete.sh         stops and removes what run.sh made; sh delete.sh --help names the options
# Order: autoscalers, tiers (they finish what they have while Kafka still runs), Kafka, the rest.
set -eu

script=delete.sh
home=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=k8s/scripts/cluster.sh
. "$home/k8s/scripts/cluster.sh"
# shellcheck source=k8s/scripts/options.sh
. "$home/k8s/scripts/options.sh"
# shellcheck source=k8s/scripts/overlays.sh
. "$home/k8s/scripts/overlays.sh"
# shellcheck source=k8s/scripts/objects.sh
. "$home/k8s/scripts/objects.sh"

# Ours by name too: a user may have brought them.
our_secrets='kafka-ca kafka-cluster kafka-tls kafka-users front-access'

overlay=
namespace=${namespace:-ddnn}
data=keep
ask=yes

usage() {
  cat <<'END'
Usage: sh delete.sh [OVERLAY] [OPTION...]

Takes ddnn out of a Kubernetes cluster and waits until it is gone. Whichever overlay made it, all of it
goes; OVERLAY may be given as to run.sh. Kept are Kafka's volumes and the Secrets that belong to them
(identity of the Kafka cluster, users, certificates), so that sh run.sh goes on where it was.

Options, each also by environment:
  --data             delete the volumes and the Secrets too, and the namespace; asks on a terminal
  --yes              do not ask
END
  common_usage
  say 'Exit code: 0 all is gone, 1 something is missing or not gone in time, 2 wrong options.'
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
      --context | --namespace | --timeout) common_option "$1" $# "${2-}" && shift ;;
      --data) data=delete ;;
      --yes) ask=no ;;
      -h | --help) usage && exit 0 ;;
      -*) misuse "Expected an option of delete.sh, got '$1'" ;;
      *)
        one_overlay "$1"
        autoscaler=none
        find_overlay
        ;;
    esac
    shift
  done
  check_timeout
}

# Kinds that are kept with the data.
is_data() { case $1 in persistentvolumeclaim/* | secret/*) true ;; *) false ;; esac; }

# Every object that is ours, a line each.
find_ours() {
  all_kinds=$(kube api-resources --namespaced --verbs=list,delete --output=name 2>/dev/null |
    grep -vE '^(events|pods|endpoints)(\.|$)' | sort -u | tr '\n' ',')
  {
    our_objects "${all_kinds%,}"
    # A StatefulSet gives its claims the labels of its selector only.
    kube_in get persistentvolumeclaims --selector app.kubernetes.io/name=kafka --output=name
    # shellcheck disable=SC2086 # a list of words
    kube_in get secrets $our_secrets --ignore-not-found --output=name
  } | sort -u >"$work/ours"
  while read -r object; do
    if is_data "$object"; then say "$object" >>"$work/data"; else say "$object" >>"$work/running"; fi
  done <"$work/ours"
}

# What stands in the namespace beside ours and what Kubernetes puts in each.
find_foreign() {
  kube_in get "${all_kinds%,}" --output=go-template="$owner_less" 2>/dev/null | as_names |
    without "$work/ours" | grep -vxE 'configmap/kube-root-ca.crt|serviceaccount/default|event.*|lease.*' || :
}

# remove PATTERN: of what runs, that whose kind matches.
remove() {
  grep -E "$1" "$work/running" >"$work/now" || return 0
  while read -r object; do
    kube_in delete "$object" --wait=false --ignore-not-found >/dev/null
    say "  removed $object"
  done <"$work/now"
  grep -vE "$1" "$work/running" >"$work/later" || :
  mv "$work/later" "$work/running"
}

# wait_gone WHAT COMMAND...: until COMMAND lists nothing.
wait_gone() {
  what=$1 said=
  shift
  while :; do
    left=$("$@" | grep -c . || :)
    [ "$left" -gt 0 ] || return 0
    [ "$left" = "$said" ] || say "  $what: $left still to go (after $(($(now) - started)) s)"
    said=$left
    [ $(($(now) - started)) -lt "$timeout" ] || fail \
      "Expected $what to be gone within $timeout s, got $left left: $("$@" | head -n 5 | tr '\n' ' ')" \
      "See what holds them: $(shown_kubectl) get all,pvc --output yaml (finalizers)" 'Run it again to wait on'
    sleep 2
  done
}

# pods_of SELECTOR
pods_of() { kube_in get pods --selector "$our_label,$1" --output=name; }

# Volumes of the claims, with what becomes of them.
volumes_of_claims() {
  kube get persistentvolumes --no-headers --output=custom-columns='N:.metadata.name,P:.spec.persistentVolumeReclaimPolicy,S:.spec.claimRef.namespace,C:.spec.claimRef.name' |
    while read -r volume policy space claim; do
      [ "$space" = "$namespace" ] && grep -qxF "persistentvolumeclaim/$claim" "$work/data" && say "$volume $policy"
    done || :
}

volumes_left() {
  awk '$2 == "Delete" { print "persistentvolume/" $1 }' "$work/volumes" | while read -r volume; do
    kube get "$volume" --ignore-not-found --output=name
  done
}

stop_all() {
  remove '^(horizontalpodautoscaler|scaledobject|triggerauthentication)'
  remove '^deployment'
  wait_gone 'Pods of the tiers' pods_of 'app.kubernetes.io/name notin (kafka,kafka-setup)'
  remove '^(job|statefulset)'
  wait_gone "Kafka's Pods" pods_of 'app.kubernetes.io/name in (kafka,kafka-setup)'
  remove '.'
}

delete_data() {
  volumes_of_claims >"$work/volumes"
  cp "$work/data" "$work/running"
  remove '.'
  wait_gone 'volume claims' kube_in get persistentvolumeclaims --selector app.kubernetes.io/name=kafka --output=name
  wait_gone 'volumes' volumes_left
  awk '$2 != "Delete" { print $1 }' "$work/volumes" | while read -r volume; do
    say "  kept persistentvolume/$volume: its class says Retain. Delete it: $KUBECTL${context:+ --context $context} delete persistentvolume $volume"
  done
  : >"$work/data"
}

delete_namespace() {
  foreign=$(find_foreign)
  if [ -n "$foreign" ]; then
    say "  kept namespace/$namespace: it holds what is not ddnn's: $(say "$foreign" | head -n 5 | tr '\n' ' ')"
    return
  fi
  kube delete namespace "$namespace" --wait=false >/dev/null
  say "  removed namespace/$namespace"
  wait_gone "namespace '$namespace'" kube get namespace "$namespace" --ignore-not-found --output=name
}

tell_kept() {
  say "Kept in namespace '$namespace', for the next sh run.sh:"
  sed 's/^/  /' "$work/data"
  say 'Delete them for good: sh delete.sh --data'
}

confirm_data() {
  [ "$data" = delete ] && [ "$ask" = yes ] && [ -t 0 ] && [ -s "$work/data" ] || return 0
  say "This deletes for good, in namespace '$namespace' of $(cluster_name):"
  sed 's/^/  /' "$work/data"
  printf 'Go on? [y/N] '
  read -r answer || answer=
  case $answer in [yY] | [yY][eE][sS]) ;; *) fail 'Expected y to go on, got no; nothing was deleted' ;; esac
}

parse "$@"
started=$(now)
make_work_folder
: >"$work/data"
: >"$work/running"
require_kubectl
require_cluster
if ! has_namespace; then
  say "Nothing is there: $(cluster_name) has no namespace '$namespace'"
  exit 0
fi
find_ours
if [ ! -s "$work/ours" ] && [ -n "$(find_foreign)" ]; then
  say "Nothing is there: namespace '$namespace' of $(cluster_name) holds nothing of ddnn's"
  exit 0
fi
confirm_data
if [ -s "$work/running" ]; then
  say "Taking ddnn out of namespace '$namespace' of $(cluster_name)"
  stop_all
else
  say "Nothing of ddnn runs in namespace '$namespace' of $(cluster_name)"
fi
[ "$data" = keep ] || delete_data
if [ -s "$work/data" ]; then tell_kept; else delete_namespace; fi
[ "$data" = keep ] || say "All is gone after $(($(now) - started)) s."
