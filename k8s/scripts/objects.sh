# shellcheck shell=sh
# Which objects in the namespace are ours: all that the overlays make bear one label. Sourced by run.sh and
# delete.sh.

# Of every object that the overlays or these scripts make.
our_label=app.kubernetes.io/part-of=ddnn

# our_objects KINDS: what bears our label and belongs to no other object, as kubectl writes names. KEDA
# copies labels to the autoscaler that it makes; that one has an owner and goes with it.
our_objects() { kube_in get "$1" --selector "$our_label" --output=go-template="$owner_less" | as_names; }

# A Go template: kind, version and name of what has no owner.
owner_less='{{range .items}}{{if not .metadata.ownerReferences}}{{.kind}} {{.apiVersion}} {{.metadata.name}}{{"\n"}}{{end}}{{end}}'

# "Deployment apps/v1 edge" -> deployment.apps/edge
as_names() { awk '{ group = $2; sub(/\/?v[0-9][^\/]*$/, "", group); print tolower($1) (group == "" ? "" : "." group) "/" $3 }'; }
