# shellcheck shell=sh
# Says what run.sh would change, and changes nothing. Sourced by run.sh.

dry_run() {
  say "This would bring overlay '$overlay' to namespace '$namespace' of $(cluster_name) (nothing is changed now):"
  {
    tell_missing_secrets
    if has_namespace; then
      require_tool diff 'kubectl compares with it'
      require_accepted
      tell_differences
      tell_setup
      # shellcheck disable=SC2086 # lists of words
      leftovers $prunable $autoscalers $monitors | sed 's/^/  would remove /'
    else
      rendered_names | sed 's/^/  would make /'
    fi
  } >"$work/plan"
  if [ -s "$work/plan" ]; then cat "$work/plan"; else say '  nothing would change'; fi
}

# kubectl writes what is there and what would be to two folders, a file an object, and calls diff on them.
tell_differences() {
  set --
  for file in "$work"/[12356]-*.yaml; do set -- "$@" --filename "$file"; done
  KUBECTL_EXTERNAL_DIFF='diff -rq' kube diff --server-side --force-conflicts --field-manager="$field_manager" "$@" \
    >"$work/differences" 2>"$work/error" || [ -s "$work/differences" ] ||
    fail "Expected the API server to compare, got: $(cat "$work/error")"
  applied_times "$work/all.yaml" | awk '{ print $1 "/" $2 }' >"$work/present"
  # Files /tmp/LIVE-1/apps.v1.Deployment.ddnn.edge and /tmp/MERGED-2/apps.v1.Deployment.ddnn.edge differ
  sed -n 's|^Files .*/MERGED-[^/]*/\(.*\) differ$|\1|p' "$work/differences" |
    sed "s|^.*\.\([A-Z][A-Za-z]*\)\.$namespace\.|\1/|" | while read -r object; do
    if grep -qxF "$object" "$work/present"; then say "  would change $object"; else say "  would make $object"; fi
  done
}

tell_setup() {
  stage_file=$work/4-setup.yaml
  [ -s "$stage_file" ] || return 0
  mark_setup
  [ "$(present_setup)" = "$setup_inputs <none>" ] || say '  would make Job/kafka-setup (anew)'
}
