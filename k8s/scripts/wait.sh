# shellcheck shell=sh
# Waits until a stage is ready, saying what is ready of how many and why a Pod is not. Sourced by run.sh.
# Reads $work, $namespace, $timeout, $our_label; $started and $started_utc are when the script began.

# Between two looks.
look_every_s=2
# A line at least this often, so that a log shows that something still waits.
say_every_s=30
# A volume or a node may take a moment; only then is "unschedulable" told.
patience_s=15

# wait_stage STAGE WHAT: until all of $work/STAGE.yaml is ready, or $timeout is over (exit 1).
wait_stage() {
  stage_file=$work/$1.yaml
  [ -s "$stage_file" ] || return 0
  began=$(now) said='' said_at=$began
  : >"$work/told"
  while :; do
    workloads "$stage_file" >"$work/workloads"
    state=$(awk -F '\t' '{ printf "%s%s %s/%s", (NR > 1 ? ", " : ""), $1, $2, $3 }' "$work/workloads")
    if [ "$state" != "$said" ] || [ $(($(now) - said_at)) -ge "$say_every_s" ]; then
      say "  $2: $state (after $(($(now) - began)) s)"
      said=$state said_at=$(now)
    fi
    awk -F '\t' '$4 != "ready" { waits = 1 } END { exit waits }' "$work/workloads" && return 0
    tell_failed_job
    tell_problems $(($(now) - began))
    [ $(($(now) - started)) -lt "$timeout" ] || give_up "$2" "$state"
    sleep "$look_every_s"
  done
}

# Name, ready, wanted, and "ready" or "waits", a line each workload, with tabs.
workloads() {
  kube get --filename "$1" --no-headers --output=custom-columns='K:.kind,N:.metadata.name,G:.metadata.generation,O:.status.observedGeneration,W:.spec.replicas,U:.status.updatedReplicas,R:.status.readyReplicas,A:.status.replicas,C:.spec.completions,S:.status.succeeded,F:.status.conditions[?(@.type=="Failed")].status' >"$work/status"
  : >"$work/sound"
  count_workloads >"$work/counted"
  if grep -q 'waits$' "$work/counted"; then
    sound_pods >"$work/sound"
    count_workloads
  else
    cat "$work/counted"
  fi
}

count_workloads() {
  awk -v sound="$work/sound" '
    function number(field) { return field == "<none>" ? 0 : field + 0 }
    BEGIN { while ((getline line < sound) > 0) { split(line, part, " "); pods[part[1]] = part[2] } }
    $1 == "Job" {
      wanted = number($9) ? number($9) : 1; ready = number($10)
      state = $11 == "True" ? "failed" : ready >= wanted ? "ready" : "waits"
      print $2 "\t" ready "\t" wanted "\t" state; next
    }
    {
      wanted = number($5); ready = number($7)
      if (pods[$2] + 0 > ready) ready = pods[$2] + 0
      done = number($4) >= number($3) && number($6) >= wanted && ready >= wanted && number($8) == wanted
      print $2 "\t" (ready > wanted ? wanted : ready) "\t" wanted "\t" (done ? "ready" : "waits")
    }' "$work/status"
}

# Workload and number of its Pods whose containers are all ready and whose node is there. When a node was away
# for a moment, its Pods are called unready until their kubelet says otherwise; what they run is sound already.
sound_pods() {
  kube get nodes --no-headers --output=custom-columns='N:.metadata.name,R:.status.conditions[?(@.type=="Ready")].status' \
    >"$work/nodes" 2>/dev/null || return 0 # not everyone may see nodes
  kube_in get pods --selector "$our_label" --output=go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{index .metadata.labels "app.kubernetes.io/name"}} {{.spec.nodeName}}{{range .status.containerStatuses}} {{.ready}}{{end}}{{"\n"}}{{end}}{{end}}' 2>/dev/null |
    awk '
      FILENAME == ARGV[1] { there[$1] = $2 == "True"; next }
      NF > 2 && there[$2] && !/ false/ { pods[$1]++ }
      END { for (name in pods) print name, pods[name] }' "$work/nodes" -
}

tell_failed_job() {
  job=$(awk -F '\t' '$4 == "failed" { print $1; exit }' "$work/workloads")
  [ -n "$job" ] || return 0
  last_lines "job/$job" '' 20
  fail "Expected Job $job to complete, got a failure" \
    "Its log: $(shown_kubectl) logs job/$job" "Run $script again when its cause is mended; it is then made anew"
}

# tell_problems SECONDS: each reason that a container is not ready, once.
tell_problems() {
  pod_problems >"$work/problems"
  while IFS="$tab" read -r pod container reason message; do
    case $reason in
      ErrImagePull | ErrImageNeverPull | InvalidImageName) reason=ImagePullBackOff ;;
      Unschedulable) [ "$1" -ge "$patience_s" ] || continue ;;
    esac
    grep -qxF "$container $reason" "$work/told" && continue
    say "$container $reason" >>"$work/told"
    say "  $pod is not ready: $reason${message:+: $message}"
    tell_hint "$pod" "$container" "$reason" "$message"
  done <"$work/problems"
}

tab=$(printf '\t')

# Pod, container (or the workload's name), reason, message: with tabs, a line each that waits.
pod_problems() {
  kube_in get pods --selector "$our_label" \
    --output=go-template-file="$home/k8s/scripts/pod-problems.tmpl" 2>/dev/null |
    awk -F '\t' '$3 != "" && $3 != "ContainerCreating" && $3 != "PodInitializing"'
}

# tell_hint POD CONTAINER REASON MESSAGE: what to do about it.
tell_hint() {
  case $3 in
    ImagePullBackOff)
      image=$(kube_in get pod "$1" --output=jsonpath="{.spec.containers[?(@.name=='$2')].image}" 2>/dev/null)
      say "    The nodes have no image ${image:-of $2}. Build it and bring it to them (kind load docker-image $image,"
      say "    minikube image load $image), or push it and name the place: --registry REGISTRY --tag TAG"
      ;;
    CrashLoopBackOff)
      last_lines "$1" "$2" 5
      say "    More: $(shown_kubectl) logs $1 --container $2 --previous"
      ;;
    CreateContainerConfigError) say "    Run $script again: it makes the Secrets that are missing" ;;
    Unschedulable) case $4 in
      *PersistentVolumeClaim*) say '    Give the cluster a default StorageClass, or make volumes for the claims: kubectl get pvc,storageclass' ;;
      *anti-affinity*) say '    Each broker wants a node of its own: add nodes' ;;
      *Insufficient*) say '    Add nodes, or lower the requests in an overlay of your own' ;;
      *) say "    See: $(shown_kubectl) describe pod $1" ;;
      esac ;;
    *) say "    See: $(shown_kubectl) describe pod $1" ;;
  esac
}

# last_lines POD CONTAINER COUNT: of the log, of the run before where there was one.
last_lines() {
  {
    kube_in logs "$1" ${2:+--container "$2"} --previous --tail="$3" 2>/dev/null ||
      kube_in logs "$1" ${2:+--container "$2"} --tail="$3" 2>/dev/null
  } | sed 's/^/    | /'
}

# give_up WHAT STATE
give_up() {
  tell_problems "$patience_s"
  kube_in get pods --selector "$our_label" --no-headers \
    --output=custom-columns='N:.metadata.name,P:.status.phase,R:.status.conditions[?(@.type=="Ready")].status' |
    awk '$2 != "Succeeded" && $3 != "True" { print $1 }' | head -n 3 | while read -r pod; do
    lines=$(last_lines "$pod" '' 5)
    [ -z "$lines" ] || printf '  %s, last lines of its log:\n%s\n' "$pod" "$lines"
  done
  kube_in get events --field-selector type=Warning --sort-by=.lastTimestamp --no-headers \
    --output=custom-columns='T:.lastTimestamp,E:.eventTime,O:.involvedObject.name,M:.message' 2>/dev/null |
    awk -v since="$started_utc" '{ time = $1 ~ /^</ ? $2 : $1; sub(/^[^ ]+ +[^ ]+ +/, "") } time >= since' |
    tail -n 5 | sed 's/^/  event: /'
  fail "Expected $1 to be ready within $timeout s, got $2" \
    "What was applied stays. See: $(shown_kubectl) get pods" "Run $script again to wait on, with a longer --timeout where Pods only need time"
}
