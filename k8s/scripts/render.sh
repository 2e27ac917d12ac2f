# shellcheck shell=sh
# From an overlay to YAML, and from that to stages: what run.sh applies one after the other. Nothing is
# written beside the tracked files; images, namespace and components are set in a folder of our own.
# Sourced by run.sh. Reads $home, $work, $overlay, $overlay_folder, $monitoring, $ephemeral, $registry,
# $tag and $namespace.

# Images that ddnn builds; Kafka's comes from its own registry.
own_images='edge cloud only-cloud'
# The way from $work up to the root of the file system: kustomize takes bases by relative path only.
to_root() { printf '%s/render' "$work" | sed 's|/[^/]*|../|g; s|/$||'; }

# Writes $work/all.yaml and a file a stage. Everything gets the namespace and our label, also what a
# component or an overlay of the user's own adds.
render() {
  mkdir -p "$work/render"
  write_bases
  build_kustomization
  [ -n "$namespace" ] || namespace=$(rendered_namespace)
  [ -n "$namespace" ] || fail "Expected overlay '$overlay' to hold a Namespace, got none" 'Name one: --namespace NAME'
  {
    say "namespace: $namespace"
    say 'labels:'
    say "  - pairs: { ${our_label%=*}: ${our_label#*=} }"
    [ -z "$registry$tag" ] || write_images
  } >>"$work/render/kustomization.yaml"
  build_kustomization
  name_namespace
  split_stages
}

# KEDA asks the brokers from a namespace of its own, by names that hold theirs.
name_namespace() {
  sed "s/kafka\.ddnn\.svc/kafka.$namespace.svc/g" "$work/all.yaml" >"$work/named.yaml"
  mv "$work/named.yaml" "$work/all.yaml"
}

write_bases() {
  {
    say 'apiVersion: kustomize.config.k8s.io/v1beta1'
    say 'kind: Kustomization'
    say "resources: ['$(to_root)$overlay_folder']"
    say 'components:'
    [ "$monitoring" = no ] || say "  - '$(to_root)$(cd "$home/k8s/components/monitoring" && pwd -P)'"
    [ "$ephemeral" = no ] || say "  - '$(to_root)$(cd "$home/k8s/components/ephemeral-data" && pwd -P)'"
  } >"$work/render/kustomization.yaml"
}

build_kustomization() {
  # shellcheck disable=SC2086
  $KUBECTL kustomize "$work/render" >"$work/all.yaml" 2>"$work/error" ||
    fail "Expected overlay '$overlay' to be rendered, got: $(cat "$work/error")"
}

write_images() {
  say 'images:'
  for image in $own_images; do
    say "  - name: $image"
    [ -z "$registry" ] || say "    newName: ${registry%/}/$image"
    [ -z "$tag" ] || say "    newTag: '$tag'"
  done
}

# Name of the Namespace object in the overlay.
rendered_namespace() { awk '/^kind: Namespace$/ { want = 1 } /^  name: / && want { print $2; exit }' "$work/all.yaml"; }

# One file a stage, by kind. kustomize gives its documents one form, so lines can be told by their indent.
split_stages() {
  awk -v folder="$work" '
    function stage_of(kind) {
      if (kind == "Namespace") return "1-namespace"
      if (kind == "StatefulSet") return "3-kafka"
      if (kind == "Job") return "4-setup"
      if (kind == "Deployment") return "5-tiers"
      if (kind ~ /^(HorizontalPodAutoscaler|ScaledObject|TriggerAuthentication)$/) return "6-autoscaler"
      return "2-settings"
    }
    function flush(  file) {
      if (kind != "") { file = folder "/" stage_of(kind) ".yaml"; printf "---\n%s", text >> file; close(file) }
      text = ""; kind = ""
    }
    /^---$/ { flush(); next }
    /^kind: / { kind = $2 }
    { text = text $0 "\n" }
    END { flush() }
  ' "$work/all.yaml"
}

# renders KIND: whether the overlay holds such an object.
renders() { grep -q "^kind: $1\$" "$work/all.yaml"; }

# Names of all rendered objects, as kubectl writes them: deployment.apps/edge.
rendered_names() { kube create --dry-run=client --validate=false --output=name --filename "$work/all.yaml"; }
