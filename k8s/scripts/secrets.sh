# shellcheck shell=sh
# Makes the Secrets that an overlay needs and the cluster lacks (docs/kubernetes.md names their keys). What is
# there is never overwritten: a new one is made when it was deleted. Sourced by run.sh.
# Reads $work, $namespace, $cloud_context.

has_secret() { kube_in get secret "$1" --output=name >/dev/null 2>&1; }

# Names of the Secrets that the rendered Pods cannot start without.
needed_secrets() {
  awk '
    $1 == "secretName:" { print $2 }
    $1 == "secretKeyRef:" || $1 == "secretRef:" || $1 == "-" && $2 == "secretRef:" { match($0, /[^ -]/); indent = RSTART; want = 1; next }
    want { match($0, /[^ ]/); if (RSTART <= indent) want = 0; else if ($1 == "name:") { print $2; want = 0 } }
  ' "$work/all.yaml" | sort -u
}

missing_secrets() { for secret in $(needed_secrets); do has_secret "$secret" || say "$secret"; done; }

# Before anything is changed: those that cannot be made here.
check_secrets() {
  for secret in $(missing_secrets); do
    case $secret in
      kafka-cluster | kafka-tls | kafka-users) ;;
      front-access) [ -n "$cloud_context" ] || tell_front_access ;;
      *) fail "Expected Secret '$secret' in namespace '$namespace' (the overlay uses it), got none" 'Make it, then run this again' ;;
    esac
  done
  if has_secret kafka-tls; then check_certificate; else check_authority; fi
}

tell_missing_secrets() {
  for secret in $(missing_secrets); do say "  would make Secret $secret"; done
  if ! has_secret kafka-tls && ! has_secret kafka-ca; then say '  would make Secret kafka-ca, the authority that signs kafka-tls'; fi
  for user in $(missing_users); do say "  would make user $user, with a password in Secret kafka-users"; done
}

make_missing_secrets() {
  for secret in $(missing_secrets); do
    case $secret in
      kafka-cluster) make_cluster_id ;;
      kafka-tls) make_certificate ;;
      front-access) copy_front_access ;;
    esac
  done
  make_users
}

# create_secret NAME FOLDER: a key for each file. Values go by file: an argument shows in the list of processes.
create_secret() {
  {
    kube_in create secret generic "$1" --from-file="$2" --dry-run=client --output=yaml |
      kube label --local --filename - "$our_label" --output=yaml |
      kube create --filename - >/dev/null
  } 2>"$work/error" || fail "Expected to make Secret $1, got: $(cat "$work/error")"
  has_secret "$1" || fail "Expected to make Secret $1, got: $(cat "$work/error")"
  say "  made Secret/$1" | tee -a "$work/changes"
}

new_folder() { rm -rf "${work:?}/$1" && mkdir "$work/$1"; }

# Bytes of one key of a Secret, or nothing.
secret_value() { kube_in get secret "$1" --ignore-not-found --output=go-template="{{with index .data \"$2\"}}{{base64decode .}}{{end}}"; }

# As Kafka's own tool makes them: never a dash in front, which tools take for an option.
make_cluster_id() {
  new_folder kafka-cluster
  cluster_id=-
  while [ "${cluster_id#-}" != "$cluster_id" ]; do cluster_id=$(openssl rand -base64 16 | tr '+/' '-_' | tr -d '='); done
  printf %s "$cluster_id" >"$work/kafka-cluster/cluster-id"
  create_secret kafka-cluster "$work/kafka-cluster"
}

# Users of the outside listener, by the rights that the setup Job grants: "USER:REQUESTS:REPLIES ...".
outside_users() {
  awk '/^  ACCESS: / { for (i = 2; i <= NF; i++) { split($i, part, ":"); print part[1] } }' "$work/all.yaml" | sort -u
}

missing_users() {
  needed_secrets | grep -qx kafka-users || return 0
  # shellcheck disable=SC2016 # the template's own names
  kube_in get secret kafka-users --ignore-not-found \
    --output=go-template='{{range $user, $password := .data}}{{$user}}{{"\n"}}{{end}}' 2>/dev/null >"$work/users" || :
  outside_users | without "$work/users"
}

# A password for each user that has none; those of others stay.
make_users() {
  missing=$(missing_users)
  # Without any user the Secret is needed all the same, empty: Pods mount it.
  [ -n "$missing" ] || { needed_secrets | grep -qx kafka-users && ! has_secret kafka-users; } || return 0
  new_folder kafka-users
  for user in $missing; do
    openssl rand -base64 33 | tr '+/' '-_' | tr -d '\n' >"$work/kafka-users/$user"
  done
  if has_secret kafka-users; then
    for user in $missing; do
      printf '{"stringData":{"%s":"%s"}}' "$user" "$(cat "$work/kafka-users/$user")" >"$work/user.json"
      kube_in patch secret kafka-users --type=merge --patch-file "$work/user.json" >/dev/null
      say "  made user $user in Secret/kafka-users" | tee -a "$work/changes"
    done
  else
    create_secret kafka-users "$work/kafka-users"
  fi
}

tell_front_access() {
  cloud="$KUBECTL --context CLOUD --namespace $namespace get secret"
  fail "Expected Secret 'front-access' in namespace '$namespace' (how edge reaches the cloud cluster), got none" \
    "Where kubectl knows both clusters: sh run.sh $overlay --cloud-context NAME" \
    'Else take it from the cloud cluster' \
    "  $cloud kafka-tls --output go-template='{{index .data \"ca.crt\" | base64decode}}' > ca.crt" \
    "  $cloud kafka-users --output go-template='{{.data.edge | base64decode}}' > password" \
    'and give it to this one' \
    "  $KUBECTL create namespace $namespace" \
    "  $(shown_kubectl) create secret generic front-access --from-literal=username=edge --from-file=ca.crt --from-file=password"
}

copy_front_access() {
  new_folder front-access
  for pair in ca.crt:kafka-tls:ca.crt password:kafka-users:edge; do
    file=$work/front-access/${pair%%:*} secret=${pair#*:}
    # shellcheck disable=SC2086
    $KUBECTL --context "$cloud_context" --namespace "$namespace" get secret "${secret%%:*}" \
      --output=go-template="{{with index .data \"${secret#*:}\"}}{{base64decode .}}{{end}}" >"$file" 2>"$work/error" || :
    [ -s "$file" ] || fail \
      "Expected '${secret#*:}' in Secret ${secret%%:*} of the cloud cluster (--context $cloud_context), got none. $(cat "$work/error")" \
      "Bring the cloud cluster up first: sh run.sh cloud --context $cloud_context"
  done
  printf edge >"$work/front-access/username"
  create_secret front-access "$work/front-access"
}

# How one outside comes in.
tell_access() {
  renders StatefulSet || return 0
  say 'A device outside this cluster needs the authority and its password:'
  say "  $(shown_kubectl) get secret kafka-tls --output go-template='{{index .data \"ca.crt\" | base64decode}}' > ca.crt"
  say "  $(shown_kubectl) get secret kafka-users --output go-template='{{.data.device | base64decode}}' > password"
  say "and asks $(outside_addresses | sed 's/^[^ ]* //' | paste -s -d , -), user device (docs/kubernetes.md)"
  outside_users | grep -qx edge || return 0
  say "An edge cluster: sh run.sh edge --context EDGE --cloud-context $(cluster_name | sed "s/^cluster '\(.*\)'$/\1/")"
}
